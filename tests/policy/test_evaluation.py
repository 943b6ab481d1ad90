import math
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
import torch

from honte.data.batches import Batch, BatchConfig, BatchStream
from honte.data.corpus import SCHEMA, Corpus
from honte.data.reading import row
from honte.features.planes import extract
from honte.policy.evaluation import Figure, _share, evaluate, outcomes
from honte.policy.predictor import Predictor
from honte.policy.wilson import student
from tests.policy.corpora import random_game
from tests.policy.networks import of_all_points, tiny, unsettle

RNG = np.random.default_rng(3)
COUNT = 300
PREDICTOR = Predictor(unsettle(tiny(planes=48)), dtype=torch.float32)
WHOLE = Batch(
    planes=RNG.integers(0, 2, (COUNT, 48, 9, 9), np.uint8),
    moves=RNG.integers(0, 81, COUNT),
    games=np.sort(RNG.integers(0, 12, COUNT)),
    plies=RNG.integers(0, 200, COUNT),
)


def parts(batch: Batch, size: int) -> list[Batch]:
    return [Batch(*(column[i : i + size] for column in batch)) for i in range(0, len(batch.moves), size)]


def slowly(batch: Batch) -> dict[str, float]:
    """The figures, position by position."""
    top1 = top5 = loss = 0.0
    bins: dict[int, list[tuple[float, bool]]] = {}
    for planes, move in zip(batch.planes, batch.moves, strict=True):
        probabilities = of_all_points(PREDICTOR, planes[None])[0]
        order = sorted(range(81), key=lambda point: -probabilities[point])
        top1 += order[0] == move
        top5 += move in order[:5]
        loss -= math.log(probabilities[move])
        confidence = float(probabilities[order[0]])
        bins.setdefault(min(int(confidence * 15), 14), []).append((confidence, order[0] == move))
    n = len(batch.moves)
    gap = sum(abs(sum(hit for _, hit in found) - sum(sure for sure, _ in found)) for found in bins.values())
    return {"top1": top1 / n, "top5": top5 / n, "cross_entropy": loss / n, "calibration": gap / n}


def chosen(mask: np.ndarray) -> Batch:
    return Batch(*(column[mask] for column in WHOLE))


def test_figures_equal_a_slow_count() -> None:
    report = evaluate(PREDICTOR, parts(WHOLE, 64))
    expected = slowly(WHOLE)
    assert (report.positions, report.games) == (COUNT, len(set(WHOLE.games)))
    assert report.top1.value == pytest.approx(expected["top1"])
    assert report.top5.value == pytest.approx(expected["top5"])
    assert report.cross_entropy.value == pytest.approx(expected["cross_entropy"], rel=1e-5)
    assert report.calibration_error == pytest.approx(expected["calibration"], rel=1e-4)


def test_phases_are_by_move_number() -> None:
    report = evaluate(PREDICTOR, parts(WHOLE, 64))
    numbers = WHOLE.plies + 1
    limits = {"1-50": (1, 50), "51-150": (51, 150), "151-": (151, 1000)}
    assert list(report.phases) == list(limits)
    for name, (first, last) in limits.items():
        phase = chosen((numbers >= first) & (numbers <= last))
        assert report.phases[name].positions == len(phase.moves)
        assert report.phases[name].top5.value == pytest.approx(slowly(phase)["top5"])
    assert list(evaluate(PREDICTOR, [chosen(numbers <= 50)]).phases) == ["1-50"]


def test_intervals_cover_what_games_of_the_same_kind_give() -> None:
    """Whole games drawn again with replacement vary as the interval says."""
    report = evaluate(PREDICTOR, [WHOLE])
    losses = np.array([-math.log(of_all_points(PREDICTOR, p[None])[0, m]) for p, m in zip(*WHOLE[:2], strict=True)])
    by_game = [losses[WHOLE.games == game] for game in np.unique(WHOLE.games)]
    draws = RNG.integers(0, len(by_game), (4000, len(by_game)))
    means = [np.concatenate([by_game[game] for game in draw]).mean() for draw in draws]
    assert report.cross_entropy.high is not None
    spread = report.cross_entropy.high - report.cross_entropy.value
    assert spread == pytest.approx(2.201 * np.std(means), rel=0.15)  # Student's t of 11 degrees, of published tables


@pytest.mark.parametrize(
    ("freedom", "quantile"), [(1, 12.706), (2, 4.303), (3, 3.182), (5, 2.571), (30, 2.042), (10**6, 1.960)]
)
def test_few_values_are_less_sure(freedom: int, quantile: float) -> None:
    assert student(freedom) == pytest.approx(quantile, rel=0.12 if freedom == 1 else 0.01)  # of published tables


def test_a_gain_is_that_of_the_same_moves() -> None:
    """Losses that differ from game to game far more than between the networks, against a count game by game."""
    found = outcomes(PREDICTOR, [WHOLE])._replace(ranks=RNG.integers(0, 2, COUNT))
    harder = WHOLE.games * 0.5
    better = found._replace(losses=found.losses + harder - 0.1 + 0.01 * RNG.standard_normal(COUNT))
    other = found._replace(losses=found.losses + harder, ranks=np.maximum(found.ranks, WHOLE.plies % 2))
    gain = better.gain(other)
    assert gain.cross_entropy.value == pytest.approx(0.1, abs=0.005)
    assert gain.cross_entropy.low is not None and 0.09 < gain.cross_entropy.low < gain.cross_entropy.value
    lost = (found.ranks == 0) & (WHOLE.plies % 2 == 1)
    assert gain.top1.value == pytest.approx(lost.mean())
    means = np.array([lost[WHOLE.games == game].mean() for game in np.unique(WHOLE.games)])
    assert gain.top1.low is not None and gain.top1.value - gain.top1.low == pytest.approx(
        2.201 * means.std(ddof=1) / len(means) ** 0.5, rel=0.25
    )
    assert other.gain(better).cross_entropy.value == -gain.cross_entropy.value
    assert better.gain(better).cross_entropy == Figure(0, 0, 0)


def test_one_game_has_no_interval() -> None:
    report = evaluate(PREDICTOR, [chosen(WHOLE.games == 0)])
    assert report.games == 1
    assert report.top1.low is report.top1.high is None


def test_a_network_without_an_opinion_guesses_by_chance() -> None:
    """Of points that are alike it has the first, as it would play it, and not each of them."""
    network = tiny(planes=48)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.zero_()
    batch = WHOLE._replace(moves=np.arange(COUNT) % 81)
    report = evaluate(Predictor(network, dtype=torch.float32), [batch])
    assert report.top1.value == np.mean(batch.moves == 0)
    assert report.top5.value == np.mean(batch.moves < 5)


def test_shares_have_intervals_of_their_kind() -> None:
    """None of some moves was guessed, which is less than certain; and a share that varies as single moves do."""
    games = np.repeat(np.arange(20), 2)
    none = _share(np.zeros(40, np.bool_), games)
    assert (none.value, none.low) == (0, 0) and none.high == pytest.approx(0.0876, abs=1e-4)  # of published tables
    hits = RNG.random(4000) < 0.5
    single = _share(hits, np.arange(4000))
    assert single.high is not None and single.high - single.value == pytest.approx(1.96 * 0.5 / 4000**0.5, rel=0.01)
    together = _share(np.repeat(hits[:400], 10), np.repeat(np.arange(400), 10))  # ten moves of a game alike
    assert together.high is not None
    assert together.high - together.value == pytest.approx(1.96 * 0.5 / 400**0.5, rel=0.03)


def test_a_network_that_knows_is_scored_as_knowing() -> None:
    network = tiny(planes=48)
    with torch.no_grad():
        network.head.bias[7] = 20.0
    report = evaluate(Predictor(network, dtype=torch.float32), [WHOLE._replace(moves=np.full(COUNT, 7))])
    assert report.top1.value == report.top5.value == 1
    assert report.cross_entropy.value < 1e-3
    assert report.calibration_error < 1e-3


def test_a_player_is_scored_by_the_moves_of_his_own() -> None:
    """Over games between three players and one without a name, against a count by the record of each game."""
    names = ["Ann", "Bo", "", "Cho"]
    rows = []
    for index in range(8):
        record = random_game(RNG, size=9, length=20)
        rows.append(row(replace(record, black=names[index % 4], white=names[(index // 2) % 4])))
    corpus = Corpus(pa.Table.from_pylist(rows, schema=SCHEMA))
    stream = BatchStream(corpus, BatchConfig(batch_size=32, board_size=9, side="all", symmetry=False))
    found = outcomes(PREDICTOR, stream.in_order())
    players = found.of_players(corpus)
    expected: dict[str, list[float]] = {}
    for game in range(corpus.games):
        record = corpus.record(game)
        for ply, code in enumerate(record.moves):
            planes = extract(record.board(ply), record.to_move(ply))
            loss = -math.log(of_all_points(PREDICTOR, planes[None])[0][code >> 1])
            expected.setdefault((record.black, record.white)[code & 1], []).append(loss)
    counts = {name: len(chosen) for name, chosen in players.items()}
    assert counts == {name: len(losses) for name, losses in expected.items()}
    assert list(counts.values()) == sorted(counts.values(), reverse=True)
    for name, losses in expected.items():
        score = found.score(players[name])
        assert score.cross_entropy.value == pytest.approx(np.mean(losses), rel=1e-3)
        assert (score.positions, score.games) == (len(losses), len({*found.games[players[name]]}))
