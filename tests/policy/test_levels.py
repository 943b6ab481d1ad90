"""Estimates of rank: against Bayes's rule worked out by hand, and on players who are drawn as a temper says."""

import json
from pathlib import Path

import numpy as np
import pytest

from honte.features.errors import HonteError
from honte.policy.checkpoint import read_config, save
from honte.policy.levels import (
    SAMPLES,
    Sample,
    Temper,
    bands_of,
    estimate,
    exceptions,
    fit,
    keep_temper,
    read_temper,
    reliability,
)
from honte.policy.predictor import Predictor, load_network
from tests.policy.networks import tiny

BANDS = ("15k", "5k", "1d")


def test_an_estimate_is_by_bayes_rule() -> None:
    likelihoods = np.log([[0.5, 0.25, 0.25], [0.2, 0.4, 0.4], [0.1, 0.2, 0.1]])
    p = np.array([0.5 * 0.2 * 0.1, 0.25 * 0.4 * 0.2, 0.25 * 0.4 * 0.1])
    found = estimate(likelihoods, BANDS, Temper(weight=1.0, moves=np.inf))
    assert list(found.bands) == list(BANDS) and found.likeliest == "5k" and found.moves == 3
    np.testing.assert_allclose(list(found.bands.values()), p / p.sum())
    for temper in (Temper(weight=0.5, moves=np.inf), Temper(weight=1.0, moves=3.0)):
        halved = estimate(likelihoods, BANDS, temper).bands
        np.testing.assert_allclose(list(halved.values()), p**0.5 / (p**0.5).sum())
    # from 15k to 6k is -9.5 in the middle, 5k to 1k is -2, and the last is as if from 1d to 5d: 3
    mean = p / p.sum() @ [-9.5, -2, 3]
    assert mean == pytest.approx(-2.625) and found.rank == "4k"
    assert (found.low, found.high) == ("15k", "")
    sure = estimate(np.log([[1e-9, 1.0, 1e-9]]), BANDS, Temper(weight=1.0, moves=np.inf))
    assert (sure.low, sure.rank, sure.high) == ("5k", "3k", "1k")


def drawn(players: int, style: float, *, seed: int = 0) -> list[Sample]:
    """Players of three bands whose moves are by a law of the band's, mixed with a share of another band's."""
    random = np.random.default_rng(seed)
    law = np.array([[0.4, 0.3, 0.3], [0.3, 0.4, 0.3], [0.3, 0.3, 0.4]])
    found = []
    for player in range(players):
        band = player % 3
        other = law[random.integers(3)] if random.random() < style else law[band]
        moves = random.choice(3, size=800, p=other)
        found.append(Sample(np.log(law[:, moves]).T, band, (-9.5, -2.0, 3.0)[band]))
    return found


def test_a_temper_is_found_again() -> None:
    """Where all is as Bayes's rule has it, moves count nearly whole; where players have ways of their own, for less."""
    whole, own = fit(drawn(600, 0.0)), fit(drawn(600, 0.6))
    assert 0.75 < whole.of(100) < 1.3 and own.of(400) < whole.of(400) / 3
    for samples, temper in ((drawn(600, 0.0, seed=1), whole), (drawn(600, 0.6, seed=1), own)):
        for each in reliability(samples, BANDS, temper):
            assert each.players == 600 and each.moves in SAMPLES and abs(each.probability - each.right) < 0.12
    sure = reliability(drawn(600, 0.6, seed=1), BANDS, Temper(weight=1.0, moves=np.inf))[-1]
    assert sure.probability > sure.right + 0.2


def test_reliability_counts_players_with_so_many_moves() -> None:
    long, short = drawn(2, 0.0)
    short = Sample(short.likelihoods[:60], short.band, short.rank)
    found = reliability([long, short], BANDS, Temper())
    assert [(each.moves, each.players) for each in found] == [(25, 2), (50, 2), (100, 1), (200, 1), (400, 1), (800, 1)]
    with pytest.raises(HonteError, match="no player has 25 moves"):
        fit([Sample(long.likelihoods[:24], 0, 0.0)])


def test_a_temper_is_kept_with_its_network(tmp_path: Path) -> None:
    told = tiny(planes=50, bands=("15k", "1d"))
    save(told, tmp_path, metadata={"step": 3})
    predictor = load_network(tmp_path)
    assert read_temper(predictor, 9) is None and read_temper(Predictor(told), 9) is None
    keep_temper(tmp_path, Temper(0.3, 50.0))
    assert read_temper(load_network(tmp_path), 9) == Temper(0.3, 50.0)
    assert read_config(tmp_path)["metadata"]["step"] == 3 and json.loads((tmp_path / "config.json").read_text())
    assert bands_of(predictor, 9) == ("15k", "1d")
    with pytest.raises(HonteError, match="the network for 9x9 cannot tell ranks, as it was told none"):
        bands_of(Predictor(tiny(planes=48)), 9)


def test_where_the_diagonal_is_not_best() -> None:
    right = {"15k": {"15k": 2.0, "1d": 2.2}, "1d": {"15k": 2.3, "1d": 2.1}}
    assert exceptions(right) == []
    wrong = {"15k": {"15k": 2.4, "1d": 2.2}, "1d": {"15k": 2.3, "1d": 2.1}}
    assert exceptions(wrong) == ["the moves of 15k are foretold best at 1d", "at 15k the moves of 1d are foretold best"]
