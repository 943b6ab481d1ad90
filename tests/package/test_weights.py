"""The networks that come with Honte: each stands in the model card and in the records, and its script can be run."""

import json
import os
import subprocess
import sys
import zlib
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import honte
from honte.engine.cli import app
from honte.policy.checkpoint import read_config, read_shape
from tests.package.machines import ROOT
from tests.waiting import PATIENCE

WEIGHTS = ROOT / "policy" / "weights"
NETWORKS = sorted(path.parent for path in WEIGHTS.glob("**/model.safetensors"))
NAMES = [str(folder.relative_to(WEIGHTS)) for folder in NETWORKS]
STUB = """#!{python}
import json, sys
with open({log!r}, "a") as log:
    log.write(json.dumps(sys.argv[1:]) + "\\n")
"""


@pytest.mark.parametrize("folder", NETWORKS, ids=NAMES)
def test_a_network_has_its_card_and_its_record(folder: Path) -> None:
    name, shape = str(folder.relative_to(WEIGHTS)), read_shape(folder)
    assert f"\n## {name}\n" in (WEIGHTS / "README.md").read_text(encoding="utf-8")
    records = (ROOT / "docs" / "records.md").read_text(encoding="utf-8").splitlines()
    row = next(line for line in records if line.startswith(f"| `{name}` |"))
    assert f"{read_config(folder)['metadata']['positions']:,}" in row
    assert folder.name == f"{shape.board_size}x{shape.board_size}" and bool(shape.bands) == ("levels" in name)


def test_all_of_them_are_small() -> None:
    """The wheel, which is compressed, is to stay below 12 MB, and the program takes 0.6."""
    assert sum(len(zlib.compress(file.read_bytes())) for file in WEIGHTS.glob("**/*") if file.is_file()) < 11_300_000


@pytest.mark.parametrize("script", sorted(WEIGHTS.glob("**/train.sh")), ids=lambda path: path.parent.name)
@pytest.mark.skipif(sys.platform == "win32", reason="needs a shell")
def test_the_script_of_a_network_gives_commands_that_there_are(script: Path, tmp_path: Path) -> None:
    """Its own Python runs, on two games, in one of which players of the ends meet."""
    log, runs = tmp_path / "log", tmp_path / "runs"
    python = f'#!/bin/sh\nexec "{sys.executable}" "$@"\n'
    stubs = {"honte": STUB.format(python=sys.executable, log=str(log)), "python": python}
    for name, text in stubs.items():
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    for number, ranks in enumerate(("BR[5d]WR[18k]", "BR[5k]WR[2d]")):
        (tmp_path / f"{number}.sgf").write_text(f"(;SZ[9]{ranks};B[{'ce'[number]}c];W[gg];B[ff])")
    runs.mkdir()
    honte.build_corpus([tmp_path], runs / "games.parquet")
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    command = ["bash", str(script), "games.tar.xz", "validation.tar.xz", str(runs)]
    subprocess.run(command, check=True, timeout=PATIENCE, env=os.environ | {"PATH": path})
    commands = [json.loads(line) for line in log.read_text().splitlines()]
    assert [words[0] for words in commands].count("train") >= 1
    for words in commands:
        app.parse_args(words, exit_on_error=False, print_error=False)
    parts = {file.stem: len(pq.read_table(file)) for file in runs.glob("*.parquet")}
    assert parts in ({"games": 2}, {"games": 2, "strongest": 1, "dan": 1, "weakest": 1})
