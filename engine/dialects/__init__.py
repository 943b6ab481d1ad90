"""The ways in which programs read what the network sees of a position: one module a dialect."""
