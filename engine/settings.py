"""Settings of play; imports nothing heavy, so that help comes at once."""

from dataclasses import dataclass
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number


@dataclass(frozen=True)
class PlaySettings:
    """How a move is chosen from the network's probabilities."""

    temperature: Annotated[float, Parameter(validator=Number(gte=0))] = 0.0
    """0 plays the most probable move; 1 draws from the network's own probabilities."""
    top_p: Annotated[float, Parameter(validator=Number(gt=0, lte=1))] = 1.0
    """Draw among the most probable moves that make up this share; 1 is all moves."""
    random_plies: Annotated[int | None, Parameter(validator=Number(gte=0))] = None
    """Draw moves only so many plies into a game, and play the most probable ones after; by default, always draw."""
    seed: int | None = None
    """Makes the drawing of moves repeatable."""
    safe: bool = False
    """Put two or more stones into atari only when nothing else is left: the network's own play, made a little safer."""
    resign_threshold: Annotated[float, Parameter(validator=Number(gte=0, lt=1))] = 0.0
    """Resign when random playouts give this chance of winning or less, three moves in a row; 0 never resigns."""
