"""Many SGFs to one corpus, on all cores, in steps that survive a kill.

The files are cut into parts. What becomes of a part depends on its files and the filters alone; it is kept in
`OUTPUT.parts` under their hash until the corpus is whole, and a build that finds parts of its own there
goes on from them. The corpus is put together from the parts in the order of the sources, so it is the same
however often the build was killed and whatever the number of workers.
"""

import csv
import hashlib
import json
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from honte.data.corpus import WRITTEN, CorpusError, refusals_path
from honte.data.pool import parallel
from honte.data.reading import Part, read_files
from honte.data.settings import CorpusFilters, SettingError
from honte.data.sources import Refusal, SgfFile, iter_sgf, size_on_disk, source_files
from honte.features.errors import Reason, escaped

FORMAT = 4
"""To be raised when the same files give other parts."""
PART_FILES, PART_BYTES = 512, 1 << 20
"""What a part is cut at, whichever comes first."""
ROW_GROUP = 10_000
"""Games at least in a row group of the corpus, the last one apart."""


class BuildReport(NamedTuple):
    """What a build made."""

    games: int
    moves: int
    refused: dict[str, int]
    """By kind; `cut` counts games that were taken, but only up to a fault."""


def build(
    sources: Sequence[Path | str] | Path | str,
    output: Path | str,
    *,
    filters: CorpusFilters | None = None,
    workers: int | None = None,
    progress: Callable[[int, int], None] = lambda consumed, total: None,
) -> BuildReport:
    """Read the sources into a corpus file, and what gave no game into the table of refusals beside it.

    Sources are SGF files, archives and folders, or one of them.
    `progress` is called with the bytes of the sources read and their total. `workers` is the number of
    processes, by default one a core; they are spawned, so a script needs `if __name__ == "__main__"`.
    Raises SourceError for a source that is not there, CorpusError when nothing can be written or no game is
    left.
    """
    paths = [Path(source) for source in ([sources] if isinstance(sources, Path | str) else sources)]
    output = Path(output)
    filters = filters or CorpusFilters()
    workers = workers or os.cpu_count() or 1
    if workers < 1:
        raise SettingError(f"workers {workers} is less than 1")
    total = sum(map(size_on_disk, source_files(paths)))
    parts = output.with_name(f"{output.name}.parts")
    if output.is_dir():
        raise CorpusError(f"{output}: this is a folder: name the file to write in it")
    try:
        parts.mkdir(exist_ok=True)
    except OSError as error:
        raise CorpusError(f"{output}: nothing can be written there: {error.strerror}") from None
    order: list[Path] = []

    def tasks() -> Iterator[tuple[str, list[SgfFile | Refusal]]]:
        for files in cut(iter_sgf(paths)):
            order.append(parts / f"{len(order):06d}-{fingerprint(files, filters)}.arrow")
            if not order[-1].exists():
                yield order[-1].name, files
            progress(max((file.consumed for file in files if isinstance(file, SgfFile)), default=0), total)

    work = partial(read_files, filters=filters)
    try:
        for name, part in parallel(work, tasks(), workers=workers):
            write_part(parts / name, part)
        report = put_together(order, output)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error).splitlines()[0]
        raise CorpusError(f"{output}: cannot be written: {reason}") from None
    shutil.rmtree(parts)
    return report


def cut(files: Iterable[SgfFile | Refusal]) -> Iterator[list[SgfFile | Refusal]]:
    """The files in lists of about equal work."""
    part: list[SgfFile | Refusal] = []
    size = 0
    for file in files:
        part.append(file)
        size += len(file.data) if isinstance(file, SgfFile) else 0
        if len(part) == PART_FILES or size >= PART_BYTES:
            yield part
            part, size = [], 0
    if part:
        yield part


def fingerprint(files: Iterable[SgfFile | Refusal], filters: CorpusFilters) -> str:
    """A name for what becomes of the files under the filters."""
    digest = hashlib.blake2b(repr((FORMAT, filters)).encode(), digest_size=12)
    for file in files:
        if isinstance(file, SgfFile):
            digest.update(repr((file.name, len(file.data))).encode())
            digest.update(file.data)
        else:
            digest.update(repr(file).encode())
    return digest.hexdigest()


def write_part(path: Path, part: Part) -> None:
    """Keep a part, whole or not at all."""
    table = pa.Table.from_pylist(part.games, WRITTEN)
    table = table.replace_schema_metadata({"refusals": json.dumps(part.refusals)})
    draft = path.with_suffix(".draft")
    with pa.OSFile(str(draft), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table)
    draft.replace(path)


def _read_part(path: Path) -> tuple[pa.Table, list[Refusal]]:
    """A part's games and refusals."""
    with pa.OSFile(str(path), "rb") as file:
        table = pa.ipc.open_file(file).read_all()
    refusals = [Refusal(*refusal) for refusal in json.loads(table.schema.metadata[b"refusals"])]
    return table.replace_schema_metadata(), refusals


def put_together(parts: Sequence[Path], output: Path) -> BuildReport:
    """Write the corpus and the table of refusals from the parts, each game once."""
    games = moves = 0
    refused: Counter[str] = Counter()
    waiting: list[pa.Table] = []
    draft, refusals_draft = (output.with_name(f"{output.name}.{kind}.draft") for kind in ("games", "refused"))
    with (
        pq.ParquetWriter(draft, WRITTEN, compression="zstd", compression_level=6) as writer,
        refusals_draft.open("w", encoding="utf-8", newline="") as file,
    ):
        lines = csv.writer(file, lineterminator="\n")
        lines.writerow(Refusal._fields)
        for table, refusals in _without_duplicates(parts):
            lines.writerows(map(escaped, refusal) for refusal in refusals)
            refused.update(refusal.kind for refusal in refusals)
            games += len(table)
            moves += pc.sum(pc.list_value_length(table["moves"])).as_py() or 0
            waiting.append(table)
            if sum(map(len, waiting)) >= ROW_GROUP:
                writer.write_table(pa.concat_tables(waiting).combine_chunks())
                waiting.clear()
        if waiting:
            writer.write_table(pa.concat_tables(waiting).combine_chunks())
    refusals_draft.replace(refusals_path(output))
    if not games:
        draft.unlink()
        raise CorpusError(f"{output}: not one game was taken; {refusals_path(output)} says why")
    draft.replace(output)
    return BuildReport(games, moves, dict(refused))


def _without_duplicates(parts: Sequence[Path]) -> Iterator[tuple[pa.Table, list[Refusal]]]:
    """The parts' games and refusals; games that have come before are among the refusals."""
    first: dict[bytes, str] = {}
    for part in parts:
        table, refusals = _read_part(part)
        new = []
        for key, source in zip(table["key"].to_pylist(), table["source"].to_pylist(), strict=True):
            new.append(key not in first)
            if key in first:
                refusals.append(Refusal.because(source, "duplicate", Reason("is the same game as {}", first[key])))
            else:
                first[key] = source
        yield table.filter(pa.array(new, pa.bool_())), refusals
