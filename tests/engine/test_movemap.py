import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from honte.data.sgf import parse
from honte.engine.movemap import MoveMap
from honte.engine.movemap.saving import save_arrays
from honte.features.board import WHITE
from honte.features.coordinates import vertex_to_point
from honte.policy.predictor import Predictor
from tests.engine.stubs import tiny_network


def test_map_of_a_board(moves: MoveMap) -> None:
    assert (moves.size, moves.number, moves.last) == (5, 4, vertex_to_point("E5", 5))
    assert moves.best(9) == [vertex_to_point(vertex, 5) for vertex in ("C3", "D3", "E1", "A1")]
    assert moves.best(1) == [vertex_to_point("C3", 5)]
    assert [moves.rank(vertex_to_point(vertex, 5)) for vertex in ("C3", "D3", "E1", "A1", "B2")] == [
        1,
        2,
        3,
        4,
        5,
    ]


def test_json(moves: MoveMap) -> None:
    document = json.loads(json.dumps(moves.as_json()))
    assert (document["size"], document["move_number"], document["to_move"]) == (5, 4, "white")
    assert document["played"] == {"vertex": "D3", "probability": pytest.approx(0.3), "rank": 2}
    assert [entry["vertex"] for entry in document["best"]] == ["C3", "D3", "E1", "A1"]
    assert document["probabilities"][2][2] == pytest.approx(0.6)  # the third line from the top
    assert np.sum(document["probabilities"]) == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("played", [25, None])
def test_a_pass_or_nothing_played(moves: MoveMap, played: int | None) -> None:
    other = MoveMap(moves.stones, moves.colour, moves.probabilities, moves.number, played=played)
    expected = {"vertex": "pass"} if played else None
    assert other.as_json()["played"] == expected


def test_the_maps_of_a_game_are_those_of_its_boards() -> None:
    """In batches and from planes, against one board at a time; a pass, setup stones and captures among it."""
    predictor = Predictor(tiny_network(5))
    record = parse(b"(;SZ[5]AW[aa]AB[ba];W[cc];B[ab];W[];B[dd];W[de](;B[ee])(;B[aa]))")
    plies = list(range(len(record.moves) + 1))
    for ply, moves in zip(plies, MoveMap.of_game(record, plies, predictor), strict=True):
        played = int(record.moves[ply] >> 1) if ply < len(record.moves) else None
        expected = MoveMap.of(record.board(ply), record.to_move(ply), predictor, played=played)
        assert (moves.stones == expected.stones).all()
        assert (moves.colour, moves.number, moves.last, moves.played) == (
            expected.colour, expected.number, expected.last, expected.played,
        )  # fmt: skip
        np.testing.assert_allclose(moves.probabilities, expected.probabilities, atol=1e-6)


def test_arrays(moves: MoveMap, tmp_path: Path) -> None:
    save_arrays([moves, replace(moves, last=None, played=25)], tmp_path / "maps.npz")
    with np.load(tmp_path / "maps.npz") as arrays:
        assert (arrays["stones"] == moves.stones).all() and arrays["stones"].shape == (2, 5, 5)
        assert (arrays["probabilities"].reshape(2, 25) == moves.probabilities).all()
        assert arrays["to_move"].tolist() == [WHITE, WHITE] and arrays["move_number"].tolist() == [4, 4]
        assert arrays["played"].tolist() == [moves.played, 25] and arrays["last"].tolist() == [moves.last, -1]
