"""The networks that come with Honte: each stands in the model card and in the records, and its script can be run."""

import json
import os
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

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
    stub, log = tmp_path / "honte", tmp_path / "log"
    stub.write_text(STUB.format(python=sys.executable, log=str(log)))
    stub.chmod(0o755)
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    command = ["bash", str(script), "games.tar.xz", "validation.tar.xz", str(tmp_path / "runs")]
    subprocess.run(command, check=True, timeout=PATIENCE, env=os.environ | {"PATH": path})
    commands = [json.loads(line) for line in log.read_text().splitlines()]
    assert [words[0] for words in commands].count("train") >= 1
    for words in commands:
        app.parse_args(words, exit_on_error=False, print_error=False)
