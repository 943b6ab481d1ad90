"""Random games to the end of a board: who owns what, which liberties nobody dares to take, how the score is spread.

A playout draws moves among the legal ones until both sides pass, but mostly answers an atari or a cut at once. It never
fills a true eye and never puts four or more stones of its own into atari, unless it takes something or the stones have
a shape that leaves only one eye when they are taken; nor does it take such stones out of the only eye it has. So a
chain with two ways to connect is safe, two chains in a seki leave each other alone, and a group of one eye can still be
killed from inside.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from honte.features.board import Board
from honte.features.chains import (
    BLACK,
    EMPTY,
    WALL,
    WHITE,
    Position,
    first_liberty,
    is_legal,
    joined_liberties,
    last_liberty,
    play,
)
from honte.features.checks import side, whole
from honte.features.compilation import kernel
from honte.features.nakade import LARGEST, gives_up_a_seki, gives_up_an_eye, kills_inside, vital_point
from honte.features.plane_kernels import consequences, is_true_eye
from honte.features.scratch import scratch

MOVES_PER_POINT = 3
"""A playout ends after so many moves for each point of the board: kos may go round for ever."""
ANSWERED = 16
"""All but one in so many moves are answered where they ask for an answer."""


@dataclass(frozen=True, eq=False)
class Playouts:
    """What random games make of a position."""

    ownership: npt.NDArray[np.float32]
    """(N²,): the mean owner of a point at the end, 1 for Black, -1 for White."""
    neutral: npt.NDArray[np.float32]
    """(N²,): the share of the games that left the point empty between both colours, as the liberties of a seki."""
    leads: npt.NDArray[np.int32]
    """(count,): Black's area less White's at the end of each game, without komi."""

    def joined(self, other: "Playouts") -> "Playouts":
        """These and as many others."""
        half = np.float32(0.5)
        ownership, neutral = half * (self.ownership + other.ownership), half * (self.neutral + other.neutral)
        return Playouts(ownership, neutral, np.concatenate([self.leads, other.leads]))

    def win_rate(self, *, komi: float) -> float:
        """The share of the games that Black wins; a draw is half a win."""
        margins = self.leads - komi
        return float((margins > 0).mean() + (margins == 0).mean() / 2)


def playouts(board: Board, colour: int, *, count: int, seed: int = 0) -> Playouts:
    """Play `count` random games from a board with `colour` to move.

    The seed is 0 … 2^64-1. HonteError for arguments out of range.
    """
    side(colour)
    whole(count, name="the number of playouts", low=1, high=2**31 - 1)
    whole(seed, name="a seed", low=0, high=2**64 - 1)
    leads, totals = np.zeros(count, np.int32), np.zeros((2, board.size**2), np.int64)
    play_out(board.position, scratch(), colour, np.uint64(seed), 0, leads, totals)
    ownership, neutral = (totals / count).astype(np.float32)
    return Playouts(ownership, neutral, leads)


@kernel
def mixed(value: np.uint64) -> np.uint64:
    """A bijection of uint64 that scatters neighbours (Steele, Lea and Flood, "Fast splittable generators", 2014)."""
    value += np.uint64(0x9E3779B97F4A7C15)
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))


@kernel
def play_out(
    start: Position, position: Position, colour: int, seed: np.uint64, first: int, leads: npt.NDArray[np.int32],
    totals: npt.NDArray[np.int64],
) -> None:
    """Play the games of numbers `first` and on, one for each of `leads`, on a scratch position.

    Adds owners and neutral points to the two rows of `totals`.
    """
    size = start.size
    stride = size + 1
    end = (size + 1) * stride
    empties = np.empty(size * size, np.int16)
    position.words = start.words
    for game in range(leads.size):
        position.ko = start.ko
        position.colours[:] = start.colours
        position.heads[:end] = start.heads[:end]
        position.links[:end] = start.links[:end]
        position.sizes[:end] = start.sizes[:end]
        position.counts[:end] = start.counts[:end]
        position.liberties[:end] = start.liberties[:end]
        _play_to_the_end(position, stride, colour, mixed(mixed(seed) ^ np.uint64(first + game)), empties)
        leads[game] = _count_up(position.colours, size, totals)


@kernel
def _play_to_the_end(
    position: Position, stride: int, colour: int, state: np.uint64, empties: npt.NDArray[np.int16]
) -> None:
    """Play one random game until both sides pass in turn."""
    places = np.empty(position.colours.size, np.int16)
    open_points = 0
    for cell in range(stride + 1, stride * stride):
        if position.colours[cell] == EMPTY:
            open_points = add_open(empties, places, open_points, cell)
    passes = 0
    last = 0
    taken = 0
    for _ in range(MOVES_PER_POINT * empties.size):
        state = _stirred(state)
        cell = 0
        if last > 0 and below(state, ANSWERED) > 0:
            if taken > 2:
                cell = vital_point(position, stride, last, colour, taken)
            if cell == 0:
                state, cell = answer(position, stride, last, colour, state)
        untried = open_points
        while cell == 0 and untried > 0:
            state = _stirred(state)
            drawn = below(state, untried)
            found = int(empties[drawn])
            if is_reasonable(position, stride, found, colour):
                cell = found
            else:
                untried -= 1
                other = empties[untried]
                empties[drawn], places[other] = other, drawn
                empties[untried], places[found] = found, untried
        last = cell
        taken = 0
        if cell == 0:
            passes += 1
            position.ko = 0
            if passes == 2:
                break
        else:
            passes = 0
            open_points -= 1
            other, place = empties[open_points], places[cell]
            empties[place], places[other] = other, place
            position.trail_top = 0
            position.saved_top = 0
            taken = play(position, stride, cell, colour)
            if taken > 0:
                open_points = add_taken(position, empties, places, open_points)
        colour = 3 - colour


@kernel
def _stirred(state: np.uint64) -> np.uint64:
    """The next state of Marsaglia's xorshift."""
    state ^= state << np.uint64(13)
    state ^= state >> np.uint64(7)
    state ^= state << np.uint64(17)
    return state


@kernel
def below(state: np.uint64, bound: int) -> int:
    """A number from 0 to below a bound: the upper half of a product."""
    return int((state >> np.uint64(32)) * np.uint64(bound) >> np.uint64(32))


@kernel
def answer(position: Position, stride: int, last: int, colour: int, state: np.uint64) -> tuple[np.uint64, int]:
    """The next state, and a move that the last one asks for, drawn among them; 0 if it asks for none.

    Chains that it put into atari run, or take a chain in atari beside them; its own chain in atari is taken; chains
    that have two liberties beside it connect with others.
    """
    colours, heads, counts = position.colours, position.heads, position.counts
    found, chosen = 0, 0
    for near in (last - stride, last - 1, last + 1, last + stride):
        if colours[near] != colour or counts[heads[near]] != 1:
            continue
        head = int(heads[near])
        run = first_liberty(position, head)
        if joined_liberties(position, stride, run, colour, run) > 1:
            state, found, chosen = _drawn_in(position, stride, run, colour, state, found, chosen)
        stone = head
        while True:
            for beside in (stone - stride, stone - 1, stone + 1, stone + stride):
                if colours[beside] == 3 - colour and counts[heads[beside]] == 1:
                    take = first_liberty(position, int(heads[beside]))
                    state, found, chosen = _drawn_in(position, stride, take, colour, state, found, chosen)
            stone = int(position.links[stone])
            if stone == head:
                break
    if found == 0 and colours[last] == 3 - colour and counts[heads[last]] == 1:
        take = first_liberty(position, int(heads[last]))
        state, found, chosen = _drawn_in(position, stride, take, colour, state, found, chosen)
    if found > 0:
        return state, chosen
    for near in (last - stride, last - 1, last + 1, last + stride):
        if colours[near] == colour and counts[heads[near]] == 2:
            head = int(heads[near])
            for link in (first_liberty(position, head), last_liberty(position, head)):
                if connects(position, stride, link, colour, head):
                    state, found, chosen = _drawn_in(position, stride, link, colour, state, found, chosen)
    return state, chosen


@kernel
def connects(position: Position, stride: int, cell: int, colour: int, head: int) -> bool:
    """Whether a move connects a chain with another one of its colour, to three liberties or more."""
    for near in (cell - stride, cell - 1, cell + 1, cell + stride):
        if position.colours[near] == colour and position.heads[near] != head:
            return bool(joined_liberties(position, stride, cell, colour, cell) > 2)
    return False


@kernel
def _drawn_in(
    position: Position, stride: int, cell: int, colour: int, state: np.uint64, found: int, chosen: int
) -> tuple[np.uint64, int, int]:
    """The next state, the number of moves found and the chosen one, after one more that may be reasonable."""
    if not is_reasonable(position, stride, cell, colour):
        return state, found, chosen
    state = _stirred(state)
    return state, found + 1, cell if below(state, found + 1) == 0 else chosen


@kernel
def add_open(empties: npt.NDArray[np.int16], places: npt.NDArray[np.int16], count: int, cell: int) -> int:
    """Add an empty cell; the number of them then."""
    empties[count] = cell
    places[cell] = count
    return count + 1


@kernel
def add_taken(
    position: Position, empties: npt.NDArray[np.int16], places: npt.NDArray[np.int16], count: int
) -> int:
    """Add the stones that the last move took, as its trail lists them; the number of empty points then."""
    top = position.trail_top - 2
    for _ in range(position.trail[top]):
        size = position.trail[top - 1]
        top -= size + 1
        for stone in range(top, top + size):
            count = add_open(empties, places, count, position.trail[stone])
    return count


@kernel
def is_reasonable(position: Position, stride: int, cell: int, colour: int) -> bool:
    """Whether a playout may make the move."""
    colours, heads, counts = position.colours, position.heads, position.counts
    if not is_legal(position, stride, cell, colour):
        return False
    exits, enclosed, pressed, inside = 0, 0, False, 0
    for near in (cell - stride, cell - 1, cell + 1, cell + stride):
        if colours[near] == EMPTY:
            exits += 1
        elif colours[near] == colour:
            enclosed += 1
            exits += 2 * (counts[heads[near]] > 2)
            pressed |= counts[heads[near]] == 1
        elif colours[near] == WALL:
            enclosed += 1
        elif counts[heads[near]] == 2 and 2 < position.sizes[heads[near]] <= LARGEST:
            inside = int(heads[near])
    if inside > 0 and gives_up_a_seki(position, stride, colour, inside):
        return False
    if enclosed == 4:
        if is_true_eye(colours, stride, cell, colour):
            return False
        # A false eye may be all that a seki lives by: it is filled when it must be, or where liberties are left.
        if not pressed and joined_liberties(position, stride, cell, colour, cell) <= 2:
            return False
    if exits > 1:  # quickly seen to leave two liberties
        return True
    taken, chain, after = consequences(position, stride, cell, colour)
    if after > 1 or taken > 0:
        return True
    if gives_up_an_eye(position, stride, cell, colour):
        return False
    thrown_in: bool = chain == 1 or kills_inside(position, stride, cell, colour, chain)
    return thrown_in


@kernel
def _count_up(colours: npt.NDArray[np.uint8], size: int, totals: npt.NDArray[np.int64]) -> int:
    """Add the owner of every point, 1 for Black and -1 for White, and who is neutral, to totals; Black's lead."""
    stride = size + 1
    lead = 0
    for row in range(size):
        for column in range(size):
            cell = (row + 1) * stride + column + 1
            reached = colours[cell]
            if reached == EMPTY:
                for near in (cell - stride, cell - 1, cell + 1, cell + stride):
                    if colours[near] != WALL:
                        reached |= colours[near]
            owner = (reached == BLACK) - (reached == WHITE)
            totals[0, row * size + column] += owner
            totals[1, row * size + column] += reached == WALL
            lead += owner
    return lead
