"""The eight symmetries of the square board, for points, planes and probability maps.

Symmetry s first mirrors top to bottom if s & 1, then left to right if s & 2, then swaps rows and columns if s & 4;
0 is the identity.
"""

from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from honte.features.checks import board_size, whole

SYMMETRIES = 8

INVERSE = (0, 1, 2, 3, 4, 6, 5, 7)
"""INVERSE[s] undoes s: only the two quarter turns (5 and 6) are not their own inverses."""


def transform(array: npt.NDArray[Any], symmetry: int) -> npt.NDArray[Any]:
    """The image of an array (…, N, N) of any dtype under a symmetry, as a view.

    HonteError for another symmetry than 0 … 7.
    """
    whole(symmetry, name="a symmetry", low=0, high=SYMMETRIES - 1)
    if symmetry & 1:
        array = array[..., ::-1, :]
    if symmetry & 2:
        array = array[..., :, ::-1]
    if symmetry & 4:
        array = array.swapaxes(-1, -2)
    return array


@cache
def point_map(size: int) -> npt.NDArray[np.int32]:
    """int32 (8, N²+1), read-only: `point_map(N)[s, p]` is where symmetry s takes point p; the pass stays.

    `transform(board, s)` has at point `point_map(N)[s, p]` what `board` has at p.
    """
    points = np.arange(board_size(size) ** 2, dtype=np.int32)
    maps = np.empty((SYMMETRIES, size * size + 1), np.int32)
    maps[:, -1] = size * size
    for symmetry in range(SYMMETRIES):
        maps[symmetry, transform(points.reshape(size, size), symmetry).ravel()] = points
    maps.flags.writeable = False
    return maps
