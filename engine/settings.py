"""Settings of play and of matches; imports nothing heavy, so that help comes at once."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

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


@dataclass(frozen=True)
class MatchSettings:
    """What the games of a match have in common."""

    games: Annotated[int, Parameter(validator=Number(gte=1))] = 100
    """Number of games; the engines change colours after each, and openings after each two."""
    size: Annotated[int, Parameter(validator=Number(gte=2, lte=25))] = 19
    """Lines of the board."""
    komi: float = 7.5
    """Points that White is given."""
    rules: str = "chinese"
    """Name of the rules, which the engines are told if they understand. With tromp-taylor all stones that stand count
    as alive; otherwise dead ones are taken off, as random playouts find them."""
    openings: Path | None = None
    """SGF file of one or more games to go on from."""
    handicap: Annotated[int, Parameter(validator=Number(gte=0))] = 0
    """Black's fixed handicap stones, 2 to 9; under Chinese and AGA rules White is given points for them."""
    opening_plies: Annotated[int | None, Parameter(validator=Number(gte=0))] = None
    """Moves of an opening: without a file of openings so many are drawn at random off the edge of the board, none by
    default, so that two engines without chance of their own play one game again and again; with a file so many at most
    are played of it, all by default."""
    seed: Annotated[int, Parameter(validator=Number(gte=0))] = 0
    """Chooses the random openings."""
    main_time: Annotated[float | None, Parameter(validator=Number(gte=0))] = None
    """Seconds for all moves of a side, before byo-yomi if there is any; by default there is no clock."""
    byo_yomi_time: Annotated[float, Parameter(validator=Number(gte=0))] = 0.0
    """Seconds of a period of byo-yomi."""
    byo_yomi_stones: Annotated[int, Parameter(validator=Number(gte=1))] = 1
    """Moves to be made in each period."""
    timeout: Annotated[float, Parameter(validator=Number(gt=0))] = 120.0
    """Seconds after which an engine that does not answer loses the game and is started anew."""
