"""Settings of a match; imports nothing heavy, so that help comes at once."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number


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
