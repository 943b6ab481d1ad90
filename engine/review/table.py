"""Reviews of many games as one table, in a way that can be killed and gone on with."""

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from honte.data.grammar import SgfError
from honte.data.record import GameRecord
from honte.data.sgf import iter_games
from honte.data.sources import Refusal, SgfFile, iter_sgf, size_on_disk, source_files
from honte.engine.review.game import Review, phase
from honte.engine.review.journal import Journal
from honte.features.board import BLACK, WHITE
from honte.features.errors import escaped
from honte.policy.evaluation import PHASES
from honte.policy.files import write_atomically
from honte.policy.predictor import Predictor

_PHASE_NAMES = [phase(first) for first, _ in PHASES]
SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in ("source", "colour", "player", "rank", "opponent", "opponent_rank")),
        *((name, pa.string()) for name in ("result", "date")),
        ("size", pa.int32()),
        ("moves", pa.int32()),
        *((name, pa.float64()) for name in ("top1", "top5", "probability", "cross_entropy")),
        *((f"top1_{name}", pa.float64()) for name in _PHASE_NAMES),
    ]
)
"""One row a game and player."""
REFUSED = pa.schema([("source", pa.string()), ("reason", pa.string())])


def review_all(
    paths: Sequence[Path],
    output: Path,
    *,
    predictor: Predictor,
    identity: str,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> dict[str, int]:
    """Review every game of files, folders and archives into a Parquet or CSV table; what was refused stands beside it.

    What is done is kept in `OUTPUT.part`, and a run of the same sources and network (`identity` names it) goes on from
    there. Returns how many games were reviewed and how many refused. Raises HonteError.
    """
    sources = [str(path.resolve()) for path in paths]
    journal = Journal(Path(f"{output}.part"), {"network": identity, "sources": sources})
    total = sum(size_on_disk(path) for path in source_files(paths))
    with journal:
        for place, file in enumerate(iter_sgf(paths)):
            name = file.source if isinstance(file, Refusal) else file.name
            if not journal.has(place, name):
                journal.add(name, list(_entries(file, predictor)))
            if isinstance(file, SgfFile):
                progress(file.consumed, total)
    entries = list(journal.entries())
    refused = [{name: escaped(entry[name]) for name in REFUSED.names} for entry in entries if "reason" in entry]
    rows = [row for entry in entries for row in entry.get("rows", [])]
    _write(pa.Table.from_pylist(rows, SCHEMA), output)
    refusals = output.with_name(f"{output.name}.refused.csv")
    if refused:
        _write(pa.Table.from_pylist(refused, REFUSED), refusals)
    else:
        refusals.unlink(missing_ok=True)
    journal.path.unlink()
    return {"games": len(entries) - len(refused), "refused": len(refused)}


def games_of(
    paths: Sequence[Path], *, progress: Callable[[int, int], None] = lambda done, total: None
) -> Iterator[GameRecord | Refusal | SgfError]:
    """The games of files, folders and archives, and what gave none."""
    total = sum(size_on_disk(path) for path in source_files(paths))
    for file in iter_sgf(paths):
        if isinstance(file, Refusal):
            yield file
            continue
        yield from iter_games(file.data, source=file.name)
        progress(file.consumed, total)


def _entries(file: SgfFile | Refusal, predictor: Predictor) -> Iterator[dict[str, Any]]:
    """The rows of each game of a file, or why there are none."""
    if isinstance(file, Refusal):
        yield {"source": file.source, "reason": file.reason}
        return
    for game in iter_games(file.data, source=file.name):
        if isinstance(game, SgfError):
            yield {"source": game.source, "reason": game.reason}
            continue
        try:
            yield {"rows": _rows(game, Review(game, predictor))}
        except SgfError as error:
            yield {"source": error.source, "reason": error.reason}


def _rows(record: GameRecord, review: Review) -> list[dict[str, Any]]:
    players = {
        BLACK: ("black", record.black, record.black_rank, record.white, record.white_rank),
        WHITE: ("white", record.white, record.white_rank, record.black, record.black_rank),
    }
    rows = []
    for side, phases in review.predictability().items():
        if "all" not in phases:
            continue
        colour, player, rank, opponent, opponent_rank = players[side]
        rows.append(
            {
                "source": record.source,
                "colour": colour,
                "player": player,
                "rank": rank,
                "opponent": opponent,
                "opponent_rank": opponent_rank,
                "result": record.result,
                "date": record.date,
                "size": record.size,
                **asdict(phases["all"]),
                **{f"top1_{name}": phases[name].top1 if name in phases else None for name in _PHASE_NAMES},
            }
        )
    return rows


def _write(table: pa.Table, path: Path) -> None:
    buffer = io.BytesIO()
    if path.suffix.lower() == ".parquet":
        pyarrow.parquet.write_table(table, buffer)
    else:
        pyarrow.csv.write_csv(table, buffer)
    write_atomically(path, buffer.getvalue())
