"""Boards in the terminal."""

import numpy as np
import pytest
from rich.console import Console

from honte.engine.cli.terminal import show_board
from honte.engine.drawing.colours import colour_of
from honte.engine.drawing.text import plane_as_text
from honte.engine.movemap import MoveMap
from honte.engine.movemap.text import map_as_text
from honte.features.board import BLACK, WHITE


def test_text_without_colours(moves: MoveMap) -> None:
    """Every point is three characters; the board stands as on paper."""
    lines = map_as_text(moves, ascii_only=True).plain.split("\n")
    cells = [[line[3 + 3 * column : 6 + 3 * column].strip() for column in range(5)] for line in lines[1:6]]
    assert cells == [
        ["X", "O", ".", ".", "(X)"],
        [".", ".", ".", ".", "."],
        [".", ".", "60", "30", "."],
        [".", ".", ".", ".", "."],
        [".", ".", ".", ".", "10"],
    ]
    assert lines[0] == lines[6] == "    A  B  C  D  E "
    assert [line.split()[0] for line in lines[1:6]] == list("54321")
    assert len(lines) == 7


def test_text_in_colour(moves: MoveMap) -> None:
    console = Console(force_terminal=True, color_system="truecolor", width=80)
    with console.capture() as capture:
        console.print(map_as_text(moves))
    output = capture.get()
    assert "48;2;{};{};{}m60 ".format(*colour_of(0.6)) in output
    assert "●" in output and "(●)" in output


def test_a_narrow_terminal_has_two_columns_a_point(moves: MoveMap) -> None:
    moves.probabilities[:] = np.eye(25, dtype=np.float32)[12]
    lines = map_as_text(moves, ascii_only=True, width=20).plain.split("\n")
    assert lines[0] == lines[6] == "   A B C D E "
    assert lines[1:4] == [" 5 X O . . X) 5", " 4 . . . . .  4", " 3 . . 99. .  3"]
    assert map_as_text(moves, ascii_only=True, width=21).plain.startswith("    A  B ")


@pytest.mark.parametrize("size", [2, 9, 19, 25])
@pytest.mark.parametrize("width", [20, 44, 63, 80, 120])
def test_no_row_is_broken(size: int, width: int) -> None:
    """Each line of the board is one of the terminal, cut where even two columns a point are too many."""
    board = MoveMap(np.zeros((size, size), np.uint8), BLACK, np.zeros(size**2, np.float32), number=1)
    console = Console(width=width)
    with console.capture() as capture:
        show_board(console, map_as_text(board, width=width))
    lines = capture.get().splitlines()
    assert len(lines) == size + 2 and max(map(len, lines)) <= width
    for row, line in enumerate(lines[1:-1]):
        assert line.startswith(f"{size - row:2d} ")
        if width >= 2 * size + 6:
            assert line.endswith(f" {size - row}")


def test_a_plane_is_in_brackets_over_the_stones() -> None:
    stones = np.array([[BLACK, 0, WHITE], [0, BLACK, 0], [0, 0, WHITE]], np.uint8)
    plane = np.array([[1, 0, 0], [0, 0, 1], [0, 0, 1]], np.uint8)
    lines = plane_as_text(plane, stones, ascii_only=True).plain.split("\n")
    assert lines[1:4] == [" 3 [X] .  O  3", " 2  .  X [.] 2", " 1  .  . [O] 1"]
