"""The corpus: games in a Parquet file, one row a game, read whole into flat arrays.

The moves of all games lie in one uint16 array, so a corpus takes little more than two bytes a position in
memory and less on the disk. Any reader of Parquet opens the file; `GameRecord` says what the columns mean.
"""

import csv
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from honte.data.record import GameRecord
from honte.data.sgf import TEXTS
from honte.data.sources import Refusal
from honte.features.board import setup_rows
from honte.features.errors import HonteError, Reason

SCHEMA = pa.schema(
    [
        pa.field(name, kind, nullable=name == "komi")
        for name, kind in {
            "size": pa.uint8(),
            "moves": pa.list_(pa.uint16()),
            "setup": pa.list_(pa.int16()),
            "komi": pa.float64(),
            "handicap": pa.uint16(),
            **dict.fromkeys([*TEXTS, "source"], pa.string()),
            "warnings": pa.list_(pa.string()),
            "key": pa.binary(16),
        }.items()
    ]
)
"""Columns named as the fields of GameRecord; `setup` holds its rows of three one after the other."""
WRITTEN = SCHEMA.append(pa.field("general_warnings", pa.list_(pa.string())))
"""All columns of a file: the last has the warnings without their particulars, as they are counted."""


_MAGIC = b"PAR1"
"""What every file of Parquet begins with."""


class CorpusError(HonteError):
    """A file that is no corpus, or a corpus that cannot be made."""


class Corpus:
    """The games of one corpus file, or of several in order."""

    def __init__(self, table: pa.Table) -> None:
        self.table = table.drop_columns(["moves", "setup"])
        """What is known of the games besides their moves, one row a game."""
        self.moves, self.offsets = flat(table["moves"])
        """Move codes of all games, uint16; game g has those from offsets[g] to offsets[g + 1]."""
        setup, setup_offsets = flat(table["setup"])
        self.setup_stones, self.setup_offsets = setup_rows(setup.reshape(-1, 3)), setup_offsets // 3
        """Setup stones of all games, int16 (k, 3) rows (ply, point, colour), and their offsets by game."""
        self.sizes: npt.NDArray[np.uint8] = table["size"].to_numpy()
        """Board sizes, uint8 (games,)."""

    @classmethod
    def open(cls, *paths: Path | str) -> Self:
        """Read corpus files as one. Raises CorpusError naming the file that is none."""
        if not paths:
            raise CorpusError("no corpus is named: give one or more that 'honte corpus build' made")
        return cls(pa.concat_tables([_read(Path(path)) for path in paths]))

    @property
    def games(self) -> int:
        """The number of games."""
        return len(self.sizes)

    @cached_property
    def positions(self) -> int:
        """The number of moves that are not passes."""
        passes = np.repeat(self.sizes.astype(np.uint16) ** 2, np.diff(self.offsets))
        return int((self.moves >> 1 != passes).sum())

    def setup(self, game: int) -> npt.NDArray[np.int16]:
        """The setup stones of a game, int16 (k, 3) rows (ply, point, colour)."""
        return self.setup_stones[self.setup_offsets[game] : self.setup_offsets[game + 1]]

    def moves_of(self, game: int) -> npt.NDArray[np.uint16]:
        """The move codes of a game, a view."""
        return self.moves[self.offsets[game] : self.offsets[game + 1]]

    def record(self, game: int) -> GameRecord:
        """A game as its record."""
        values = self.table.slice(game, 1).to_pylist()[0]
        del values["key"]
        values["warnings"] = tuple(Reason("{}", warning) for warning in values["warnings"])
        return GameRecord(**values, moves=self.moves_of(game), setup=self.setup(game))


def _read(path: Path) -> pa.Table:
    """The games of a corpus file. Raises CorpusError, which says what it is instead."""
    if path.is_dir():
        raise CorpusError(f"{path}: no corpus, but a folder: 'honte corpus build' makes one of the games in it")
    try:
        with path.open("rb") as file:
            head = file.read(len(_MAGIC))
    except FileNotFoundError:
        raise CorpusError(f"{path}: no such corpus") from None
    except (OSError, ValueError) as error:
        raise CorpusError(f"{path}: cannot be read: {getattr(error, 'strerror', error)}") from None
    if head != _MAGIC:
        kind = "another kind of file" if head else "an empty file"
        raise CorpusError(f"{path}: no corpus, but {kind}: 'honte corpus build' makes one of games")
    try:
        with pq.ParquetFile(path) as file:
            missing = [name for name in SCHEMA.names if name not in file.schema_arrow.names]
            table = file.read(SCHEMA.names)
    except (OSError, pa.ArrowException, ValueError):
        raise CorpusError(f"{path}: damaged or cut off: build it anew with 'honte corpus build'") from None
    if missing:
        raise CorpusError(f"{path}: no corpus that 'honte corpus build' made: it has no column {missing[0]!r}")
    try:
        table = table.cast(SCHEMA)
    except (pa.ArrowException, ValueError):
        raise CorpusError(f"{path}: no corpus that 'honte corpus build' made: its columns hold other things") from None
    if not _sound_setup(table):
        raise CorpusError(f"{path}: damaged: it has setup stones off the board")
    return table


def _sound_setup(table: pa.Table) -> bool:
    """Whether all setup stones lie on their boards: kernels trust them to."""
    rows, offsets = flat(table["setup"])
    if len(rows) % 3 or (offsets % 3).any():
        return False
    points = np.repeat(table["size"].to_numpy().astype(np.int16) ** 2, np.diff(offsets) // 3)
    _, point, colour = rows.reshape(-1, 3).T
    return bool(((point >= 0) & (point < points) & (colour >= 0) & (colour <= 2)).all())


def flat(column: pa.ChunkedArray) -> tuple[npt.NDArray[Any], npt.NDArray[np.int64]]:
    """The values of a column of lists end to end, and where each row's begin: rows + 1 offsets."""
    values = column.combine_chunks().flatten().to_numpy().copy()  # kernels are compiled for writable arrays
    lengths = pc.list_value_length(column).to_numpy()
    return values, np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])


def general_warnings(path: Path) -> list[str]:
    """The warnings of all games of a corpus file, without their particulars where it is not of an earlier version."""
    with pq.ParquetFile(path) as file:
        column = "general_warnings" if "general_warnings" in file.schema_arrow.names else "warnings"
        table = file.read([column])
    return [warning for warnings in table[column].to_pylist() for warning in warnings]


def refusals_path(corpus: Path) -> Path:
    """Where a corpus keeps the table of what was refused: `games.refused.csv` beside `games.parquet`."""
    return corpus.with_name(corpus.name.removesuffix(".parquet") + ".refused.csv")


def read_refusals(corpus: Path) -> list[Refusal]:
    """What was refused when the corpus was built. Raises CorpusError when the table is not there."""
    path = refusals_path(corpus)
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = csv.reader(file)
            next(rows)
            return [Refusal(row[0], row[1], row[2], row[-1]) for row in rows]  # 'general' is not in earlier versions
    except FileNotFoundError:
        raise CorpusError(f"{path}: the corpus's table of refusals is not there") from None
    except (OSError, IndexError, StopIteration, UnicodeDecodeError, csv.Error):
        raise CorpusError(f"{path}: no table of refusals that 'honte corpus build' made") from None
