"""How many positions a second the 48 planes are written for, on one core.

    python tests/benchmarks/bench_planes.py ARCHIVE [--games 1000]
    python tests/benchmarks/bench_planes.py --smoke

ARCHIVE is any source of 19x19 games; --smoke takes random games of its own.
"""

import argparse
import time
from pathlib import Path

import numpy as np

from honte.features.board import BLACK, Board, opponent
from honte.features.planes import check_game, extract_plies

IN_ORDER, AT_RANDOM = 80_000, 25_000
"""The rates wanted of one core."""


def real_games(archive: Path, count: int) -> list[tuple[np.ndarray, np.ndarray]]:
    from honte.data.sgf import parse
    from honte.data.sources import iter_sgf

    games = []
    for file in iter_sgf([archive]):
        record = parse(file.data, source=file.name)
        if record.size == 19 and len(record.moves) and check_game(record.moves, size=19, setup=record.setup) < 0:
            games.append((record.moves, record.setup))
        if len(games) == count:
            break
    return games


def random_games(count: int) -> list[tuple[np.ndarray, np.ndarray]]:
    chance, games = np.random.default_rng(0), []
    for _ in range(count):
        board, colour = Board(19), BLACK
        for _ in range(200):
            board.play(colour, int(chance.choice(np.flatnonzero(board.legal_points(colour)))))
            colour = opponent(colour)
        games.append((np.array(board.moves, np.uint16), board.setup))
    return games


def best_rate(positions: int, work, repeats: int) -> float:
    """Positions a second of this thread's processor time, the best of several runs."""
    times = []
    for _ in range(repeats):
        start = time.thread_time()
        work()
        times.append(time.thread_time() - start)
    return positions / min(times)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("archive", nargs="?", type=Path)
    parser.add_argument("--games", type=int, default=1000)
    parser.add_argument("--smoke", action="store_true")
    arguments = parser.parse_args()
    if not arguments.smoke and arguments.archive is None:
        parser.error("name an archive of games, or --smoke")

    games = random_games(5) if arguments.smoke else real_games(arguments.archive, arguments.games)
    out = np.empty((max(len(moves) for moves, _ in games), 48, 19, 19), np.uint8)
    chance = np.random.default_rng(0)
    every_ply = [np.arange(len(moves), dtype=np.int32) for moves, _ in games]
    one_ply = [chance.integers(0, len(moves), 1).astype(np.int32) for moves, _ in games]

    def extract(plies: list[np.ndarray]) -> None:
        for (moves, setup), wanted in zip(games, plies, strict=True):
            extract_plies(moves, wanted, size=19, setup=setup, out=out[: len(wanted)])

    extract(one_ply)
    repeats = 1 if arguments.smoke else 5
    positions = sum(map(len, every_ply))
    for name, rate, wanted in (
        (f"all {positions:,} positions of {len(games):,} games in order",
         best_rate(positions, lambda: extract(every_ply), repeats), IN_ORDER),
        (f"one random position of each of {len(games):,} games",
         best_rate(len(games), lambda: extract(one_ply), repeats), AT_RANDOM),
    ):
        print(f"{name}: {rate:,.0f} positions/s, {rate / wanted:.2f} of the {wanted:,} wanted")


if __name__ == "__main__":
    main()
