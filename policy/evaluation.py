"""How well a network foretells the moves of games that it has not seen."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from data.batches import Batch
from policy.predictor import Predictor

PHASES = ((1, 50), (51, 150), (151, None))
"""Move numbers, counted from 1, of the opening, the middle game and the endgame."""
CALIBRATION_BINS = 15


@dataclass(frozen=True)
class Figure:
    """A mean over positions, with the 95 % interval that follows from the variation between games.

    One game says nothing of that variation: it has no interval.
    """

    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Score:
    """Figures for a set of positions."""

    positions: int
    top1: Figure
    """Share of the moves that had the highest probability."""
    top5: Figure
    """Share of the moves that were among the five highest."""
    cross_entropy: Figure
    """Mean of -ln of the move's probability."""


@dataclass(frozen=True)
class Report(Score):
    """Figures for all positions of some games."""

    games: int
    calibration_error: float
    """Expected calibration error of the highest probability, over 15 bins of equal width."""
    phases: dict[str, Score]
    """Figures by move number."""


def evaluate(predictor: Predictor, batches: Iterable[Batch]) -> Report:
    """Score a predictor on batches of positions; probabilities are over all points, illegal ones included."""
    columns = zip(*(_outcomes(predictor, batch) for batch in batches), strict=True)
    ranks, losses, confidences, plies, games = (np.concatenate(column) for column in columns)
    numbers = plies + 1

    def score(chosen: npt.NDArray[np.bool_]) -> Score:
        rank, game = ranks[chosen], games[chosen]
        return Score(
            positions=len(rank),
            top1=_mean(rank < 1, game),
            top5=_mean(rank < 5, game),
            cross_entropy=_mean(losses[chosen], game),
        )

    phases = {}
    for first, last in PHASES:
        chosen = (numbers >= first) & (numbers <= (last or numbers.max()))
        if chosen.any():
            phases[f"{first}-{last}" if last else f"{first}-"] = score(chosen)
    return Report(
        **vars(score(numbers > 0)),
        games=len(np.unique(games)),
        calibration_error=_calibration_error(confidences, ranks < 1),
        phases=phases,
    )


def _outcomes(predictor: Predictor, batch: Batch) -> tuple[npt.NDArray[Any], ...]:
    """Per position: rank of the move from 0, its -ln p, the highest probability, the ply, the game."""
    maps = predictor.log_probabilities(batch.planes)
    played = maps.gather(1, torch.from_numpy(batch.moves).to(maps.device)[:, None])
    ranks = (maps > played).sum(1)
    columns = (ranks, -played[:, 0], maps.amax(1).exp())
    return (*(column.cpu().numpy() for column in columns), batch.plies, batch.games)


def _mean(values: npt.NDArray[Any], games: npt.NDArray[np.int64]) -> Figure:
    """The mean, and its interval with games, not positions, as the independent units."""
    _, game = np.unique(games, return_inverse=True)
    mean = float(values.mean(dtype=np.float64))
    deviations = np.bincount(game, values - mean)
    count = len(deviations)
    if count == 1:
        return Figure(mean, None, None)
    spread = 1.96 * float(np.sqrt((deviations**2).sum() * count / (count - 1))) / len(values)
    return Figure(mean, mean - spread, mean + spread)


def _calibration_error(confidences: npt.NDArray[np.float32], correct: npt.NDArray[np.bool_]) -> float:
    """Mean distance, weighted by positions, between confidence and accuracy over bins of confidence."""
    bins = np.minimum((confidences * CALIBRATION_BINS).astype(int), CALIBRATION_BINS - 1)
    gaps = np.bincount(bins, correct.astype(np.float64) - confidences)
    return float(np.abs(gaps).sum() / len(correct))
