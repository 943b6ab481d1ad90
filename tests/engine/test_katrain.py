"""KaTrain's own engine, game and AI classes, which play to the end and count; skipped where KaTrain is not installed.

`HONTE_KATRAIN` names the Python of an environment that has it.
"""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from honte.features import compilation
from tests.engine.stubs import save_tiny_network

DRIVE = Path(__file__).parent / "katrain" / "drive.py"


@pytest.mark.parametrize(
    ("size", "rules", "strategy"),
    [
        (9, "chinese", "ai:default"),
        (9, "japanese", "ai:simple"),
        (13, "japanese", "ai:simple"),
        (13, "chinese", "ai:default"),
        (19, "japanese", "ai:default"),
    ],
)
def test_a_game_comes_to_its_counted_end(size: int, rules: str, strategy: str, tmp_path: Path) -> None:
    python = os.environ.get("HONTE_KATRAIN")
    if not python:
        pytest.skip("HONTE_KATRAIN does not name a Python with KaTrain")
    network = save_tiny_network(tmp_path / "network", size)
    words = [sys.executable, "-m", "honte", "analysis", "--network", str(network)]
    root = shlex.quote(str(Path(__file__).parents[2]))
    result = subprocess.run(
        [python, str(DRIVE), str(size), rules, strategy, f"PYTHONPATH={root} exec {shlex.join(words)}"],
        capture_output=True, text=True, timeout=1800,
        env={**os.environ, "HOME": str(tmp_path), "HONTE_CACHE": str(compilation._folder().parent)},
    )  # fmt: skip
    seen = json.loads(result.stdout)
    assert not seen["errors"], seen["errors"][:3]
    assert seen["moves"][-2:] == ["pass", "pass"] and "+" in seen["result"]
