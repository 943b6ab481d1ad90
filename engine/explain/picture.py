"""An explanation as a picture: the board, and on every stone how the move's log p changes without it."""

from honte.engine.drawing.board import CELL, Geometry, draw_board, draw_coordinates, draw_stones
from honte.engine.drawing.colours import RING, TEXT, Colour, against_or_for, contrast
from honte.engine.drawing.raster import text_width
from honte.engine.drawing.shapes import Disc, Label, Picture, Ring
from honte.engine.explain.explanation import Explanation
from honte.engine.explain.words import NOTABLE, sentences
from honte.engine.movemap.words import heading

STRONG = 4.0
"""A change of log p that has the full colour."""


def draw_explanation(explanation: Explanation, *, cell: int = CELL) -> Picture:
    """The picture, with the sentences below; lines are `cell` pixels apart."""
    moves = explanation.moves
    place = Geometry(moves.size, cell)
    lines = [f"{heading(moves)}. On the stones: the change of log p without them", *sentences(explanation)]
    height = 0.65 * cell
    longest = max(text_width(line, 0.38 * cell) for line in lines)
    width = max(place.board, longest + 2 * place.margin)
    picture = Picture(round(width), round(place.board + (len(lines) + 0.5) * height))
    draw_board(picture, place)
    draw_coordinates(picture, place)
    draw_stones(picture, place, moves.stones)
    for stone in explanation.stones:
        if abs(stone.change) < NOTABLE:
            continue
        colour = _colour_of_change(stone.change)
        x, y = place.centre(stone.point)
        label = Label(x, y, 0.34 * cell, number(stone.change), contrast(colour))
        picture.draw(Disc(x, y, 0.4 * cell, colour), label)  # a rim of the stone is left
    picture.draw(Ring(*place.centre(explanation.point), 0.5 * cell, 0.1 * cell, RING))
    for index, line in enumerate(lines):
        picture.draw(Label(place.margin, place.board + (index + 0.6) * height, 0.38 * cell, line, TEXT, "start"))
    return picture


def _colour_of_change(change: float) -> Colour:
    """Blue where the move is less likely without the stone, orange where it is more so."""
    return against_or_for(-change / STRONG)


def number(change: float) -> str:
    """A change of log p in at most three signs: `-11`, `-6.2`, `+0.9`."""
    return f"{change:+.0f}" if abs(change) >= 9.95 else f"{change:+.1f}"
