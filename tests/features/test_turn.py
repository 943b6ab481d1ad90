"""Whose turn it is, told the same by the function, the board, a record, GTP, JSON and the words of the command line."""

import json
from pathlib import Path

import pytest

from honte.data.sgf import parse
from honte.data.viewing import view
from honte.engine.dialects.kata_queue import Analyst
from honte.engine.play.player import Player
from honte.features.board import BLACK, WHITE, Board
from honte.features.errors import HonteError
from honte.features.turn import side_to_move
from tests.engine.stubs import new_session, talk, uniform

B, W = 2 * 10, 2 * 11 + 1
STONES = [(0, 3, BLACK), (0, 5, BLACK)]
MIXED = [*STONES, (0, 7, WHITE)]


@pytest.mark.parametrize(
    ("moves", "ply", "more", "colour"),
    [
        ([], 0, {}, BLACK),
        ([], 0, {"setup": STONES}, WHITE),
        ([], 0, {"setup": MIXED}, BLACK),
        ([], 0, {"setup": [(0, 3, BLACK), (0, 3, WHITE)]}, BLACK),
        ([], 0, {"setup": MIXED, "turns": [(0, WHITE)]}, WHITE),
        ([], 0, {"setup": STONES, "turns": [(0, BLACK)]}, BLACK),
        ([], 0, {"handicap": 1}, BLACK),
        ([], 0, {"handicap": 2}, WHITE),
        ([], 0, {"turns": [(0, WHITE), (0, BLACK)]}, BLACK),
        ([B, W], 0, {}, BLACK),
        ([W, B], 0, {}, WHITE),
        ([B], 0, {"turns": [(0, WHITE)], "handicap": 4}, BLACK),
        ([B, W], None, {}, BLACK),
        ([B, B], None, {}, WHITE),
        ([B, W], None, {"setup": [(2, 3, BLACK), (2, 4, BLACK)]}, BLACK),
        ([B, W], None, {"turns": [(2, WHITE)]}, WHITE),
        ([B, W], None, {"turns": [(1, WHITE)]}, BLACK),
    ],
)
def test_what_is_believed_of_whose_turn_it_is(moves, ply, more, colour) -> None:
    assert side_to_move(moves, ply, **more) == colour


@pytest.mark.parametrize("ply", [-1, 3])
def test_a_ply_beyond_the_game_is_refused(ply) -> None:
    with pytest.raises(HonteError, match="0 to 2"):
        side_to_move([B, W], ply)


POSITIONS = [
    ("AB[cc][gg]AW[gc][cg]PL[W]", WHITE),
    ("AB[cc][gg]AW[gc][cg]PL[B]", BLACK),
    ("AB[cc][gg]AW[gc][cg]", BLACK),
    ("AB[cc][gg]", WHITE),
    ("AB[cc][gg]PL[B]", BLACK),
    ("HA[2]", WHITE),
    ("AB[cc][gg];W[ee]", BLACK),
    ("PL[W];B[ee]", WHITE),
    ("", BLACK),
]


@pytest.mark.parametrize(("text", "colour"), POSITIONS)
def test_everyone_agrees_on_the_end_of_a_file(text, colour, tmp_path: Path) -> None:
    file = tmp_path / "game.sgf"
    file.write_text(f"(;GM[1]FF[4]SZ[9]{text})")
    record = parse(file.read_bytes())
    assert record.to_move() == record.board().to_move == colour
    assert view(file.read_bytes()).as_json()["to_move"] == record.to_move(0)
    session = new_session(Player(uniform(9)))
    printed = talk(f"loadsgf {file}\nhonte-best_moves\nprintsgf\n".encode(), session).split("\n\n")
    assert printed[1].endswith(f"TEXT {('Black', 'White')[colour - 1]} to play")
    assert parse(printed[2].encode()).to_move() == colour


def test_json_queries_agree() -> None:
    query = {"id": "a", "boardXSize": 9, "boardYSize": 9, "moves": [], "initialStones": [["B", "C3"], ["B", "G7"]]}
    asked = [
        (query, "W"),
        (query | {"initialPlayer": "B"}, "B"),
        (query | {"initialStones": [["B", "C3"], ["W", "G7"]]}, "B"),
        (query | {"initialStones": [["B", "C3"], ["W", "G7"]], "initialPlayer": "W"}, "W"),
        (query | {"moves": [["W", "E5"]]}, "B"),
    ]
    lines = [json.dumps(each).encode() for each, _ in asked]
    answers = Analyst(uniform(9), win_rate=False).answer(lines)
    assert [answer["rootInfo"]["currentPlayer"] for answer in answers] == [colour for _, colour in asked]


def test_the_position_before_a_move_is_the_movers_also_against_what_the_file_says() -> None:
    record = parse(b"(;SZ[9]PL[W];B[ee];W[cc])")
    assert [record.board(ply).to_move for ply in range(3)] == [record.to_move(ply) for ply in range(3)]
    assert [record.to_move(ply) for ply in range(3)] == [BLACK, WHITE, BLACK]


def test_the_board_keeps_what_it_is_told_through_copies_and_undo() -> None:
    board = Board(9)
    board.place_all([(BLACK, 3), (WHITE, 5)])
    board.set_to_move(WHITE)
    assert board.copy().to_move == board.to_move == WHITE
    board.play(BLACK, 40)
    assert board.to_move == WHITE
    board.set_to_move(BLACK)
    assert board.to_move == BLACK and board.turns == ((0, WHITE), (1, BLACK))
    assert Board.from_moves(board.moves, size=9, setup=board.setup, turns=board.turns).to_move == BLACK
    board.undo()
    assert board.to_move == WHITE and board.turns == ((0, WHITE),)
    board.undo()
    assert board.to_move == BLACK and not board.turns
