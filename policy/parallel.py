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
    if "WORLD_SIZE" not in os.environ:
        yield Workers()
        return
    dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
    try:
        yield Workers(dist.get_rank(), dist.get_world_size())
    finally:
        dist.destroy_process_group()


def own_device(name: str | None) -> str | None:
    """The name of this process's own device under `torchrun`, where it is left to us and there are GPUs."""
    if name is None and "LOCAL_RANK" in os.environ and torch.cuda.is_available():
        return f"cuda:{os.environ['LOCAL_RANK']}"
    return name
