"""Ladders drawn by hand: planes 44 and 45 against the marks in the pictures."""

import numpy as np
import pytest

from honte.features.board import BLACK, WHITE, Board, decode_move
from honte.features.ladder import NODE_BUDGET
from honte.features.plane_table import LADDER_CAPTURE, LADDER_ESCAPE
from honte.features.planes import extract
from tests.features import reference
from tests.features.games import drawn, points_marked, random_game


def marked(board, colour, plane):
    return set(np.flatnonzero(extract(board, colour)[plane]))


# `*` is where Black's move catches a white chain.
CAPTURES = {
    "to the corner": """
        . . . . . . . . .
        . . X . . . . . .
        . X O * . . . . .
        . X . . . . . . .
        . . . . . . . . .
        . . . . . . . . .
        . . . . . . . . .
        . . . . . . . . .
        . . . . . . . . .
        """,
    "a breaker on the way": """
        . . . . . . . . .
        . . X . . . . . .
        . X O . . . . . .
        . X . . . . . . .
        . . . . . . . . .
        . . . . . . . . .
        . . . . . . . . .
        . . . . . . O . .
        . . . . . . . . .
        """,
    "a breaker off the way": """
        . . . . . . . . .
        . . X . . . . . .
        . X O * . . . . .
        . X . . . . . . .
        . . . . . . . . .
        . . . . . . . . .
        . . O . . . . . .
        . . . . . . . . .
        . . . . . . . . .
        """,
    "along the edge": """
        . . . . . . . . .
        . . . . . . . . .
        . . . . . . . . .
        . . . . . . . . .
        . . . . . . . . .
        . . . . . . . . .
        . . . . . . . . .
        . . . * . . . . .
        . . X O . . . . .
        """,
    "along the edge to a friend": """
        . . . . . . . . .
        . . . . . . . . .
        . . . . . . . . .
        . . . . . . . . .
        . . . . . . . . .
        . . . . . . . . .
        . . . . . . . . .
        . . . . . . . O .
        . . X O . . . . .
        """,
    "the run takes a stone": """
        . . . . . . . . .
        . . X O . . . . .
        . X O X O . . . .
        . X . . . . . . .
        . . . . . . . . .
        . . . . . . . . .
        . . . . . . . . .
        . . . . . . . . .
        . . . . . . . . .
        """,
    "a net is no ladder": """
        . . . . . . . . .
        . . X X . . . . .
        . X O . . . . . .
        . X . . X . . . .
        . . . X . . . . .
        . . . . . . . . .
        . . . . . . . . .
        . . . . . . . . .
        . . . . . . . . .
        """,
}


@pytest.mark.parametrize("name", CAPTURES)
def test_ladder_captures(name):
    picture = CAPTURES[name]
    if name == "a net is no ladder":
        picture = picture.replace("X O . .", "X O * .", 1).replace("X . . X", "X * . X", 1)
    assert marked(drawn(picture), BLACK, LADDER_CAPTURE) == points_marked(picture, "*")


# `*` is where White's move saves a white chain that is in atari.
ESCAPES = {
    "caught": """
        . . . . . . . . .
        . . X . . . . . .
        . X O X . . . . .
        . X . . . . . . .
        . . . . . . . . .
        . . . . . . . . .
        . . . . . . . . .
        . . . . . . . . .
        . . . . . . . . .
        """,
    "to a breaker": """
        . . . . . . . . .
        . . X . . . . . .
        . X O X . . . . .
        . X * . . . . . .
        . . . . . . . . .
        . . . . . . . . .
        . . . . . . . . .
        . . . . . . O . .
        . . . . . . . . .
        """,
    "into the open": """
        . . . . . . . . .
        . . X . . . . . .
        . X O X . . . . .
        . . * . . . . . .
        . . . . . . . . .
        . . . . . . . . .
        . . . . . . . . .
        . . . . . . . . .
        . . . . . . . . .
        """,
    "by taking, at once or on the run": """
        . . * O . . . . .
        . O X O . . . . .
        . X O X . . . . .
        . X * . . . . . .
        . . . . . . . . .
        . . . . . . . . .
        . . . . . . . . .
        . . . . . . . . .
        . . . . . . . . .
        """,
}


@pytest.mark.parametrize("name", ESCAPES)
def test_ladder_escapes(name):
    picture = ESCAPES[name]
    assert marked(drawn(picture), WHITE, LADDER_ESCAPE) == points_marked(picture, "*")


def test_a_ladder_across_the_whole_board_is_read_to_its_end():
    rows = [["."] * 25 for _ in range(25)]
    for row, column in ((1, 2), (2, 1), (3, 1)):
        rows[row][column] = "X"
    rows[2][2] = "O"
    board = drawn("\n".join("".join(row) for row in rows))
    assert marked(board, BLACK, LADDER_CAPTURE) == {2 * 25 + 3}
    rows[23][23] = "O"
    board = drawn("\n".join("".join(row) for row in rows))
    assert marked(board, BLACK, LADDER_CAPTURE) == set()
    assert NODE_BUDGET > 4 * 25


def test_ladders_without_end_end_and_leave_the_board_as_it_was():
    hard = 0
    for seed in range(60):
        board, game = Board(3), reference.Game(3)
        for code in random_game(3, 20, seed).moves:
            colour, point = decode_move(code)
            board.play(colour, point)
            game.play(colour, None if point == 9 else divmod(point, 3))
            for mover in (BLACK, WHITE):
                if (reference.planes(game, mover) == reference.UNREAD).any():
                    hard += 1
                    assert extract(board, mover).max() == 1
                    assert board.position["trail_top"] == board.position["options_top"] == 0
                    again = Board.from_moves(board.moves, size=3)
                    assert (str(board), board.hash, board.ko_point) == (str(again), again.hash, again.ko_point)
    assert hard > 10
