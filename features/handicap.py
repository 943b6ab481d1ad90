"""Handicap: where fixed stones lie, by the GTP 2 draft, section 4.1.1, and how many a game began with."""

import numpy as np

from honte.features.board import BLACK, WHITE, Board, decode_move
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
    if not most:
        raise HonteError(f"a board of {size}x{size} has no places for a fixed handicap: use 7x7 or more")
    if not 2 <= stones <= most:
        raise HonteError(f"a board of {size}x{size} takes 2 to {most} stones, not {stones}")
    edge = 3 if size >= 13 else 2  # the fourth line, or the third
    lines = (edge, size // 2, size - 1 - edge)
    return [lines[row] * size + lines[column] for row, column in _LAYOUTS[stones]]


def free_handicap(size: int, stones: int) -> list[int]:
    """The points of a handicap of any number of stones: the fixed ones, then always the point farthest from the others.

    The farthest point is one off the edge while there is any. HonteError for fewer than 2 stones, or too many to leave
    an empty point.
    """
    if not 2 <= stones < size**2:
        raise HonteError(f"a board of {size}x{size} takes 2 to {size**2 - 1} handicap stones, not {stones}")
    most = max_fixed_handicap(size)
    points = fixed_handicap(size, min(stones, most)) if most else []
    rows, columns = np.indices((size, size)).reshape(2, -1)
    line = np.minimum.reduce([rows, columns, size - 1 - rows, size - 1 - columns])
    distance = np.full(size**2, 2 * size)
    for point in points:
        distance = np.minimum(distance, np.hypot(rows - rows[point], columns - columns[point]))
    while len(points) < stones:
        inside = np.minimum(line, 2) * (distance > 0)  # the third line and what is above it come first
        point = int(np.lexsort((np.arange(size**2), -distance, -inside))[0])
        points.append(point)
        distance = np.minimum(distance, np.hypot(rows - rows[point], columns - columns[point]))
    return points


def handicap_of(board: Board) -> int:
    """The handicap stones of a board's game: two or more of Black's before White's first move.

    They may have been set up or played, as some clients hand them over; KataGo counts both so. No handicap are the
    stones of a diagram: stones of White's are among them, or Black is said to move first. Nor are moves of Black's
    after which White makes several in a row, which is how clients replay a diagram.
    """
    setup = board.setup
    if len(setup) and not ((setup[:, 0] == 0).all() and (setup[:, 2] == BLACK).all()):
        return 0
    if (0, BLACK) in board.turns:
        return 0
    moves = [decode_move(code) for code in board.moves]
    first = next((ply for ply, (colour, _) in enumerate(moves) if colour == WHITE), len(moves))
    if [colour for colour, _ in moves[first : first + 2]] == [WHITE, WHITE]:
        played = 0
    else:
        played = sum(point < board.size**2 for _, point in moves[:first])
    count = len(setup) + played
    return count if count > 1 else 0
