"""`honte match`: games between two GTP engines."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from honte.engine.cli.options import Json, Output
from honte.engine.cli.terminal import console_of_stderr, counted, note, say_json, show, table
from honte.engine.match.settings import MatchSettings

if TYPE_CHECKING:
    from rich.table import Table

    from honte.engine.match.series import Standing
    from honte.features.board import Board


def match(
    first: str,
    second: str,
    /,
    *,
    output: Output = Path("match"),
    settings: Annotated[MatchSettings | None, Parameter(name="*")] = None,
    json_: Json = False,
) -> None:
    """Let two engines play a match, and say how much stronger the first is.

    Every move is checked, every game scored and every clock kept here. A match that was stopped or killed goes on when
    the same command is given again, and with more --games it is prolonged.

    Parameters
    ----------
    first
        Command line of a GTP engine, such as "honte gtp --temperature 1".
    second
        Command line of its opponent, such as "gnugo --mode gtp --level 10".
    output
        Folder for the games as SGF, one file each.
    """
    from honte.engine.match.series import play_match

    settings = settings or MatchSettings()
    with _display(first, second, settings) as watch:
        standing = play_match((first, second), settings, output, watch=watch)
    if json_:
        say_json({"first": first, "second": second, **standing.as_json()})
    else:
        show(_table(first, second, standing))


@contextmanager
def _display(
    first: str, second: str, settings: MatchSettings
) -> "Iterator[Callable[[Standing, Board | None], None]]":
    """Show on stderr how it goes: a table where that is a terminal, else a line for every game."""
    from rich.live import Live

    if not sys.stderr.isatty():
        yield lambda standing, board: None if board else _tell(standing, settings)
        return
    with Live(console=console_of_stderr(), transient=True, refresh_per_second=4) as live:

        def watch(standing: "Standing", board: "Board | None") -> None:
            shown = _table(first, second, standing)
            if board:
                shown.caption = f"game {len(standing.games) + 1} of {settings.games}, move {len(board.moves)}"
            live.update(shown)

        yield watch


def _tell(standing: "Standing", settings: MatchSettings) -> None:
    game = standing.games[-1]
    fault = f"; {game.outcome.fault}" if game.outcome.fault else ""
    note(
        f"game {game.number + 1} of {settings.games}: {game.outcome.record.result} after "
        f"{counted(len(game.outcome.record.moves), 'move')}{fault}; {standing.wins(0)} : {standing.wins(1)}"
    )


def _table(first: str, second: str, standing: "Standing") -> "Table":
    low, high = standing.interval
    rows = []
    for engine, name in enumerate((first, second)):
        rate, bounds = standing.rate, (low, high)
        if engine and rate is not None:
            rate, bounds = 1 - rate, (1 - high, 1 - low)
        rows.append(
            (
                name,
                standing.wins(engine),
                standing.wins(1 - engine),
                standing.draws,
                standing.forfeits(engine),
                "" if rate is None else f"{rate:.0%} ({bounds[0]:.0%} … {bounds[1]:.0%})",
                "" if rate is None else f"{_elo(rate)} ({_elo(bounds[0])} … {_elo(bounds[1])})",
            )
        )
    return table("engine", ">won", ">lost", ">drawn", ">forfeits", ">won (95 %)", ">Elo (95 %)", rows=rows)


def _elo(rate: float) -> str:
    from honte.engine.match.series import elo

    points = elo(rate)
    return ("+∞" if rate else "-∞") if points is None else f"{points:+.0f}"
