"""The kernels that write the 48 planes; they trust what they are given, which `honte.features.planes` checks."""

from functools import cache

import numpy as np
import numpy.typing as npt

from honte.features.board import LONG_AGO
from honte.features.chains import (
    EMPTY,
    WALL,
    WHITE,
    Position,
    clear,
    commit_suicide,
    first_liberty,
    first_met,
    forget,
    is_legal,
    is_suicide,
    joined_liberties,
    last_liberty,
    play,
    rebuild,
)
from honte.features.compilation import kernel
from honte.features.ladder import is_ladder_capture, is_ladder_escape, push_defences
from honte.features.plane_table import (
    AFTER,
    AGES,
    CAPTURES,
    LADDER_CAPTURE,
    LADDER_ESCAPE,
    LIBERTIES,
    ONES,
    OWN,
    PLANE_COUNT,
    SELF_ATARI,
    SENSIBLE,
)
from honte.features.symmetry import SYMMETRIES, point_map

DONE, BAD_PLIES, AT_END = -1, -2, -3
"""What `fill_plies` answers when no move was illegal, when the plies do not ascend within the game, and when one is at
its end and nobody says who is to move there."""


@cache
def places_of(size: int) -> npt.NDArray[np.int32]:
    """int32 (8, cells): where each cell's point goes under each symmetry."""
    cells = np.zeros((SYMMETRIES, (size + 2) * (size + 1) + 1), np.int32)
    points = np.arange(size * size)
    cells[:, (points // size + 1) * (size + 1) + points % size + 1] = point_map(size)[:, :-1]
    return cells


@kernel
def cell_of(point: int, size: int) -> int:
    return (point // size + 1) * (size + 1) + point % size + 1


@kernel
def fill_games(
    position: Position,
    size: int,
    moves: npt.NDArray[np.uint16],
    offsets: npt.NDArray[np.int64],
    setup: npt.NDArray[np.int16],
    setup_offsets: npt.NDArray[np.int64],
    games: npt.NDArray[np.int64],
    plies: npt.NDArray[np.int32],
    colours: npt.NDArray[np.int32],
    symmetries: npt.NDArray[np.int32],
    cells: npt.NDArray[np.int32],
    out: npt.NDArray[np.uint8],
) -> int:
    """Fill out[k] with position plies[k] of game games[k], a run of one game at once; a game at fault, or DONE."""
    start = 0
    for end in range(1, games.size + 1):
        game = int(games[start])
        if end < games.size and games[end] == game and plies[end] >= plies[end - 1]:
            continue
        played = moves[offsets[game] : offsets[game + 1]]
        placed = setup[setup_offsets[game] : setup_offsets[game + 1]]
        run = slice(start, end)
        failed = fill_plies(
            position, size, played, placed, plies[run], colours[run], symmetries[run], True, cells, out[run]
        )
        if failed != DONE:
            return game
        start = end
    return DONE


@kernel
def fill_plies(
    position: Position,
    size: int,
    moves: npt.NDArray[np.uint16],
    setup: npt.NDArray[np.int16],
    plies: npt.NDArray[np.int32],
    colours: npt.NDArray[np.int32],
    symmetries: npt.NDArray[np.int32],
    suicide: bool,
    cells: npt.NDArray[np.int32],
    out: npt.NDArray[np.uint8],
) -> int:
    """Replay a game and fill out[k] (48, N, N) at plies[k]; the first illegal ply reached, DONE, BAD_PLIES or AT_END.

    Without plies it replays the whole game. `symmetries` may be empty, and so may `colours`, for those who move.
    """
    least = 0
    for wanted in plies:
        if not least <= wanted <= moves.size:
            return BAD_PLIES
        least = wanted
    if plies.size and not colours.size and least == moves.size:
        return AT_END
    clear(position, size)
    position.played[:] = LONG_AGO
    last = plies[-1] if plies.size else moves.size
    taken_up = 0
    done = 0
    for ply in range(last + 1):
        if taken_up < setup.shape[0] and setup[taken_up, 0] <= ply:
            while taken_up < setup.shape[0] and setup[taken_up, 0] <= ply:
                point, colour = int(setup[taken_up, 1]), setup[taken_up, 2]
                if not (0 <= point < size * size and EMPTY <= colour <= WHITE):
                    return ply
                cell = cell_of(point, size)
                position.colours[cell] = colour
                position.played[cell] = LONG_AGO
                taken_up += 1
            if not rebuild(position, size):
                return ply
        while done < plies.size and plies[done] == ply:
            symmetry = symmetries[done] if symmetries.size else 0
            colour = int(colours[done]) if colours.size else (int(moves[ply]) & 1) + 1
            fill(position, size, ply, colour, cells[symmetry], out[done].reshape(PLANE_COUNT, size * size))
            done += 1
        if ply < last:
            code = int(moves[ply])
            if code >> 1 == size * size:
                position.ko = 0
                continue
            if code >> 1 > size * size:
                return ply
            cell = cell_of(code >> 1, size)
            colour = (code & 1) + 1
            if is_legal(position, size + 1, cell, colour):
                play(position, size + 1, cell, colour)
            elif suicide and is_suicide(position, size + 1, cell, colour):
                commit_suicide(position, size, cell, colour)
            else:
                return ply
            forget(position)
            position.played[cell] = ply
    return DONE


@kernel
def fill(
    position: Position, size: int, turn: int, colour: int, places: npt.NDArray[np.int32], out: npt.NDArray[np.uint8]
) -> None:
    """Write the planes of a position into out (48, N²), point by point through `places`; `turn` moves were made."""
    stride = size + 1
    opponent = 3 - colour
    colours, heads, counts = position.colours, position.heads, position.counts
    out[:] = 0
    out[ONES] = 1
    for row in range(size):
        for cell in range((row + 1) * stride + 1, (row + 1) * stride + 1 + size):
            place = places[cell]
            content = colours[cell]
            if content != EMPTY:
                out[OWN if content == colour else OWN + 1, place] = 1
                out[AGES - 1 + min(turn - position.played[cell], 8), place] = 1
                head = heads[cell]
                out[LIBERTIES - 1 + min(counts[head], 8), place] = 1
                if head == cell:
                    if content == opponent and counts[head] == 2:
                        _mark_captures(position, stride, cell, colour, places, out)
                    elif content == colour and counts[head] == 1:
                        _mark_escapes(position, stride, cell, colour, places, out)
                continue
            out[OWN + 2, place] = 1
            if not is_legal(position, stride, cell, colour):
                continue
            taken, chain, after = consequences(position, stride, cell, colour)
            out[CAPTURES + min(taken, 7), place] = 1
            out[AFTER - 1 + min(after, 8), place] = 1
            if after == 1:
                out[SELF_ATARI - 1 + min(chain, 8), place] = 1
            if not is_true_eye(colours, stride, cell, colour):
                out[SENSIBLE, place] = 1


@kernel
def consequences(position: Position, stride: int, cell: int, colour: int) -> tuple[int, int, int]:
    """Of a legal move: the stones it takes, the size of its chain and that chain's liberties (any above 8 as 8)."""
    colours, heads, counts = position.colours, position.heads, position.counts
    neighbours = (cell - stride, cell - 1, cell + 1, cell + stride)
    position.stamp += 1
    taken, chain, exits, most = 0, 1, 0, 0
    for near in neighbours:
        content = colours[near]
        if content == EMPTY:
            exits += 1
        elif content == colour:
            head = heads[near]
            if first_met(position, head):
                chain += position.sizes[head]
                most = max(most, counts[head])
        elif content != WALL and counts[heads[near]] == 1:
            exits += 1
            if first_met(position, heads[near]):
                taken += position.sizes[heads[near]]
    if chain == 1:
        return taken, chain, exits
    if most > 8:
        return taken, chain, 8
    after = joined_liberties(position, stride, cell, colour, cell)
    if taken > 0:
        for near in neighbours:
            if colours[near] == 3 - colour and counts[heads[near]] == 1:
                after += _freed_liberties(position, stride, int(near), cell, colour)
    return taken, chain, after


@kernel
def _freed_liberties(position: Position, stride: int, first: int, cell: int, colour: int) -> int:
    """How many stones of the chain at `first`, about to be taken from `cell`, touch the chain that the move makes.

    That chain's parts bear the current stamp. Stones counted before are marked and not counted again.
    """
    freed = 0
    stone = first
    while True:
        touching = False
        for near in (stone - stride, stone - 1, stone + 1, stone + stride):
            own = position.colours[near] == colour and position.marks[position.heads[near]] == position.stamp
            touching = touching or own or near == cell
        if touching and position.freed[stone] != position.stamp:
            position.freed[stone] = position.stamp
            freed += 1
        stone = int(position.links[stone])
        if stone == first:
            return freed


@kernel
def is_true_eye(colours: npt.NDArray[np.uint8], stride: int, cell: int, colour: int) -> bool:
    """Whether all neighbours are own or edge and fewer than two diagonals the opponent's, the edge counting as one."""
    for near in (cell - stride, cell - 1, cell + 1, cell + stride):
        if colours[near] != colour and colours[near] != WALL:
            return False
    hostile = 0
    edge = 0
    for near in (cell - stride - 1, cell - stride + 1, cell + stride - 1, cell + stride + 1):
        if colours[near] == WALL:
            edge = 1
        elif colours[near] == 3 - colour:
            hostile += 1
    return hostile + edge < 2


@kernel
def _mark_captures(
    position: Position, stride: int, prey: int, colour: int, places: npt.NDArray[np.int32], out: npt.NDArray[np.uint8]
) -> None:
    """Mark the moves that catch the opponent's two-liberty chain at `prey` in a ladder."""
    head = int(position.heads[prey])
    low, high = first_liberty(position, head), last_liberty(position, head)
    for move, other in ((low, high), (high, low)):
        place = places[move]
        if out[LADDER_CAPTURE, place] == 0 and is_legal(position, stride, move, colour):
            out[LADDER_CAPTURE, place] = is_ladder_capture(position, stride, prey, move, other, colour)


@kernel
def _mark_escapes(
    position: Position, stride: int, prey: int, colour: int, places: npt.NDArray[np.int32], out: npt.NDArray[np.uint8]
) -> None:
    """Mark the moves that save the own chain at `prey`, which is in atari."""
    push_defences(position, stride, prey, 3 - colour)
    end = position.options_top
    for index in range(end):
        move = int(position.options[index])
        place = places[move]
        if out[LADDER_ESCAPE, place] == 0 and is_legal(position, stride, move, colour):
            out[LADDER_ESCAPE, place] = is_ladder_escape(position, stride, prey, move, 3 - colour)
    position.options_top = 0
