import numpy as np
import pytest

from honte.data.record import GameRecord
from honte.engine.cli.positions import plies_named, position_named
from honte.features.board import BLACK, EMPTY, WHITE
from honte.features.coordinates import vertex_to_point
from honte.features.errors import HonteError

GAME = GameRecord(size=9, moves=np.arange(2, 12, dtype=np.uint16), source="game.sgf")


@pytest.mark.parametrize(
    ("moves", "plies"),
    [([], [10]), (["1"], [0]), (["11"], [10]), (["3-5"], [2, 3, 4]), (["7", "2-3", "3"], [1, 2, 6]), (["4-4"], [3])],
)
def test_move_numbers(moves: list[str], plies: list[int]) -> None:
    assert plies_named(moves, GAME) == plies


@pytest.mark.parametrize("text", ["0", "12", "-1", "9-12", "5-3", "x", "1-2-3", "", "1.5", "٣x"])
def test_what_is_no_move_of_the_game(text: str) -> None:
    with pytest.raises(HonteError):
        plies_named([text], GAME)


@pytest.mark.parametrize(
    ("words", "black", "white", "to_move"),
    [
        ("A1 B2", "", "", BLACK),
        ("A1", "", "", WHITE),
        ("a1,b2 w", "", "", WHITE),
        ("w A1 B2", "", "", WHITE),
        ("", "D4 Q16", "", WHITE),
        ("", "D4", "Q16", BLACK),
        ("A1 pass", "", "", BLACK),
    ],
)
def test_positions_in_words(words: str, black: str, white: str, to_move: int) -> None:
    record, colour = position_named(words, black=black, white=white, size=19)
    assert colour == to_move
    stones = record.board().stones
    for vertices, placed in ((black, BLACK), (white, WHITE)):
        assert all(stones.flat[vertex_to_point(vertex, 19)] == placed for vertex in vertices.split())
    if not black and "A1" in words.upper():
        assert stones.flat[vertex_to_point("A1", 19)] == (WHITE if words.startswith("w") else BLACK)
    placed = [w for w in f"{words} {black} {white}".replace(",", " ").split() if w not in ("w", "pass")]
    assert (stones != EMPTY).sum() == len(placed)


def test_no_vertex() -> None:
    with pytest.raises(HonteError, match="invalid coordinate 'I5'"):
        position_named("I5", black="", white="", size=9)
