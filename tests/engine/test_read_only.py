"""Honte from folders that nobody may write to, for a user without a home: what is asked is answered, and said once."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.engine.stubs import save_tiny_network
from tests.engine.test_first_start import NOWHERE, copy_kernels, forget_small
from tests.waiting import PATIENCE

ROOT = Path(__file__).parents[2]
SUPERUSER = os.name == "posix" and os.geteuid() == 0
WITHOUT_POWERS = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] if SUPERUSER else []
"""Before a command of the superuser's, whom no folder else could forbid anything."""
QUERY = {"id": "q", "moves": [["B", "E5"]], "rules": "japanese", "boardXSize": 9, "boardYSize": 9}


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with Honte, a network, a game, and compiled kernels of which two are missing; all read-only."""
    folder = tmp_path_factory.mktemp("read-only")
    for name in ("data", "engine", "features", "honte", "policy"):
        ignored = shutil.ignore_patterns("weights", "__pycache__", *os.listdir(ROOT) if name == "honte" else ())
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    save_tiny_network(folder / "network")
    (folder / "game.sgf").write_text("(;SZ[9]KM[6.5];B[ee];W[cc])")
    forget_small(copy_kernels(folder / "cache"))
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        probe = subprocess.run([*WITHOUT_POWERS, sys.executable, "-c", "open('new', 'w')"], cwd=folder, check=False)
    except FileNotFoundError:
        pytest.skip("the superuser cannot be forbidden to write without setpriv")
    if not probe.returncode:
        pytest.skip("this system lets a read-only folder be written to")
    return folder


@pytest.mark.parametrize(
    ("words", "sent"),
    [
        (["gtp"], "boardsize 9\nplay b E5\ngenmove w\nfinal_score\nquit\n"),
        (["heatmap", "game.sgf", "--json"], ""),
        (["analysis"], json.dumps(QUERY) + "\n"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_nothing_needs_to_be_written(installed: Path, words: list[str], sent: str) -> None:
    cache = installed / "cache"
    environment = {**NOWHERE, "PYTHONPATH": str(installed), "HONTE_CACHE": str(cache)}
    done = subprocess.run(
        [*WITHOUT_POWERS, sys.executable, "-m", "honte", *words, "--network", "network"],
        input=sent, cwd=installed, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert done.returncode == 0 and "Traceback" not in done.stderr, done.stderr
    if words == ["gtp"]:
        assert [reply[:1] for reply in done.stdout.split("\n\n")] == [*"=====", ""]
    else:
        assert isinstance(json.loads(done.stdout), dict)
    assert done.stderr.count(f"cannot be kept in '{cache}/kernels-") == 1 and len(done.stderr.splitlines()) == 2
