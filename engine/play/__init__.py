"""The choice of a move, and the end of a game."""
