"""`honte corpus build` and `honte corpus info`."""

import csv
import json
import subprocess
import sys
import zipfile
from dataclasses import fields
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
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
        "duplicate: is the same game as …": 1,
        "unreadable: no game begins in it: there is no '(;'": 1,
    }


def test_info_counts_reasons_and_warnings_without_their_particulars(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    texts = {
        "a.sgf": "(;SZ[9]KM[650]PW[{}];B[aa];W[bb])",
        "b.sgf": "(;SZ[9]KM[750]CA[{x}]PB[André];B[ab];W[bb])",
        "c {}.sgf": "(;SZ[9];B[aa];W[bb];B[bb])",
        "d.sgf": "(;SZ[9];B[aa];W[bb];B[cc];W[cc])",
        "e.sgf": "(;SZ[9];B[aa];W[ss])",
        "f.sgf": "(;SZ[9];B[aa];W[bb];B[{}])",
        "g.sgf": "(;SZ[9];B[aa];AB[ss];B[bb])",
        "h.sgf": "(;SZ[9]AB[ss];B[bb])",
        "i.sgf": "(;SZ[9]AB[aa]AW[ab][ba];B[bb])",
        "j.sgf": "(;SZ[9];B[ia];W[hb])",
        "k.sgf": "(;SZ[{}];B[aa])",
        "l.sgf": "(;SZ[13];B[aa])",
    }
    for name, text in texts.items():
        (tmp_path / name).write_bytes(text.encode("mac-roman"))
    run("build", tmp_path, "-o", tmp_path / "c.parquet", "--workers", 1, "--size", 9)
    capsys.readouterr()
    run("info", tmp_path / "c.parquet", "--json")
    told = json.loads(capsys.readouterr().out)
    unknown = "the file names the encoding …, which is not a known one, and was read as mac-roman"
    assert told["warnings"] == {"KM[…] is read as …": 2, unknown: 1}
    assert told["reasons"] == {
        "illegal: move …: … is illegal: occupied": 2,
        "illegal: before move …: the setup stones would leave a chain without liberties": 1,
        "unreadable: move …, …, is off the … board": 1,
        "unreadable: move …, …, names no point": 1,
        "unreadable: the setup stone AB[…] before move … is off the … board": 1,
        "unreadable: the setup stone AB[…] is off the … board": 1,
        "unreadable: SZ[…]: board sizes are 2 to 25": 1,
        "filtered: the board is 13x13": 1,
        "duplicate: is the same game as …": 1,
    }
    with (tmp_path / "c.refused.csv").open(encoding="utf-8", newline="") as file:
        rows = {Path(row["source"]).name: row for row in csv.DictReader(file)}
    assert rows["c {}.sgf"]["reason"] == "move 3: B B8 is illegal: occupied"
    assert rows["f.sgf"] == {
        "source": str(tmp_path / "f.sgf"), "kind": "unreadable", "reason": "move 3, B[{}], names no point",
        "general": "move …, …, names no point",
    }  # fmt: skip


def test_info_reads_the_corpora_of_earlier_versions(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = pq.read_table(corpus)
    warnings = pa.array([["KM[650] is read as 6.5"]] * len(table), pa.list_(pa.string()))
    table = table.drop_columns(["warnings", "general_warnings"]).append_column("warnings", warnings)
    pq.write_table(table, corpus)
    corpus.with_suffix(".refused.csv").write_text("source,kind,reason\na.sgf,filtered,has 3 moves\n")
    run("info", corpus, "--json")
    told = json.loads(capsys.readouterr().out)
    assert told["warnings"] == {"KM[650] is read as 6.5": 30} and told["reasons"] == {"filtered: has 3 moves": 1}


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
