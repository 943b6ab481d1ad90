"""What the commands that learn for hours have in common: how often they save, and the bar that they show."""

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

Line = dict[str, Any] | None
"""What learning has to tell of a step, if anything."""
Watch = Callable[[Line], None]


def _of_minutes(_: object, value: float) -> None:
    if not 0 <= value < math.inf:
        raise ValueError("Must be a number of minutes, 0 or more.")


SaveMinutes = Annotated[float, Parameter(validator=_of_minutes, help="Minutes between saves of the run.")]


def learning_bar(counted: str, *, total: int | None, completed: int) -> "tuple[Progress, TaskID]":
    """A bar on stderr with its task: what is `counted`, such as `step {task.completed:,}`, and the task's `figures`."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    figures = TextColumn("{task.fields[figures]}")
    bar = Progress(TextColumn(counted), BarColumn(), figures, TimeRemainingColumn(), console=Console(stderr=True))
    return bar, bar.add_task("", total=total, completed=completed, figures="")
