"""What the commands that learn for hours have in common: how often they save, and the bar that they show."""

import math
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from honte.engine.cli.terminal import console_of_stderr

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
    """A bar on stderr, where that is a terminal, with its task.

    It shows what is `counted`, such as `step {task.completed:,}`, and the task's `figures`. Its console prints above it
    in any case.
    """
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn(counted), BarColumn(), TextColumn("{task.fields[figures]}"), TimeRemainingColumn())
    bar = Progress(*columns, console=console_of_stderr(), disable=not sys.stderr.isatty())
    return bar, bar.add_task("", total=total, completed=completed, figures="")
