"""What reaches the terminal: every line, table, document and bar of a command is printed here."""

import io
import json
import logging
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from honte.features.errors import printable

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

Item = TypeVar("Item")
_PIPE_WIDTH = 1000
"""Columns where nobody's terminal sets them: no line is broken."""


def set_up() -> None:
    """Print what the encoding of stdout has no sign for as a question mark, instead of ending there.

    Warnings of the log, where a command does not send them elsewhere, look like every other note on stderr.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    if logging.lastResort is not None:
        logging.lastResort.setFormatter(Notes())


class Notes(logging.Formatter):
    """Formats a warning as a line like every other on stderr, whatever names are in it."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, and under it where an error came from, if it is one of the program's own."""
        line = printable(f"honte: {record.getMessage()}")
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


def say(text: str) -> None:
    """Print one line of result, whatever names are in it."""
    print(printable(text))


def note(text: str) -> None:
    """Print one line on stderr that is no result."""
    print(printable(text), file=sys.stderr)


def counted(number: int, what: str) -> str:
    """So many of something: `1 game`, `1,234 games`."""
    return f"{number:,} {what}{'s' * (number != 1)}"


def say_json(document: object) -> None:
    """Print a document in one line of ASCII, which every pipe and terminal takes."""
    print(json.dumps(document))


def table(*headings: str, rows: Iterable[Sequence[object]] = (), caption: str | None = None) -> "Table":
    """A table without frames; the column of a heading that begins with `>` holds numbers, which stand to the right.

    Cells may be any text from outside. Words are wrapped where the terminal is too narrow, numbers are not.
    """
    from rich.table import Table
    from rich.text import Text

    made = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, caption=caption, caption_justify="left",
                 show_header=any(headings))  # fmt: skip
    for heading in headings:
        if heading.startswith(">"):
            made.add_column(heading[1:], justify="right", no_wrap=True)
        else:
            made.add_column(heading, overflow="fold")
    for row in rows:
        made.add_row(*(Text(printable(str(cell))) for cell in row))
    return made


def show(*tables: "Table") -> None:
    """Print tables, an empty line between them."""
    console = console_of_stdout()
    for place, made in enumerate(tables):
        if place:
            console.print()
        console.print(made)


def show_board(console: "Console", board: "Text") -> None:
    """Print lines that mean nothing if they are broken: they are cut where the terminal is too narrow."""
    console.print(board, no_wrap=True, overflow="crop")


def has_colours(console: "Console") -> bool:
    """Whether stones can be discs of their colours there; else letters must tell them apart."""
    return bool(console.color_system) and not console.options.ascii_only


def console_of_stdout() -> "Console":
    """The console of stdout, as wide as the terminal; where there is none, as wide as its lines."""
    return _console(stderr=False)


def console_of_stderr() -> "Console":
    """The console of stderr, likewise."""
    return _console(stderr=True)


def _console(*, stderr: bool) -> "Console":
    from rich.console import Console

    console = Console(stderr=stderr, highlight=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = _PIPE_WIDTH
    return console


@contextmanager
def progress_bar(what: str = "") -> Iterator[Callable[[int, int], None]]:
    """A bar on stderr, where that is a terminal, moved by what is yielded: done, total."""
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    text = [TextColumn("{task.description}", markup=False)] if what else []
    columns = (*text, BarColumn(bar_width=None), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console_of_stderr(), transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task(printable(what))

        def move(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        yield move


def tracked(items: Iterable[Item], what: str, *, total: int) -> Iterator[Item]:
    """The items one by one, with a bar that says what is done with them and how far it is."""
    with progress_bar(what) as move:
        for done, item in enumerate(items):
            move(done, total)
            yield item
