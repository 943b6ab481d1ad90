"""A board for the terminal: three columns a point, or two where it is narrow."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from rich.color import Color
from rich.style import Style
from rich.text import Text

from honte.engine.drawing.colours import GREY, INK, PAPER, SET, Colour, contrast
from honte.features.board import BLACK, EMPTY, WHITE, star_points
from honte.features.coordinates import COLUMN_LETTERS

_LINES = 3
"""Columns for the numbers of lines, on each side."""


def plane_as_text(
    plane: npt.NDArray[np.uint8],
    stones: npt.NDArray[np.uint8],
    *,
    ascii_only: bool = False,
    width: int | None = None,
) -> Text:
    """A plane (N, N) over the stones: points where it is 1 are in brackets, and blue."""
    size = len(plane)
    marks = signs_of(size, stones, ascii_only=ascii_only)

    def cell(point: int) -> tuple[str, Style]:
        if plane.flat[point]:
            return f"[{marks[point]}]", style_of(contrast(SET), SET)
        return marks[point], style_of(INK[int(stones.flat[point])], GREY if stones.flat[point] else PAPER)

    return board_as_text(size, cell, width=width)


def signs_of(size: int, stones: npt.NDArray[np.uint8], *, ascii_only: bool) -> list[str]:
    """The sign of each point where nothing more is to be said."""
    signs = {BLACK: "X", WHITE: "O", EMPTY: "."} if ascii_only else {BLACK: "●", WHITE: "●", EMPTY: "·"}
    marks = [signs[int(stone)] for stone in stones.flat]
    for star in star_points(size):
        if marks[star] == signs[EMPTY]:
            marks[star] = "+"
    return marks


def board_as_text(size: int, cell: Callable[[int], tuple[str, Style]], *, width: int | None) -> Text:
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


def style_of(ink: Colour, ground: Colour, *, bold: bool = False) -> Style:
    """The style of letters in one colour on another."""
    return Style(color=Color.from_rgb(*ink), bgcolor=Color.from_rgb(*ground), bold=bold)
