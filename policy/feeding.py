"""Batches on their way to the device: made ahead on threads, and to a GPU as bits, copied beside the steps.

A position's 48 planes are 17.3 kB as bytes and 2.2 kB as bits. Each thread packs its own batch into pinned memory,
which PyTorch keeps for the next, and sends it off on a stream for copies; the stream of the steps waits for it there,
without the processor, and spreads the bits out again.
"""

import math
import os
from collections.abc import Generator, Iterable
from functools import partial
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from honte.data.batches import Batch, ahead
from honte.data.mixture import Stream

MOST_THREADS = 14
"""As many as make batches for a GPU; a core makes some 30,000 positions a second."""


class Load(NamedTuple):
    """A batch as it arrives."""

    planes: Tensor
    """uint8 (B, planes, N, N), or packed to bits, (B, bytes)."""
    moves: Tensor
    """int64 (B,)."""
    form: tuple[int, int, int]
    """(planes, N, N)."""
    arrived: "torch.cuda.Event | None" = None
    """What to wait for."""


class Feeder:
    """Makes the batches of a stream ahead and brings them to a device."""

    def __init__(self, stream: Stream, device: torch.device) -> None:
        self.stream = stream
        self.device = device
        self.threads = 1
        """That batches are made on, besides the one that takes them."""
        self.copies: torch.cuda.Stream | None = None
        if device.type == "cuda":
            self.threads = max(1, min(MOST_THREADS, (os.cpu_count() or 1) - 2))
            self.copies = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]

    def loads(self, steps: Iterable[int], *, part: int = 0, parts: int = 1) -> Generator[Load]:
        """The batches of these steps, or one of their equal parts, in order."""
        made = ahead(partial(self._make, part=part, parts=parts), steps, self.threads)
        try:
            for load in made:
                if load.arrived is not None:
                    steps_stream = torch.cuda.current_stream(self.device)
                    steps_stream.wait_event(load.arrived)
                    for tensor in (load.planes, load.moves):
                        tensor.record_stream(steps_stream)
                yield load
        finally:
            made.close()

    def _make(self, step: int, *, part: int, parts: int) -> Load:
        return self.sent(self.stream.batch(step, part=part, parts=parts))

    def sent(self, batch: Batch) -> Load:
        """A batch on its way."""
        form = batch.planes.shape[1:]
        if self.copies is None:
            planes, moves = (torch.from_numpy(array).to(self.device) for array in (batch.planes, batch.moves))
            return Load(planes, moves, form)
        with torch.cuda.stream(self.copies):
            planes, moves = (
                torch.from_numpy(array).pin_memory().to(self.device, non_blocking=True)
                for array in (packed(batch.planes), batch.moves)
            )
            return Load(planes, moves, form, self.copies.record_event())


def packed(planes: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Planes (B, planes, N, N) of zeros and ones as bits (B, bytes); the last byte of each is filled with zeros."""
    return np.packbits(planes.reshape(len(planes), -1), axis=1)


def activations(planes: Tensor, form: tuple[int, int, int], dtype: torch.dtype) -> Tensor:
    """The planes of a load (B, planes, N, N), in the type of activations and with channels last in memory."""
    if planes.ndim == 2:
        places = torch.arange(7, -1, -1, dtype=torch.uint8, device=planes.device)
        bits = (planes.unsqueeze(-1) >> places) & 1
        planes = bits.flatten(1).narrow(1, 0, math.prod(form)).view(-1, *form)
    return planes.to(dtype, memory_format=torch.channels_last)
