import pytest

from engine.scoring import format_result, margin
from features.board import BLACK, WHITE, Board


@pytest.mark.parametrize(
    ("lead", "result"),
    [(3.5, "B+3.5"), (-12.0, "W+12"), (0.0, "0"), (-0.25, "W+0.25"), (361, "B+361"), (-0.0, "0")],
)
def test_format_result(lead: float, result: str) -> None:
    assert format_result(lead) == result


def test_margin_counts_area_and_komi() -> None:
    board = Board(5)
    for point in range(10, 15):
        board.place(BLACK, point)
    for point in range(15, 20):
        board.place(WHITE, point)
    assert margin(board, BLACK, komi=0.5) == 4.5
    assert margin(board, WHITE, komi=0.5) == -4.5
    assert margin(board, WHITE, komi=7.5) == 2.5
