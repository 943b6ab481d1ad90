import subprocess

import pytest

from honte.features.board import BLACK, WHITE, Board
from honte.features.coordinates import vertex_to_point
from honte.features.errors import HonteError
from honte.features.handicap import fixed_handicap, handicap_of, max_fixed_handicap


@pytest.mark.parametrize(
    ("size", "stones", "vertices"),
    [
        (19, 2, "D4 Q16"),
        (19, 3, "D4 Q16 D16"),
        (19, 5, "D4 Q16 D16 Q4 K10"),
        (13, 6, "D4 K10 D10 K4 D7 K7"),
        (9, 9, "C3 G7 C7 G3 C5 G5 E3 E7 E5"),
        (12, 4, "C3 K10 C10 K3"),
        (7, 4, "C3 E5 C5 E3"),
    ],
)
def test_layout(size: int, stones: int, vertices: str) -> None:
    assert set(fixed_handicap(size, stones)) == {vertex_to_point(vertex, size) for vertex in vertices.split()}


@pytest.mark.parametrize(("size", "stones"), [(19, 1), (19, 10), (19, -1), (10, 5), (7, 5), (6, 2), (2, 2)])
def test_impossible_numbers(size: int, stones: int) -> None:
    with pytest.raises(HonteError, match=f"{size}x{size}"):
        fixed_handicap(size, stones)


def test_layouts_are_those_of_gnu_go(gnugo: list[str]) -> None:
    """But on 12x12, where GNU Go puts them on the fourth line, and the standard on the third."""
    asked = [(size, stones) for size in range(7, 20) if size != 12 for stones in range(2, 10)]
    script = "".join(f"boardsize {size}\nclear_board\nfixed_handicap {stones}\n" for size, stones in asked)
    answers = subprocess.run(gnugo, input=script, capture_output=True, text=True, check=True).stdout.split("\n\n")
    for (size, stones), answer in zip(asked, answers[2::3], strict=False):
        if answer.startswith("?"):
            assert stones > max_fixed_handicap(size)
        else:
            theirs = {vertex_to_point(vertex, size) for vertex in answer[1:].split()}
            assert theirs == set(fixed_handicap(size, stones))


def test_what_counts_as_a_handicap() -> None:
    played, position, given = Board(9), Board(9), Board(9)
    for point in (20, 60):
        played.play(BLACK, point)
    position.place_all([(BLACK, 20), (BLACK, 60), (WHITE, 40)])
    given.place_all([(BLACK, 20), (BLACK, 60)])
    given.play(WHITE, 40)
    assert [handicap_of(board) for board in (Board(9), played, position, given)] == [0, 2, 0, 2]
