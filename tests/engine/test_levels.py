"""Levels from end to end, on ranks that are made up: each moves at a distance of its own from the move before."""

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import honte
from honte.data.record import GameRecord
from honte.data.sgf import serialise
from honte.engine.cli import main
from honte.features.board import BLACK, Board, opponent
from honte.policy.checkpoint import SHIPPED, save
from tests.engine.stubs import tiny_network

SIZE = 7
RANKS = ("15k", "5k", "2d")
"""Of the players, by their band."""
BANDS = ("15k", "5k", "1d")


def made_up(random: np.random.Generator, black: int, white: int) -> GameRecord:
    """A game of two bands: most moves are one, two, or more lines from the last, by the player's band."""
    board, colour, last = Board(SIZE), BLACK, SIZE**2 // 2
    row, column = np.divmod(np.arange(SIZE**2), SIZE)
    for _ in range(24):
        legal = board.legal_points(colour, superko=True)
        distance = np.maximum(abs(row - row[last]), abs(column - column[last]))
        own = legal & (np.clip(distance, 1, 3) == 1 + (black if colour == BLACK else white))
        last = int(random.choice(np.flatnonzero(own if own.any() and random.random() < 0.9 else legal)))
        board.play(colour, last)
        colour = opponent(colour)
    players = [f"{RANKS[band]} {random.integers(10)}" for band in (black, white)]
    return GameRecord(
        size=SIZE, moves=np.array(board.moves, np.uint16), black=players[0], white=players[1], black_rank=RANKS[black],
        white_rank=RANKS[white], result="B+R",
    )  # fmt: skip


Run = Callable[..., Any]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """What a command prints, its JSON read; or its last sentence where it fails."""

    def run(*arguments: object, fails: bool = False) -> Any:
        monkeypatch.setattr(sys, "argv", ["honte", *map(str, arguments)])
        capsys.readouterr()
        status = main()
        said = capsys.readouterr()
        assert bool(status) == fails, said.err
        return said.err.splitlines()[-1] if fails else json.loads(said.out) if "--json" in arguments else said.out

    return run


@pytest.fixture(scope="module")
def games(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of SGF files, 240 to learn from and six of known players to tell apart."""
    folder, random = tmp_path_factory.mktemp("games"), np.random.default_rng(0)
    (folder / "learn").mkdir()
    (folder / "tell").mkdir()
    for number in range(240):
        record = made_up(random, number % 3, number // 3 % 3)
        (folder / "learn" / f"{number}.sgf").write_bytes(serialise(record))
    for number in range(6):
        record = made_up(random, number % 3, 2 - number % 3)
        record = replace(record, black=f"Ann{number % 3}", white="", black_rank="", white_rank="9d")
        (folder / "tell" / f"{number}.sgf").write_bytes(serialise(record))
    (folder / "tell" / "broken.sgf").write_text("(;SZ[7];B[aa];W[aa])")
    return folder


def succeed(line: str) -> None:
    """Run a command."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["honte", *line.split()])
        assert main() == 0


@pytest.fixture(scope="module")
def corpus(games: Path) -> str:
    """The games to learn from, built."""
    succeed(f"corpus build {games}/learn -o {games}/games.parquet")
    return f"{games}/games.parquet"


@pytest.fixture(scope="module")
def told(games: Path, corpus: str) -> str:
    """A tiny network that learnt from the games, told the ranks."""
    succeed(
        f"train {games}/told --corpus {corpus} --board-size 7 --filters 8 --steps 400 --threads 1"
        " --validation-share 0.25 --bands 15k 5k 1d --batch-size 32"
    )
    return f"{games}/told"


def test_a_network_that_was_told_ranks_tells_them(games: Path, corpus: str, told: str, run: Run) -> None:
    evaluation = ("evaluate", corpus, "--network", told, "--by", "band", "--side", "all", "--threads", 1)
    found = run(*evaluation, "--calibrate", "--json")
    assert found["bands"] == list(BANDS)
    assert not [exception for exception in found["exceptions"] if exception.startswith("the moves of")]
    rows = {row["level"]: row["scores"] for row in found["networks"]}
    assert list(rows) == [*BANDS, ""] and {row["network"] for row in found["networks"]} == {told}
    assert sum(rows["15k"][band]["positions"] for band in BANDS) == 240 * 24
    for band in BANDS:
        assert rows[band][band]["cross_entropy"]["value"] < min(
            rows[other][band]["cross_entropy"]["value"] for other in (*BANDS, "") if other != band
        )
        assert found["gains"][band]["cross_entropy"]["low"] > 0 and found["gains"][band]["over"] == f"{told}, untold"
    assert found["temper"]["weight"] > 0 and found["estimates"][-1]["right"] == 1.0
    shown = run(*evaluation, "--positions", 1000)
    assert "top-1 in %, on the moves of" in shown and "gain over" in shown and "within 3 ranks" in shown

    ranks = run("review", games / "tell", "--rank", "--network", told, "--json")
    assert ranks["calibrated"] and ranks["temper"] == found["temper"] and ranks["games"] == 6
    assert len(ranks["refused"]) == 1 and "broken.sgf" in ranks["refused"][0]
    players = {each["player"]: each for each in ranks["players"]}
    assert len(players) == 3 + 6  # those without a name are somebody else in every game
    for place, band in enumerate(BANDS):
        ann = players[f"Ann{place}"]
        assert (ann["games"], ann["moves"], ann["stated"]) == (2, 24, [])
        assert max(ann["bands"], key=ann["bands"].get) == band and sum(ann["bands"].values()) == pytest.approx(1)
    shown = run("review", games / "tell" / "0.sgf", "--rank", "--network", told, "--player", "ann0")
    assert "Ann0" in shown and "White" not in shown and "15k to " in shown

    (ann,) = honte.rank(sorted((games / "tell").glob("[0-5].sgf")), player="Ann2", network=honte.load_network(told))
    assert ann.player == "Ann2" and ann.estimate.bands == pytest.approx(players["Ann2"]["bands"], abs=1e-4)


def test_networks_of_a_band_each_make_a_matrix(games: Path, corpus: str, run: Run) -> None:
    for place, band in enumerate(BANDS):
        metadata = {"learnt_from": {"min_rank": band, "corpus": [], "fingerprint": "", "init": None}}
        save(tiny_network(SIZE, seed=place), games / band, metadata=metadata)
    save(tiny_network(SIZE, seed=9), games / "all")
    names = [f"{games}/{name}" for name in (*BANDS, "all")]
    against = [word for name in names[1:] for word in ("--against", name)]
    asked = ("evaluate", corpus, "--network", names[0], *against, "--by", "band", "--threads", 1)
    found = run(*asked, "--bands", *BANDS, "9d", "--positions", 50, "--json")
    assert [(row["network"], row["level"]) for row in found["networks"]] == list(zip(names, (*BANDS, ""), strict=True))
    assert found["bands"] == list(BANDS) and found["gains"]["5k"]["over"] == names[-1]  # nobody there is 9d
    counts = [found["networks"][0]["scores"][band]["positions"] for band in BANDS]
    assert all(50 <= count < 75 for count in counts)
    top1 = found["networks"][0]["scores"]["15k"]["top1"]
    value, low, high = (f"{100 * top1[part]:.1f}" for part in ("value", "low", "high"))
    assert f"{value} ({low} to {high})" in run(*asked, "--bands", *BANDS, "9d", "--positions", 50)
    said = run(*asked, fails=True)
    assert f"'{names[0]}' was told no ranks: say which bands with --bands" in said


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("review {tell} --rank --network {told} --player Bob", "no player of the games is called 'Bob'"),
        ("review {tell} --rank --network {told} --player An1", "the nearest of the 3 names are 'Ann1'"),
        ("review {tell} --rank --network {plain}", "no network here was told ranks"),
        ("review {tell} --player Ann1", "--player is for --rank"),
        ("gtp --level 40z", "level '40z' is no rank: write 3k, 6d or 9p"),
        ("review {tell} --rank -o ranks.csv", "--rank writes no file"),
        ("evaluate {corpus} --by band --bands 5k 15k", "do not rise"),
        ("evaluate {corpus} --by band --bands 5k strong", "bands 'strong' is no rank"),
        ("evaluate {corpus} --by band --bands 9d", "in the bands 9d: the players there are from 15k to 2d"),
        ("evaluate {corpus} --by band --min-rank 5k", "leave --min-rank and --max-rank out"),
        ("evaluate {corpus} --calibrate", "are for --by band"),
        ("train {tell}/run --corpus {corpus} --bands 15k 5k 9d", "no move to learn from is of a player of 9d"),
        ("train {tell}/run --corpus {corpus} --bands 15k 9k 5k", "of a player of 9k to 6k, so leave that band out"),
        ("train {tell}/run --corpus {corpus} --min-rank 5d", "games hold no position"),
        ("train {tell}/run --corpus {corpus} --max-rank 16k", "the players there are from 15k to 2d"),
        ("heatmap --size 7 --position D4 --network {told} --level 20k", "no network here plays like 20k"),
        ("heatmap --size 7 --position D4 --network {told} --level best", "level 'best' is no rank"),
    ],
)
def test_what_is_wrong_is_one_sentence(arguments: str, words: str, games: Path, told: str, run: Run) -> None:
    places = {"tell": games / "tell", "told": told, "plain": SHIPPED / "19x19", "corpus": games / "games.parquet"}
    given = arguments.format(**places).split()
    assert words in run(*given, fails=True)
