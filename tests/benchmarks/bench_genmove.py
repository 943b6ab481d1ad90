"""What a move costs beyond the network: `python tests/benchmarks/bench_genmove.py`.

A genmove is planes, one call of the network and the choice; the bare call is the same network on the same
planes, already floats. Both are timed in turn over the positions of a random game.
"""

import statistics
import sys
import time
from collections.abc import Callable

import numpy as np
import torch

from engine.player import Player
from features.board import BLACK, Board, opponent
from features.planes import extract
from policy.network import NetworkConfig, PolicyNetwork
from policy.predictor import Predictor


def seconds(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def main() -> None:
    moves = 20 if "--smoke" in sys.argv else 200
    network = PolicyNetwork(NetworkConfig()).eval()
    player, random = Player(Predictor(network)), np.random.default_rng(0)
    board, colour = Board(19), BLACK
    bare, whole = [], []
    with torch.inference_mode():
        for _ in range(moves):
            planes = torch.from_numpy(extract(board, colour)[None]).float()
            bare.append(seconds(lambda planes=planes: network(planes)))  # type: ignore[misc]
            whole.append(seconds(lambda colour=colour: player.choose(board, colour, komi=7.5)))  # type: ignore[misc]
            board.play(colour, int(random.choice(np.flatnonzero(board.legal_points(colour)))))
            colour = opponent(colour)
    network_time, genmove_time = statistics.median(bare), statistics.median(whole)
    print(
        f"genmove: {1e3 * genmove_time:.2f} ms, network alone {1e3 * network_time:.2f} ms: "
        f"ratio {genmove_time / network_time:.3f}, at most 1.15 allowed (medians of {moves} moves)"
    )


if __name__ == "__main__":
    main()
