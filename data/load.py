"""One game from a file, for every command that looks at one."""

from pathlib import Path

from honte.data.record import GameRecord
from honte.data.sgf import parse
from honte.data.sources import Refusal, SgfFile, read_file
from honte.features.errors import HonteError


def load_game(path: Path) -> GameRecord:
    """The first game of an SGF file; HonteError or OSError says why there is none."""
    file = read_game_file(path)
    return parse(file.data, source=file.name)


def read_game_file(path: Path) -> SgfFile:
    """The bytes of an SGF file; HonteError or OSError says why there are none."""
    if not path.is_file():
        raise HonteError(f"there is no SGF file '{path}'")
    file = read_file(path, 0)
    if isinstance(file, Refusal):
        raise HonteError(f"{file.source}: {file.reason}")
    return file
