"""What reaches the terminal, and in what shape: any encoding, any width, names from anywhere."""

import io
import json
import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from honte.engine.cli import main
from honte.engine.cli.terminal import counted, table
from honte.features.errors import printable
from tests.engine.stubs import save_tiny_network
from tests.waiting import PATIENCE

ROOT = Path(__file__).parents[2]
Run = Callable[..., tuple[int, str, str]]
NAME = "\x1b[31mred\x1b]0;title\x07\u202egnol\x9b2J\u4e2d\u56fd"
GAME = f"(;SZ[9]KM[5.5]PB[{NAME.replace(']', chr(92) + ']')}]PW[caf\u00e9];B[ee];W[gc];B[cg];W[gg])"
STEERING = ("\x1b", "\x07", "\x9b", "\u202e")


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_network(tmp_path_factory.mktemp("network"))


@pytest.fixture
def honte(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs the command in this process: exit status, stdout, stderr, in some encoding and for a terminal so wide."""

    def run(*arguments: object, encoding: str = "utf-8", columns: int | None = None) -> tuple[int, str, str]:
        streams = [io.TextIOWrapper(io.BytesIO(), encoding) for _ in range(2)]
        streams[1].reconfigure(errors="backslashreplace")
        monkeypatch.setattr(sys, "argv", ["honte", *map(str, arguments)])
        monkeypatch.setattr(sys, "stdout", streams[0])
        monkeypatch.setattr(sys, "stderr", streams[1])
        monkeypatch.delenv("COLUMNS", raising=False)
        if columns:
            monkeypatch.setenv("COLUMNS", str(columns))
        status = main()
        written = []
        for stream in streams:
            stream.seek(0)
            written.append(stream.read())
        return status, written[0], written[1]

    return run


@given(st.text())
def test_printable_text_has_nothing_that_steers(text: str) -> None:
    shown = printable(text)
    assert shown.isprintable() and len(shown) == len(text)
    assert printable(shown) == shown
    assert all(a == b for a, b in zip(text, shown, strict=True) if a.isprintable())


def test_spaces_of_any_width_are_spaces() -> None:
    assert printable("王\u3000立誠\t9d\n") == "王 立誠 9d "


COMMANDS = ["review", "heatmap", "planes", "explain", "match", "corpus build", "corpus info", "evaluate", "by player"]


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "utf-8"])
@pytest.mark.parametrize("command", COMMANDS)
def test_every_encoding_will_do(honte: Run, network: Path, tmp_path: Path, command: str, encoding: str) -> None:
    """A name in any letters reaches a terminal that lacks them, and nothing in it steers the terminal."""
    game, corpus = tmp_path / f"{NAME.replace('/', '')}.sgf", tmp_path / f"{NAME}.parquet"
    game.write_text(GAME, encoding="utf-8")
    if command in COMMANDS[-3:]:
        assert honte("corpus", "build", game, "-o", corpus)[0] == 0
    told = ("--network", network)
    engine = shlex.join([sys.executable, str(Path(__file__).parent / "match" / "scripted.py"), "{}", NAME])
    arguments = {
        "review": ("review", game, *told),
        "heatmap": ("heatmap", game, *told),
        "planes": ("planes", game),
        "explain": ("explain", game, *told, "--move", 2),
        "match": ("match", engine, engine, "--games", 1, "--size", 9, "-o", tmp_path / encoding),
        "corpus build": ("corpus", "build", game, "-o", corpus),
        "corpus info": ("corpus", "info", corpus),
        "evaluate": ("evaluate", corpus, *told),
        "by player": ("evaluate", corpus, *told, "--by", "player", "--min-moves", 1),
    }[command]
    status, output, errors = honte(*arguments, encoding=encoding)
    assert status == 0 and output and "Traceback" not in errors
    assert not any(sign in output + errors for sign in STEERING)
    assert all(line.strip() for line in errors.splitlines())
    status, output, _ = honte(*arguments, "--json", encoding=encoding)
    assert status == 0 and json.loads(output) and output.isascii()


@pytest.mark.parametrize(
    "environment",
    [{"LANG": "C", "LC_ALL": "C"}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
     {"PYTHONIOENCODING": "cp1252"}, {"PYTHONIOENCODING": "ascii"}],
    ids=" ".join,
)  # fmt: skip
def test_chinese_names_in_a_process_of_any_locale(
    network: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    """The file and its players are Chinese; the review is written as UTF-8 whatever stdout takes."""
    game, reviewed = tmp_path / "\u53e4\u529b.sgf", tmp_path / "\u5e38\u660a.sgf"
    game.write_bytes("(;CA[GBK]SZ[9]PB[\u53e4\u529b]PW[\u5e38\u660a];B[ee];W[gc])".encode("gbk"))
    command = [sys.executable, "-m", "honte", "review", game, "-o", reviewed, "--network", network]
    ended = subprocess.run(
        command, cwd=ROOT, capture_output=True, timeout=PATIENCE, env={**os.environ, **environment}
    )
    assert ended.returncode == 0 and b"Traceback" not in ended.stderr, ended.stderr
    assert b"[\xe5\x8f\xa4\xe5\x8a\x9b]" in reviewed.read_bytes()
    assert ended.stdout and (environment.get("PYTHONIOENCODING") is None or b"?" in ended.stdout)


def test_names_in_errors_do_not_steer(honte: Run, tmp_path: Path) -> None:
    status, output, errors = honte("planes", tmp_path / f"{NAME}.sgf")
    assert (status, output) == (1, "") and errors.count("\n") == 1
    assert "red" in errors and "\u4e2d\u56fd" in errors and not any(sign in errors for sign in STEERING)


def test_names_in_warnings_do_not_steer(tmp_path: Path) -> None:
    """Of the log, which are no errors: here of a run with a damaged line of metrics."""
    run = tmp_path / NAME.replace("/", "")
    run.mkdir()
    line = json.dumps({"step": 1, "loss": 1.0, "top1": 0.5, "lr": 0.1, "positions": 8, "seconds": 1.0})
    (run / "metrics.jsonl").write_text(f"{line}\ndamaged\n{line}\n")
    command = [sys.executable, "-m", "honte", "train", "plot", run, "-o", tmp_path / "curves.png"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, timeout=PATIENCE)
    errors = ended.stderr.decode()
    assert (tmp_path / "curves.png").exists()
    assert errors.startswith("honte: left out of '") and errors.endswith("line 2 is damaged\n")
    assert "\u4e2d\u56fd" in errors and not any(sign in errors for sign in STEERING)


@pytest.mark.parametrize(("number", "words"), [(0, "0 games"), (1, "1 game"), (2, "2 games"), (1234, "1,234 games")])
def test_one_is_no_plural(number: int, words: str) -> None:
    assert counted(number, "game") == words


def test_tables_wrap_words_and_no_numbers() -> None:
    made = table("player", ">moves", "what", rows=[("a [bold]name[/]", 123456, "some words that are many")])
    lines = []
    for width in (200, 30):
        console = Console(width=width)
        with console.capture() as capture:
            console.print(made)
        lines.append([line.rstrip() for line in capture.get().splitlines()])
    assert lines[0] == [
        "player            moves  what",
        "a [bold]name[/]  123456  some words that are many",
    ]
    assert sum("123456" in line for line in lines[1]) == 1 and max(map(len, lines[1])) <= 30


def test_lines_into_a_pipe_are_whole(honte: Run, network: Path, tmp_path: Path) -> None:
    game = tmp_path / "game.sgf"
    game.write_text(f"(;SZ[9]PB[{'long name ' * 20}];B[ee])")
    _, output, _ = honte("review", game, "--network", network)
    assert "long name " * 19 in output


@pytest.mark.parametrize("columns", [40, 60, 80])
def test_the_board_of_a_heat_map_is_whole_at_any_width(honte: Run, columns: int) -> None:
    status, output, _ = honte("heatmap", "--position", "D4 Q16", columns=columns)
    lines = output.split("\n")
    assert status == 0 and [line.split()[0] for line in lines[1:20]] == [str(line) for line in range(19, 0, -1)]
    assert all(len(line) <= columns for line in lines)
    assert lines[0].split() == [*"ABCDEFGHJKLMNOPQRST"] and all(len(line) > lines[0].index("T") for line in lines[1:20])
    assert "Move 3, Black to play" in lines


def test_no_moves_are_the_empty_board(honte: Run) -> None:
    status, output, _ = honte("heatmap", "--position", "", "--json")
    document = json.loads(output)
    assert status == 0 and (document["move_number"], document["to_move"]) == (1, "black")
    assert np.count_nonzero(document["probabilities"]) > 180


def test_planes_show_where(honte: Run, tmp_path: Path) -> None:
    game = tmp_path / "game.sgf"
    game.write_text(GAME)
    status, output, _ = honte("planes", game, "--move", 4)
    rows = {line.split()[0]: line.split() for line in output.splitlines() if line.strip()[:1].isdigit()}
    assert status == 0 and rows["0"] == ["0", "stones", "own", "1", "G7"]
    assert rows["1"] == ["1", "stones", "opponent", "2", "E5", "C3"] and rows["47"] == ["47", "zeros", "0"]
    narrow = honte("planes", game, "--move", 4, columns=60)[1].splitlines()
    assert len(narrow) == len(output.splitlines()) + 1 and max(map(len, narrow)) <= 60  # the hint takes two lines
    assert sum("capture size 7+" in line for line in narrow) == 1
    _, output, _ = honte("planes", game, "--move", 4, "--plane", 1, 46)
    assert "1 stones opponent: the content of the point" in output and output.count("A  B  C  D") == 4
    assert " 5  .  .  .  . [X] .  .  .  .  5" in output
    assert honte("planes", game, "--plane", 48)[0] == 2
