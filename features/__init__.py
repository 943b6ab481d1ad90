"""What Honte knows of Go: rules, ladders, the 48 planes and the eight symmetries (numpy and numba only)."""
