"""Games of one network against another, all at once."""

import numpy as np
import numpy.typing as npt

from honte.data.record import GameRecord
from honte.features.board import BLACK, WHITE
from honte.features.many import ManyGames
from honte.features.scoring import format_result
from honte.features.symmetry import SYMMETRIES, point_map
from honte.policy.predictor import Predictor

OPENING = 8
"""Moves that make an opening, when different ones are counted."""


def play_games(
    games: ManyGames,
    network: Predictor,
    opponent: Predictor,
    colours: npt.NDArray[np.int32],
    *,
    temperature: float,
    drawn: int = 0,
) -> None:
    """Play games to their ends, the network with `colours`, int32 (count,), in them.

    Every network sees all positions of its games at once. The first `drawn` moves are drawn at a temperature of 1.
    """
    while games.live.any():
        own = games.to_move == colours
        turns = [(side, np.flatnonzero(games.live & mine)) for side, mine in ((network, own), (opponent, ~own))]
        for side, chosen in turns:
            if len(chosen):
                planes = games.planes(chosen)
                heat = np.where(games.lengths[chosen] < drawn, 1, temperature).astype(np.float32)
                logits = side.log_probabilities(planes).cpu().numpy()
                games.play(chosen, planes, logits, temperature=heat)


def rewards(games: ManyGames, colours: npt.NDArray[np.int32], *, komi: float) -> npt.NDArray[np.float32]:
    """float32 (count,): 1 for a game that the side with `colours` has won, -1 for one lost, 0 for a draw."""
    black = np.sign(games.leads - komi)
    signs: npt.NDArray[np.float32] = np.where(colours == BLACK, black, -black).astype(np.float32)
    return signs


def opening_keys(games: ManyGames) -> npt.NDArray[np.uint64]:
    """uint64 (count,): a number for the first moves of each game, the same for those turned or mirrored."""
    first = games.moves[:, :OPENING] >> 1
    first = np.where(np.arange(first.shape[1]) < games.lengths[:, None], first, games.size**2)
    turned = point_map(games.size)[:, first].astype(np.uint64)  # (8, count, moves)
    keys = np.zeros(turned.shape[:2], np.uint64)
    for move in range(turned.shape[2]):
        keys = (keys ^ turned[:, :, move]) * np.uint64(0x9E3779B97F4A7C15)
        keys ^= keys >> np.uint64(29)
    assert len(keys) == SYMMETRIES
    lowest: npt.NDArray[np.uint64] = keys.min(axis=0)
    return lowest


def record_of(games: ManyGames, game: int, *, komi: float, black: str, white: str) -> GameRecord:
    """A game as its record."""
    return GameRecord(
        size=games.size,
        moves=games.moves[game, : games.lengths[game]].copy(),
        komi=komi,
        black=black,
        white=white,
        result=format_result(float(games.leads[game] - komi)),
    )


def alternating(numbers: npt.NDArray[np.uint64]) -> npt.NDArray[np.int32]:
    """int32 (count,): Black in the games of even numbers, White in the others."""
    return np.where(numbers % np.uint64(2) == 0, BLACK, WHITE).astype(np.int32)
