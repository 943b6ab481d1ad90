"""Weights that are the same on every machine: what a stored output of another library can be held against."""

import hashlib
import zlib
from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

PERIOD = 99_991


def fixed_tensor(name: str, shape: tuple[int, ...]) -> Tensor:
    """Values float32 that follow from a tensor's name and shape, by a stream that NumPy keeps as it is (NEP 19)."""
    stream = np.random.RandomState(0).uniform(-1, 1, PERIOD)
    values = np.resize(np.roll(stream, -(zlib.crc32(name.encode()) % PERIOD)), shape)
    if name.endswith("num_batches_tracked"):
        return torch.tensor(0)
    if name.endswith("running_var"):
        values = 1 + values / 2
    elif len(shape) > 1 and name != "input":
        values = values * (6 / np.prod(shape[1:])) ** 0.5  # He's initialisation
    elif name.endswith("weight"):
        values = (1 + values / 4) / 2  # so that the sums of a hundred blocks stay small
    else:
        values = values / 10
    return torch.from_numpy(values.astype(np.float32))


def names_digest(tensors: Mapping[str, Tensor]) -> str:
    """A digest of the names and shapes of a state dict, in their order, but for counts of batches."""
    lines = (f"{name} {tuple(t.shape)}" for name, t in tensors.items() if not name.endswith("num_batches_tracked"))
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
