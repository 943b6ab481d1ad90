"""Games looked at move by move: one game, its record with remarks, and a table of many."""
