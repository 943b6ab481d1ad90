"""Chains and their liberties: the numba kernels under the board, the ladders and the planes.

The board lies in one row of cells with a wall around it: point (row, column) is cell (row + 1)·(N + 1) + column + 1, so
the four neighbours of a cell are at ±1 and ±(N + 1) and one wall column serves both sides. A chain is named by one of
its cells, its head; its cells form a ring through `links`; its liberties are a set of bits, so that the liberties of
merging chains are a union of words and their number a count of bits.

`play` writes down what it changes on a trail that `undo` takes back. Whoever will not undo clears the trail with
`forget`. Kernels trust what they are given: `Board`, the planes and the playouts check it first.
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core.typing.templates import Signature
from numba.extending import intrinsic

from honte.features.checks import MAX_SIZE, board_size
from honte.features.compilation import kernel

EMPTY, BLACK, WHITE, WALL = 0, 1, 2, 3

CELLS = (MAX_SIZE + 2) * (MAX_SIZE + 1) + 1
WORDS = (CELLS + 63) // 64
DEPTH = 2 * MAX_SIZE**2
"""Moves that can be undone."""
MOST_OPTIONS = 4 * DEPTH
"""Moves yet to be tried with which a ladder may still go deeper."""

ZOBRIST = np.random.Generator(np.random.PCG64(0x486F6E7465)).integers(1, 2**64, size=(3, CELLS), dtype=np.uint64)

POSITION = np.dtype(
    [
        ("size", np.int64),
        ("words", np.int64),  # of liberties that a board of this size uses
        ("ko", np.int64),  # where a stone was just taken in a ko, or 0
        ("hash", np.uint64),
        ("trail_top", np.int64),
        ("saved_top", np.int64),
        ("options_top", np.int64),
        ("stamp", np.int64),
        ("colours", np.uint8, (CELLS,)),
        ("heads", np.int16, (CELLS,)),
        ("links", np.int16, (CELLS,)),
        ("sizes", np.int16, (CELLS,)),  # stones of a chain, at its head
        ("counts", np.int16, (CELLS,)),  # liberties of a chain, at its head
        ("liberties", np.uint64, (CELLS, WORDS)),  # the set of them, at its head
        ("played", np.int16, (CELLS,)),  # the turn at which a stone was played
        ("marks", np.int64, (CELLS,)),  # chains (by their heads) already met by a question bear its stamp
        ("freed", np.int64, (CELLS,)),  # and so do cells
        ("trail", np.int16, (24 * DEPTH,)),
        ("saved", np.uint64, (DEPTH, WORDS)),  # liberties of chains before they grew, a row for a move on the trail
        ("options", np.int16, (MOST_OPTIONS + CELLS,)),  # moves that a ladder has yet to try, at all its depths
        ("floors", np.int64, (DEPTH,)),  # where each depth's moves begin
    ],
    align=True,
)
"""A board as one record, which kernels take by its address."""

Position = Any
"""A record of dtype POSITION; its fields are attributes to kernels and items to Python."""


def new_position(size: int) -> Position:
    """An empty board of the given size, a record of dtype POSITION."""
    position = np.zeros(1, POSITION)[0]
    clear(position, board_size(size))
    return position


@intrinsic
def _bit_count(typing_context: Any, word: Any) -> Any:
    """Number of set bits of a uint64."""

    def generate(context: Any, builder: Any, signature: Signature, arguments: Any) -> Any:
        return builder.ctpop(arguments[0])

    return types.int64(types.uint64), generate


@intrinsic
def _lowest_bit(typing_context: Any, word: Any) -> Any:
    """Index of the lowest set bit of a non-zero uint64."""

    def generate(context: Any, builder: Any, signature: Signature, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))

    return types.int64(types.uint64), generate


@kernel
def clear(position: Position, size: int) -> None:
    """Empty the board and give it a size."""
    position.size = size
    position.words = ((size + 2) * (size + 1) + 64) // 64
    position.ko = 0
    position.hash = 0
    position.options_top = 0
    forget(position)
    position.colours[:] = WALL
    for row in range(size):
        for cell in range((row + 1) * (size + 1) + 1, (row + 2) * (size + 1)):
            position.colours[cell] = EMPTY


@kernel
def forget(position: Position) -> None:
    """Drop the trail: what was played so far can no longer be undone."""
    position.trail_top = 0
    position.saved_top = 0


@kernel
def first_met(position: Position, head: int) -> bool:
    """Mark a chain as met; whether it had no mark of the current stamp."""
    new: bool = position.marks[head] != position.stamp
    position.marks[head] = position.stamp
    return new


@kernel
def _add_liberty(position: Position, head: int, cell: int) -> None:
    bit = np.uint64(1) << np.uint64(cell & 63)
    word = position.liberties[head, cell >> 6]
    if word & bit == 0:
        position.liberties[head, cell >> 6] = word | bit
        position.counts[head] += 1


@kernel
def _remove_liberty(position: Position, head: int, cell: int) -> None:
    bit = np.uint64(1) << np.uint64(cell & 63)
    word = position.liberties[head, cell >> 6]
    if word & bit != 0:
        position.liberties[head, cell >> 6] = word & ~bit
        position.counts[head] -= 1


@kernel
def first_liberty(position: Position, head: int) -> int:
    """The lowest cell among a chain's liberties; the chain must have one."""
    word = 0
    while position.liberties[head, word] == 0:
        word += 1
    return word * 64 + _lowest_bit(position.liberties[head, word])


@kernel
def last_liberty(position: Position, head: int) -> int:
    """The highest cell among a chain's liberties; the chain must have one."""
    word = position.words - 1
    while position.liberties[head, word] == 0:
        word -= 1
    bits = position.liberties[head, word]
    while bits & (bits - np.uint64(1)) != 0:
        bits &= bits - np.uint64(1)
    return word * 64 + _lowest_bit(bits)


@kernel
def is_legal(position: Position, stride: int, cell: int, colour: int) -> bool:
    """Whether the rules allow the move: an empty cell, no retaking of a ko, no suicide."""
    colours, heads, counts = position.colours, position.heads, position.counts
    if colours[cell] != EMPTY or (cell == position.ko and _retakes_ko(position, stride, colour)):
        return False
    for near in (cell - stride, cell - 1, cell + 1, cell + stride):
        content = colours[near]
        if content == EMPTY:
            return True
        if content != WALL and (counts[heads[near]] == 1) == (content != colour):
            return True
    return False


@kernel
def _retakes_ko(position: Position, stride: int, colour: int) -> bool:
    """Whether a colour's stone at the ko would retake it: what surrounds the point is all of the side that took there.

    That side may fill it, as it takes nothing back.
    """
    colours, ko = position.colours, position.ko
    other = 3 - colour
    return (
        colours[ko - stride] == other or colours[ko - 1] == other
        or colours[ko + 1] == other or colours[ko + stride] == other
    )


@kernel
def is_suicide(position: Position, stride: int, cell: int, colour: int) -> bool:
    """Whether nothing but the rule against suicide forbids the move."""
    if position.colours[cell] != EMPTY or (cell == position.ko and _retakes_ko(position, stride, colour)):
        return False
    return not is_legal(position, stride, cell, colour)


@kernel
def commit_suicide(position: Position, size: int, cell: int, colour: int) -> int:
    """Make a move that is suicide: its chain goes off the board; the number of its stones. There is no undoing it."""
    stride = size + 1
    taken = 1
    for near in (cell - stride, cell - 1, cell + 1, cell + stride):
        if position.colours[near] != colour:
            continue
        stone = near
        while True:
            position.colours[stone] = EMPTY
            taken += 1
            stone = int(position.links[stone])
            if stone == near:
                break
    rebuild(position, size)
    return taken


@kernel
def joined_liberties(position: Position, stride: int, cell: int, colour: int, filled: int) -> int:
    """Liberties of the chain that a stone at an empty cell would make, were `filled` no liberty and nothing taken."""
    colours, heads = position.colours, position.heads
    neighbours = (cell - stride, cell - 1, cell + 1, cell + stride)
    total = 0
    for word in range(position.words):
        union = np.uint64(0)
        for near in neighbours:
            if colours[near] == colour:
                union |= position.liberties[heads[near], word]
            elif colours[near] == EMPTY and near >> 6 == word:
                union |= np.uint64(1) << np.uint64(near & 63)
        if cell >> 6 == word:
            union &= ~(np.uint64(1) << np.uint64(cell & 63))
        if filled >> 6 == word:
            union &= ~(np.uint64(1) << np.uint64(filled & 63))
        total += _bit_count(union)
    return total


@kernel
def play(position: Position, stride: int, cell: int, colour: int) -> int:
    """Play a legal move, taking the chains left without liberties; the number of stones taken."""
    colours, heads, links, sizes, counts = (
        position.colours, position.heads, position.links, position.sizes, position.counts,
    )
    liberties, trail = position.liberties, position.trail
    words = position.words
    opponent = 3 - colour
    neighbours = (cell - stride, cell - 1, cell + 1, cell + stride)

    base = cell
    largest = 0
    for near in neighbours:
        if colours[near] == colour and sizes[heads[near]] > largest:
            base = int(heads[near])
            largest = sizes[base]

    top = position.trail_top
    trail[top] = position.ko
    trail[top + 1] = base
    trail[top + 2] = sizes[base]
    trail[top + 3] = counts[base]
    top += 4
    saved = position.saved[position.saved_top]
    for word in range(words):
        saved[word] = liberties[base, word]
    position.saved_top += 1

    colours[cell] = colour
    heads[cell] = base
    position.hash ^= ZOBRIST[colour, cell]
    if base == cell:
        links[cell] = cell
        sizes[cell] = 1
        liberties[cell, :] = 0
    else:
        links[cell] = links[base]
        links[base] = cell
        sizes[base] += 1
    merged = 0
    for near in neighbours:
        content = colours[near]
        if content == EMPTY:
            liberties[base, near >> 6] |= np.uint64(1) << np.uint64(near & 63)
        elif content == colour and heads[near] != base:
            head = int(heads[near])
            stone = head
            while True:
                heads[stone] = base
                stone = int(links[stone])
                if stone == head:
                    break
            links[base], links[head] = links[head], links[base]
            sizes[base] += sizes[head]
            for word in range(words):
                liberties[base, word] |= liberties[head, word]
            trail[top] = head
            top += 1
            merged += 1
    liberties[base, cell >> 6] &= ~(np.uint64(1) << np.uint64(cell & 63))
    count = 0
    for word in range(words):
        count += _bit_count(liberties[base, word])
    counts[base] = count
    trail[top] = merged
    top += 1

    taken = 0
    taken_chains = 0
    lone = 0
    for near in neighbours:
        if colours[near] != opponent:
            continue
        head = int(heads[near])
        _remove_liberty(position, head, cell)
        if counts[head] > 0:
            continue
        stone = head
        while True:
            trail[top] = stone
            top += 1
            colours[stone] = EMPTY
            position.hash ^= ZOBRIST[opponent, stone]
            for beside in (stone - stride, stone - 1, stone + 1, stone + stride):
                if colours[beside] == colour:
                    _add_liberty(position, int(heads[beside]), stone)
            stone = int(links[stone])
            if stone == head:
                break
        lone = head
        taken += sizes[head]
        trail[top] = sizes[head]
        top += 1
        taken_chains += 1
    trail[top] = taken_chains
    trail[top + 1] = cell
    position.trail_top = top + 2
    position.ko = lone if taken == 1 and sizes[base] == 1 and counts[base] == 1 else 0
    return taken


@kernel
def undo(position: Position, stride: int) -> None:
    """Take back the last move on the trail."""
    colours, heads, links, sizes, counts = (
        position.colours, position.heads, position.links, position.sizes, position.counts,
    )
    liberties, trail = position.liberties, position.trail
    top = position.trail_top - 1
    cell = int(trail[top])
    colour = colours[cell]
    opponent = 3 - colour
    neighbours = (cell - stride, cell - 1, cell + 1, cell + stride)

    top -= 1
    for _ in range(trail[top]):
        top -= 1
        size = int(trail[top])
        head = int(trail[top - size])
        following = head
        for _ in range(size):
            top -= 1
            stone = int(trail[top])
            colours[stone] = opponent
            heads[stone] = head
            links[stone] = following
            following = stone
            position.hash ^= ZOBRIST[opponent, stone]
            for beside in (stone - stride, stone - 1, stone + 1, stone + stride):
                if colours[beside] == colour:
                    _remove_liberty(position, int(heads[beside]), stone)
        sizes[head] = size
        counts[head] = 0
        liberties[head, :] = 0
    for near in neighbours:
        if colours[near] == opponent:
            _add_liberty(position, int(heads[near]), cell)

    top -= 1
    merged = trail[top]
    base = int(trail[top - merged - 3])
    for _ in range(merged):
        top -= 1
        head = int(trail[top])
        links[base], links[head] = links[head], links[base]
        stone = head
        while True:
            heads[stone] = head
            stone = int(links[stone])
            if stone == head:
                break
    if base != cell:
        links[base] = links[cell]
    counts[base] = trail[top - 1]
    sizes[base] = trail[top - 2]
    position.ko = trail[top - 4]
    position.trail_top = top - 4
    position.saved_top -= 1
    saved = position.saved[position.saved_top]
    for word in range(position.words):
        liberties[base, word] = saved[word]
    colours[cell] = EMPTY
    position.hash ^= ZOBRIST[colour, cell]


@kernel
def rebuild(position: Position, size: int) -> bool:
    """Form the chains, liberties and hash anew from the colours; whether every chain has a liberty."""
    colours, heads, links, sizes, counts = (
        position.colours, position.heads, position.links, position.sizes, position.counts,
    )
    stride = size + 1
    heads[:] = 0
    position.hash = 0
    position.ko = 0
    sound = True
    for first in range(stride + 1, (size + 1) * stride):
        colour = colours[first]
        if colour in (EMPTY, WALL) or heads[first] != 0:
            continue
        position.liberties[first, :] = 0
        counts[first] = 0
        sizes[first] = 0
        heads[first] = first
        links[first] = first
        stone = first
        while True:
            sizes[first] += 1
            position.hash ^= ZOBRIST[colour, stone]
            for near in (stone - stride, stone - 1, stone + 1, stone + stride):
                if colours[near] == EMPTY:
                    _add_liberty(position, first, near)
                elif colours[near] == colour and heads[near] == 0:
                    heads[near] = first
                    links[near] = links[stone]
                    links[stone] = near
            stone = int(links[stone])
            if stone == first:
                break
        sound = sound and counts[first] > 0
    return sound
