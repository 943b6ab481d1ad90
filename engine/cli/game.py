"""The game of a file that a command was given, and what its user should know about it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from honte.data.grammar import SgfError
from honte.data.load import read_sgf
from honte.data.record import GameRecord
from honte.data.sgf import iter_games
from honte.engine.cli.terminal import note
from honte.features.errors import HonteError, IllegalMove


def first_game(path: Path) -> GameRecord:
    """The first game of an SGF file; that there are others, and what was mended in reading it, goes to stderr.

    HonteError or OSError says why there is none.
    """
    file = read_sgf(path)
    games = iter_games(file.data, source=file.name)
    record = next(games)
    if isinstance(record, SgfError):
        raise record
    warnings: list[str] = list(record.warnings)
    if next(games, None):
        warnings.insert(0, "holds several games: this is the first")
    tell(path, warnings)
    return record


@contextmanager
def naming(record: GameRecord) -> Iterator[None]:
    """Within, a move that breaks the rules is told with the file that it is in."""
    try:
        yield
    except IllegalMove as error:
        raise HonteError(f"{record.source}: {error}") from None


def tell(path: Path, warnings: list[str]) -> None:
    """Print on stderr what was found in a file."""
    for warning in warnings:
        note(f"honte: {path}: {warning}")
