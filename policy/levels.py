"""Whose moves a network that was told ranks foretells best at which level: by that, which rank a player has.

A level is one of the network's bands, named by its lowest rank. Bands are taken to be equally likely beforehand. After
some moves each would be as likely as e to the power of the sum of their log-likelihoods at its level, if a network knew
just how likely each move is, and if moves had nothing to do with one another. Neither is so: openings come again, a
fight is one decision and not ten, and players of a rank have ways of their own, of which more moves tell no more. So
each move counts for less, and the more of them there are the less, as a `Temper` says that is fitted to players whose
rank is known.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from honte.data.fields import rank_name, rank_value
from honte.features.errors import HonteError
from honte.policy.checkpoint import read_config, resolve
from honte.policy.files import write_atomically
from honte.policy.predictor import Predictor

SAMPLES = (25, 50, 100, 200, 400, 800)
"""So many moves of a player are looked at together where estimates of ranks are held against known ranks."""
SURE = 0.9
"""The probability with which a rank is to lie within the bounds that are given for it."""
NEAR = 3
"""Ranks that an estimate may be off by."""

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Temper:
    """How much each of n moves counts: weight / (1 + n / moves)."""

    weight: float = 0.5
    """Of each of a few moves."""
    moves: float = 400.0
    """So many together count for half as much each, and no number of them for more than this many times `weight`."""

    def of(self, count: int) -> float:
        """What a move counts for among so many."""
        return self.weight / (1 + count / self.moves)


UNFITTED = Temper()
"""For networks that were not held against players of known rank."""


@dataclass(frozen=True)
class RankEstimate:
    """Which rank a player has, by some moves."""

    moves: int
    bands: dict[str, float]
    """The probability of each band, by its lowest rank, the weakest first."""
    rank: str
    """The mean, a band counting as its middle; the last one, which has no end, as if it were as wide as that before."""
    low: str
    """With a probability of nine tenths the rank is from this one …"""
    high: str
    """… to this one; empty where the last band, which has no end, is within."""

    @property
    def likeliest(self) -> str:
        """The lowest rank of the most probable band."""
        return max(self.bands, key=lambda band: self.bands[band])


@dataclass(frozen=True)
class Reliability:
    """How good estimates by so many moves are, of players whose rank is known."""

    moves: int
    players: int
    right: float
    """Share whose band was the most probable one."""
    probability: float
    """The mean probability of the most probable band: as much as `right` where estimates are as sure as they should."""
    near: float
    """Share whose rank was at most three from the estimate."""
    error: float
    """The mean distance of rank and estimate, in ranks."""


@dataclass(frozen=True, eq=False)
class Sample:
    """Moves of a player whose rank is known, in order."""

    likelihoods: npt.NDArray[np.floating]
    """Their log-likelihoods (moves, bands) at each level."""
    band: int
    """The place of the band that the player is in."""
    rank: float
    """The mean of the player's rank over the moves, as `rank_value` has it."""


def bands_of(predictor: Predictor, size: int) -> tuple[str, ...]:
    """The bands that the network for a size of board was told; HonteError where it was told none."""
    own, _ = predictor.family.answering(size, at_level=True)
    bands = predictor.family.bands()[own]
    if not bands:
        words = predictor.family.words(size)
        raise HonteError(f"{words} cannot tell ranks, as it was told none: train one with honte train --bands")
    return bands


def estimate(likelihoods: npt.NDArray[np.floating], bands: Sequence[str], temper: Temper) -> RankEstimate:
    """A player's rank by log-likelihoods (moves, bands) of moves of his at each level."""
    p = _posterior(likelihoods.sum(0, dtype=np.float64), len(likelihoods), temper)
    below = np.cumsum(p)
    last = len(bands) - 1
    first = min(int(np.searchsorted(below, (1 - SURE) / 2)), last)
    end = min(int(np.searchsorted(below, 1 - (1 - SURE) / 2)), last)
    return RankEstimate(
        moves=len(likelihoods),
        bands={band: float(share) for band, share in zip(bands, p, strict=True)},
        rank=rank_name(round(float(p @ _middles(bands)))),
        low=rank_name(_value(bands[first])),
        high="" if end == last else rank_name(_value(bands[end + 1]) - 1),
    )


def fit(samples: Sequence[Sample]) -> Temper:
    """The temper under which the bands that players are in are the most probable, over all numbers of moves.

    HonteError where no player has moves enough.
    """
    sums = [(total, count, sample.band) for sample in samples for count, total in _sums(sample)]
    if not sums:
        raise HonteError(f"no player has {SAMPLES[0]} moves by which ranks could be told: take more games")
    totals = np.array([total for total, _, _ in sums])
    counts = np.array([count for _, count, _ in sums])
    bands = np.array([band for _, _, band in sums])
    each = np.bincount(counts)[counts]  # every number of moves weighs the same

    def loss(temper: Temper) -> float:
        scaled = totals * (temper.weight / (1 + counts / temper.moves))[:, None]
        scaled -= scaled.max(1, keepdims=True)
        missed = np.log(np.exp(scaled).sum(1)) - scaled[np.arange(len(bands)), bands]
        return float((missed / each).sum())

    grid = [
        Temper(round(float(weight), 3), round(float(moves), 1))
        for weight in np.geomspace(0.02, 2, 33)
        for moves in np.geomspace(25, 6400, 33)
    ]
    return min(grid, key=loss)


def reliability(samples: Sequence[Sample], bands: Sequence[str], temper: Temper) -> list[Reliability]:
    """How good the estimates are, by the number of moves, as far as there are players with so many."""
    found = []
    for wanted in SAMPLES:
        rows = [
            (_posterior(total, count, temper), sample.band, sample.rank)
            for sample in samples
            for count, total in _sums(sample)
            if count == wanted
        ]
        if not rows:
            continue
        p, places, ranks = (np.array(column) for column in zip(*rows, strict=True))
        distance = np.abs(np.round(p @ _middles(bands)) - ranks)
        found.append(
            Reliability(
                moves=wanted,
                players=len(rows),
                right=float((p.argmax(1) == places).mean()),
                probability=float(p.max(1).mean()),
                near=float((distance <= NEAR).mean()),
                error=float(distance.mean()),
            )
        )
    return found


def read_temper(predictor: Predictor, size: int) -> Temper | None:
    """What was fitted for the network for a size of board, and kept with it; None where nothing was."""
    _, member = predictor.family.answering(size, at_level=True)
    kept = read_config(member).get("metadata", {}).get("temper") if isinstance(member, Path) else None
    return Temper(**kept) if kept else None


def keep_temper(folder: Path | str, temper: Temper) -> Path:
    """Write what was fitted for a network into its description; where that is."""
    path = resolve(folder) / "config.json"
    config: dict[str, Any] = read_config(folder)
    config["metadata"] = {**config.get("metadata", {}), "temper": asdict(temper)}
    write_atomically(path, (json.dumps(config, indent=2) + "\n").encode())
    return path


def exceptions(losses: Mapping[str, Mapping[str, float]]) -> list[str]:
    """Where networks by level do not foretell moves by band as they should, in sentences; none where all is well.

    Of the cross-entropies by level, then by band: each band's moves should be foretold best at its level, and at each
    level its band's moves should be.
    """
    said = []
    for band in losses:
        best = min(losses, key=lambda level: losses[level][band])
        if best != band:
            said.append(f"the moves of {band} are foretold best at {best}")
    for level, its in losses.items():
        easiest = min(its, key=lambda band: its[band])
        if easiest != level:
            said.append(f"at {level} the moves of {easiest} are foretold best")
    return said


def _posterior(total: npt.NDArray[np.floating], count: int, temper: Temper) -> Array:
    """The probabilities of the bands, by the sums of log-likelihoods (bands,) over so many moves."""
    weighed = temper.of(count) * total
    weights = np.exp(weighed - weighed.max())
    p: Array = weights / weights.sum()
    return p


def _sums(sample: Sample) -> list[tuple[int, Array]]:
    """The sums of log-likelihoods over the first moves, as many as are looked at together."""
    return [
        (count, sample.likelihoods[:count].sum(0, dtype=np.float64))
        for count in SAMPLES
        if count <= len(sample.likelihoods)
    ]


def _middles(bands: Sequence[str]) -> Array:
    """The rank in the middle of each band, as a number."""
    lowest = [_value(band) for band in bands]
    width = lowest[-1] - lowest[-2] if len(lowest) > 1 else 1
    ends = [*lowest[1:], lowest[-1] + width]
    return np.array([(low + end - 1) / 2 for low, end in zip(lowest, ends, strict=True)])


def _value(rank: str) -> int:
    value = rank_value(rank)
    assert value is not None
    return value
