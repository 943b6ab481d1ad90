"""How often the dead stones are GNU Go's: `python tests/benchmarks/bench_dead_stones.py [GAMES SIZE | FOLDER …]`.

GNU Go plays games with itself after a few moves at random, or is shown those of `honte match` in the folders that were
not resigned; at the end its `final_status_list dead` is held against `honte.features.scoring`, chain by chain, and
every disagreement is listed.
"""

import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from honte.data.sgf import parse
from honte.engine.match.client import Engine
from honte.features.board import BLACK, Board, decode_move, opponent
from honte.features.coordinates import point_to_vertex, vertex_to_point
from honte.features.rules import JAPANESE, named
from honte.features.scoring import Judgement, format_result

KOMI = 6.5


Ending = tuple[str, Board, set[int], bool]
"""A name, a finished game, the points that GNU Go calls dead, and whether its score is ours."""


def play(command: list[str], size: int, seed: int) -> Ending:
    """A game of GNU Go with itself."""
    board, colour, passes = Board(size), BLACK, 0
    random = np.random.default_rng(seed)
    with Engine([*command, "--seed", str(seed + 1), "--japanese-rules"]) as engine:
        engine.boardsize(size)
        engine.send(f"komi {KOMI}")
        for _ in range(int(random.integers(2, size))):
            point = int(random.choice(np.flatnonzero(board.legal_points(colour))))
            engine.play("bw"[colour - 1], point_to_vertex(point, size))
            board.play(colour, point)
            colour = opponent(colour)
        while passes < 2:
            point = vertex_to_point(engine.genmove("bw"[colour - 1]), size)
            board.play(colour, point)
            passes = passes + 1 if point == size**2 else 0
            colour = opponent(colour)
        score = format_result(Judgement.of(board).margin(komi=KOMI, rules=JAPANESE))
        return f"game {seed}", board, called_dead(engine, size), lead(engine.send("final_score")) == lead(score)


def lead(result: str) -> float:
    """Black's points more than White's by a count: `B+18` is as good as `B+18.0`."""
    return {"B": 1.0, "W": -1.0}.get(result[0], 0.0) * float(result[2:] or 0)


def called_dead(engine: Engine, size: int) -> set[int]:
    return {vertex_to_point(vertex, size) for vertex in engine.send("final_status_list dead").split()}


def show(command: list[str], folders: list[str]) -> Iterator[Ending]:
    """The games of matches that were played to the end."""
    for path in sorted(path for folder in folders for path in Path(folder).glob("*.sgf")):
        record = parse(path.read_bytes())
        if not re.search(r"\d", record.result):
            continue
        territory = named(record.rules).scoring == "TERRITORY"
        with Engine([*command, "--japanese-rules" if territory else "--chinese-rules"]) as engine:
            engine.boardsize(record.size)
            engine.send(f"komi {record.komi}")
            for colour, point in map(decode_move, record.moves.tolist()):
                engine.play("bw"[colour - 1], point_to_vertex(point, record.size))
            dead = called_dead(engine, record.size)
            yield (
                f"{path.parent.name}/{path.stem}",
                record.board(),
                dead,
                lead(engine.send("final_score")) == lead(record.result),
            )


def main() -> None:
    arguments = ["2", "7"] if "--smoke" in sys.argv else sys.argv[1:] or ["100", "9"]
    path = shutil.which("gnugo", path=f"{os.environ['PATH']}{os.pathsep}/usr/games")
    if path is None:
        print("GNU Go is not installed")
        return
    command = [path, "--mode", "gtp", "--level", "1"]
    if arguments[0].isdigit():
        games, size = map(int, arguments)
        endings: Iterator[Ending] = (play(command, size, seed) for seed in range(games))
    else:
        endings = show(command, arguments)
    games = chains = agreed = scores = 0
    for name, board, theirs, same_score in endings:
        judgement = Judgement.of(board)
        games += 1
        scores += same_score
        for status in ("alive", "dead", "seki"):
            for chain in judgement.chains(status):
                chains += 1
                same = (chain[0] in theirs) == (status == "dead")
                agreed += same
                if not same:
                    vertex = point_to_vertex(chain[0], board.size)
                    print(f"{name}: {len(chain)} stones at {vertex}: {status}, held {judgement.hold(chain):+.2f}")
    print(f"{agreed} of {chains} chains ({agreed / max(chains, 1):.1%}), {scores} of {games} scores")


if __name__ == "__main__":
    main()
