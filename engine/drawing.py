"""A move map drawn as a picture: the board as players know it, the probabilities as coloured tiles on it."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from engine.heatmap import INK, LABELLED, RING, SHOWN, WOOD, MoveMap, colour_of, contrast, percent
from features.board import BLACK, EMPTY, star_points
from features.coordinates import COLUMN_LETTERS

PAPER = (250, 248, 244)
TEXT = (58, 46, 32)

_FINE = 4
"""Shapes are drawn this much larger and scaled down, which smooths their edges."""
_SCALE_MARKS = (1.0, 0.5, 0.25, 0.1, 0.05, 0.01)


@dataclass(frozen=True)
class Geometry:
    """Where things lie in a picture, in pixels from its top-left corner."""

    size: int
    """Lines of the board."""
    cell: float = 44
    """Distance between two lines."""

    @property
    def margin(self) -> float:
        """From the edge of the board to its first line: half a stone and the coordinates."""
        return 1.3 * self.cell

    @property
    def board(self) -> float:
        """Width and height of the board."""
        return (self.size - 1) * self.cell + 2 * self.margin

    def centre(self, point: int) -> tuple[float, float]:
        """x and y of a point."""
        row, column = divmod(point, self.size)
        return self.margin + column * self.cell, self.margin + row * self.cell

    def box(self, point: int, radius: float) -> tuple[float, float, float, float]:
        """The square around a point that reaches `radius` cells from it."""
        x, y = self.centre(point)
        reach = radius * self.cell
        return x - reach, y - reach, x + reach, y + reach


def draw(moves: MoveMap, *, cell: int = 44) -> Image.Image:
    """The picture of a map, a scale on its right and captions below; lines are `cell` pixels apart."""
    place = Geometry(moves.size, cell)
    width = round(max(place.board + 1.9 * cell, 8 * cell))
    height = round(place.board + (0.5 + 0.65 * len(moves.captions())) * cell)
    picture = Image.new("RGB", (width * _FINE, height * _FINE), PAPER)
    fine = Geometry(moves.size, cell * _FINE)
    _draw_board(picture, fine)
    _draw_tiles(picture, fine, moves)
    _draw_stones(picture, fine, moves)
    _draw_marks(picture, fine, moves)
    picture = picture.reduce(_FINE)
    _draw_scale(picture, place)
    _write_coordinates(picture, place)
    _write_labels(picture, place, moves)
    _write_captions(picture, place, moves)
    return picture


def _draw_board(picture: Image.Image, place: Geometry) -> None:
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, 0, place.board, place.board), fill=WOOD)
    first, last = place.margin, place.board - place.margin
    for line in range(place.size):
        at = place.margin + line * place.cell
        width = round(place.cell * (0.045 if line in (0, place.size - 1) else 0.028))
        pen.line((first, at, last, at), fill=INK[EMPTY], width=width)
        pen.line((at, first, at, last), fill=INK[EMPTY], width=width)
    for star in star_points(place.size):
        pen.ellipse(place.box(star, 0.1), fill=INK[EMPTY])


def _draw_tiles(picture: Image.Image, place: Geometry, moves: MoveMap) -> None:
    pen = ImageDraw.Draw(picture)
    for point in moves.best(place.size**2):
        p = float(moves.probabilities[point])
        if p >= SHOWN:
            radius = 0.33 + 0.14 * p**0.5 if p >= LABELLED else 0.15
            rounding = 0.3 * radius * place.cell
            pen.rounded_rectangle(place.box(point, radius), rounding, fill=colour_of(p))


def _draw_stones(picture: Image.Image, place: Geometry, moves: MoveMap) -> None:
    diameter = round(0.96 * place.cell)
    shadow, offset = _shadow(diameter), 0.05 * place.cell
    stones = [(point, int(stone)) for point, stone in enumerate(moves.stones.flat) if stone != EMPTY]
    for point, _ in stones:
        x, y = place.centre(point)
        corner = round(x + offset - shadow.width / 2), round(y + offset - shadow.height / 2)
        picture.paste(Image.new("RGB", shadow.size, INK[EMPTY]), corner, shadow)
    for point, stone in stones:
        x, y = place.centre(point)
        sprite = _stone(diameter, stone == BLACK)
        picture.paste(sprite, (round(x - diameter / 2), round(y - diameter / 2)), sprite)


def _draw_marks(picture: Image.Image, place: Geometry, moves: MoveMap) -> None:
    pen = ImageDraw.Draw(picture)
    points = place.size**2
    if moves.last is not None and moves.last < points:
        ink = (255, 255, 255) if moves.stones.flat[moves.last] == BLACK else (0, 0, 0)
        pen.ellipse(place.box(moves.last, 0.24), outline=ink, width=round(0.055 * place.cell))
    if moves.played is not None and moves.played < points:
        pen.ellipse(place.box(moves.played, 0.5), outline=RING, width=round(0.1 * place.cell))


def _draw_scale(picture: Image.Image, place: Geometry) -> None:
    """The colours of all probabilities in a bar as long as the grid, per cents beside it."""
    pen, font = ImageDraw.Draw(picture), _font(0.3 * place.cell)
    top, bottom = place.margin, place.board - place.margin
    left, right = place.board + 0.45 * place.cell, place.board + 0.75 * place.cell
    for y in range(round(top), round(bottom) + 1):
        pen.line((left, y, right, y), fill=colour_of(((bottom - y) / (bottom - top)) ** 2))
    for p in _SCALE_MARKS:
        y = bottom - p**0.5 * (bottom - top)
        pen.line((right, y, right + 0.1 * place.cell, y), fill=TEXT)
        pen.text((right + 0.17 * place.cell, y), f"{100 * p:.0f}%", fill=TEXT, font=font, anchor="lm")


def _write_coordinates(picture: Image.Image, place: Geometry) -> None:
    pen, font = ImageDraw.Draw(picture), _font(0.32 * place.cell)
    near, far = 0.42 * place.cell, place.board - 0.42 * place.cell
    for line in range(place.size):
        at = place.margin + line * place.cell
        for edge in (near, far):
            pen.text((at, edge), COLUMN_LETTERS[line], fill=INK[EMPTY], font=font, anchor="mm")
            pen.text((edge, at), str(place.size - line), fill=INK[EMPTY], font=font, anchor="mm")


def _write_labels(picture: Image.Image, place: Geometry, moves: MoveMap) -> None:
    pen, font = ImageDraw.Draw(picture), _font(0.36 * place.cell)
    for point in moves.best(place.size**2):
        p = float(moves.probabilities[point])
        if p >= LABELLED:
            pen.text(place.centre(point), percent(p), fill=contrast(colour_of(p)), font=font, anchor="mm")


def _write_captions(picture: Image.Image, place: Geometry, moves: MoveMap) -> None:
    pen, font = ImageDraw.Draw(picture), _font(0.42 * place.cell)
    for index, line in enumerate(moves.captions()):
        y = place.board + (0.6 + 0.65 * index) * place.cell
        pen.text((place.margin, y), line, fill=RING if index else TEXT, font=font, anchor="lm")


@cache
def _font(height: float) -> ImageFont.ImageFont | ImageFont.FreeTypeFont:
    """Pillow's own font, so that a picture looks the same everywhere."""
    return ImageFont.load_default(height)


@cache
def _stone(diameter: int, black: bool) -> Image.Image:
    """A stone lit from the upper left, RGBA."""
    across = (np.arange(diameter) + 0.5) / (diameter / 2) - 1
    x, y = np.meshgrid(across, across)
    light = np.clip(1 - np.hypot(x + 0.35, y + 0.4) / 1.55, 0, 1)
    shade = 14 + 98 * light**2.2 if black else 194 + 61 * light**0.5
    distance = np.hypot(x, y)
    if not black:
        shade[distance > 0.965] = 150  # a rim, or white stones that touch would run together
    return Image.fromarray(np.dstack([shade, shade, shade, 255.0 * (distance <= 1)]).astype(np.uint8), "RGBA")


@cache
def _shadow(diameter: int) -> Image.Image:
    """How dark the wood is around a stone, 8-bit grey, with a soft edge."""
    blur = diameter // 14
    shadow = Image.new("L", (diameter + 4 * blur, diameter + 4 * blur))
    ImageDraw.Draw(shadow).ellipse((2 * blur, 2 * blur, diameter + 2 * blur, diameter + 2 * blur), fill=130)
    return shadow.filter(ImageFilter.GaussianBlur(blur))
