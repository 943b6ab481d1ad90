"""What a command computes on: the device, the type, the cores, and memory that is kept."""

import ctypes
import sys
from typing import TYPE_CHECKING

from honte.engine.cli.terminal import counted, note

if TYPE_CHECKING:
    import torch

MALLOC_OPTIONS = {
    -1: -1,  # M_TRIM_THRESHOLD: nothing is returned
    -2: 2**28,  # M_TOP_PAD: the heap grows by so many bytes at once
    -4: 0,  # M_MMAP_MAX: no block is mapped by itself
}
"""Settings of mallopt(3) by their numbers in <malloc.h>."""


def choose_machine(device: str | None, precision: str, threads: int | None) -> "tuple[torch.device, torch.dtype]":
    """Set the number of threads, choose device and type, and say on stderr what was chosen and why."""
    import torch

    from honte.policy.precision import choose_device, choose_dtype

    _keep_memory()
    if threads is not None:
        torch.set_num_threads(threads)
    where = choose_device(device)
    dtype, reason = choose_dtype(where)
    if precision != "auto":
        dtype, reason = getattr(torch, precision), "as asked"
    name = str(dtype).removeprefix("torch.")
    note(f"{where}, {counted(torch.get_num_threads(), 'thread')}; {name}: {reason}")
    return where, dtype


def _keep_memory() -> None:
    """Have glibc keep the memory that it is given back, for as long as the process runs.

    By default it returns large blocks to the kernel, which clears every page of them again at the next step: a tenth of
    the time of training on two cores. Elsewhere, and for memory of GPUs, this does nothing.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None:
        for option, value in MALLOC_OPTIONS.items():
            mallopt(option, value)
