"""What GoGui draws: coloured points, labels, pairs of vertex and text, and numbers on a board."""

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from honte.features.coordinates import point_to_vertex


def pairs(entries: Iterable[tuple[str, object]]) -> str:
    """A `pspairs` of vertices and what stands at them."""
    return "\n".join(f"{vertex} {text}" for vertex, text in entries)


def colours(entries: Iterable[tuple[str, tuple[int, int, int]]]) -> list[str]:
    """Lines of `gfx` that colour points; each colour is red, green and blue from 0 to 255."""
    return [f"COLOR #{bytes(colour).hex()} {vertex}" for vertex, colour in entries]


def labels(entries: Iterable[tuple[str, object]]) -> list[str]:
    """Lines of `gfx` that write short texts on points."""
    return [f"LABEL {vertex} {text}" for vertex, text in entries]


def influence(values: Sequence[float] | npt.NDArray[np.floating], size: int) -> str:
    """A line of `gfx` with a value from -1, White's, to 1, Black's, at every point."""
    return "INFLUENCE " + " ".join(
        f"{point_to_vertex(point, size)} {value:.2f}" for point, value in enumerate(values)
    )


def text(words: str) -> str:
    """A line of `gfx` for the status bar."""
    return f"TEXT {words}"


def board(values: npt.NDArray[np.integer]) -> str:
    """A `dboard` of the values (N, N), a row of the board a line.

    It begins on the line of the reply's `=`: GoGui's reader cuts a reply at the space after that.
    """
    return "\n".join(" ".join(map(str, row)) for row in values.tolist())
