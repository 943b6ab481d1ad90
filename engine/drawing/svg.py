"""Pictures as SVG."""

from collections.abc import Iterator
from html import escape

from honte.engine.drawing.colours import SHADOW, Colour
from honte.engine.drawing.shapes import Box, Disc, Label, Line, Picture, Ring, Shadow, Shape, Stone

_DEFINITIONS = """<defs>
<radialGradient id="black" cx=".325" cy=".3" r=".8"><stop offset="0" stop-color="#707070"/>\
<stop offset=".4" stop-color="#323232"/><stop offset="1" stop-color="#0e0e0e"/></radialGradient>
<radialGradient id="white" cx=".325" cy=".3" r=".8"><stop offset="0" stop-color="#fff"/>\
<stop offset=".6" stop-color="#ececec"/><stop offset="1" stop-color="#c6c6c6"/></radialGradient>
<radialGradient id="shadow"><stop offset=".8" stop-color="{shadow}" stop-opacity=".5"/>\
<stop offset="1" stop-color="{shadow}" stop-opacity="0"/></radialGradient>
</defs>"""
_CAP = 0.36
"""Half the height of capitals, in heights of the font: text is centred by its baseline, as not every reader
knows another way."""


def to_svg(picture: Picture) -> str:
    """The picture as one SVG document that needs nothing beside it."""
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {picture.width} {picture.height}"'
        f' width="{picture.width}" height="{picture.height}"'
        ' font-family="Helvetica, Arial, \'DejaVu Sans\', sans-serif">',
        _DEFINITIONS.format(shadow=_hex(SHADOW)),
        *_elements(picture),
        "</svg>\n",
    ]
    return "\n".join(lines)


def _elements(picture: Picture) -> Iterator[str]:
    yield f'<rect width="{picture.width}" height="{picture.height}" fill="{_hex(picture.ground)}"/>'
    yield from (_element(shape) for shape in picture.shapes if not isinstance(shape, Label))
    yield from (_element(shape) for shape in picture.shapes if isinstance(shape, Label))
    for x, y, part in picture.parts:
        yield f'<g transform="translate({x} {y})">'
        yield from _elements(part)
        yield "</g>"


def _element(shape: Shape) -> str:
    match shape:
        case Box():
            rounding = f' rx="{_n(shape.rounding)}"' if shape.rounding else ""
            return (
                f'<rect x="{_n(shape.x)}" y="{_n(shape.y)}" width="{_n(shape.width)}" height="{_n(shape.height)}"'
                f'{rounding} fill="{_hex(shape.fill)}"/>'
            )
        case Line():
            return (
                f'<line x1="{_n(shape.x1)}" y1="{_n(shape.y1)}" x2="{_n(shape.x2)}" y2="{_n(shape.y2)}"'
                f' stroke="{_hex(shape.ink)}" stroke-width="{_n(shape.width)}"/>'
            )
        case Disc():
            return _circle(shape.x, shape.y, shape.radius, f'fill="{_hex(shape.fill)}"')
        case Ring():
            stroke = f'fill="none" stroke="{_hex(shape.ink)}" stroke-width="{_n(shape.width)}"'
            return _circle(shape.x, shape.y, shape.radius - shape.width / 2, stroke)
        case Shadow():
            return _circle(shape.x, shape.y, 1.15 * shape.radius, 'fill="url(#shadow)"')
        case Stone():
            rim = "" if shape.black else f' stroke="#969696" stroke-width="{_n(0.035 * shape.radius)}"'
            return _circle(shape.x, shape.y, shape.radius, f'fill="url(#{"black" if shape.black else "white"})"{rim}')
        case Label():
            return (
                f'<text x="{_n(shape.x)}" y="{_n(shape.y + _CAP * shape.height)}" font-size="{_n(shape.height)}"'
                f' text-anchor="{shape.anchor}" fill="{_hex(shape.ink)}">{escape(shape.text)}</text>'
            )


def _circle(x: float, y: float, radius: float, paint: str) -> str:
    return f'<circle cx="{_n(x)}" cy="{_n(y)}" r="{_n(radius)}" {paint}/>'


def _n(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _hex(colour: Colour) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)
