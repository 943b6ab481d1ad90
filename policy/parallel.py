"""Training in several processes, one a device, as `torchrun` starts them.

Every process works through its share of the micro-batches of each batch. Gradients and figures are summed, so that all
hold the same weights, and the result is that of one process up to rounding.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
import torch.distributed as dist
from torch import Tensor

from honte.features.errors import HonteError


@dataclass(frozen=True)
class Workers:
    """This process among all of them."""

    rank: int = 0
    count: int = 1

    @property
    def leads(self) -> bool:
        """Whether this is the one process that writes and shows."""
        return self.rank == 0

    @torch.no_grad()
    def sum(self, tensors: list[Tensor]) -> None:
        """Replace float32 tensors on the device by their sums over the processes."""
        if self.count == 1:
            return
        together = torch.cat([tensor.flatten() for tensor in tensors])
        dist.all_reduce(together)
        parts = torch.split(together, [tensor.numel() for tensor in tensors])
        torch._foreach_copy_(tensors, [part.view_as(tensor) for part, tensor in zip(parts, tensors, strict=True)])

    def any(self, flag: bool, device: torch.device) -> bool:
        """Whether the flag is set in some process."""
        if self.count == 1:
            return flag
        flags = torch.tensor([float(flag)], device=device)
        self.sum([flags])
        return flags.item() > 0


@contextmanager
def workers(device: torch.device) -> Iterator[Workers]:
    """Join the processes of `torchrun`, or work alone where it did not start this one."""
    if _number("WORLD_SIZE", 1) == 1:
        yield Workers()
        return
    missing = [name for name in ("RANK", "MASTER_ADDR", "MASTER_PORT") if name not in os.environ]
    if missing:
        raise HonteError(f"WORLD_SIZE is set and {', '.join(missing)} is not: start several processes with torchrun")
    if _number("RANK") >= _number("WORLD_SIZE") or not 0 < _number("MASTER_PORT") < 65536:
        raise HonteError("RANK, WORLD_SIZE and MASTER_PORT do not fit together: start several processes with torchrun")
    if device.type == "cuda":
        torch.cuda.set_device(device)
    dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
    try:
        yield Workers(dist.get_rank(), dist.get_world_size())
    finally:
        dist.destroy_process_group()


def own_device(name: str | None) -> str | None:
    """The name of this process's own device under `torchrun`, where it is left to us which GPU is meant.

    Raises HonteError for more processes than GPUs.
    """
    if name not in (None, "cuda") or "LOCAL_RANK" not in os.environ or not torch.cuda.is_available():
        return name
    rank, gpus = _number("LOCAL_RANK"), torch.cuda.device_count()
    if rank >= gpus:
        raise HonteError(f"there are more processes than GPUs: start torchrun with --nproc-per-node {gpus}")
    return f"cuda:{rank}"


def _number(name: str, default: int | None = None) -> int:
    """A number that torchrun leaves in the environment. Raises HonteError where it is none."""
    value = os.environ.get(name, "" if default is None else str(default))
    if not (value.isascii() and value.isdecimal()):
        raise HonteError(f"{name} is '{value}', which is no number: start several processes with torchrun")
    return int(value)
