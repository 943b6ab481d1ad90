"""What pictures say can be read: no text lies over another one or beyond the edge, whatever there is to be said."""

from collections.abc import Iterator
from functools import cache

import numpy as np
import pytest

from honte.engine.drawing.raster import _font, text_width
from honte.engine.drawing.shapes import Label, Picture
from honte.engine.explain.explanation import Explanation, PlanesOff, StoneOff
from honte.engine.explain.picture import draw_explanation
from honte.engine.movemap import MoveMap
from honte.engine.movemap.picture import draw_maps
from honte.features import PLANES
from honte.features.board import BLACK, WHITE

Rectangle = tuple[float, float, float, float]
EASTERN = "\u9ad8\u5c3e\u7d33\u8def 9d - \N{HANGUL SYLLABLE GA}"
NAMES = ["Bo - Wa", "W" * 200, EASTERN * 20, "e\u0301" * 100, "i" * 300]


@cache
def reach(height: float) -> tuple[float, float]:
    """How far letters reach above and below the middle of a text."""
    _, above, _, below = _font(height).getbbox("\u00c5gj%,(", anchor="lm")
    return above, below


def boxes(picture: Picture, left: int = 0, top: int = 0) -> Iterator[tuple[str, Rectangle]]:
    """All texts of a picture, and where they are."""
    for shape in picture.shapes:
        if isinstance(shape, Label):
            width, (above, below) = text_width(shape.text, shape.height), reach(shape.height)
            start = shape.x - {"start": 0, "middle": width / 2, "end": width}[shape.anchor]
            yield shape.text, (left + start, top + shape.y + above, left + start + width, top + shape.y + below)
    for x, y, part in picture.parts:
        yield from boxes(part, left + x, top + y)


def assert_readable(picture: Picture) -> None:
    texts = sorted(boxes(picture), key=lambda text: text[1][0])
    assert texts
    for text, (left, top, right, bottom) in texts:
        assert left >= 0 and top >= 0 and right <= picture.width and bottom <= picture.height, text
    for place, (text, (_, top, right, bottom)) in enumerate(texts):
        for other, (start, above, _, below) in texts[place + 1 :]:
            if start >= right + 1:
                break
            assert above >= bottom or below <= top, (text, other)


def full(size: int, number: int, played: int | None) -> MoveMap:
    """As much as can be to say: the widest numbers on every point that is free."""
    stones = np.zeros((size, size), np.uint8)
    stones.flat[::7], stones.flat[3::7] = BLACK, WHITE
    probabilities = np.resize(np.array([0.1994, 0.0994], np.float32), size**2)
    return MoveMap(stones, BLACK, probabilities, number=number, last=0, played=played)


@pytest.mark.parametrize("size", [2, 9, 19, 25])
@pytest.mark.parametrize("cell", [18, 44])
@pytest.mark.parametrize("count", [1, 3])
def test_texts_of_maps_lie_apart(size: int, cell: int, count: int) -> None:
    maps = [full(size, 2000 + index, size**2 - 1) for index in range(count)]
    for name in NAMES:
        assert_readable(draw_maps(maps, cell=cell, title=name))


@pytest.mark.parametrize("size", [5, 9, 19, 25])
@pytest.mark.parametrize("cell", [18, 44])
@pytest.mark.parametrize("group", sorted({group.group for group in PLANES}))
def test_texts_of_explanations_lie_apart(size: int, cell: int, group: str) -> None:
    moves = full(size, 2000, None)
    places = moves.stones.ravel().nonzero()[0]
    stones = [StoneOff(int(place), int(moves.stones.flat[place]), 1.2e-4, -11.4) for place in places]
    field = np.full((size, size), 1 / size**2, np.float32)
    explained = Explanation(moves, size**2 - 2, stones, [PlanesOff(group, 1e-9, -11.4, trained=False)], field)
    assert_readable(draw_explanation(explained, cell=cell))


def test_moves_of_a_list_lie_apart() -> None:
    """A move and its number are nearer to one another than to the next move."""
    (text,) = (text for text, _ in boxes(draw_maps([full(19, 1, None)])) if text.startswith("Best, in %: "))
    moves = text.removeprefix("Best, in %: ").split(",  ")
    assert len(moves) == 5 and all(len(move.split(" ")) == 2 for move in moves)
