"""The extraction of the 48 input planes, which `honte.features.PLANES` defines."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from honte.features.arrays import whole_numbers
from honte.features.board import Board, setup_rows
from honte.features.checks import SIDES, board_size, side
from honte.features.errors import HonteError, IllegalMove, Reason
from honte.features.plane_kernels import AT_END, BAD_PLIES, fill, fill_games, fill_plies, places_of
from honte.features.plane_table import AGES, OWN, PLANE_COUNT
from honte.features.scratch import scratch
from honte.features.symmetry import SYMMETRIES
from honte.features.turn import side_to_move

NOTHING = np.empty(0, np.int32)


def extract(
    board: Board, colour: int, *, out: npt.NDArray[np.uint8] | None = None
) -> npt.NDArray[np.uint8]:
    """The planes uint8 (48, N, N) of a board with `colour` to move, written to `out` when given.

    HonteError for another colour than BLACK and WHITE, and for an `out` of another shape or kind.
    """
    size = board.size
    out = _output(out, (PLANE_COUNT, size, size))
    position = board.position
    fill(position, size, len(board.moves), side(colour), places_of(size)[0], out.reshape(PLANE_COUNT, -1))
    return out


def extract_plies(
    moves: npt.NDArray[np.uint16],
    plies: npt.NDArray[np.integer] | Sequence[int],
    *,
    size: int,
    setup: npt.NDArray[np.int16] | None = None,
    colours: npt.NDArray[np.integer] | Sequence[int] | None = None,
    symmetries: npt.NDArray[np.integer] | Sequence[int] | None = None,
    out: npt.NDArray[np.uint8] | None = None,
) -> npt.NDArray[np.uint8]:
    """The planes uint8 (len(plies), 48, N, N) of positions of one game, from one replay; releases the GIL.

    `moves` are move codes; ply p is the position before moves[p]; `plies` must not descend. The side to move is
    that of moves[p] (after the last move, what `honte.features.turn` makes of it) unless `colours` names one a
    ply. `setup` are rows (ply, point, colour). Each position is turned by its entry of `symmetries`, by default
    none. Suicide is replayed: `check_game` says whether the rules allow it. Raises IllegalMove naming the move when the
    game does not obey the rules as far as it is replayed, HonteError for arguments out of range or of unequal lengths.
    """
    size, moves, setup = board_size(size), _codes(moves), setup_rows(setup)
    plies = whole_numbers(plies, np.int32, name="plies")
    out = _output(out, (plies.size, PLANE_COUNT, size, size))
    sides = NOTHING if colours is None else _sides(colours, plies.size)
    turned = NOTHING if symmetries is None else _symmetries(symmetries, plies.size)
    status = fill_plies(scratch(), size, moves, setup, plies, sides, turned, True, places_of(size), out)
    if status == AT_END:
        at_end = side_to_move(moves, setup=setup)
        sides = np.array([at_end if ply == moves.size else (int(moves[ply]) & 1) + 1 for ply in plies], np.int32)
        status = fill_plies(scratch(), size, moves, setup, plies, sides, turned, True, places_of(size), out)
    if status == BAD_PLIES:
        raise HonteError(f"plies must ascend within 0 … {len(moves)}, the number of moves")
    if status >= 0:
        Board.from_moves(moves[: status + 1], size=size, setup=setup[setup[:, 0] <= status], suicide=True)  # says why
        raise IllegalMove(Reason("move {} is illegal", status + 1))
    return out


def extract_games(
    moves: npt.NDArray[np.uint16],
    offsets: npt.NDArray[np.int64],
    games: npt.NDArray[np.int64],
    plies: npt.NDArray[np.integer],
    *,
    size: int,
    setup: npt.NDArray[np.int16],
    setup_offsets: npt.NDArray[np.int64],
    symmetries: npt.NDArray[np.int32],
    out: npt.NDArray[np.uint8],
) -> None:
    """Write to `out` the planes uint8 (K, 48, N, N) of position plies[k] of game games[k]; releases the GIL.

    Game g has the moves `moves[offsets[g] : offsets[g + 1]]` and the setup rows
    `setup[setup_offsets[g] : setup_offsets[g + 1]]`; the side to move is as in `extract_plies`. Runs of one game
    whose plies do not descend are replayed once. Raises IllegalMove naming the game, HonteError for arguments out of
    range or of unequal lengths.
    """
    size, moves, setup = board_size(size), _codes(moves), setup_rows(setup)
    offsets = whole_numbers(offsets, np.int64, name="offsets")
    setup_offsets = whole_numbers(setup_offsets, np.int64, name="setup_offsets", shape=offsets.shape)
    games = whole_numbers(games, np.int64, name="games", low=0, high=offsets.size - 2)
    plies = whole_numbers(plies, np.int32, name="plies", low=0, shape=games.shape)
    starts, ends = _parts(offsets, games, len(moves), "offsets")
    setup_starts, setup_ends = _parts(setup_offsets, games, len(setup), "setup_offsets")
    if (plies > ends - starts).any():
        raise HonteError("a ply lies beyond the moves of its game")
    colours = np.empty(games.size, np.int32)
    moving = starts + plies < ends
    colours[moving] = (moves[(starts + plies)[moving]] & 1) + 1
    for k in np.flatnonzero(~moving):
        rows = setup[setup_starts[k] : setup_ends[k]]
        colours[k] = side_to_move(moves[starts[k] : ends[k]], setup=rows)
    out = _output(out, (games.size, PLANE_COUNT, size, size))
    failed = fill_games(
        scratch(), size, moves, offsets, setup, setup_offsets, games, plies, colours,
        _symmetries(symmetries, games.size), places_of(size), out,
    )
    if failed >= 0:
        raise IllegalMove(Reason("game {} has an illegal move or an impossible setup", failed))


def check_game(
    moves: npt.NDArray[np.uint16], *, size: int, setup: npt.NDArray[np.int16] | None = None, suicide: bool = False
) -> int:
    """The ply of a game's first illegal move or impossible setup, or -1 when there is none.

    `suicide` says whether the rules allow it. HonteError for what are no moves and setup stones at all.
    """
    no_planes = np.empty((0, PLANE_COUNT, board_size(size), size), np.uint8)
    return int(
        fill_plies(
            scratch(), size, _codes(moves), setup_rows(setup), NOTHING, NOTHING, NOTHING, bool(suicide),
            places_of(size), no_planes,
        )
    )


def hide_ages(planes: npt.NDArray[np.uint8]) -> None:
    """Make every stone of planes (…, 48, N, N) as old as can be, in place: the position without its history.

    HonteError for what is no such array.
    """
    if not isinstance(planes, np.ndarray) or planes.dtype != np.uint8 or not planes.flags.writeable:
        raise HonteError("planes must be a uint8 array that can be written to")
    if planes.ndim < 3 or planes.shape[-3] != PLANE_COUNT or planes.shape[-2] != planes.shape[-1]:
        raise HonteError(f"planes are of shape (…, {PLANE_COUNT}, N, N), not {planes.shape}")
    planes[..., AGES : AGES + 7, :, :] = 0
    planes[..., AGES + 7, :, :] = planes[..., OWN, :, :] | planes[..., OWN + 1, :, :]


def _output(out: npt.NDArray[np.uint8] | None, shape: tuple[int, ...]) -> npt.NDArray[np.uint8]:
    if out is None:
        return np.empty(shape, np.uint8)
    if not isinstance(out, np.ndarray):
        raise HonteError(f"out must be a uint8 array of shape {shape}, not {type(out).__name__}")
    if out.shape != shape or out.dtype != np.uint8 or not out.flags.carray:
        raise HonteError(f"out must be a contiguous uint8 array of shape {shape}, not {out.dtype} {out.shape}")
    return out


def _codes(moves: npt.ArrayLike) -> npt.NDArray[np.uint16]:
    return whole_numbers(moves, np.uint16, name="move codes")


def _sides(colours: npt.ArrayLike, count: int) -> npt.NDArray[np.int32]:
    return whole_numbers(colours, np.int32, name="colours", low=SIDES[0], high=SIDES[1], shape=(count,))


def _symmetries(symmetries: npt.ArrayLike, count: int) -> npt.NDArray[np.int32]:
    return whole_numbers(symmetries, np.int32, name="symmetries", low=0, high=SYMMETRIES - 1, shape=(count,))


def _parts(
    offsets: npt.NDArray[np.int64], games: npt.NDArray[np.int64], total: int, name: str
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Where the part of each game begins and ends by the offsets; HonteError where that is not within the total."""
    starts, ends = offsets[games], offsets[games + 1]
    if ((starts < 0) | (ends < starts) | (ends > total)).any():
        raise HonteError(f"{name} must ascend within 0 … {total}")
    return starts, ends
