"""`honte corpus build` and `honte corpus info`."""

import json
import subprocess
import sys
import zipfile
from dataclasses import fields
from pathlib import Path

import pytest

from honte.data.settings import CorpusFilters
from honte.data.sgf import serialise
from honte.engine.cli.corpus import app
from tests.data.random_games import some_games


@pytest.fixture
def corpus(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """A corpus of thirty games, with an unreadable and a repeated one among its sources."""
    with zipfile.ZipFile(tmp_path / "games.zip", "w") as archive:
        for number, game in enumerate(some_games(30)):
            archive.writestr(f"{number:02d}.sgf", serialise(game))
        archive.writestr("30.sgf", serialise(some_games(1)[0]))
        archive.writestr("31.sgf", b"nothing")
    run("build", tmp_path / "games.zip", "-o", tmp_path / "games.parquet", "--workers", 1)
    capsys.readouterr()
    return tmp_path / "games.parquet"


def run(*words: object) -> None:
    app([str(word) for word in words], result_action="return_value")


def test_build_says_what_it_made(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run("build", corpus.with_suffix(".zip"), "-o", corpus, "--workers", 1)
    taken, refused = capsys.readouterr().out.splitlines()
    assert taken.startswith(f"{corpus}: 30 games, ")
    assert refused == f"{corpus.with_suffix('.refused.csv')}: 2 not taken (1 duplicate, 1 unreadable)"


def test_build_takes_filters_and_answers_in_json(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(
        "build", corpus.with_suffix(".zip"), "--output", corpus, "--workers", 1, "--json", "--min-moves", 20,
        "--size", 9, "--since", 2003, "--rules", "japanese", "--player", "player 1", "--player", "player 3",
    )  # fmt: skip
    report = json.loads(capsys.readouterr().out)
    assert report["games"] + sum(report["refused"].values()) == 32
    assert 0 < report["games"] < 10
    assert report["corpus"] == str(corpus) and Path(report["refusals"]).is_file()


def test_info_counts_what_is_there(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run("info", corpus, "--json")
    told = json.loads(capsys.readouterr().out)
    games = some_games(30)
    assert (told["games"], told["sizes"], told["komi"]) == (30, {"9x9": 30}, {"6.5": 30})
    assert told["positions"] == sum(int((game.moves >> 1 != 81).sum()) for game in games)
    assert told["results"] == {"B+R": 10, "W+points": 10, "": 10}
    assert told["years"] == {str(year): 3 for year in range(2000, 2010)}
    assert told["ranks"] == {f"{dan}d": 4 if dan < 4 else 3 for dan in range(9, 0, -1)} | {"3k": 30}
    assert told["refused"] == {"duplicate": 1, "unreadable": 1}
    assert told["reasons"] == {
        "duplicate: is the same game as another": 1,
        "unreadable: no game begins in it: there is no '(;'": 1,
    }


def test_info_is_readable(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run("info", corpus)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"{corpus}: 30 games, ")
    for words in (["9x9", "30"], ["2004", "3"], ["3k", "30"], ["(none)", "10"], ["unreadable", "1"]):
        assert words in [line.split() for line in lines]


def test_help_shows_every_filter(capsys: pytest.CaptureFixture[str]) -> None:
    run("build", "--help")
    text = capsys.readouterr().out
    for field in fields(CorpusFilters):
        assert f"--{field.name.replace('_', '-')}" in text


def test_the_command_line_is_light_until_it_works() -> None:
    code = "import sys, honte.engine.cli.corpus; print(*{'numba', 'numpy', 'pyarrow', 'torch'} & sys.modules.keys())"
    root = Path(__file__).parents[2]
    loaded = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True).stdout
    assert loaded.strip() == ""
