"""The 48 planes of a position as one picture."""

import numpy as np
import numpy.typing as npt

from honte.engine.drawing.board import Geometry
from honte.engine.drawing.colours import GREY, SET, TEXT, Colour
from honte.engine.drawing.shapes import Box, Disc, Label, Picture, Ring
from honte.features import PLANE_NAMES, PLANES
from honte.features.board import BLACK, COLOUR_NAMES, EMPTY, opponent
from honte.features.plane_table import OWN

GROUND: Colour = (240, 234, 222)
COLUMNS = 8
_WIDTH = 172
"""Pixels of a board, as nearly as whole pixels a point allow."""
_GAP = 16
_NAME = 30
_HEADING = 44
_ALONE = tuple(group for group in PLANES if len(group.labels) < COLUMNS)
_EIGHTS = tuple(group for group in PLANES if len(group.labels) == COLUMNS)


def draw_planes(planes: npt.NDArray[np.uint8], colour: int) -> Picture:
    """Planes uint8 (48, N, N), with `colour` to move: a row for each group of eight with its meaning, one of the rest.

    What is set in a plane is blue; the stones stand behind it in grey.
    """
    heading = f"{COLOUR_NAMES[colour]} to play. Blue is where a plane is 1; grey are the stones."
    rows = [(heading, [group.index + offset for group in _ALONE for offset in range(len(group.labels))])]
    for group in _EIGHTS:
        rows.append((f"{group.group}: {group.meaning}", list(range(group.index, group.index + COLUMNS))))
    cell = round(_WIDTH / planes.shape[-1])
    width = cell * planes.shape[-1]
    step = width + _GAP
    row_height = _HEADING + _NAME + width + _GAP
    whole = Picture(COLUMNS * step + _GAP, len(rows) * row_height + _GAP)
    for row, (heading, indices) in enumerate(rows):
        top = row * row_height
        whole.draw(Label(_GAP, top + _HEADING - 14, 17, heading[:1].upper() + heading[1:], TEXT, "start"))
        for column, index in enumerate(indices):
            left = _GAP + column * step
            whole.draw(Label(left, top + _HEADING + 14, 14, f"{index}  {PLANE_NAMES[index]}", TEXT, "start"))
            whole.parts.append((left, top + _HEADING + _NAME, _draw_plane(planes, index, colour, cell)))
    return whole


def _draw_plane(planes: npt.NDArray[np.uint8], index: int, colour: int, cell: int) -> Picture:
    place = Geometry(planes.shape[-1], cell, border=0.5)
    picture = Picture(round(place.board), round(place.board), ground=GROUND)
    stones = colour * planes[OWN] + opponent(colour) * planes[OWN + 1]
    for point, stone in enumerate(stones.flat):
        x, y = place.centre(point)
        if planes[index].flat[point]:
            picture.draw(Box(x - 0.5 * cell, y - 0.5 * cell, cell - 1, cell - 1, SET))
        elif stone == BLACK:
            picture.draw(Disc(x, y, 0.4 * cell, GREY))
        elif stone != EMPTY:
            picture.draw(Ring(x, y, 0.4 * cell, 0.12 * cell, GREY))
    return picture
