"""What a network takes, said in a sentence when it is given something else."""

import operator

from torch import Tensor

from honte.features.errors import HonteError


def whole(what: str, value: object, *, least: int) -> int:
    """A whole number of at least so much, as an int. Raises HonteError, which calls it `what`."""
    number = as_whole(value)
    if number is None:
        raise HonteError(f"{what} is one whole number, not {value!r}: pass such as {what}={max(least, 1)}")
    if number < least:
        raise HonteError(f"{what} must be at least {least}, not {number}")
    return number


def as_whole(value: object) -> int | None:
    """A whole number of any type, NumPy's among them, as an int; None for anything else, truth values included."""
    try:
        return None if isinstance(value, bool) else operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        return None


def check_input(
    x: Tensor, name: str, *, in_chans: int, smallest: int, fixed_size: int | None = None, wanted: str = ""
) -> None:
    """Raise HonteError unless x is (B, in_chans, H, W) with sides of at least `smallest`, or both `fixed_size`.

    `wanted` is the argument of `create_model` that the fixed size comes from.
    """
    if not isinstance(x, Tensor):
        raise HonteError(f"'{name}' takes a tensor, not {type(x).__name__}: pass torch.as_tensor(x)")
    if not x.is_floating_point():
        raise HonteError(f"'{name}' takes fractions, not {x.dtype}: pass x.float()")
    if x.ndim != 4:
        raise HonteError(
            f"'{name}' takes a batch of {in_chans} channels, not {tuple(x.shape)}: pass (B, {in_chans}, height, width)"
        )
    if x.shape[1] != in_chans:
        raise HonteError(
            f"'{name}' takes a batch of {in_chans} channels, not of {x.shape[1]}: pass such a batch, or"
            f" create the network with in_chans={x.shape[1]}"
        )
    height, width = x.shape[2:]
    if fixed_size is not None and (height, width) != (fixed_size, fixed_size):
        raise HonteError(
            f"the head of '{name}' is for {fixed_size}x{fixed_size}, not for {height}x{width}:"
            f" pass that size, or create the network with another {wanted}"
        )
    if min(height, width) < smallest:
        raise HonteError(f"an input of {height}x{width} is too small for '{name}': pass at least {smallest}x{smallest}")
