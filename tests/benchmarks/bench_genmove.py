"""What a move costs beyond the network: `python tests/benchmarks/bench_genmove.py [SIZE …]`.

The networks that come with Honte play games with themselves on boards of every SIZE, 19 and 9 by default, until there
are 300 moves, and draw them. A genmove is planes, one call of the network and the choice, and once two fifths of the
board are stones playouts that tell whether to pass or to resign; the bare call is the same network on the same planes,
already of its type. The two are timed in turn in every position of the games.
"""

import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import TypeVar

import torch

from honte.engine.play.player import Player
from honte.engine.play.settings import PlaySettings
from honte.features.board import BLACK, Board, opponent
from honte.features.planes import extract
from honte.policy.predictor import load_network

Answer = TypeVar("Answer")


def seconds(action: Callable[[], Answer]) -> tuple[float, Answer]:
    start = time.perf_counter()
    answer = action()
    return time.perf_counter() - start, answer


def main() -> None:
    sizes = [int(word) for word in sys.argv[1:] if word.isdecimal()] or [19, 9]
    for size in sizes:
        measure(size, moves=20 if "--smoke" in sys.argv else 300)


def measure(size: int, *, moves: int) -> None:
    predictor = load_network()
    network, player = predictor.at(size), Player(predictor, PlaySettings(temperature=1.0, resign_threshold=0.0))
    board, colour, passes = Board(size), BLACK, 0
    bare: list[float] = []
    whole: list[float] = []
    with torch.inference_mode():
        while len(whole) < moves:
            if passes == 2:
                board, colour, passes = Board(size), BLACK, 0
            planes = torch.from_numpy(extract(board, colour)[None])
            planes = planes.to(predictor.dtype, memory_format=torch.channels_last)
            bare.append(seconds(partial(network, planes))[0])
            taken, point = seconds(partial(player.choose, board, colour, komi=7.5))
            whole.append(taken)
            board.play(colour, point)
            passes = passes + 1 if point == size**2 else 0
            colour = opponent(colour)
    median = statistics.median(a / b for a, b in zip(whole, bare, strict=True))
    print(
        f"{size}x{size}: genmove {1e3 * statistics.median(whole):.2f} ms, network alone"
        f" {1e3 * statistics.median(bare):.2f} ms (medians of {len(whole)} moves); ratio in the median {median:.3f}, at"
        f" most 1.15 allowed; over whole games {sum(whole) / sum(bare):.3f}"
    )


if __name__ == "__main__":
    main()
