"""How well a network foretells the moves of games that it has not seen."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import torch

from honte.data.batches import Batch
from honte.data.corpus import Corpus
from honte.data.fields import rank_name, rank_value
from honte.policy.predictor import Predictor
from honte.policy.wilson import Z, student, wilson

PHASES = ((1, 50), (51, 150), (151, None))
"""Move numbers, counted from 1, of the opening, the middle game and the endgame."""
CALIBRATION_BINS = 15


@dataclass(frozen=True)
class Figure:
    """A mean over positions, with the 95 % interval that follows from the variation between games, by Student's t.

    One game says nothing of that variation: it has no interval.
    """

    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Score:
    """Figures for a set of positions."""

    positions: int
    games: int
    """Games that they are from."""
    top1: Figure
    """Share of the moves that had the highest probability."""
    top5: Figure
    """Share of the moves that were among the five highest."""
    cross_entropy: Figure
    """Mean of -ln of the move's probability."""


@dataclass(frozen=True)
class Report(Score):
    """Figures for all positions of some games."""

    calibration_error: float
    """Expected calibration error of the highest probability, over 15 bins of equal width."""
    phases: dict[str, Score]
    """Figures by move number."""


@dataclass(frozen=True)
class Gain:
    """How much better moves are foretold by one network than by another; above 0 is better."""

    top1: Figure
    """Difference of the shares that had the highest probability."""
    cross_entropy: Figure
    """By how much it is lower."""


class Outcomes(NamedTuple):
    """How well each of some moves was foretold; arrays with an entry a move."""

    ranks: npt.NDArray[np.int64]
    """How many points came before the move: by probability, and of those alike the first ones of the board."""
    losses: npt.NDArray[np.float32]
    """-ln of its probability."""
    confidences: npt.NDArray[np.float32]
    """The highest probability."""
    plies: npt.NDArray[np.int64]
    """How many moves of the game came before."""
    games: npt.NDArray[np.int64]
    """The games in the corpus."""

    def score(self, chosen: npt.NDArray[Any] | slice = slice(None)) -> Score:
        """Figures for the chosen moves, at least one."""
        ranks, games = self.ranks[chosen], self.games[chosen]
        return Score(
            positions=len(ranks),
            games=len(np.unique(games)),
            top1=_share(ranks < 1, games),
            top5=_share(ranks < 5, games),
            cross_entropy=_mean(self.losses[chosen], games),
        )

    def report(self) -> Report:
        """Figures for all of them, and by phase of the game."""
        numbers = self.plies + 1
        phases = {}
        for first, last in PHASES:
            chosen = (numbers >= first) & (numbers <= (last or numbers.max()))
            if chosen.any():
                phases[f"{first}-{last}" if last else f"{first}-"] = self.score(chosen)
        error = _calibration_error(self.confidences, self.ranks < 1)
        return Report(**vars(self.score()), calibration_error=error, phases=phases)

    def gain(self, other: "Outcomes") -> Gain:
        """How much better these are than what another network made of the same moves, in the same order.

        Both have the same games to themselves, so that the intervals are those of the differences.
        """
        hits = (self.ranks < 1).astype(np.int64) - (other.ranks < 1)
        return Gain(top1=_mean(hits, self.games), cross_entropy=_mean(other.losses - self.losses, self.games))

    def of_sizes(self, corpus: Corpus) -> dict[int, npt.NDArray[np.int64]]:
        """Which moves were made on each size of board, by lines; the smallest first."""
        sizes = corpus.sizes[self.games]
        return {int(size): np.flatnonzero(sizes == size) for size in np.unique(sizes)}

    def of_players(self, corpus: Corpus) -> dict[str, npt.NDArray[np.int64]]:
        """Which moves each player made, by the names in the corpus that the games are of; most moves first."""
        players = self._by_mover(corpus, ("black", "white"))
        return dict(sorted(players.items(), key=lambda player: -len(player[1])))

    def of_ranks(self, corpus: Corpus) -> dict[str, npt.NDArray[np.int64]]:
        """Which moves players of each rank made, as `3k`, `6d` or `9p`, or empty for none; the weakest first."""
        ranks: dict[int | None, list[npt.NDArray[np.int64]]] = {}
        for text, moves in self._by_mover(corpus, ("black_rank", "white_rank")).items():
            ranks.setdefault(rank_value(text), []).append(moves)
        known = sorted(value for value in ranks if value is not None)
        ordered = {rank_name(value): np.concatenate(ranks[value]) for value in known}
        return ordered | ({"": np.concatenate(ranks[None])} if None in ranks else {})

    def ranks_of_movers(self, corpus: Corpus) -> npt.NDArray[np.float64]:
        """The rank of whoever made each move, as `rank_value` has it; NaN for none."""
        ranks = np.full(len(self.games), np.nan)
        for text, moves in self._by_mover(corpus, ("black_rank", "white_rank")).items():
            value = rank_value(text)
            ranks[moves] = np.nan if value is None else value
        return ranks

    def _by_mover(self, corpus: Corpus, columns: tuple[str, str]) -> dict[str, npt.NDArray[np.int64]]:
        """Which moves were made by a mover of each text in the column for Black or for White."""
        colours = corpus.moves[corpus.offsets[self.games] + self.plies] & 1
        texts = pa.concat_arrays([corpus.table[name].combine_chunks() for name in columns]).dictionary_encode()
        found = texts.indices.to_numpy()[self.games + colours * corpus.games]
        order = np.argsort(found, kind="stable")
        parts = np.split(order, np.flatnonzero(np.diff(found[order])) + 1)
        return {texts.dictionary[found[part[0]]].as_py(): part for part in parts}


def evaluate(predictor: Predictor, batches: Iterable[Batch]) -> Report:
    """Score a predictor on batches of positions; probabilities are over all points, illegal ones included."""
    return outcomes(predictor, batches).report()


def outcomes(predictor: Predictor, batches: Iterable[Batch]) -> Outcomes:
    """How well a predictor foretells the moves of batches of positions, at least one."""
    return outcomes_of_each([predictor], batches)[0]


def outcomes_of_each(predictors: Sequence[Predictor], batches: Iterable[Batch]) -> list[Outcomes]:
    """How well each of some predictors foretells the same moves, in batches that are gone through once."""
    found: list[list[Outcomes]] = [[] for _ in predictors]
    for batch in batches:
        for parts, predictor in zip(found, predictors, strict=True):
            parts.append(_outcomes(predictor, batch))
    return [Outcomes(*map(np.concatenate, zip(*parts, strict=True))) for parts in found]


def _outcomes(predictor: Predictor, batch: Batch) -> Outcomes:
    maps = predictor.log_probabilities(batch.planes)
    moves = torch.from_numpy(batch.moves).to(maps.device)[:, None]
    played = maps.gather(1, moves)
    earlier = torch.arange(maps.shape[1], device=maps.device) < moves
    columns = (((maps > played) | ((maps == played) & earlier)).sum(1), -played[:, 0], maps.amax(1).exp())
    ranks, losses, confidences = (column.cpu().numpy() for column in columns)
    return Outcomes(ranks, losses, confidences, batch.plies, batch.games)


def _mean(values: npt.NDArray[Any], games: npt.NDArray[np.int64]) -> Figure:
    """The mean, and its interval with games, not positions, as the independent units."""
    _, game = np.unique(games, return_inverse=True)
    mean = float(values.mean(dtype=np.float64))
    deviations = np.bincount(game, values - mean)
    count = len(deviations)
    if count == 1:
        return Figure(mean, None, None)
    spread = student(count - 1) * float(np.sqrt((deviations**2).sum() * count / (count - 1))) / len(values)
    return Figure(mean, mean - spread, mean + spread)


def _share(hits: npt.NDArray[np.bool_], games: npt.NDArray[np.int64]) -> Figure:
    """A share and Wilson's interval for as many independent trials as would vary as much as the games do."""
    figure = _mean(hits, games)
    if figure.high is None:
        return figure
    deviation = (figure.high - figure.value) / Z
    trials = float(len(hits))
    if deviation:
        trials = min(trials, figure.value * (1 - figure.value) / deviation**2)
    return Figure(figure.value, *wilson(figure.value, trials))


def _calibration_error(confidences: npt.NDArray[np.float32], correct: npt.NDArray[np.bool_]) -> float:
    """Mean distance, weighted by positions, between confidence and accuracy over bins of confidence."""
    bins = np.minimum((confidences * CALIBRATION_BINS).astype(int), CALIBRATION_BINS - 1)
    gaps = np.bincount(bins, correct.astype(np.float64) - confidences)
    return float(np.abs(gaps).sum() / len(correct))
