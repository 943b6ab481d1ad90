"""A board as players know it, in shapes: wood, lines, coordinates and stones."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from honte.engine.drawing.colours import INK, WOOD, Colour
from honte.engine.drawing.shapes import Box, Disc, Label, Line, Picture, Shadow, Stone
from honte.features.board import BLACK, EMPTY, star_points
from honte.features.coordinates import COLUMN_LETTERS

CELL = 44
"""Pixels between two lines, by default."""


@dataclass(frozen=True)
class Geometry:
    """Where things lie on a board, in pixels from its top-left corner."""

    size: int
    """Lines of the board."""
    cell: float = CELL
    """Distance between two lines."""
    border: float = 1.3
    """From the edge of the board to its first line, in cells: half a stone and the coordinates."""

    @property
    def margin(self) -> float:
        return self.border * self.cell

    @property
    def board(self) -> float:
        """Width and height of the board."""
        return (self.size - 1) * self.cell + 2 * self.margin

    def centre(self, point: int) -> tuple[float, float]:
        """x and y of a point."""
        row, column = divmod(point, self.size)
        return self.margin + column * self.cell, self.margin + row * self.cell

    def tile(self, point: int, radius: float, fill: Colour) -> Box:
        """The rounded square around a point that reaches `radius` cells from it."""
        x, y = self.centre(point)
        reach = radius * self.cell
        return Box(x - reach, y - reach, 2 * reach, 2 * reach, fill, rounding=0.3 * reach)


def draw_board(picture: Picture, place: Geometry, *, ground: Colour = WOOD) -> None:
    """Wood, lines and star points."""
    picture.draw(Box(0, 0, place.board, place.board, ground))
    first, last = place.margin, place.board - place.margin
    for line in range(place.size):
        at = place.margin + line * place.cell
        width = place.cell * (0.045 if line in (0, place.size - 1) else 0.028)
        picture.draw(Line(first, at, last, at, width, INK[EMPTY]), Line(at, first, at, last, width, INK[EMPTY]))
    picture.draw(*(Disc(*place.centre(star), 0.1 * place.cell, INK[EMPTY]) for star in star_points(place.size)))


def draw_stones(picture: Picture, place: Geometry, stones: npt.NDArray[np.uint8]) -> None:
    """The stones (N, N), over the shadows of all of them."""
    radius, offset = 0.48 * place.cell, 0.05 * place.cell
    placed = [(place.centre(point), stone == BLACK) for point, stone in enumerate(stones.flat) if stone != EMPTY]
    picture.draw(*(Shadow(x + offset, y + offset, radius) for (x, y), _ in placed))
    picture.draw(*(Stone(x, y, radius, bool(black)) for (x, y), black in placed))


def draw_coordinates(picture: Picture, place: Geometry) -> None:
    """Letters and numbers at all four edges."""
    near, far = 0.42 * place.cell, place.board - 0.42 * place.cell
    for line in range(place.size):
        at = place.margin + line * place.cell
        for edge in (near, far):
            picture.draw(
                Label(at, edge, 0.32 * place.cell, COLUMN_LETTERS[line], INK[EMPTY]),
                Label(edge, at, 0.32 * place.cell, str(place.size - line), INK[EMPTY]),
            )
