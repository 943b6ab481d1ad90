"""Kernels of numba over PyTorch's activations: their memory, and a thread for each part of a batch.

The kernels release the GIL and call nothing of torch, so no second OpenMP or numba pool competes with torch's.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TypeVar

import numpy as np
import torch

Result = TypeVar("Result")
_pool = ThreadPoolExecutor(64, "kernels")


def in_parts(count: int, work: Callable[[int, int], Result]) -> list[Result]:
    """The results of work(first, last) on torch.get_num_threads() parts of range(count), a thread each."""
    threads = min(torch.get_num_threads(), count)
    (own, *others) = pairwise(count * i // threads for i in range(threads + 1))
    futures = [_pool.submit(work, *part) for part in others]
    return [work(*own), *(future.result() for future in futures)]


def flat(x: torch.Tensor) -> np.ndarray:
    """bf16 (n, c, h, w) as flat uint16 in the order (n, h, w, c); shares memory if channels_last."""
    x = x.detach().contiguous(memory_format=torch.channels_last).permute(0, 2, 3, 1)
    return x.reshape(-1).view(torch.uint16).numpy()
