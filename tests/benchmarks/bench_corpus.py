"""Building and sampling a corpus: `python tests/benchmarks/bench_corpus.py [ARCHIVE] [--smoke]`.

The build, by the command line and on all cores, against a bare loop of sgfmill on each of them over the same files,
already unpacked; the memory of all processes of the build, shared pages counted once (Linux); the size of the corpus;
and batches from one thread. Without an archive, or with --smoke, the games are random ones.
"""

import os
import subprocess
import sys
import tempfile
import time
import zipfile
from itertools import islice
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from sgfmill.sgf import Sgf_game

from honte.data.batches import BatchConfig, BatchStream
from honte.data.corpus import Corpus
from honte.data.record import GameRecord
from honte.data.sgf import serialise
from honte.data.sources import SgfFile, iter_sgf
from honte.features.board import BLACK, Board, opponent

BUILD = "import sys; from honte.engine.cli import main; sys.exit(main())"


def random_games(path: Path, count: int) -> Path:
    """A zip of games of random legal moves."""
    rng = np.random.default_rng(0)
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(count):
            board, colour = Board(19), BLACK
            for _ in range(200):
                board.play(colour, int(rng.choice(np.flatnonzero(board.legal_points(colour)))))
                colour = opponent(colour)
            archive.writestr(f"{number}.sgf", serialise(GameRecord(moves=np.array(board.moves, np.uint16))))
    return path


def bare(files: list[bytes]) -> float:
    """Games a second that sgfmill parses."""
    start = time.perf_counter()
    for data in files:
        Sgf_game.from_bytes(data)
    return len(files) / (time.perf_counter() - start)


def memory(pid: int) -> int:
    """Kilobytes that a process and its children hold, 0 where /proc does not tell."""
    total = 0
    try:
        total = int(Path(f"/proc/{pid}/smaps_rollup").read_text().split("Pss:")[1].split()[0])
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except (OSError, IndexError):
        return total
    return total + sum(memory(int(child)) for child in children)


def build(source: Path, output: Path) -> tuple[float, int]:
    """Seconds it takes, and the peak of memory in kilobytes."""
    command = [sys.executable, "-c", BUILD, "corpus", "build", str(source), "-o", str(output)]
    start, peak = time.perf_counter(), 0
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        while process.poll() is None:
            peak = max(peak, memory(process.pid))
            time.sleep(0.02)
        if process.returncode:
            sys.exit("the build failed")
    return time.perf_counter() - start, peak


def main() -> None:
    archives = [Path(word) for word in sys.argv[1:] if word != "--smoke"]
    with tempfile.TemporaryDirectory() as folder:
        corpus_path = Path(folder, "games.parquet")
        warm_up = random_games(Path(folder, "random.zip"), 20)
        source = archives[0] if archives else warm_up if "--smoke" in sys.argv else random_games(warm_up, 2000)
        files = [file.data for file in iter_sgf([source]) if isinstance(file, SgfFile)]
        build(warm_up, corpus_path)

        cores = os.cpu_count() or 1
        with get_context("spawn").Pool(cores) as pool:
            alone = sum(pool.map(bare, [files[core::cores] for core in range(cores)], chunksize=1))
        seconds, peak = build(source, corpus_path)
        rate = len(files) / seconds
        print(
            f"build: {len(files)} games at {rate:,.0f} games/s on {cores} cores, start and end included; "
            f"bare sgfmill {alone:,.0f}; ratio {rate / alone:.2f}, at least 0.85 wanted"
        )
        print(f"memory: {peak / 1024:,.0f} MB in all processes, at most 500 wanted")
        corpus = Corpus.open(corpus_path)
        print(f"disk: {corpus_path.stat().st_size / corpus.positions:.2f} bytes a position, at most 2.5 wanted")

        stream, count = BatchStream(corpus, BatchConfig(side="all")), 2 if "--smoke" in sys.argv else 100
        for name, batches in (("random", stream.prefetch()), ("in order", stream.in_order())):
            next(batches)
            start = time.perf_counter()
            positions = sum(len(batch.moves) for batch in islice(batches, count))
            print(f"batches, {name}: {positions / (time.perf_counter() - start):,.0f} positions/s from one thread")
            batches.close()


if __name__ == "__main__":
    main()
