"""How many of GNU Go's regression positions an engine answers as their authors wish, by size of board.

`python tests/benchmarks/bench_regressions.py FOLDER [--size N …] [--engine COMMAND]`, where FOLDER is `regression` of
GNU Go's sources: its files `.tst` load games, ask `reg_genmove`, and say which answers are right. The engine is Honte
unless a command is given. Games that are not there are named. With --smoke there is one position, made up.
"""

import argparse
import re
import shlex
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import gtp

from honte.data.load import load
from honte.engine.match.client import Engine
from honte.features.errors import HonteError
from honte.policy.wilson import wilson

SETUP = ("loadsgf", "play", "undo", "komi", "boardsize", "clear_board")


class Question(NamedTuple):
    name: str
    """The file and the number in it."""
    size: int
    setup: list[str]
    ask: str
    wanted: re.Pattern[str]
    unwanted: bool
    """Whether every answer is right but those."""


def questions(folder: Path) -> Iterator[Question]:
    for path in sorted(folder.glob("*.tst")):
        setup: list[str] = []
        size, number, ask = 19, "", ""
        for line in path.read_text(encoding="latin-1").splitlines():
            words = line.split()
            if answer := re.match(r"#\? *\[(!?)(.*)\]\*?$", line):
                if ask and size:
                    wanted = re.compile(f"({answer[2]})", re.IGNORECASE)
                    yield Question(f"{path.stem}:{number}", size, setup.copy(), ask, wanted, bool(answer[1]))
                ask = ""
            elif len(words) > 2 and words[1] == "reg_genmove":
                number, ask = words[0], " ".join(words[1:])
            elif words and words[0] in SETUP:
                if words[0] == "loadsgf":
                    setup, ask, words[1] = [], "", str(folder / words[1])
                    size = _size_of(words[1])
                setup.append(" ".join(words))


def _size_of(path: str) -> int:
    """The size of a game's board, 0 where there is no such game."""
    try:
        return load(path).size
    except HonteError as error:
        print(error)
        return 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--size", type=int, nargs="+", help="only boards of these sizes")
    parser.add_argument("--engine", default=shlex.join([sys.executable, "-m", "honte", "gtp"]), help="its command line")
    parser.add_argument("--smoke", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary, Engine(given.engine, timeout=600) as engine:
        folder = given.folder
        if given.smoke:
            folder = Path(temporary)
            (folder / "one.sgf").write_text("(;SZ[9];B[ee];W[de];B[dd];W[ce];B[cd];W[ef])")
            (folder / "one.tst").write_text("loadsgf one.sgf 5\n1 reg_genmove white\n#? [!E5]\n")
        elif folder is None:
            parser.error("give the folder `regression` of GNU Go's sources, or --smoke")
        right, asked = Counter[int](), Counter[int]()
        for question in questions(folder):
            if given.size and question.size not in given.size:
                continue
            try:
                for command in question.setup:
                    engine.send(command)
                answer = engine.send(question.ask)
            except gtp.FailedCommand as error:
                print(f"{question.name}: {error}")
                continue
            asked[question.size] += 1
            right[question.size] += bool(question.wanted.fullmatch(answer)) != question.unwanted
        for size, count in sorted(asked.items()):
            low, high = wilson(right[size] / count, count)
            print(f"{size}x{size}: {right[size]} of {count}, {right[size] / count:.1%} ({low:.1%} to {high:.1%})")
        small = [size for size in asked if size != 19]
        print(f"not 19x19: {sum(right[size] for size in small)} of {sum(asked[size] for size in small)}")


if __name__ == "__main__":
    try:
        main()
    except HonteError as error:
        sys.exit(str(error))
