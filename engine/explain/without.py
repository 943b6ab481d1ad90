"""Positions with something left out, as planes: a stone, or what a group of planes says."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from honte.features.board import EMPTY, Board
from honte.features.plane_table import CAPTURES, PLANES, PlaneGroup
from honte.features.planes import extract, hide_ages

Planes = npt.NDArray[np.uint8]

LEFT_OUT = ("turns since", "liberties", "capture size", "self-atari size", "liberties after", "ladder capture",
            "ladder escape", "sensibleness")  # fmt: skip
"""The groups of planes that can be left out: all but the stones themselves and the planes that never change."""


def stones_from(board: Board, point: int) -> list[int]:
    """The points of a board's stones, the nearest to a point first: by lines, as kernels are squares."""
    row, column = divmod(point, board.size)
    rows, columns = board.stones.nonzero()
    lines = np.maximum(abs(rows - row), abs(columns - column))
    return [int(stone) for stone in (rows * board.size + columns)[np.argsort(lines, kind="stable")]]


def without_stones(board: Board, colour: int, points: Sequence[int]) -> Planes:
    """The planes uint8 (K, 48, N, N) of a position without each of some of its stones in turn.

    The point is empty as if it had never been played; all other stones keep their ages, the number of moves made and
    the side to move stay, and liberties, captures, ladders and legal moves are those of the board that is left. A ko
    that was just taken is forgotten, as after any stone that is set up.
    """
    planes = np.empty((len(points), *extract(board, colour).shape), np.uint8)
    for row, point in enumerate(points):
        left = board.copy()
        left.place(EMPTY, point)
        extract(left, colour, out=planes[row])
    return planes


def without_groups(planes: Planes) -> tuple[list[PlaneGroup], Planes]:
    """The groups of LEFT_OUT, and planes (K, 48, N, N) of a position without what each of them says.

    Their planes are 0, but that no move takes anything instead of the capture sizes, which also say where a move is
    legal, and that every stone is as old as can be instead of the turns.
    """
    groups = [group for group in PLANES if group.group in LEFT_OUT]
    left = np.repeat(planes[None], len(groups), 0)
    for group, copy in zip(groups, left, strict=True):
        if group.group == "turns since":
            hide_ages(copy)
            continue
        own = copy[group.index : group.index + len(group.labels)]
        legal = own.max(0)
        own[:] = 0
        if group.index == CAPTURES:
            own[0] = legal
    return groups, left
