"""The inspection page and its server."""
