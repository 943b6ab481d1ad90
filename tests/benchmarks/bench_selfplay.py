"""What self-play costs beyond the network: `python -m tests.benchmarks.bench_selfplay [NETWORK] [--cpu-time]`.

Games of a network against itself, as `honte reinforce` plays them, and the bare network on planes of its own type, in
batches of as many positions as the games give it at a time. They take turns, and the fastest turn of each counts.
Without a network it is a fresh one of 64 filters for 9x9. With `--cpu-time` it is processor time on one thread, as on a
machine that is not quiet.
"""

import sys
import time

import numpy as np
import torch

from honte.engine.cli.machine import choose_machine
from honte.features.many import ManyGames
from honte.policy.checkpoint import load
from honte.policy.network import NetworkConfig, PolicyNetwork
from honte.policy.predictor import Predictor
from honte.policy.reinforce.selfplay import alternating, play_games

SMOKE = "--smoke" in sys.argv
TURNS, GAMES = (1, 8) if SMOKE else (3, 256)
CPU_TIME = "--cpu-time" in sys.argv
clock = time.process_time if CPU_TIME else time.perf_counter


class Counting(Predictor):
    """Remembers how many positions it was shown at a time."""

    def __init__(self, network: PolicyNetwork, *, device: torch.device, dtype: torch.dtype) -> None:
        super().__init__(network, device=device, dtype=dtype)
        self.batches: list[int] = []

    def log_probabilities(self, planes: np.ndarray, *, symmetries: int | None = None) -> torch.Tensor:
        self.batches.append(len(planes))
        return super().log_probabilities(planes, symmetries=symmetries)


def main() -> None:
    paths = [argument for argument in sys.argv[1:] if not argument.startswith("--")]
    shape = NetworkConfig(board_size=5 if SMOKE else 9, filters=8 if SMOKE else 64)
    network = load(paths[0]) if paths else PolicyNetwork(shape)
    device, dtype = choose_machine(None, "auto", 1 if CPU_TIME else None)
    predictor = Counting(network, device=device, dtype=dtype)
    speeds = [(selfplay(predictor, turn), bare(predictor)) for turn in range(TURNS + 1)][1:]  # the first one compiles
    played, called = (max(column) for column in zip(*speeds, strict=True))
    print(
        f"self-play of {GAMES} games at once: {played:.1f} positions/s, the bare network {called:.1f}:"
        f" ratio {played / called:.3f}, at least 0.8 wanted"
    )


def selfplay(predictor: Counting, seed: int) -> float:
    """Positions a second of games from beginning to end."""
    predictor.batches = []
    numbers = np.arange(GAMES, dtype=np.uint64)
    size = predictor.board_size
    start = clock()
    games = ManyGames(numbers, size=size, seed=seed, length=2 * size**2, threads=torch.get_num_threads())
    play_games(games, predictor, predictor, alternating(numbers), temperature=1.0)
    return sum(predictor.batches) / (clock() - start)


@torch.inference_mode()
def bare(predictor: Counting) -> float:
    """Positions a second of the network alone, in batches of the sizes that the games before had."""
    size, network = predictor.board_size, predictor.network
    planes = torch.zeros(max(predictor.batches), 48, size, size).to(predictor.device)
    planes = planes.bernoulli_(0.2).to(predictor.dtype, memory_format=torch.channels_last)
    start = clock()
    for batch in predictor.batches:
        network(planes[:batch])
    if predictor.device.type == "cuda":
        torch.cuda.synchronize()
    return sum(predictor.batches) / (clock() - start)


if __name__ == "__main__":
    main()
