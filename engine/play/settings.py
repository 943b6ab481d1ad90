"""Settings of play; imports nothing heavy, so that help comes at once."""

import math
from dataclasses import dataclass
from itertools import pairwise

from honte.data.fields import rank_value
from honte.features.errors import HonteError

SHARES = (("12k", 1.0), ("9k", 0.97), ("6k", 0.94), ("3k", 0.9), ("1d", 0.85), ("4d", 0.6))
"""The share of the most probable moves that is drawn among at some levels; in a straight line between them."""


@dataclass(frozen=True)
class PlaySettings:
    """How a move is chosen from the network's probabilities."""

    temperature: float | None = None
    """0 plays the most probable move; 1 draws from the network's own probabilities; by default 0, with a level 1."""
    top_p: float | None = None
    """Draw among the most probable moves that make up this share; 1 is all moves, and the default except at levels from
    11k on, which draw among fewer, down to 0.6 at 4d."""
    random_plies: int | None = None
    """Draw moves only so many plies into a game, and play the most probable ones after; by default, always draw."""
    seed: int | None = None
    """Makes the drawing of moves repeatable."""
    safe: bool = False
    """Put two or more stones into atari only when nothing else is left: the network's own play, made a little safer."""
    resign_threshold: float = 0.15
    """Resign when random playouts give this chance of winning or less, three moves in a row; 0 never resigns."""

    def __post_init__(self) -> None:
        warmth = self.temperature or 0
        share = 1 if self.top_p is None else self.top_p
        for name, right, wanted in (
            ("temperature", 0 <= warmth < math.inf, "0 (always the best move) or more"),
            ("top_p", 0 < share <= 1, "more than 0 and at most 1"),
            ("random_plies", self.random_plies is None or self.random_plies >= 0, "0 or more"),
            ("resign_threshold", 0 <= self.resign_threshold < 1, "0 (never) or more, and less than 1"),
        ):
            if not right:
                raise HonteError(f"{name} is {getattr(self, name)}; it must be {wanted}")


def share_at(level: str) -> float:
    """The share of the most probable moves that somebody of a rank chooses among: 1 up to 12k, 0.6 from 4d on."""
    value = rank_value(level)
    below = [(rank_value(rank) or 0, share) for rank, share in SHARES]
    if value is None or value <= below[0][0]:
        return 1.0
    for (low, more), (high, less) in pairwise(below):
        if value <= high:
            return more + (less - more) * (value - low) / (high - low)
    return below[-1][1]
