"""What Honte knows of Go: rules, ladders, the 48 planes, symmetries, playouts and scores (numpy and numba only)."""

from honte.features.plane_table import PLANE_COUNT, PLANE_NAMES, PLANES

__all__ = ["PLANES", "PLANE_COUNT", "PLANE_NAMES"]
