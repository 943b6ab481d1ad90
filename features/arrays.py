"""Arrays that are given from outside, checked before a kernel sees them."""

from collections.abc import Sequence
from typing import Any, TypeGuard

import numpy as np
import numpy.typing as npt

from honte.features.errors import HonteError

ANY_LENGTH = (None,)


def is_plain(values: object, kind: type[np.integer[Any]], dimensions: int) -> TypeGuard[npt.NDArray[Any]]:
    """Whether values are a contiguous array of that kind and so many dimensions already."""
    return (
        type(values) is np.ndarray
        and values.dtype == kind
        and values.ndim == dimensions
        and values.flags.c_contiguous
    )


def whole_numbers(
    values: npt.ArrayLike,
    kind: type[np.integer[Any]],
    *,
    name: str,
    low: int | None = None,
    high: int | None = None,
    shape: Sequence[int | None] = ANY_LENGTH,
) -> npt.NDArray[Any]:
    """Values as a contiguous array of an integer kind and a shape, in which None stands for any length.

    HonteError unless they are whole numbers from `low` to `high`, by default all that the kind can hold.
    """
    if shape is ANY_LENGTH and low is None and high is None and is_plain(values, kind, 1):
        return values  # as every position has them: it is to wait no longer than this
    try:
        array = np.asarray(values)
    except (ValueError, TypeError, OverflowError):
        raise HonteError(f"{name} must be an array of whole numbers") from None
    if array.size == 0:
        array = np.empty([length or 0 for length in shape], kind)
    if array.ndim != len(shape) or any(want not in (None, have) for want, have in zip(shape, array.shape, strict=True)):
        wanted = " x ".join("any number" if length is None else str(length) for length in shape)
        raise HonteError(f"{name} must be {wanted} of whole numbers, not of shape {array.shape}")
    limits = np.iinfo(kind)
    low, high = limits.min if low is None else low, limits.max if high is None else high
    if array.dtype.kind not in "iu" or (array.size and not low <= int(array.min()) <= int(array.max()) <= high):
        raise HonteError(f"{name} must be whole numbers from {low} to {high}")
    return np.ascontiguousarray(array, kind)
