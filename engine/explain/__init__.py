"""Why a network would move at a point: by what changes when something of the position is not there."""

from honte.engine.explain.explanation import Explanation, PlanesOff, StoneOff, explain
from honte.engine.explain.words import sentences

__all__ = ["Explanation", "PlanesOff", "StoneOff", "explain", "sentences"]
