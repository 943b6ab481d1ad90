"""The whole path by the command line, from archives of games to games against GNU Go, with the seconds of each part.

`python tests/benchmarks/bench_whole_path.py TRAINING… --validation ARCHIVE… [--folder DIR] [--steps N] [--games N]`.
Killed and given again with the same folder it goes on. With --smoke the games are random ones and the network is small.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.benchmarks.bench_corpus import random_games

GNU_GO = "--mode gtp --level 1 --chinese-rules"


def honte(title: str, *words: object) -> None:
    """Run one command of Honte, and print how long it took."""
    print(f"\n## {title}\n$ honte {' '.join(map(str, words))}", flush=True)
    start = time.perf_counter()
    if subprocess.run([sys.executable, "-m", "honte", *map(str, words)]).returncode:
        sys.exit(f"this failed: {title}")
    print(f"({time.perf_counter() - start:.1f} s)", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("training", type=Path, nargs="*", help="archives to train on")
    parser.add_argument("--validation", type=Path, nargs="+", default=[], help="archives to measure on")
    parser.add_argument("--folder", type=Path, help="where to work; a temporary folder by default")
    parser.add_argument("--steps", type=int, default=1000, help="training steps of 64 positions")
    parser.add_argument("--games", type=int, default=2, help="games against GNU Go where it is installed")
    parser.add_argument("--smoke", action="store_true", help="random games, a small network")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        if given.smoke:
            given.training = given.validation = [random_games(folder / "some.zip", 8)]
            given.steps = 10
        walk(given, folder)


def walk(given: argparse.Namespace, folder: Path) -> None:
    games, unseen, run = folder / "games.parquet", folder / "unseen.parquet", folder / "run"
    recipe = ("--steps", given.steps, "--decay-steps", given.steps // 2, "--warmup-steps", given.steps // 10)
    if given.smoke:
        recipe += ("--filters", 8, "--batch-size", 8, "--calibration-positions", 8, "--score-positions", 64)
    network = run / "network"

    honte("Build", "corpus", "build", *given.training, "-o", games)
    honte("Build what is measured on", "corpus", "build", *given.validation, "-o", unseen)
    honte("What the corpus holds", "corpus", "info", games)
    honte("Train", "train", "--run", run, "--corpus", games, "--validation", unseen, *recipe)
    honte("Measure", "evaluate", unseen, "--network", network, "--positions", 64 if given.smoke else 10_000)
    honte("Look", "heatmap", "--position", "Q16 D4 Q3 D17", "--network", network)
    player = f"{sys.executable} -m honte gtp --network {network}"
    gnugo = shutil.which("gnugo") or shutil.which("/usr/games/gnugo")
    if gnugo and not given.smoke:
        honte("Play", "match", player, f"{gnugo} {GNU_GO}", "--games", given.games, "-o", folder / "match")


if __name__ == "__main__":
    main()
