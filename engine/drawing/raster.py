"""Pictures in pixels: PNG, and animated GIF and WebP."""

import io
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from honte.engine.drawing.colours import RING, SHADOW, colour_of
from honte.engine.drawing.shapes import Box, Disc, Label, Line, Picture, Ring, Shadow, Shape, Stone
from honte.policy.files import write_atomically

_FINE = 4
"""Shapes are drawn this much larger and scaled down, which smooths their edges."""
_ANCHORS = {"start": "lm", "middle": "mm", "end": "rm"}


def render(picture: Picture) -> Image.Image:
    """The picture in pixels, RGB."""
    if picture.shapes:
        fine = Image.new("RGB", (picture.width * _FINE, picture.height * _FINE), picture.ground)
        pen = ImageDraw.Draw(fine)
        for shape in picture.shapes:
            _draw(fine, pen, shape)
        image = fine.reduce(_FINE)
    else:
        image = Image.new("RGB", (picture.width, picture.height), picture.ground)
    pen = ImageDraw.Draw(image)
    for shape in picture.shapes:
        if isinstance(shape, Label):
            place, anchor = (shape.x, shape.y), _ANCHORS[shape.anchor]
            pen.text(place, shape.text, fill=shape.ink, font=_font(shape.height), anchor=anchor)
    for x, y, part in picture.parts:
        image.paste(render(part), (x, y))
    return image


def save_animation(frames: Iterable[Image.Image], path: Path, *, seconds: float, count: int) -> None:
    """Write frames of one size, each shown so long and the last five times so long, as GIF or WebP by the name."""
    durations = [round(1000 * seconds)] * (count - 1) + [round(5000 * seconds)]
    gif = path.suffix.lower() == ".gif"
    images = iter(frames)
    first = next(images)
    if gif:
        # One palette for all, or the wood would flicker.
        palette = _palette(first)
        first = first.quantize(palette=palette, dither=Image.Dither.NONE)
        images = (frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in images)
    options = {"optimize": False} if gif else {"quality": 80, "method": 3}
    buffer, kind = io.BytesIO(), "GIF" if gif else "WEBP"
    first.save(buffer, kind, save_all=True, append_images=images, duration=durations, loop=0, **options)
    write_atomically(path, buffer.getvalue())


def _palette(frame: Image.Image) -> Image.Image:
    """A palette of 256 colours for board, stones, map and text, whatever one frame happens to show."""
    scale = [colour_of((step / 63) ** 2) for step in range(64)]
    greys = [(level, level, level) for level in range(0, 256, 4)]
    shown = frame.quantize(126).getpalette() or []
    colours = [channel for colour in [*scale, *greys, RING] for channel in colour]
    palette = Image.new("P", (1, 1))
    palette.putpalette((colours + shown)[: 3 * 256])
    return palette


def _draw(image: Image.Image, pen: ImageDraw.ImageDraw, shape: Shape) -> None:
    match shape:
        case Box():
            left, top = shape.x * _FINE, shape.y * _FINE
            corners = (left, top, left + shape.width * _FINE, top + shape.height * _FINE)
            pen.rounded_rectangle(corners, shape.rounding * _FINE, fill=shape.fill)
        case Line():
            ends = (shape.x1 * _FINE, shape.y1 * _FINE, shape.x2 * _FINE, shape.y2 * _FINE)
            pen.line(ends, fill=shape.ink, width=max(1, round(shape.width * _FINE)))
        case Disc():
            pen.ellipse(_around(shape.x, shape.y, shape.radius), fill=shape.fill)
        case Ring():
            pen.ellipse(
                _around(shape.x, shape.y, shape.radius), outline=shape.ink, width=max(1, round(shape.width * _FINE))
            )
        case Shadow():
            mask = _shadow(round(2 * shape.radius * _FINE))
            corner = round(shape.x * _FINE - mask.width / 2), round(shape.y * _FINE - mask.height / 2)
            image.paste(SHADOW, (*corner, corner[0] + mask.width, corner[1] + mask.height), mask)
        case Stone():
            sprite = _stone(round(2 * shape.radius * _FINE), shape.black)
            corner = round(shape.x * _FINE - sprite.width / 2), round(shape.y * _FINE - sprite.height / 2)
            image.paste(sprite, corner, sprite)


def _around(x: float, y: float, radius: float) -> tuple[float, float, float, float]:
    return (x - radius) * _FINE, (y - radius) * _FINE, (x + radius) * _FINE, (y + radius) * _FINE


@cache
def text_width(text: str, height: float) -> float:
    """How many pixels a text takes; letters of the East, which the font lacks, are as wide as high."""
    known = "".join(letter for letter in text if unicodedata.east_asian_width(letter) not in "WF")
    return (len(text) - len(known)) * height + _font(height).getlength(known)


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
    blur = max(1, diameter // 14)
    shadow = Image.new("L", (diameter + 4 * blur, diameter + 4 * blur))
    ImageDraw.Draw(shadow).ellipse((2 * blur, 2 * blur, diameter + 2 * blur, diameter + 2 * blur), fill=130)
    return shadow.filter(ImageFilter.GaussianBlur(blur))
