"""What plays and shows: GTP, the choice of a move, scoring, heat maps and the command line."""
