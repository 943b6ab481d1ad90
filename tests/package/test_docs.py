"""The documentation cannot go stale: its commands are understood and run, and so is its Python."""

import os
import random
import re
import shlex
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import NamedTuple

import cyclopts
import pytest

from honte.engine.cli import COMMANDS, app, main
from tests.package.machines import ROOT

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), ROOT / "policy" / "weights" / "README.md"])
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
INLINE = re.compile(r"`([^`]+)`")
TINY = ["--filters", "8", "--batch-size", "8", "--steps", "2", "--threads", "1", "--validation-share", "0.3",
        "--calibration-positions", "16", "--score-positions", "64"]  # fmt: skip
ADDED = {"train": TINY, "evaluate": ["--threads", "1"]}
"""Arguments that make a command small."""
NOT_RUN = ("match", "serve")
"""Commands that take long, or never end; they are only parsed here, and have tests of their own."""
OTHERS_OPTIONS = {"--mode", "--level", "--no-isolation", "--help", "--version", "--nproc-per-node"}
"""Of other programs, and what every program has."""


class Block(NamedTuple):
    """A fenced block."""

    language: str
    text: str


def blocks(page: Path) -> list[Block]:
    return [Block(*found) for found in FENCE.findall(page.read_text(encoding="utf-8"))]


def commands(page: Path) -> list[list[str]]:
    """The arguments of every `honte …` in a page, in a block or in a line."""
    text = page.read_text(encoding="utf-8")
    lines = [line for block in blocks(page) if not block.language for line in block.text.splitlines()]
    lines += INLINE.findall(FENCE.sub("", text).replace("\n", " "))
    found = [re.fullmatch(r"(?:.*\| )?(?:\S*/bin/)?honte( .*)?", line) for line in lines]
    return [shlex.split(match[1] or "", comments=True) for match in found if match]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_is_understood(page: Path) -> None:
    """Placeholders such as `…` and what a sentence leaves out may be missing; nothing may be unknown."""
    for arguments in commands(page):
        given = [word for word in arguments if "…" not in word]
        if any(word in ("--help", "--version") for word in given):
            assert given[0].startswith("--") or any(place.startswith(f"{given[0]}:") for place in COMMANDS)
            continue
        try:
            app.parse_args(given, exit_on_error=False, print_error=False)
        except cyclopts.MissingArgumentError:
            continue
        except cyclopts.CycloptsError as error:
            raise AssertionError(f"{page.name}: honte {shlex.join(arguments)}: {error}") from None


def options(command: cyclopts.App) -> set[str]:
    """Every option of a command and of those below it."""
    found: set[str] = set()
    for name in command:
        if not name.startswith("-"):
            found |= options(command[name])
    if command.default_command:
        for argument in command.assemble_argument_collection():
            found |= set(argument.names)
    return found


@pytest.mark.parametrize("page", [page for page in PAGES if page.name != "CHANGELOG.md"], ids=lambda page: page.name)
def test_every_option_exists(page: Path) -> None:
    known = options(app) | OTHERS_OPTIONS | benchmark_options()
    text = FENCE.sub("", page.read_text(encoding="utf-8")).replace("\n", " ")
    named = {word for code in INLINE.findall(text) for word in re.findall(r"(?<!\S)--[a-z][\w-]*", code)}
    assert not named - known, f"{page.name} names options that nothing has"


def benchmark_options() -> set[str]:
    """The options of the scripts in `tests/`."""
    scripts = [*(ROOT / "tests" / "benchmarks").glob("*.py"), ROOT / "tests" / "engine" / "fuzz.py"]
    return {name for script in scripts for name in re.findall(r'"(--[a-z-]+)"', script.read_text(encoding="utf-8"))}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    for target in re.findall(r"\]\(([^)#\s]+)", text):
        assert target.startswith("https://") or (page.parent / target).exists(), f"{page.name}: {target}"


RANKS = ("18k", "12k", "7k", "3k", "2d")


def sgf(seed: int, *, ranks: tuple[str, str] = ("3d", "4d")) -> str:
    """A game of 80 moves on points that have no neighbours among them."""
    points = [f"{'abcdefghijklmnopqrs'[x]}{'abcdefghijklmnopqrs'[y]}" for x in range(0, 19, 2) for y in range(0, 19, 2)]
    random.Random(seed).shuffle(points)
    moves = "".join(f";{'BW'[number % 2]}[{point}]" for number, point in enumerate(points[:80]))
    return f"(;SZ[19]KM[6.5]PB[Kuro {seed}]BR[{ranks[0]}]PW[Shiro]WR[{ranks[1]}]RE[B+R]{moves})"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the documentation takes for granted."""
    folder = tmp_path_factory.mktemp("files")
    (folder / "game.sgf").write_text(sgf(0))
    (folder / "mygames").mkdir()
    for seed in range(1, 9):
        (folder / "mygames" / f"{seed}.sgf").write_text(sgf(seed))
    with zipfile.ZipFile(folder / "more.zip", "w") as archive:
        archive.writestr("more.sgf", sgf(9))
    with tarfile.open(folder / "archive.tar.xz", "w:xz") as archive:
        archive.add(folder / "mygames" / "1.sgf", "again.sgf")
    return folder


def shell(line: str, folder: Path, *, stdin: str = "") -> str:
    """What a line prints, with `honte` and `.venv/bin/honte` the program of this clone."""
    binary = folder / ".venv" / "bin"
    binary.mkdir(parents=True, exist_ok=True)
    (binary / "honte").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m honte "$@"\n')
    (binary / "honte").chmod(0o755)
    variables = os.environ | {"PATH": f"{binary}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    result = subprocess.run(
        ["bash", "-c", line], cwd=folder, env=variables, input=stdin, capture_output=True, text=True, timeout=300
    )
    assert result.returncode == 0, f"{line}\n{result.stdout}\n{result.stderr}"
    return result.stdout


@pytest.mark.skipif(os.name == "nt", reason="the lines are for a POSIX shell")
def test_the_first_line_plays_a_move(tmp_path: Path) -> None:
    first = blocks(ROOT / "README.md")[0].text
    play = first.rpartition("&& ")[2]
    assert first.startswith("python3 -m venv .venv && .venv/bin/pip install -c constraints.txt . && ")
    assert re.match(r"= [A-T]\d+\n\n= *\n", shell(play, tmp_path))


@pytest.mark.skipif(os.name == "nt", reason="the lines are for a POSIX shell")
def test_ci_finds_the_test_line() -> None:
    finder = re.search(r"^test_line=\$\((.*)\)$", (ROOT / ".ci" / "run").read_text(), re.MULTILINE)
    assert finder is not None
    found = subprocess.run(["bash", "-c", finder[1]], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert found == blocks(ROOT / "README.md")[1].text


def run_commands(
    found: list[Block], folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> int:
    """Run every line `honte …` of some blocks, small; how many there are."""
    lines = [
        arguments
        for block in found
        if not block.language
        for line in block.text.splitlines()
        if (arguments := shlex.split(line, comments=True)) and arguments[0] == "honte"
    ]
    for _, command, *rest in lines:
        if command in ("gtp", "analysis"):
            shell(shlex.join(["honte", command, *rest]), folder, stdin="quit\n" if command == "gtp" else "")
        elif command not in NOT_RUN:
            monkeypatch.setattr(sys, "argv", ["honte", command, *rest, *ADDED.get(command, [])])
            assert main() == 0, f"honte {command} {shlex.join(rest)}: {capfd.readouterr().err}"
    return len(lines)


def test_the_commands_about_levels_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """On games of players of all bands."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mygames").mkdir()
    for seed in range(20):
        ranks = RANKS[seed % 5], RANKS[seed // 5]
        (tmp_path / "mygames" / f"{seed}.sgf").write_text(sgf(seed, ranks=ranks))
    assert run_commands(blocks(ROOT / "docs" / "levels.md"), tmp_path, monkeypatch, capfd) == 10
    assert {"all", "told", "15k", "10k"} == {path.name for path in (tmp_path / "runs").iterdir()}


def test_the_readmes_commands_run(
    files: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """One after the other in one folder, as they stand there, but small."""
    monkeypatch.chdir(files)
    assert run_commands(blocks(ROOT / "README.md")[2:], files, monkeypatch, capfd) >= 10
    made = {"map.png", "planes.png", "reviewed.sgf", "games.parquet", "games.refused.csv", "runs"}
    assert made <= {path.name for path in files.iterdir()}


GIVEN = {"backbones.md": "import torch\nimages = torch.randn(1, 1, 64, 64)\n"}
"""What a page's Python takes for granted."""
WITH_PYTHON = [page for page in PAGES if any(block.language == "python" for block in blocks(page))]


@pytest.mark.parametrize("page", WITH_PYTHON, ids=lambda page: page.name)
def test_the_python_runs(page: Path, files: Path) -> None:
    """All blocks of a page, one after the other, as one script."""
    script = GIVEN.get(page.name, "") + "\n".join(block.text for block in blocks(page) if block.language == "python")
    (files / f"{page.stem}.py").write_text(script, encoding="utf-8")
    result = subprocess.run(
        [sys.executable, f"{page.stem}.py"], cwd=files, env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, timeout=600,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr


def test_the_front_door_is_in_the_documentation() -> None:
    """Every name of `import honte` stands on the page about it."""
    import honte

    text = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
    assert not [name for name in honte.__all__ if not re.search(rf"\bhonte\.{name}\b", text)]
    assert {"README.md", "python.md"} <= {page.name for page in WITH_PYTHON}
