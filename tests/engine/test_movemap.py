import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from honte.data.sgf import parse
from honte.engine.movemap import (
    SCALE,
    MoveMap,
    as_text,
    colour_of,
    contrast,
    percent,
    thousandths,
)
from honte.engine.saving import save_arrays
from honte.features.board import BLACK, WHITE, Board
from honte.features.coordinates import vertex_to_point
from honte.policy.predictor import Predictor
from tests.engine.stubs import StubPredictor, tiny_network


@pytest.fixture
def moves() -> MoveMap:
    """White to move on 5x5: C3 60 %, D3 (played) 30 %, E1 9.6 %, A1 0.4 %."""
    board = Board(5)
    for colour, vertex in ((BLACK, "A5"), (WHITE, "B5"), (BLACK, "E5")):
        board.play(colour, vertex_to_point(vertex, 5))
    probabilities = np.zeros(25, np.float32)
    for vertex, p in (("C3", 0.6), ("D3", 0.3), ("E1", 0.096), ("A1", 0.004)):
        probabilities[vertex_to_point(vertex, 5)] = p
    return MoveMap.of(board, WHITE, StubPredictor(probabilities), played=vertex_to_point("D3", 5))


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
    assert moves.captions() == [
        "Move 4, White to play",
        "Played: D3, 30.0 %, choice 2",
        "Best, in %: C3 60.0,  D3 30.0,  E1 9.6,  A1 0.4",
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
    assert other.captions()[1:-1] == (["Played: pass"] if played else [])


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


def test_text_without_colours(moves: MoveMap) -> None:
    """Every point is three characters; the board stands as on paper."""
    lines = as_text(moves, ascii_only=True).plain.split("\n")
    cells = [[line[3 + 3 * column : 6 + 3 * column].strip() for column in range(5)] for line in lines[1:6]]
    assert cells == [
        ["X", "O", ".", ".", "(X)"],
        [".", ".", ".", ".", "."],
        [".", ".", "60", "30", "."],
        [".", ".", ".", ".", "."],
        [".", ".", ".", ".", "10"],
    ]
    assert lines[0] == lines[6] == "    A  B  C  D  E "
    assert [line.split()[0] for line in lines[1:6]] == list("54321")
    assert lines[-1] == "Best, in %: C3 60.0,  D3 30.0,  E1 9.6,  A1 0.4"


def test_text_in_colour(moves: MoveMap) -> None:
    console = Console(force_terminal=True, color_system="truecolor", width=80)
    with console.capture() as capture:
        console.print(as_text(moves))
    output = capture.get()
    assert "48;2;{};{};{}m60 ".format(*colour_of(0.6)) in output
    assert "●" in output and "(●)" in output


def test_thousandths() -> None:
    assert thousandths(np.array([1.0, 0, 0.0004, 0.0206], np.float32)) == "1000   0\n  0  21"


def test_the_scale_darkens_all_the_way() -> None:
    """Its order survives the loss of any colour sense: relative luminance falls strictly."""

    def luminance(colour: tuple[int, int, int]) -> float:
        linear = [(c / 255) ** 2.2 for c in colour]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    values = [luminance(colour_of(p**2)) for p in np.linspace(0, 1, 65)]
    assert (np.diff(values) < 0).all()
    assert (colour_of(0), colour_of(1)) == (SCALE[0], SCALE[-1])
    for p in np.linspace(0, 1, 65):
        ground, ink = luminance(colour_of(p)), luminance(contrast(colour_of(p)))
        assert (max(ground, ink) + 0.05) / (min(ground, ink) + 0.05) >= 4  # WCAG: 4.5 for small print, 3 for large


@pytest.mark.parametrize(
    ("p", "text"), [(1, "100"), (0.996, "100"), (0.374, "37"), (0.0996, "10"), (0.0994, "9.9"), (0.01, "1.0")]
)
def test_percent(p: float, text: str) -> None:
    assert percent(p) == text
