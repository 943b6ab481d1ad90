"""`honte evaluate` on a corpus of random games."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest

from honte.data.corpus import SCHEMA
from honte.data.reading import row
from honte.engine.cli.evaluate import UNNAMED, evaluate
from honte.features.errors import HonteError
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
    assert "0 players with fewer than 10 moves are not shown" in shown


def test_by_phase(corpus: Path, network: str, capsys: pytest.CaptureFixture[str]) -> None:
    evaluate((corpus,), network=network)
    assert "1-50" in capsys.readouterr().out


def test_a_corpus_must_be_named(network: str) -> None:
    with pytest.raises(HonteError, match="no corpus is named"):
        evaluate((), network=network)
