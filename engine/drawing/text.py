"""A board for the terminal: three columns a point, or two where it is narrow."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from rich.color import Color
from rich.style import Style
from rich.text import Text

from honte.engine.drawing.colours import GREY, INK, LABELLED, PAPER, RING, SET, SHOWN, WOOD, Colour, colour_of, contrast
from honte.engine.movemap import MoveMap
from honte.features.board import BLACK, EMPTY, WHITE, star_points
from honte.features.coordinates import COLUMN_LETTERS

_LINES = 3
"""Columns for the numbers of lines, on each side."""


def map_as_text(moves: MoveMap, *, ascii_only: bool = False, width: int | None = None) -> Text:
    """The map: whole per cents, the move played in red. `width` is the terminal's, in columns."""
    marks = _marks(moves.size, moves.stones, ascii_only=ascii_only)

    def cell(point: int) -> tuple[str, Style]:
        stone, p, mark = int(moves.stones.flat[point]), float(moves.probabilities[point]), marks[point]
        ground, ink = WOOD, INK[stone]
        if stone == EMPTY and p >= SHOWN:
            ground = colour_of(p)
            ink = contrast(ground)
            mark = f"{100 * p:.0f}" if p >= LABELLED else mark
        if point == moves.played:
            ground, ink = RING, (255, 255, 255)
        return f"({mark})" if point == moves.last else mark, _style(ink, ground, bold=point == moves.played)

    return _board(moves.size, cell, width=width)


def plane_as_text(
    plane: npt.NDArray[np.uint8],
    stones: npt.NDArray[np.uint8],
    *,
    ascii_only: bool = False,
    width: int | None = None,
) -> Text:
    """A plane (N, N) over the stones: points where it is 1 are in brackets, and blue."""
    size = len(plane)
    marks = _marks(size, stones, ascii_only=ascii_only)

    def cell(point: int) -> tuple[str, Style]:
        if plane.flat[point]:
            return f"[{marks[point]}]", _style(contrast(SET), SET)
        return marks[point], _style(INK[int(stones.flat[point])], GREY if stones.flat[point] else PAPER)

    return _board(size, cell, width=width)


def _marks(size: int, stones: npt.NDArray[np.uint8], *, ascii_only: bool) -> list[str]:
    """What stands at each point where nothing more is to be said."""
    signs = {BLACK: "X", WHITE: "O", EMPTY: "."} if ascii_only else {BLACK: "●", WHITE: "●", EMPTY: "·"}
    marks = [signs[int(stone)] for stone in stones.flat]
    for star in star_points(size):
        if marks[star] == signs[EMPTY]:
            marks[star] = "+"
    return marks


def _board(size: int, cell: Callable[[int], tuple[str, Style]], *, width: int | None) -> Text:
    """The points in rows between the coordinates; where that is too wide, two columns a point."""
    narrow = width is not None and width < 2 * _LINES + 3 * size
    letters = " " * _LINES + "".join(_fit(letter, narrow=narrow) for letter in COLUMN_LETTERS[:size])
    text = Text(letters + "\n")
    for row in range(size):
        text.append(f"{size - row:2d} ")
        for point in range(row * size, (row + 1) * size):
            mark, style = cell(point)
            text.append(_fit(mark, narrow=narrow), style)
        text.append(f" {size - row:d}\n")
    text.append(letters)
    return text


def _fit(mark: str, *, narrow: bool) -> str:
    """A mark in the columns of a point; in two of them, brackets close only, and 100 per cent are 99."""
    if not narrow:
        return f"{mark:^3}"
    return f"{'99' if mark == '100' else mark.lstrip('([')[:2]:<2}"


def _style(ink: Colour, ground: Colour, *, bold: bool = False) -> Style:
    return Style(color=Color.from_rgb(*ink), bgcolor=Color.from_rgb(*ground), bold=bold)
