"""Shapes of eyes that one stone keeps from being two, and what a side gives up by a move beside its own eye."""

import numpy as np
import numpy.typing as npt

from honte.features.chains import EMPTY, WALL, Position, first_liberty, first_met, last_liberty
from honte.features.compilation import kernel

LARGEST = 6
"""Points of the largest shape that one stone keeps from being two eyes."""


@kernel
def vital_point(position: Position, stride: int, last: int, colour: int, taken: int) -> int:
    """The cell from which the eye that the last move made, at a cell, cannot become two; 0 if there is none.

    The eye is `taken` cells, those of the stones that were taken, with the other side's stones all around.
    """
    points = np.empty(LARGEST, np.int64)
    for start in (last - stride, last - 1, last + 1, last + stride):
        if position.colours[start] == EMPTY and _eye(position, stride, start, 3 - colour, points) == taken:
            vital: int = vital_of(points[:taken], stride)
            if vital > 0:
                return vital
    return 0


@kernel
def _eye(position: Position, stride: int, start: int, owner: int, points: np.ndarray) -> int:
    """The number of empty points connected to a start, which are written to `points`; 0 if it is no eye of the owner's
    or larger than the room in `points`."""
    colours = position.colours
    points[0] = start
    count, at = 1, 0
    while at < count:
        one = points[at]
        at += 1
        for near in (one - stride, one - 1, one + 1, one + stride):
            if colours[near] == EMPTY:
                known = False
                for other in points[:count]:
                    known |= other == near
                if known:
                    continue
                if count == points.size:
                    return 0
                points[count] = near
                count += 1
            elif colours[near] != owner and colours[near] != WALL:
                return 0
    return count


@kernel
def vital_of(points: np.ndarray, stride: int) -> int:
    """The cell of a connected shape (n,) of cells from which it cannot become two eyes; 0 where none does that.

    Three points, the square and pyramid of four, the bulky and crossed five and the rabbity six have one: that with the
    most neighbours.
    """
    count, pairs, most, vital = points.size, 0, 0, 0
    for one in points:
        beside = 0
        for near in (one - stride, one - 1, one + 1, one + stride):
            for other in points:
                beside += near == other
        pairs += beside
        if beside > most:
            most, vital = beside, one
    square = pairs == 2 * count  # as many pairs of neighbours as points: four of them are a square
    kept = count == 3 or (count == 4 and (square or most == 3)) or (count == 5 and (square or most == 4))
    if kept or (count == 6 and square and most == 4):
        return vital
    return 0


@kernel
def gives_up_an_eye(position: Position, stride: int, cell: int, colour: int) -> bool:
    """Whether the one liberty that a move leaves its chain is an eye of its own, where the other side then takes it."""
    colours, heads = position.colours, position.heads
    left = 0
    for near in (cell - stride, cell - 1, cell + 1, cell + stride):
        if colours[near] == EMPTY:
            left = near
        elif colours[near] == colour:
            for liberty in (first_liberty(position, heads[near]), last_liberty(position, heads[near])):
                if liberty != cell:
                    left = liberty
    for near in (left - stride, left - 1, left + 1, left + stride):
        if colours[near] != colour and colours[near] != WALL and near != cell:
            return False
    return True


@kernel
def kills_inside(position: Position, stride: int, cell: int, colour: int, size: int) -> bool:
    """Whether the chain in atari of two or more stones that a move makes leaves the chains around with one eye.

    Its shape is one of those that `vital_of` names, or two stones, and nothing that touches it has another liberty than
    its own last one.
    """
    if size > LARGEST:
        return False
    stones = np.empty(LARGEST, np.int64)
    stones[0] = cell
    count = 1
    position.stamp += 1
    for near in (cell - stride, cell - 1, cell + 1, cell + stride):
        if position.colours[near] != colour or position.marks[position.heads[near]] == position.stamp:
            continue
        position.marks[position.heads[near]] = position.stamp
        count = _add_stones(position, near, stones, count)
    last = 0
    for one in stones[:count]:
        for near in (one - stride, one - 1, one + 1, one + stride):
            if position.colours[near] == EMPTY and near != cell:
                last = near
    for one in stones[:count]:
        for near in (one - stride, one - 1, one + 1, one + stride):
            if position.colours[near] == 3 - colour:
                head = position.heads[near]
                if position.counts[head] != _has_liberty(position, head, cell) + _has_liberty(position, head, last):
                    return False
    shaped: bool = count < 3 or vital_of(stones[:count], stride) > 0
    return shaped


@kernel
def gives_up_a_seki(position: Position, stride: int, colour: int, head: int) -> bool:
    """Whether a colour's move at one of the two liberties of the other side's chain gives up all that it lives by.

    Both liberties lie inside an eye, the chain's shape leaves only one eye when it is taken, and none of the chains
    around has another one: they live only as long as nobody moves there.
    """
    colours, heads = position.colours, position.heads
    for liberty in (first_liberty(position, head), last_liberty(position, head)):
        for near in (liberty - stride, liberty - 1, liberty + 1, liberty + stride):
            if colours[near] == EMPTY or (colours[near] == 3 - colour and heads[near] != head):
                return False
    stones = np.empty(LARGEST, np.int64)
    count = _add_stones(position, head, stones, 0)
    if vital_of(stones[:count], stride) == 0:
        return False
    position.stamp += 1
    for stone in stones[:count]:
        for near in (stone - stride, stone - 1, stone + 1, stone + stride):
            if colours[near] == colour and first_met(position, heads[near]) and _has_eye(position, stride, heads[near]):
                return False
    return True


@kernel
def _has_eye(position: Position, stride: int, head: int) -> bool:
    """Whether a liberty of a chain has only its colour around it."""
    colours, stone = position.colours, head
    while True:
        for liberty in (stone - stride, stone - 1, stone + 1, stone + stride):
            if colours[liberty] != EMPTY:
                continue
            enclosed = True
            for near in (liberty - stride, liberty - 1, liberty + 1, liberty + stride):
                enclosed &= colours[near] == colours[head] or colours[near] == WALL
            if enclosed:
                return True
        stone = int(position.links[stone])
        if stone == head:
            return False


@kernel
def _add_stones(position: Position, stone: int, stones: npt.NDArray[np.int64], count: int) -> int:
    """Adds the stones of a stone's chain to the first `count` that there are; how many there are then."""
    one = stone
    while True:
        stones[count] = one
        count += 1
        one = int(position.links[one])
        if one == stone:
            return count


@kernel
def _has_liberty(position: Position, head: int, cell: int) -> bool:
    """Whether a cell is among a chain's liberties."""
    bit = np.uint64(1) << np.uint64(cell & 63)
    found: bool = position.liberties[head, cell >> 6] & bit != 0
    return found
