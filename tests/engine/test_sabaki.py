"""The engine under Sabaki's own controller of GTP engines, the npm package @sabaki/gtp.

Skipped without Node and the package: `npm ci --prefix tests/engine/sabaki` installs it.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from honte.features.board import WHITE, Board
from honte.features.coordinates import vertex_to_point
from tests.engine.stubs import save_tiny_network
from tests.waiting import PATIENCE

FOLDER = Path(__file__).parent / "sabaki"
HONTE = [sys.executable, "-c", "import sys; from honte.engine.cli import main; sys.exit(main())"]


@pytest.mark.parametrize("size", [9, 13])
def test_sabaki_handshakes_synchronises_analyses_and_interrupts(size: int, tmp_path: Path) -> None:
    """On the board of the network, and on one where its convolutions answer, which is said once."""
    node = shutil.which("node")
    if node is None or not (FOLDER / "node_modules" / "@sabaki" / "gtp").is_dir():
        pytest.skip("Node or its package @sabaki/gtp is not installed")
    network = save_tiny_network(tmp_path / "network")
    result = subprocess.run(
        [node, str(FOLDER / "drive.js"), str(size), *HONTE, "gtp", "--network", str(network)],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert result.returncode == 0, result.stderr
    seen = json.loads(result.stdout)

    assert not any(reply["error"] for reply in seen["greeting"])
    assert [reply["content"] for reply in seen["greeting"]][::2] == ["Honte", "2"]

    board = Board(size)
    board.place_all([(1, vertex_to_point(vertex, size)) for vertex in ("C3", "G7")])
    start = board.copy()
    for colour, vertex in ((WHITE, "E5"), (1, "D4"), (WHITE, "D5")):
        board.play(colour, vertex_to_point(vertex, size))
    assert seen["first"] == str(board).strip()
    board.undo()
    board.undo()
    board.play(1, vertex_to_point("D6", size))
    assert seen["branch"] == str(board).strip()
    assert seen["start"] == str(start).strip()

    assert seen["lines"][0] == "=" and all(line.startswith("info move ") for line in seen["lines"][1:])
    assert seen["interruption"] == "2" and seen["analysis"] is False
    assert [reply["content"] for reply in seen["burst"][1::2]] == ["2"] * 5
    assert all(reply["content"].startswith("info move ") and not reply["error"] for reply in seen["burst"][::2])

    vertex = seen["generated"].removeprefix("play ")
    assert seen["history"][-1] == {"name": "play", "args": ["W", vertex]}
    start.play(WHITE, vertex_to_point(vertex, size))
    assert seen["after"] == str(start).strip()
    assert seen["unknown"] is True
    told = "honte: no network is trained for 13x13: the convolutions of the network for 9x9 answer"
    assert seen["stderr"] == ([] if size == 9 else [told])
