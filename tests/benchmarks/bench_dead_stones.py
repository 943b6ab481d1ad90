"""How often the dead stones are GNU Go's: `python tests/benchmarks/bench_dead_stones.py [games size]`.

GNU Go plays games with itself after a few moves at random; at the end its `final_status_list dead` is held against
`engine.scoring`, chain by chain, and every disagreement is listed.
"""

import os
import shutil
import sys

import numpy as np

from engine.client import Engine
from engine.rules import JAPANESE
from engine.scoring import Judgement, format_result
from features.board import BLACK, Board, opponent
from features.coordinates import point_to_vertex, vertex_to_point

KOMI = 6.5


def play(command: list[str], size: int, seed: int) -> tuple[Board, set[int], str]:
    """A finished game, the points GNU Go calls dead and the score it sees."""
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
        dead = engine.send("final_status_list dead").split()
        return board, {vertex_to_point(vertex, size) for vertex in dead}, engine.send("final_score")


def main() -> None:
    games, size = (2, 7) if "--smoke" in sys.argv else [int(number) for number in sys.argv[1:3]] or (100, 9)
    path = shutil.which("gnugo", path=f"{os.environ['PATH']}{os.pathsep}/usr/games")
    if path is None:
        print("GNU Go is not installed")
        return
    chains = agreed = scores = 0
    for seed in range(games):
        board, theirs, score = play([path, "--mode", "gtp", "--level", "1"], size, seed)
        judgement = Judgement.of(board)
        scores += format_result(judgement.margin(komi=KOMI, rules=JAPANESE)) == score
        for status in ("alive", "dead", "seki"):
            for chain in judgement.chains(status):
                chains += 1
                same = (chain[0] in theirs) == (status == "dead")
                agreed += same
                if not same:
                    vertex = point_to_vertex(chain[0], size)
                    print(f"game {seed}: {len(chain)} stones at {vertex}: {status}, held {judgement.hold(chain):+.2f}")
    print(f"{agreed} of {chains} chains ({agreed / chains:.1%}), {scores} of {games} scores, on {size}x{size}")


if __name__ == "__main__":
    main()
