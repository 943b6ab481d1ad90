"""What a move costs beyond the network: `python tests/benchmarks/bench_genmove.py [SIZE …]`.

A genmove is planes, one call of the network and the choice; the bare call is the same network on the same
planes, already of its type. The two are timed in turn over the positions of a random game, on boards of every SIZE,
19 and 9 by default.
"""

import statistics
import sys
import time
from collections.abc import Callable

import numpy as np
import torch

from honte.engine.play.player import Player
from honte.features.board import BLACK, Board, opponent
from honte.features.planes import extract
from honte.policy.network import NetworkConfig, PolicyNetwork
from honte.policy.predictor import Predictor


def seconds(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def main() -> None:
    sizes = [int(word) for word in sys.argv[1:] if word.isdecimal()] or [19, 9]
    for size in sizes:
        measure(size, moves=20 if "--smoke" in sys.argv else 100)


def measure(size: int, *, moves: int) -> None:
    predictor, random = Predictor(PolicyNetwork(NetworkConfig(board_size=size))), np.random.default_rng(0)
    player = Player(predictor)
    board, colour = Board(size), BLACK
    bare, whole = [], []
    with torch.inference_mode():
        for _ in range(moves):
            planes = torch.from_numpy(extract(board, colour)[None])
            planes = planes.to(predictor.dtype, memory_format=torch.channels_last)
            bare.append(seconds(lambda planes=planes: predictor.network(planes)))  # type: ignore[misc]
            whole.append(seconds(lambda colour=colour: player.choose(board, colour, komi=7.5)))  # type: ignore[misc]
            board.play(colour, int(random.choice(np.flatnonzero(board.legal_points(colour)))))
            colour = opponent(colour)
    ratio = statistics.median(a / b for a, b in zip(whole, bare, strict=True))
    print(
        f"{size}x{size}: genmove {1e3 * min(whole):.2f} ms, network alone {1e3 * min(bare):.2f} ms (best of {moves}); "
        f"median ratio {ratio:.3f}, at most 1.15 allowed"
    )


if __name__ == "__main__":
    main()
