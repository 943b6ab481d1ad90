"""How long a test waits for what must come: a test that passes waits no longer than it takes, on any machine."""

PATIENCE = 900.0
"""Seconds, enough for a machine that is busy with other work."""
