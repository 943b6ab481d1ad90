"""`honte evaluate` on a corpus of random games."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest
import torch

from honte.data.corpus import SCHEMA
from honte.data.reading import row
from honte.engine.cli.evaluate import UNNAMED, _words, evaluate
from honte.features.errors import HonteError
from honte.policy import checkpoint
from honte.policy.evaluation import Figure
from tests.engine.stubs import save_tiny_network
from tests.policy.corpora import random_game


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ann plays six games, against four others once each and against one without a name twice."""
    rng = np.random.default_rng(0)
    whites = ["[b]Bo", "Cho", "Dan", "Eve", "", ""]
    rows = [row(replace(random_game(rng, size=9, length=30), black="Ann", white=white)) for white in whites]
    path = tmp_path_factory.mktemp("corpus") / "games.parquet"
    pyarrow.parquet.write_table(pa.Table.from_pylist(rows, schema=SCHEMA), path)
    return path


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(save_tiny_network(tmp_path_factory.mktemp("network")))


def test_by_player(corpus: Path, network: str, capsys: pytest.CaptureFixture[str]) -> None:
    evaluate((corpus,), network=network, by="player", min_moves=20, json_=True)
    document = json.loads(capsys.readouterr().out)
    assert [(entry["player"], entry["positions"], entry["games"]) for entry in document["players"]] == [
        ("Ann", 90, 6), ("", 30, 2),
    ]  # fmt: skip
    assert document["players_with_fewer_moves"] == 4 and document["positions"] == 180
    ann, unnamed = (entry["top5"] for entry in document["players"])
    assert ann["low"] < ann["value"] < ann["high"] and unnamed["high"] is not None
    evaluate((corpus,), network=network, by="player", min_moves=10)
    shown = capsys.readouterr().out
    assert UNNAMED in shown and "[b]Bo" in shown and f"{ann['value']:.1%}" in shown
    assert "not shown: 0 players with fewer than 10 moves" in shown


def test_by_phase(corpus: Path, network: str, capsys: pytest.CaptureFixture[str]) -> None:
    evaluate((corpus,), network=network)
    assert "1-50" in capsys.readouterr().out


def other_network(folder: Path) -> str:
    """Another network than the one of `save_tiny_network`, a little."""
    network = checkpoint.load(save_tiny_network(folder))
    with torch.no_grad():
        network.head.bias[40] += 0.5
    checkpoint.save(network, folder)
    return str(folder)


def test_of_a_player(corpus: Path, network: str, capsys: pytest.CaptureFixture[str]) -> None:
    evaluate((corpus,), network=network, player=("eve", "Dan"), json_=True)
    document = json.loads(capsys.readouterr().out)
    assert (document["positions"], document["games"], document["sizes"].keys()) == (30, 2, {"9x9"})
    with pytest.raises(HonteError, match=r"no player of the corpus is called 'Ane': .* 'Ann'"):
        evaluate((corpus,), network=network, player=("Ane",))


def test_the_gain_over_another_network(
    corpus: Path, network: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = other_network(tmp_path)
    losses = {}
    for name in (network, other):
        evaluate((corpus,), network=name, json_=True)
        losses[name] = json.loads(capsys.readouterr().out)["cross_entropy"]["value"]
    evaluate((corpus,), network=other, against=(network,), json_=True)
    gain = json.loads(capsys.readouterr().out)["against"]
    assert gain["network"] == network
    assert gain["cross_entropy"]["value"] == pytest.approx(losses[network] - losses[other], abs=1e-6)
    assert gain["words"] == ("a loss beyond chance" if gain["cross_entropy"]["high"] < 0 else "no gain beyond chance")
    evaluate((corpus,), network=network, against=(network,))
    assert "cross-entropy +0.0000 (+0.0000 to +0.0000) nats, no gain beyond chance" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [(0.1, 0.2, "a gain beyond"), (-0.2, 0.1, "no gain beyond"), (-0.2, -0.1, "a loss"), (None, None, "one game")],
)
def test_a_gain_in_words(low: float | None, high: float | None, words: str) -> None:
    assert words in _words(Figure(0.0, low, high))


def test_a_corpus_must_be_named(network: str) -> None:
    with pytest.raises(HonteError, match="no corpus is named"):
        evaluate((), network=network)
