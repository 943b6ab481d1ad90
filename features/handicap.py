"""Handicap: where fixed stones lie, by the GTP 2 draft, section 4.1.1, and how many a game began with."""

from honte.features.board import BLACK, Board
from honte.features.errors import HonteError

# (row, column) of each stone: near the top or left edge (0), in the middle (1), near the other edge (2).
_TWO = ((2, 0), (0, 2))
_THREE = (*_TWO, (0, 0))
_FOUR = (*_THREE, (2, 2))
_SIDES = ((1, 0), (1, 2))
_ENDS = ((0, 1), (2, 1))
_CENTRE = ((1, 1),)
_LAYOUTS = {
    2: _TWO,
    3: _THREE,
    4: _FOUR,
    5: _FOUR + _CENTRE,
    6: _FOUR + _SIDES,
    7: _FOUR + _SIDES + _CENTRE,
    8: _FOUR + _SIDES + _ENDS,
    9: _FOUR + _SIDES + _ENDS + _CENTRE,
}


def max_fixed_handicap(size: int) -> int:
    """The most stones a fixed handicap can have: 9 with middle lines, 4 with corners only, 0 below 7x7."""
    if size < 7:
        return 0
    return 9 if size % 2 and size >= 9 else 4


def fixed_handicap(size: int, stones: int) -> list[int]:
    """The points of a fixed handicap of 2 to `max_fixed_handicap(size)` stones; HonteError otherwise."""
    most = max_fixed_handicap(size)
    if not 2 <= stones <= most:
        allowed = f"2 to {most} stones" if most else "no fixed handicap"
        raise HonteError(f"a board of {size}x{size} takes {allowed}, not {stones}")
    edge = 3 if size >= 13 else 2  # the fourth line, or the third
    lines = (edge, size // 2, size - 1 - edge)
    return [lines[row] * size + lines[column] for row, column in _LAYOUTS[stones]]


def handicap_of(board: Board) -> int:
    """The handicap stones of a board's game: two or more that were set up before the first move, all of them black."""
    setup = board.setup
    count = len(setup)
    return count if count > 1 and (setup[:, 0] == 0).all() and (setup[:, 2] == BLACK).all() else 0
