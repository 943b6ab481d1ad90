"""Points as people write them: GTP vertices (`Q16`) against flat indices.

A point is an index 0 … N²-1, row by row from the top-left corner; N² is the pass.
"""

from honte.features.checks import board_size, whole
from honte.features.errors import HonteError

COLUMN_LETTERS = "ABCDEFGHJKLMNOPQRSTUVWXYZ"
"""The 25 column letters of GTP; I is left out."""


def point_to_vertex(point: int, size: int) -> str:
    """The GTP vertex of a point, or `pass` for point size²; HonteError for what is neither."""
    whole(point, name="a point", low=0, high=board_size(size) ** 2)
    if point == size * size:
        return "pass"
    row, column = divmod(point, size)
    return f"{COLUMN_LETTERS[column]}{size - row}"


def vertex_to_point(vertex: str, size: int) -> int:
    """The point of a GTP vertex in any case; `pass` is size².

    Raises HonteError when the text is no vertex of a board of this size.
    """
    board_size(size)
    text = str(vertex).strip().upper()
    if text == "PASS":
        return size * size
    column = COLUMN_LETTERS.find(text[:1]) if text else -1
    line = text[1:]
    if not (0 <= column < size and line.isascii() and line.isdecimal() and 1 <= int(line) <= size):
        raise HonteError(f"invalid coordinate {vertex!r} on a {size}x{size} board; write A1 … "
                         f"{COLUMN_LETTERS[size - 1]}{size} or pass")
    return (size - int(line)) * size + column
