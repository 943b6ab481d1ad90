"""GoGui's own client and board classes, which show every analyze command; skipped where they are not at hand.

`HONTE_GOGUI` names a class path that has them: GoGui's jar, or a folder into which its sources were compiled.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from honte.features import PLANE_COUNT
from honte.features.board import BLACK, WHITE, Board
from honte.features.coordinates import vertex_to_point
from honte.features.planes import extract
from tests.engine.stubs import save_tiny_network
from tests.waiting import PATIENCE

DRIVE = Path(__file__).parent / "gogui" / "Drive.java"
MOVES = ["b C3", "w D3", "b E2", "w C4"]


def test_it_shows_all_that_it_is_offered(tmp_path: Path) -> None:
    classes = os.environ.get("HONTE_GOGUI")
    if not classes or not shutil.which("javac"):
        pytest.skip("HONTE_GOGUI does not name GoGui's classes, or there is no JDK")
    network = save_tiny_network(tmp_path / "network")
    engine = tmp_path / "honte"  # GoGui parts a command at its spaces
    engine.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m honte gtp --network "{network}"\n')
    engine.chmod(0o755)
    result = subprocess.run(
        ["java", "-Djava.awt.headless=true", "-cp", classes, str(DRIVE), "9", str(engine), *MOVES],
        capture_output=True, text=True, timeout=PATIENCE,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    shown = dict(line.split("\t", 1) for line in result.stdout.splitlines())
    board = Board(9)
    for move in MOVES:
        colour, vertex = move.split()
        board.play({"b": BLACK, "w": WHITE}[colour], vertex_to_point(vertex, 9))
    planes = extract(board, BLACK).reshape(PLANE_COUNT, 81)
    for index, plane in enumerate(planes):
        assert [float(value) for value in shown[f"DBOARD honte-plane {index}"].split("\t")] == plane.tolist()
    liberties = shown["PSPAIRS honte-liberties"].split("\t")
    assert [liberties[vertex_to_point(vertex, 9)] for vertex in ("C3", "D3", "E2", "C4", "A1")] == [
        *map(str, map(board.liberties, (vertex_to_point(vertex, 9) for vertex in ("C3", "D3", "E2", "C4")))), ""
    ]  # fmt: skip
    assert {str(rank) for rank in range(1, 11)} <= set(shown["GFX honte-best_moves"].split("\t"))
