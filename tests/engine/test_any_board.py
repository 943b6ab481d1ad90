"""One network, every board: what clients, queries and whole games are answered on sizes that it was not trained for."""

import json
import logging
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from honte.engine.commands import COMMANDS
from honte.engine.dialects.kata_queue import Analyst
from honte.engine.play.player import RESIGN, Player
from honte.engine.play.settings import PlaySettings
from honte.features.board import BLACK, WHITE, Board, opponent, star_points
from honte.features.coordinates import vertex_to_point
from honte.features.handicap import max_fixed_handicap
from honte.features.scoring import MOVES_PER_POINT, final_status
from honte.policy.predictor import Predictor
from tests.engine.stubs import new_session, save_tiny_network, talk, tiny_network
from tests.stderr import complaints
from tests.waiting import PATIENCE

PREDICTOR = Predictor(tiny_network(9))


def exchange(*sent: str) -> list[str]:
    return talk("".join(f"{line}\n" for line in sent).encode(), new_session(Player(PREDICTOR))).split("\n\n")[:-1]


def test_every_size_is_played_and_says_by_whom() -> None:
    sizes = [9, *range(5, 26)]
    replies = exchange("version", *(line for size in sizes for line in (f"boardsize {size}", "genmove b", "version")))
    plain = replies.pop(0)
    for size, set_up, moved, version in zip(sizes, replies[::3], replies[1::3], replies[2::3], strict=True):
        assert set_up == "=" and 0 <= vertex_to_point(moved[2:], size) < size**2
        stand_in = "" if size == 9 else f", on {size}x{size} the convolutions of the network for 9x9"
        assert version == plain + stand_in


def test_sizes_that_nobody_plays_leave_the_board_alone(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        replies = exchange("boardsize 7", "play b A7", "boardsize 4", "boardsize 26", "boardsize 1000", "list_stones b")
    assert replies == ["=", "=", *["? unacceptable size"] * 3, "= A7"]
    told = [record.getMessage() for record in caplog.records if "boardsize" in record.getMessage()]
    assert told == [
        f"boardsize: no network plays on {size}x{size}: choose a board from 5x5 to 25x25" for size in (4, 26, 1000)
    ]


@pytest.mark.parametrize("size", [7, 8, 9, 11, 12, 13, 14, 19, 24, 25])
def test_fixed_handicaps_are_those_of_the_protocol(size: int) -> None:
    """GTP 2, 4.1.1: on the fourth line from 13 lines on, else on the third; nine stones on odd boards but 7x7."""
    most = 4 if size == 7 or size % 2 == 0 else 9
    assert max_fixed_handicap(size) == most
    edge = 3 if size < 13 else 4
    lines = {edge, size + 1 - edge} | ({(size + 1) // 2} if most == 9 else set())
    for stones in (2, most, most + 1):
        set_up, placed = exchange(f"boardsize {size}", f"fixed_handicap {stones}")
        assert set_up == "="
        if stones > most:
            assert placed == "? invalid number of stones"
            continue
        points = [divmod(vertex_to_point(vertex, size), size) for vertex in placed[2:].split()]
        assert len(set(points)) == stones and {place + 1 for point in points for place in point} <= lines
        if stones in (4, 9):
            assert len({row for row, _ in points}) == len(lines)
    corners = {(row - 1) * size + column - 1 for row in (edge, size + 1 - edge) for column in (edge, size + 1 - edge)}
    assert corners <= star_points(size)


@pytest.mark.parametrize("size", [5, 6, 8, 25])
def test_free_handicaps_are_placed_on_every_board(size: int) -> None:
    for stones in (2, 5, 9, 12):
        _, placed, listed = exchange(f"boardsize {size}", f"place_free_handicap {stones}", "list_stones b")
        assert set(placed[2:].split()) == set(listed[2:].split()) and len(listed[2:].split()) == stones


def test_queries_of_all_sizes_are_answered_as_each_by_itself() -> None:
    def query(number: int, size: int) -> bytes:
        fields = {"id": str(number), "boardXSize": size, "boardYSize": size, "moves": [["B", "C3"], ["W", "D4"]],
                  "analyzeTurns": [0, 1, 2], "priority": number % 3, "includePolicy": True}  # fmt: skip
        return json.dumps(fields).encode()

    queries = [query(number, size) for number, size in enumerate((9, 13, 5, 9, 25, 13, 9, 6))]

    def answers(lines: list[bytes]) -> dict[tuple[str, int], dict[str, Any]]:
        found = list(Analyst(PREDICTOR, win_rate=False).answer(lines))
        return {(answer["id"], answer["turnNumber"]): answer for answer in found}

    together, alone = answers(queries), {}
    for line in queries:
        alone |= answers([line])
    assert together.keys() == alone.keys() and len(together) == 24
    for key, answer in alone.items():
        np.testing.assert_allclose(together[key]["policy"], answer["policy"], atol=1e-3)
        assert together[key]["rootInfo"]["thisHash"] == answer["rootInfo"]["thisHash"]
    (refused,) = Analyst(PREDICTOR).answer([query(0, 4)])
    assert refused["field"] == "boardXSize" and "choose a board from 5x5 to 25x25" in refused["error"]


def run(command: str, *options: object, sent: str = "") -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", "honte", command, *map(str, options)]
    return subprocess.run(words, input=sent, capture_output=True, text=True, timeout=PATIENCE)


def test_networks_are_named_one_by_one_or_in_a_folder(tmp_path: Path) -> None:
    """The folder has a damaged one among good ones; one more is named by itself. What is to be told is told once."""
    folder = tmp_path / "several"
    for size in (9, 13):
        save_tiny_network(folder / f"{size}x{size}", size)
    (folder / "9x9" / "config.json").write_text("[]")
    seven = save_tiny_network(tmp_path / "seven", 7)
    lines = [line for size in (7, 9, 13, 8, 14, 13) for line in (f"boardsize {size}", "genmove b")]
    sent = "\n".join(["name", *lines, "kata-get-models", ""])
    result = run("gtp", "--network", folder, "--network", seven, sent=sent)
    name, *replies, models = result.stdout.split("\n\n")[:-1]
    assert name == "= Honte"
    assert [reply[0] for reply in replies] == list("==?===" + "=" * 6)
    assert [entry["internalName"].split()[-1] for entry in json.loads(models[2:])] == ["7x7", "13x13"]
    told = complaints(result.stderr).splitlines()
    assert [line for line in told if "for 9x9" in line and "not a JSON object" in line] == [told[0], told[1]]
    assert told[1].startswith("honte: boardsize: ")
    assert told[2:] == [
        f"honte: no network is trained for {size}x{size}: the convolutions of the network for {own}x{own} answer"
        for size, own in ((8, 13), (14, 13))
    ]
    listed = run("heatmap", "--position", "C3", "--size", "11", "--json", "--network", folder, "--network", seven)
    assert json.loads(listed.stdout)["size"] == 11
    assert complaints(listed.stderr).splitlines()[1:] == [
        "honte: no network is trained for 11x11: the convolutions of the network for 13x13 answer"
    ]


def one_game(first: Player, second: Player, size: int) -> tuple[Board, bool]:
    """A game to its end, and whether it was given up; every move is legal, and no position comes twice."""
    board, colour, passes, resigned = Board(size), BLACK, 0, False
    while passes < 2 and not resigned:
        point = (first, second)[colour - 1].choose(board, colour, komi=7.5)
        resigned = point == RESIGN
        if not resigned:
            assert board.is_legal(colour, point, superko=True)
            board.play(colour, point)
            passes = passes + 1 if point == size**2 else 0
            colour = opponent(colour)
        assert len(board.moves) <= MOVES_PER_POINT * size**2
    return board, resigned


@pytest.mark.parametrize(("size", "threshold"), [(5, 0.0), (7, 0.15), (11, 0.0), (15, 0.15), (25, 0.15)])
def test_whole_games_with_itself(size: int, threshold: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("honte.features.scoring.PLAYOUTS", 20)  # a tenth, for so many moves
    settings = PlaySettings(temperature=1.0, seed=size, resign_threshold=threshold)
    board, resigned = one_game(Player(PREDICTOR, settings), Player(PREDICTOR, settings), size)
    filled = np.count_nonzero(board.stones) / size**2
    assert filled >= 0.4 and not (resigned and not threshold)
    if not resigned:  # who passes has nothing left to play for, and every stone has its status
        status = [final_status(board, name) for name in ("alive", "dead", "seki")]
        points = [point for chains in status for chain in chains for point in chain]
        assert sorted(points) == np.flatnonzero(board.stones).tolist()


def test_the_list_of_commands_takes_no_other_size_command() -> None:
    assert {"boardsize", "rectangular_boardsize"} <= COMMANDS.keys()
    assert exchange("rectangular_boardsize 13 13", "rectangular_boardsize 13 9", "boardsize 13 9") == [
        "=", "? unacceptable size", "? unacceptable size"
    ]  # fmt: skip


def test_planes_of_all_sizes_share_a_queue() -> None:
    pytest.importorskip("starlette")
    from honte.engine.web.batching import Batcher
    from honte.features.planes import extract

    boards = [Board(size) for size in (9, 13, 13, 5, 9, 25, 5)]
    batcher = Batcher(PREDICTOR)
    waiting = [batcher.submit(extract(board, WHITE)[None])[0] for board in boards]
    for board, answer in zip(boards, waiting, strict=True):
        np.testing.assert_allclose(answer.result(), PREDICTOR.probabilities(board, WHITE), atol=1e-5)
    batcher.close()
