"""A move map drawn as a picture: the board as players know it, the probabilities as coloured tiles on it."""

from collections.abc import Sequence
from dataclasses import dataclass

from honte.engine.drawing.colours import (
    EDGE,
    INK,
    LABELLED,
    PAPER,
    RING,
    SHOWN,
    TEXT,
    WOOD,
    Colour,
    colour_of,
    contrast,
)
from honte.engine.drawing.shapes import (
    Box,
    Disc,
    Label,
    Line,
    Picture,
    Ring,
    Shadow,
    Stone,
    beside,
)
from honte.engine.movemap import MoveMap
from honte.engine.movemap.words import favourites, heading, percent, what_was_played
from honte.features.board import BLACK, EMPTY, star_points
from honte.features.coordinates import COLUMN_LETTERS

CELL = 44
"""Pixels between two lines, by default."""

_SCALE_MARKS = (1.0, 0.5, 0.25, 0.1, 0.05, 0.01)
_SCALE_STEPS = 96


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


def draw_maps(
    maps: Sequence[MoveMap], *, cell: int = CELL, columns: int = 3, plain: bool = False, title: str = ""
) -> Picture:
    """The picture of maps of one board size, in rows of so many, with one scale; `plain` leaves the wood out.

    `title` says below what they are of.
    """
    place = Geometry(maps[0].size, cell)
    strip = beside([_draw_map(moves, cell=cell, plain=plain) for moves in maps], columns=columns, gap=cell // 2)
    scale = Picture(round(1.9 * cell), round(place.board))
    _draw_scale(scale, place)
    last_board = strip.width - _width(place) + round(place.board)  # captions may reach further than a small board
    whole = Picture(max(strip.width, last_board + scale.width), strip.height)
    whole.parts = [(0, 0, strip), (last_board, 0, scale)]
    if title:
        height = 0.42 * cell
        room = int((whole.width - 2 * place.margin) / (0.5 * height))  # letters, at their mean width
        text = title if len(title) <= room else f"{title[: room - 1]}…"
        whole.draw(Label(place.margin, whole.height + 0.1 * cell, height, text, TEXT, "start"))
        whole.height += round(0.65 * cell)
    return whole


def _draw_map(moves: MoveMap, *, cell: int = CELL, plain: bool = False) -> Picture:
    """The picture of one map with captions below; lines are `cell` pixels apart."""
    place = Geometry(moves.size, cell)
    # Room for every caption, said or not, so that maps stand in line and frames of an animation fit.
    picture = Picture(_width(place), round(place.board + (0.5 + 0.65 * 3) * cell))
    draw_board(picture, place, ground=PAPER if plain else WOOD)
    draw_coordinates(picture, place)
    _draw_tiles(picture, place, moves)
    draw_stones(picture, place, moves)
    _draw_marks(picture, place, moves)
    captions = ((heading(moves), TEXT), (what_was_played(moves), RING), (favourites(moves), TEXT))
    for index, (line, ink) in enumerate((line, ink) for line, ink in captions if line):
        y = place.board + (0.6 + 0.65 * index) * cell
        picture.draw(Label(place.margin, y, 0.42 * cell, line, ink, "start"))
    return picture


def _width(place: Geometry) -> int:
    """Of a map: that of its board, or what its captions need."""
    return round(max(place.board, 12.5 * place.cell))


def draw_board(picture: Picture, place: Geometry, *, ground: Colour = WOOD) -> None:
    """Wood, lines and star points."""
    picture.draw(Box(0, 0, place.board, place.board, ground))
    first, last = place.margin, place.board - place.margin
    for line in range(place.size):
        at = place.margin + line * place.cell
        width = place.cell * (0.045 if line in (0, place.size - 1) else 0.028)
        picture.draw(Line(first, at, last, at, width, INK[EMPTY]), Line(at, first, at, last, width, INK[EMPTY]))
    picture.draw(*(Disc(*place.centre(star), 0.1 * place.cell, INK[EMPTY]) for star in star_points(place.size)))


def draw_stones(picture: Picture, place: Geometry, moves: MoveMap) -> None:
    """The stones, over the shadows of all of them."""
    radius, offset = 0.48 * place.cell, 0.05 * place.cell
    stones = [(place.centre(point), int(stone)) for point, stone in enumerate(moves.stones.flat) if stone != EMPTY]
    picture.draw(*(Shadow(x + offset, y + offset, radius) for (x, y), _ in stones))
    picture.draw(*(Stone(x, y, radius, stone == BLACK) for (x, y), stone in stones))


def _draw_tiles(picture: Picture, place: Geometry, moves: MoveMap) -> None:
    for point in moves.best(place.size**2):
        p = float(moves.probabilities[point])
        if p >= LABELLED:
            radius = 0.33 + 0.14 * p**0.5
            picture.draw(
                place.tile(point, radius + 0.02, EDGE),
                place.tile(point, radius, colour_of(p)),
                Label(*place.centre(point), 0.36 * place.cell, percent(p), contrast(colour_of(p))),
            )
        elif p >= SHOWN:
            picture.draw(place.tile(point, 0.17, EDGE), place.tile(point, 0.15, colour_of(p)))


def _draw_marks(picture: Picture, place: Geometry, moves: MoveMap) -> None:
    points, cell = place.size**2, place.cell
    if moves.last is not None and moves.last < points:
        ink = (255, 255, 255) if moves.stones.flat[moves.last] == BLACK else (0, 0, 0)
        picture.draw(Ring(*place.centre(moves.last), 0.24 * cell, 0.055 * cell, ink))
    if moves.played is not None and moves.played < points:
        picture.draw(Ring(*place.centre(moves.played), 0.5 * cell, 0.1 * cell, RING))


def _draw_scale(picture: Picture, place: Geometry) -> None:
    """The colours of all probabilities in a bar as long as the grid, per cents beside it."""
    cell, bottom, length = place.cell, place.board - place.margin, place.board - 2 * place.margin
    left, right = 0.45 * cell, 0.75 * cell
    for step in range(_SCALE_STEPS):
        top, height = bottom - (step + 1) / _SCALE_STEPS * length, length / _SCALE_STEPS
        colour = colour_of(((step + 0.5) / _SCALE_STEPS) ** 2)
        picture.draw(Box(left, top, right - left, height + 0.5, colour))  # the overlap hides the seam
    for p in _SCALE_MARKS:
        y = bottom - p**0.5 * length
        picture.draw(
            Line(right, y, right + 0.1 * cell, y, 0.025 * cell, TEXT),
            Label(right + 0.17 * cell, y, 0.3 * cell, f"{100 * p:.0f}%", TEXT, "start"),
        )


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
