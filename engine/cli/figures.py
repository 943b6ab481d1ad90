"""Figures with their 95 % intervals, in tables and in sentences."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from honte.engine.cli.terminal import table

if TYPE_CHECKING:
    from rich.table import Table

    from honte.policy.evaluation import Figure


def with_interval(figure: "Figure", form: str, factor: int = 1) -> str:
    """A figure and its interval where it has one, each times the factor and so formatted: `44.7 (43.7 to 45.7)`."""
    value = f"{figure.value * factor:{form}}"
    if figure.low is None or figure.high is None:
        return value
    return f"{value} ({figure.low * factor:{form}} to {figure.high * factor:{form}})"


def table_of_figures(
    *headings: str, rows: Iterable[Sequence[object]], figures: int, caption: str | None = None
) -> "Table":
    """A table with figures in its last so many columns; a narrow terminal has the interval under the figure."""
    made = table(*headings, rows=rows, caption=caption)
    for column in made.columns[-figures:]:
        column.no_wrap = False
    return made
