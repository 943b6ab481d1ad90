"""Settings of play; imports nothing heavy, so that help comes at once."""

import math
from dataclasses import dataclass

from honte.features.errors import HonteError


@dataclass(frozen=True)
class PlaySettings:
    """How a move is chosen from the network's probabilities."""

    temperature: float | None = None
    """0 plays the most probable move; 1 draws from the network's own probabilities; by default 0, with a level 1."""
    top_p: float = 1.0
    """Draw among the most probable moves that make up this share; 1 is all moves."""
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
        for name, right, wanted in (
            ("temperature", 0 <= warmth < math.inf, "0 (always the best move) or more"),
            ("top_p", 0 < self.top_p <= 1, "more than 0 and at most 1"),
            ("random_plies", self.random_plies is None or self.random_plies >= 0, "0 or more"),
            ("resign_threshold", 0 <= self.resign_threshold < 1, "0 (never) or more, and less than 1"),
        ):
            if not right:
                raise HonteError(f"{name} is {getattr(self, name)}; it must be {wanted}")
