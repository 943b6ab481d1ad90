"""A move map as a picture: the probabilities as coloured tiles on the board."""

from bisect import bisect_right
from collections.abc import Sequence

from honte.engine.drawing.board import CELL, Geometry, draw_board, draw_coordinates, draw_stones
from honte.engine.drawing.colours import EDGE, LABELLED, PAPER, RING, SHOWN, TEXT, WOOD, colour_of, contrast
from honte.engine.drawing.raster import text_width
from honte.engine.drawing.shapes import Box, Label, Line, Picture, Ring, beside
from honte.engine.movemap.map import MoveMap
from honte.engine.movemap.words import favourites, heading, percent, what_was_played
from honte.features.board import BLACK

_SCALE_MARKS = (1.0, 0.5, 0.25, 0.1, 0.05, 0.01)
_SCALE_STEPS = 96


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
        text = _fitting(title, height, whole.width - 2 * place.margin)
        whole.draw(Label(place.margin, whole.height + 0.1 * cell, height, text, TEXT, "start"))
        whole.height += round(0.65 * cell)
    return whole


def _fitting(text: str, height: float, room: float) -> str:
    """A text, or as much of it as there is room for, in pixels."""
    if text_width(text, height) <= room:
        return text
    ends = range(1, len(text))
    last = bisect_right(ends, room, key=lambda end: text_width(f"{text[:end]}…", height))
    return f"{text[:last]}…"


def _draw_map(moves: MoveMap, *, cell: int = CELL, plain: bool = False) -> Picture:
    """The picture of one map with captions below; lines are `cell` pixels apart."""
    place = Geometry(moves.size, cell)
    # Room for every caption, said or not, so that maps stand in line and frames of an animation fit.
    picture = Picture(_width(place), round(place.board + (0.5 + 0.65 * 3) * cell))
    draw_board(picture, place, ground=PAPER if plain else WOOD)
    draw_coordinates(picture, place)
    _draw_tiles(picture, place, moves)
    draw_stones(picture, place, moves.stones)
    _draw_marks(picture, place, moves)
    captions = ((heading(moves), TEXT), (what_was_played(moves), RING), (favourites(moves), TEXT))
    for index, (line, ink) in enumerate((line, ink) for line, ink in captions if line):
        y = place.board + (0.6 + 0.65 * index) * cell
        picture.draw(Label(place.margin, y, 0.42 * cell, line, ink, "start"))
    return picture


def _width(place: Geometry) -> int:
    """Of a map: that of its board, or what its captions need."""
    return round(max(place.board, 12.5 * place.cell))


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
    above = -cell
    for p in _SCALE_MARKS:
        y = bottom - p**0.5 * length
        if y - above < 0.4 * cell:  # a small board has no room for all of them
            continue
        above = y
        picture.draw(
            Line(right, y, right + 0.1 * cell, y, 0.025 * cell, TEXT),
            Label(right + 0.17 * cell, y, 0.3 * cell, f"{100 * p:.0f}%", TEXT, "start"),
        )
