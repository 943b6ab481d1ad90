"""`honte corpus`: games from SGF files and archives into one file, and what is in it."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

from honte.data.settings import CorpusFilters
from honte.engine.cli.options import Json, OptionalCount, Output
from honte.engine.cli.terminal import counted, progress_bar, say, say_json, show, table

if TYPE_CHECKING:
    from rich.table import Table

app = App(
    name="corpus",
    help="Build a corpus of games from SGF files and archives.",
    default_parameter=Parameter(negative_iterable=()),
)

SHOWN = 12
"""Lines of a table of `info`, at most."""


@app.command
def build(
    source: list[Path],
    /,
    *,
    output: Output,
    filters: Annotated[CorpusFilters | None, Parameter(name="*")] = None,
    workers: OptionalCount = None,
    json_: Json = False,
) -> None:
    """Read SGF files, folders and archives into one corpus file.

    A build that was killed goes on when the same command is given again. Whatever gave no game is listed with
    its reason beside the corpus, in a file that ends in .refused.csv.

    Parameters
    ----------
    source
        SGF files (also .sgf.gz), folders of them, and archives: .zip, .tar, .tar.gz, .tar.bz2, .tar.xz, .tar.zst.
    output
        The corpus to write, for example games.parquet.
    workers
        Number of processes; by default one a core.
    """
    from honte.data.build import build as build_corpus
    from honte.data.corpus import refusals_path

    with progress_bar() as progress:
        report = build_corpus(source, output, filters=filters, workers=workers, progress=progress)
    refusals = refusals_path(output)
    if json_:
        say_json({"corpus": str(output), **report._asdict(), "refusals": str(refusals)})
        return
    games, moves = counted(report.games, "game"), counted(report.moves, "move")
    say(f"{output}: {games}, {moves}, {output.stat().st_size / 1e6:,.1f} MB")
    refused = {kind: count for kind, count in sorted(report.refused.items()) if kind != "cut"}
    if refused:
        kinds = ", ".join(f"{count:,} {kind}" for kind, count in refused.items())
        say(f"{refusals}: {sum(refused.values()):,} not taken ({kinds})")
    if cut := report.refused.get("cut"):
        say(f"{refusals}: {cut:,} taken up to a fault")


@app.command
def info(corpus: Path, /, *, json_: Json = False) -> None:
    """Show what is in a corpus, and what was refused when it was built.

    Parameters
    ----------
    corpus
        The corpus file.
    """
    from honte.data.summary import summarise

    summary = summarise(corpus)
    if json_:
        say_json(summary)
        return
    say(
        f"{summary['corpus']}: {counted(summary['games'], 'game')}, {counted(summary['positions'], 'position')}, "
        f"{summary['bytes'] / 1e6:,.1f} MB ({summary['bytes_per_position']} bytes a position)"
    )
    say("")
    show(*_tables(summary))


def _tables(summary: dict[str, Any]) -> "Iterator[Table]":
    """A table of each count of a summary."""
    for title, counts in summary.items():
        if not isinstance(counts, dict) or not counts:
            continue
        rows = [(name or "(none)", f"{count:,}") for name, count in list(counts.items())[:SHOWN]]
        if len(counts) > SHOWN:
            rows.append((f"… {len(counts) - SHOWN} more", f"{sum(list(counts.values())[SHOWN:]):,}"))
        yield table(title, ">count", rows=rows)
