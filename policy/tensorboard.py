"""A run's metrics for TensorBoard, as they come."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from torch.utils.tensorboard import SummaryWriter

from honte.policy.run import Run


@contextmanager
def tensorboard(run: Run, *, step: int) -> Iterator[Callable[[dict[str, Any] | None], None]]:
    """Within, a function that writes lines of metrics to the folder `tensorboard` of a run that goes on at a step.

    What the run wrote there of later steps, before it was interrupted, is hidden.
    """
    with SummaryWriter(str(run.folder / "tensorboard"), purge_step=step + 1) as writer:

        def write(line: dict[str, Any] | None) -> None:
            if line is None:
                return
            for name in line.keys() - {"step", "positions", "seconds"}:
                writer.add_scalar(name, line[name], line["step"])

        yield write
