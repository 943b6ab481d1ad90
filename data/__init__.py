"""How Honte reads games: SGF, archives, the corpus file, batches of positions (no torch)."""
