"""A map of where a network would move: what it says, in words, as a picture, and as a file."""

from honte.engine.movemap.map import MoveMap

__all__ = ["MoveMap"]
