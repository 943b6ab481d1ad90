"""What is given from outside, checked before a kernel sees it: kernels index without bounds.

Numpy is imported where it is needed, so that coordinates are read without it.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from honte.features.errors import HonteError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

MIN_SIZE, MAX_SIZE = 2, 25
SIDES = (1, 2)
"""BLACK and WHITE."""


def is_whole(value: object, low: int, high: int) -> bool:
    """Whether a value is a whole number, of Python or numpy, from `low` to `high`."""
    return hasattr(value, "__index__") and not hasattr(value, "__len__") and low <= value.__index__() <= high


def whole(value: object, *, name: str, low: int, high: int) -> int:
    """A value that must be a whole number from `low` to `high`; HonteError otherwise."""
    if not is_whole(value, low, high):
        raise HonteError(f"{name} must be a whole number from {low} to {high}, not {str(value)[:40]}")
    return int(value)  # type: ignore[call-overload, no-any-return]


def board_size(size: object) -> int:
    """A size that a board can have; HonteError otherwise."""
    if not is_whole(size, MIN_SIZE, MAX_SIZE):
        raise HonteError(f"no board of size {str(size)[:40]}: sizes are {MIN_SIZE} to {MAX_SIZE}")
    return int(size)  # type: ignore[call-overload, no-any-return]


def side(colour: object) -> int:
    """A colour that has moves; HonteError otherwise."""
    if not is_whole(colour, *SIDES):
        raise HonteError(f"a side is {SIDES[0]} (black) or {SIDES[1]} (white), not {str(colour)[:40]}")
    return int(colour)  # type: ignore[call-overload, no-any-return]


def whole_numbers(
    values: "npt.ArrayLike",
    kind: "type[np.integer[Any]]",
    *,
    name: str,
    low: int | None = None,
    high: int | None = None,
    shape: Sequence[int | None] = (None,),
) -> "npt.NDArray[Any]":
    """Values as a contiguous array of an integer kind and a shape, in which None stands for any length.

    HonteError unless they are whole numbers from `low` to `high`, by default all that the kind can hold.
    """
    import numpy as np

    limits = np.iinfo(kind)
    low, high = limits.min if low is None else low, limits.max if high is None else high
    try:
        array = np.asarray(values)
    except (ValueError, TypeError, OverflowError):
        raise HonteError(f"{name} must be an array of whole numbers") from None
    if array.size == 0:
        array = np.empty([0 if length is None else length for length in shape], kind)
    if array.ndim != len(shape) or any(want not in (None, have) for want, have in zip(shape, array.shape, strict=True)):
        wanted = " x ".join("any number" if length is None else str(length) for length in shape)
        raise HonteError(f"{name} must be {wanted} of whole numbers, not of shape {array.shape}")
    if array.dtype.kind not in "iu" or (array.size and not low <= int(array.min()) <= int(array.max()) <= high):
        raise HonteError(f"{name} must be whole numbers from {low} to {high}")
    return np.ascontiguousarray(array, kind)
