"""A review as a picture: how likely each move was, and the positions of the most surprising ones."""

from honte.engine.drawing.colours import RING, TEXT, Colour
from honte.engine.drawing.shapes import Box, Label, Line, Picture
from honte.engine.movemap.picture import draw_maps
from honte.engine.review.annotation import summary
from honte.engine.review.game import Review
from honte.features.board import BLACK, COLOUR_NAMES, WHITE

_BARS: dict[int, Colour] = {BLACK: (52, 48, 44), WHITE: (196, 170, 120)}
"""Of Black's moves, and of White's."""
_GRID: Colour = (222, 214, 200)
_HEIGHT = 150
_LEFT = 70
_WIDEST = 20
"""Pixels from a move to the next, where there are few."""
BOARDS = 3
"""Of the most surprising moves."""


def draw_review(review: Review) -> Picture:
    """Two rows of bars over the moves, Black's and White's, the words of the summary, and up to three boards."""
    surprises = review.surprises[:BOARDS]
    boards = draw_maps(surprises, cell=26, columns=BOARDS) if surprises else None
    words = summary(review).splitlines()
    width = max(boards.width if boards else 0, 1000)
    top = 20 + 24 * len(words)
    bars = 2 * (_HEIGHT + 20) + 30
    picture = Picture(width, top + bars + (boards.height + 20 if boards else 0))
    picture.draw(*(Label(20, 24 + 24 * index, 17, line, TEXT, "start") for index, line in enumerate(words)))
    step = min((width - _LEFT - 20) / (len(review.maps) + 1), _WIDEST)
    marked = {moves.number for moves in surprises}
    for row, colour in enumerate((BLACK, WHITE)):
        floor = top + (row + 1) * (_HEIGHT + 20)
        for p in (0.05, 0.25, 0.5, 1.0):
            y = floor - p**0.5 * _HEIGHT
            mark = Label(_LEFT - 6, y, 12, f"{100 * p:.0f}%", TEXT, "end")
            picture.draw(Line(_LEFT, y, width - 20, y, 1, _GRID), mark)
        for moves in review.played:
            if moves.colour == colour:
                x = _LEFT + (moves.number - 1) * step
                height = max(float(moves.probabilities[moves.played]) ** 0.5 * _HEIGHT, 1)
                picture.draw(Box(x, floor - height, max(1.8 * step - 1, 1), height, _BARS[colour]))
                if moves.number in marked:
                    picture.draw(Box(x, floor + 2, max(1.8 * step - 1, 3), 6, RING))
        picture.draw(
            Line(_LEFT, floor, width - 20, floor, 1.5, TEXT),
            Label(_LEFT + 4, floor - _HEIGHT - 9, 13, COLOUR_NAMES[colour], TEXT, "start"),
        )
    for number in range(0, len(review.maps) + 1, 50 if len(review.maps) > 100 else 10):
        picture.draw(Label(_LEFT + max(number - 1, 0) * step, top + bars - 14, 12, str(number or 1), TEXT, "start"))
    if boards:
        picture.parts.append((0, top + bars + 10, boards))
    return picture
