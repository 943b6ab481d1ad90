"""Matches of two engines: the series, its referee, and the other end of GTP."""
