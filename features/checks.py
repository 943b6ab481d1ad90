"""Numbers that are given from outside, checked before a kernel sees them: kernels index without bounds."""

from honte.features.errors import HonteError

MIN_SIZE, MAX_SIZE = 2, 25
SIDES = (1, 2)
"""BLACK and WHITE."""


def is_whole(value: object, low: int, high: int) -> bool:
    """Whether a value is a whole number, of Python or numpy, from `low` to `high`."""
    if type(value) is int:
        return low <= value <= high
    return hasattr(value, "__index__") and not hasattr(value, "__len__") and low <= value.__index__() <= high


def whole(value: object, *, name: str, low: int, high: int) -> int:
    """A value that must be a whole number from `low` to `high`; HonteError otherwise."""
    if not is_whole(value, low, high):
        raise HonteError(f"{name} must be a whole number from {low} to {high}, not {str(value)[:40]}")
    return int(value)  # type: ignore[call-overload, no-any-return]


def board_size(size: object) -> int:
    """A size that a board can have; HonteError otherwise."""
    if type(size) is int and MIN_SIZE <= size <= MAX_SIZE:
        return size
    if not is_whole(size, MIN_SIZE, MAX_SIZE):
        raise HonteError(f"no board of size {str(size)[:40]}: sizes are {MIN_SIZE} to {MAX_SIZE}")
    return int(size)  # type: ignore[call-overload, no-any-return]


def side(colour: object) -> int:
    """A colour that has moves; HonteError otherwise."""
    if not is_whole(colour, *SIDES):
        raise HonteError(f"a side is {SIDES[0]} (black) or {SIDES[1]} (white), not {str(colour)[:40]}")
    return int(colour)  # type: ignore[call-overload, no-any-return]
