"""`honte corpus`: games from SGF files and archives into one file, and what is in it."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

from honte.data.settings import CorpusFilters

if TYPE_CHECKING:
    from rich.console import Console

app = App(
    name="corpus",
    help="Build a corpus of games from SGF files and archives.",
    default_parameter=Parameter(negative_iterable=()),
)

Json = Annotated[bool, Parameter(name="--json", negative=())]
SHOWN = 12
"""Lines of a table of `info`, at most."""


@app.command
def build(
    source: list[Path],
    /,
    *,
    output: Annotated[Path, Parameter(alias="-o")],
    filters: Annotated[CorpusFilters | None, Parameter(name="*")] = None,
    workers: int | None = None,
    json_: Json = False,
) -> None:
    """Read SGF files, folders and archives into one corpus file.

    A build that was killed goes on when the same command is given again. Whatever gave no game is listed with
    its reason beside the corpus, in a file that ends in .refused.csv.

    Parameters
    ----------
    source
        SGF files, folders of them, and archives: .zip, .tar, .tar.gz, .tar.bz2, .tar.xz.
    output
        The corpus to write, for example games.parquet.
    workers
        Number of processes; by default one a core.
    json_
        Print what was made as JSON.
    """
    from honte.data.build import build as build_corpus
    from honte.data.corpus import refusals_path

    with progress_bar() as progress:
        report = build_corpus(source, output, filters=filters, workers=workers, progress=progress)
    refusals = refusals_path(output)
    if json_:
        made = {"corpus": str(output), **report._asdict(), "refusals": str(refusals)}
        print(json.dumps(made, ensure_ascii=False))
        return
    print(f"{output}: {report.games:,} games, {report.moves:,} moves, {output.stat().st_size / 1e6:,.1f} MB")
    if report.refused:
        kinds = ", ".join(f"{count:,} {kind}" for kind, count in sorted(report.refused.items()))
        print(f"{refusals}: {sum(report.refused.values()):,} not taken ({kinds})")


@app.command
def info(corpus: Path, /, *, json_: Json = False) -> None:
    """Show what is in a corpus, and what was refused when it was built.

    Parameters
    ----------
    corpus
        The corpus file.
    json_
        Print it as JSON.
    """
    from rich.console import Console

    from honte.data.summary import summarise

    summary = summarise(corpus)
    if json_:
        print(json.dumps(summary, ensure_ascii=False))
    else:
        show(summary, Console())


def show(summary: dict[str, Any], console: "Console") -> None:
    """Print a summary: the figures, then a table of each count."""
    from rich.markup import escape
    from rich.table import Table

    console.print(
        f"{summary['corpus']}: {summary['games']:,} games, {summary['positions']:,} positions, "
        f"{summary['bytes'] / 1e6:,.1f} MB ({summary['bytes_per_position']} bytes a position)",
        highlight=False, markup=False, soft_wrap=True,
    )
    for title, counts in summary.items():
        if not isinstance(counts, dict) or not counts:
            continue
        table = Table(title, "count", box=None, padding=(0, 2, 0, 0))
        table.columns[1].justify = "right"
        for name, count in list(counts.items())[:SHOWN]:
            table.add_row(escape(name) or "(none)", f"{count:,}")
        if len(counts) > SHOWN:
            table.add_row(f"… {len(counts) - SHOWN} more", f"{sum(list(counts.values())[SHOWN:]):,}")
        console.print()
        console.print(table, highlight=False)


@contextmanager
def progress_bar() -> Iterator[Callable[[int, int], None]]:
    """A bar on stderr, where that is a terminal, moved by what is yielded: done, total."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (BarColumn(bar_width=None), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("corpus")

        def move(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        yield move
