"""Whose turn it is: the one place that says so, for boards, records, trees and every protocol."""

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from honte.features.chains import BLACK, WHITE
from honte.features.errors import HonteError


def side_to_move(
    moves: Sequence[int] | npt.NDArray[np.integer],
    ply: int | None = None,
    *,
    setup: Iterable[Sequence[int]] = (),
    turns: Iterable[tuple[int, int]] = (),
    handicap: int = 0,
) -> int:
    """Whose turn it is before the move of a ply, by default at the end of a game: BLACK or WHITE.

    `moves` are move codes, `setup` rows of (ply, point, colour), `turns` the statements of who is to move, as rows of
    (ply, colour) (SGF's `PL`, which counts wherever it stands), and `handicap` the number of stones that is named for
    the game (`HA`). The first of these that says something is believed: the next move; the last statement made since
    the last move; the last move, after which the other side moves; two or more handicap stones, or setup stones that
    are all black, after which White moves. Where none does Black begins. HonteError for a ply beyond the game.
    """
    count = len(moves)
    ply = count if ply is None else ply
    if not 0 <= ply <= count:
        raise HonteError(f"a game of {count} moves has the positions 0 to {count}, not {ply}")
    if ply < count:
        return (int(moves[ply]) & 1) + BLACK
    said = [colour for at, colour in turns if at == ply]
    if said:
        return int(said[-1])
    if ply:
        return WHITE - (int(moves[ply - 1]) & 1)
    stones = {int(point): int(colour) for at, point, colour in setup if at == 0}
    only_black = BLACK in stones.values() and WHITE not in stones.values()
    return WHITE if handicap >= 2 or only_black else BLACK
