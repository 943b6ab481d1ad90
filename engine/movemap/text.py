"""A move map for the terminal."""

from rich.style import Style
from rich.text import Text

from honte.engine.drawing.colours import INK, LABELLED, RING, SHOWN, WOOD, colour_of, contrast
from honte.engine.drawing.text import board_as_text, signs_of, style_of
from honte.engine.movemap.map import MoveMap
from honte.features.board import EMPTY


def map_as_text(moves: MoveMap, *, ascii_only: bool = False, width: int | None = None) -> Text:
    """The map: whole per cents, the move played in red. `width` is the terminal's, in columns."""
    marks = signs_of(moves.size, moves.stones, ascii_only=ascii_only)

    def cell(point: int) -> tuple[str, Style]:
        stone, p, mark = int(moves.stones.flat[point]), float(moves.probabilities[point]), marks[point]
        ground, ink = WOOD, INK[stone]
        if stone == EMPTY and p >= SHOWN:
            ground = colour_of(p)
            ink = contrast(ground)
            mark = f"{100 * p:.0f}" if p >= LABELLED else mark
        if point == moves.played:
            ground, ink = RING, (255, 255, 255)
        return f"({mark})" if point == moves.last else mark, style_of(ink, ground, bold=point == moves.played)

    return board_as_text(moves.size, cell, width=width)
