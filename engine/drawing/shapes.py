"""A picture as a list of shapes, which every format draws alike: PNG, SVG and animations share their geometry."""

from dataclasses import dataclass, field
from typing import Literal

from honte.engine.drawing.colours import PAPER, Colour


@dataclass(frozen=True)
class Box:
    """A filled rectangle, its corners rounded with that radius."""

    x: float
    y: float
    width: float
    height: float
    fill: Colour
    rounding: float = 0


@dataclass(frozen=True)
class Line:
    """A line from one point to another."""

    x1: float
    y1: float
    x2: float
    y2: float
    width: float
    ink: Colour


@dataclass(frozen=True)
class Disc:
    """A filled circle."""

    x: float
    y: float
    radius: float
    fill: Colour


@dataclass(frozen=True)
class Ring:
    """A circle drawn inwards from its radius."""

    x: float
    y: float
    radius: float
    width: float
    ink: Colour


@dataclass(frozen=True)
class Shadow:
    """What a stone of that radius casts, with a soft edge."""

    x: float
    y: float
    radius: float


@dataclass(frozen=True)
class Stone:
    """A stone lit from the upper left."""

    x: float
    y: float
    radius: float
    black: bool


@dataclass(frozen=True)
class Label:
    """A line of text, centred on y; text lies above all other shapes of its picture."""

    x: float
    y: float
    height: float
    text: str
    ink: Colour
    anchor: Literal["start", "middle", "end"] = "middle"


Shape = Box | Line | Disc | Ring | Shadow | Stone | Label


@dataclass
class Picture:
    """Shapes in the order in which they are drawn, in pixels from the top-left corner; then pictures set into it."""

    width: int
    height: int
    ground: Colour = PAPER
    shapes: list[Shape] = field(default_factory=list)
    parts: list[tuple[int, int, "Picture"]] = field(default_factory=list)
    """x and y of the top-left corner of each."""

    def draw(self, *shapes: Shape) -> None:
        self.shapes.extend(shapes)


def beside(pictures: list[Picture], *, columns: int, gap: int = 0) -> Picture:
    """Pictures of one size in rows of so many, `gap` pixels between them."""
    columns = min(columns, len(pictures))
    rows = -(-len(pictures) // columns)
    width, height = pictures[0].width, pictures[0].height
    whole = Picture(columns * (width + gap) - gap, rows * (height + gap) - gap)
    for index, picture in enumerate(pictures):
        row, column = divmod(index, columns)
        whole.parts.append((column * (width + gap), row * (height + gap), picture))
    return whole
