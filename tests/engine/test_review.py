"""Reviews: annotated games, figures, pictures, tables that survive a kill."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow.csv
import pyarrow.parquet
import pytest
from sgfmill import sgf

from honte.data.record import GameRecord
from honte.data.sgf import parse, serialise
from honte.data.tree import read_trees, write_trees
from honte.engine.cli.review import review as review_command
from honte.engine.drawing.colours import RING
from honte.engine.drawing.raster import render
from honte.engine.drawing.shapes import Box
from honte.engine.review.annotation import LEAST, annotate, summary
from honte.engine.review.game import Review
from honte.engine.review.picture import draw_review
from honte.engine.review.table import review_all
from honte.features.board import Board, opponent
from honte.features.errors import HonteError
from honte.policy.predictor import Predictor
from tests.engine.stubs import save_tiny_network, tiny_network

GAME = b"(;SZ[9]PB[Ann \\] <b>]AB[cc]C[hello]LB[aa:x];W[cd]C[mine];B[dd](;W[dc];B[];W[ce])(;W[hh]C[other]))"


@pytest.fixture(scope="module")
def predictor() -> Predictor:
    return Predictor(tiny_network(9))


def random_game(seed: int, length: int = 30) -> GameRecord:
    generator, board, colour = np.random.default_rng(seed), Board(9), 1
    for _ in range(length):
        point = int(generator.choice(np.flatnonzero(board.legal_points(colour))))
        board.play(colour, point)
        colour = opponent(colour)
    return GameRecord(size=9, moves=np.array(board.moves, np.uint16), black=f"b{seed}", white=f"w{seed}")


def reviewed(data: bytes, review: Review) -> bytes:
    """The file with a review of its first game in it."""
    games = read_trees(data).games
    annotate(games[0], review)
    return write_trees(games)


def test_an_annotated_game_as_another_reader_sees_it(predictor: Predictor) -> None:
    """Read back with sgfmill: the game and all that was in it, each favourite labelled, better-liked moves beside."""
    record = parse(GAME)
    review = Review(record, predictor)
    annotated = reviewed(GAME, review)
    assert parse(annotated).key == record.key and parse(annotated).black == "Ann ] <b>"
    game = sgf.Sgf_game.from_bytes(annotated)
    node = game.get_root()
    assert node.get("C").startswith("hello") and summary(review) in node.get("C")
    assert (("aa" and (8, 0)), "x") in node.get("LB")
    for moves in review.maps:
        labels = dict(node.get("LB"))
        for point in moves.best(3):
            p = float(moves.probabilities[point])
            row, column = divmod(point, 9)
            if p >= LEAST and (8 - row, column) != (8, 0):
                assert float(labels[8 - row, column]) == pytest.approx(100 * p, abs=0.5)
        following = node[0]
        colour, move = following.get_move()
        assert ("bw".index(colour) + 1, None if moves.played == 81 else moves.played) == (
            moves.colour, move and (8 - move[0]) * 9 + move[1],
        )  # fmt: skip
        beside = [child.get_move() for child in list(node)[1:] if "choice" in child.get("C")]
        played = 0.0 if move is None else float(moves.probabilities[moves.played])
        better = [p for p in moves.best(3) if moves.probabilities[p] > max(played, LEAST)]
        assert [(8 - m[0]) * 9 + m[1] for _, m in beside] == better and {c for c, _ in beside} <= {colour}
        if move is not None:
            assert f"{100 * played:.1f} %, choice {moves.rank(moves.played)}" in following.get("C")
        node = following
    assert b"C[other]" in annotated and "mine" in game.get_main_sequence()[1].get("C")
    assert len(parse(reviewed(annotated, review)).moves) == len(record.moves)  # a review of a review is one too


@pytest.mark.parametrize(
    "data",
    [
        b"(;SZ[9];B[cc];W[dd];B[ee",  # cut off
        b"(;SZ[9];B[cc]W[dd];B[ee])",  # two moves in a node
        b"(;SZ[9]B[cc];W[dd];B[ee])",  # a move in the root
        b"(;SZ[9]HA[2];B[cc];B[gg];W[dd];B[ee])",  # handicap stones as moves
    ],
)
def test_odd_files(predictor: Predictor, data: bytes) -> None:
    record = parse(data)
    annotated = reviewed(data, Review(record, predictor))
    assert parse(annotated).key == record.key
    assert annotated.count(b"Best, in %") == len(record.moves)


def test_long_games_do_not_nest_too_deep(predictor: Predictor) -> None:
    record = random_game(1, 60)
    long = GameRecord(size=9, moves=np.concatenate([record.moves, np.tile([162, 163], 400).astype(np.uint16)]))
    assert parse(reviewed(serialise(long), Review(long, predictor))).key == long.key


def test_figures_are_counts_over_the_maps(predictor: Predictor) -> None:
    record = random_game(2, 64)
    review = Review(record, predictor)
    for colour, phases in review.predictability().items():
        own = [ply for ply, code in enumerate(record.moves) if int(code & 1) + 1 == colour]
        places = []
        for ply in own:
            p = predictor.probabilities(record.board(ply), colour)
            places.append((int((p > p[record.moves[ply] >> 1]).sum()), float(p[record.moves[ply] >> 1])))
        assert set(phases) == {"1-50", "51-150", "all"} and phases["1-50"].moves == sum(ply < 50 for ply in own)
        assert phases["all"].top1 == pytest.approx(np.mean([rank == 0 for rank, _ in places]))
        assert phases["all"].top5 == pytest.approx(np.mean([rank < 5 for rank, _ in places]))
        assert phases["all"].cross_entropy == pytest.approx(-np.mean(np.log([p for _, p in places])), rel=1e-3)
    lowest = min(moves.probabilities[moves.played] for moves in review.maps)
    assert review.surprises[0].probabilities[review.surprises[0].played] == lowest


def test_an_illegal_game_is_named(predictor: Predictor) -> None:
    record = parse(b"(;SZ[9];B[aa];W[aa];B[bb])", source="bad.sgf")
    with pytest.raises(HonteError, match=r"bad\.sgf: move 2: W A9 is illegal: occupied"):
        Review(record, predictor)


def test_the_picture_has_a_bar_for_every_move(predictor: Predictor) -> None:
    review = Review(random_game(3), predictor)
    picture = draw_review(review)
    bars = [shape for shape in picture.shapes if isinstance(shape, Box) and shape.fill != RING]
    assert len(bars) == len(review.maps)
    tallest = max(bars, key=lambda bar: bar.height)
    likeliest = max(review.maps, key=lambda moves: moves.probabilities[moves.played])
    order = sorted(bars, key=lambda bar: bar.x).index(tallest)
    assert order + 1 == likeliest.number
    pixels = np.asarray(render(picture))
    inside = pixels[round(tallest.y + tallest.height / 2), round(tallest.x + tallest.width / 2)]
    assert tuple(inside) == tallest.fill
    assert draw_review(Review(GameRecord(size=9), predictor)).height > 0  # no moves, no boards


def test_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    network = [str(save_tiny_network(tmp_path / "network"))]
    game = tmp_path / "game.sgf"
    game.write_bytes(GAME)
    review_command([game], output=tmp_path / "out.sgf", picture=tmp_path / "out.svg", json_=True, network=network)
    document = json.loads(capsys.readouterr().out)
    assert len(document["moves"]) == 5 and document["moves"][3]["played"] == {"vertex": "pass"}
    assert parse((tmp_path / "out.sgf").read_bytes()).key == parse(GAME).key
    assert "first choice" in (tmp_path / "out.svg").read_text()
    review_command([game], network=network)
    assert "most surprising" in capsys.readouterr().out
    (tmp_path / "two.sgf").write_bytes(GAME + GAME)
    review_command([tmp_path / "two.sgf"], network=network)
    assert "two.sgf: holds several games: this is the first" in capsys.readouterr().err
    for arguments, words in (
        ({"output": tmp_path / "x.txt"}, "ends in .sgf, .parquet or .csv"),
        ({"picture": tmp_path / "x.gif"}, "ends in .png or .svg"),
        ({"output": tmp_path / "x.csv", "picture": tmp_path / "x.png"}, "--picture is of one game"),
    ):
        with pytest.raises(HonteError, match=words):
            review_command([game], network=network, **arguments)
    with pytest.raises(HonteError, match="for several games give a table"):
        review_command([game, game], network=network)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "games"
    folder.mkdir()
    for seed in range(40):
        (folder / f"{seed:02d}.sgf").write_bytes(serialise(random_game(seed, 40)))
    (folder / "bad\x1b[2J.sgf").write_bytes(b"no game")
    (folder / "illegal.sgf").write_bytes(b"(;SZ[9];B[aa];W[aa])")
    (folder / "small.sgf").write_bytes(b"(;SZ[4];B[aa])")
    return folder


@pytest.mark.parametrize("name", ["table.parquet", "table.csv"])
def test_a_table_of_a_folder(folder: Path, tmp_path: Path, predictor: Predictor, name: str) -> None:
    output = tmp_path / name
    (folder / "large.sgf").write_bytes(b"(;SZ[13];B[aa];W[dd])")
    assert review_all([folder], output, predictor=predictor, identity="x") == {"games": 41, "refused": 3}
    read = pyarrow.parquet.read_table if name.endswith("parquet") else pyarrow.csv.read_csv
    rows = read(output).to_pylist()
    assert [row["size"] for row in rows] == [9] * 80 + [13] * 2 and not (tmp_path / f"{name}.part").exists()
    expected = Review(random_game(7, 40), predictor).predictability()
    (row,) = [row for row in rows if row["source"].endswith("07.sgf") and row["colour"] == "white"]
    assert (row["player"], row["opponent"], row["moves"]) == ("w7", "b7", 20)
    assert row["top5"] == pytest.approx(expected[2]["all"].top5)
    assert row["top1_1-50"] == pytest.approx(expected[2]["1-50"].top1) and not row["top1_151-"]
    refused = pyarrow.csv.read_csv(f"{output}.refused.csv").to_pylist()
    assert [Path(row["source"]).name for row in refused] == ["bad\\x1b[2J.sgf", "illegal.sgf", "small.sgf"]
    assert refused[1]["reason"].startswith("move 2: W A9 is illegal")
    assert "no network plays on 4x4" in refused[2]["reason"]


@pytest.mark.parametrize("found", [b"[1, 2]\n", b"notes\n", b'{"network": "y"}\n'])
def test_what_is_no_journal_is_left_alone(folder: Path, tmp_path: Path, predictor: Predictor, found: bytes) -> None:
    part = tmp_path / "table.csv.part"
    part.write_bytes(found)
    with pytest.raises(HonteError, match=r"table\.csv\.part' is of other games or another network: delete it"):
        review_all([folder], tmp_path / "table.csv", predictor=predictor, identity="x")
    assert part.read_bytes() == found


def test_a_killed_table_goes_on(folder: Path, tmp_path: Path, predictor: Predictor) -> None:
    network = save_tiny_network(tmp_path / "network")
    output, part = tmp_path / "table.csv", tmp_path / "table.csv.part"
    command = [sys.executable, "-m", "honte", "review", str(folder), "-o", str(output), "--network", str(network)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    while not part.exists() or part.read_bytes().count(b"\n") < 4:
        assert process.poll() is None, "it ended before it could be killed"
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert part.exists() and not output.exists()
    before = part.read_bytes()
    part.write_bytes(before + b'{"name": "cut off')
    with pytest.raises(HonteError, match="of other games or another network"):
        review_all([folder / "00.sgf"], output, predictor=predictor, identity="x")
    finished = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    assert finished.stdout == "40 games reviewed, 3 refused\n"
    whole = tmp_path / "whole.csv"
    review_all([folder], whole, predictor=predictor, identity="x")
    assert output.read_bytes() == whole.read_bytes()
