"""What Winograd's convolution gains in float32: `python -m tests.benchmarks.bench_winograd [--training] [--cpu-time]`.

Maps of batches or, with `--training`, bare steps (forward, backward, optimiser) on one batch, by Winograd where it is
chosen and by direct convolutions alone. They take turns, and the fastest turn of each counts, in processor time on one
thread with `--cpu-time`, as on a machine that is not quiet.
"""

import sys
import time
from collections.abc import Callable

import numpy as np
import torch
import torch.nn.functional as F

from honte.policy import winograd_float32
from honte.policy.network import NetworkConfig, PolicyNetwork
from honte.policy.predictor import Predictor
from honte.policy.recipes import TrainConfig
from honte.policy.training import build_network, build_optimiser

SMOKE = "--smoke" in sys.argv
TRAINING = "--training" in sys.argv
TURNS = 1 if SMOKE else 5
PREDICTION_CASES = ((192, 19, 64), (192, 19, 8), (64, 19, 64), (192, 13, 64), (64, 13, 64), (192, 9, 64), (64, 9, 64))
TRAINING_CASES = ((192, 19, 64), (192, 9, 128), (64, 19, 64), (64, 9, 128), (192, 13, 64), (64, 13, 64))
"""Filters, lines of the board, positions in a batch."""


def main() -> None:
    clock = time.process_time if "--cpu-time" in sys.argv else time.perf_counter
    if "--cpu-time" in sys.argv:
        torch.set_num_threads(1)
    cases = ((64, 19, 3),) if SMOKE else TRAINING_CASES if TRAINING else PREDICTION_CASES
    chosen = winograd_float32.ENABLED
    for filters, size, batch in cases:
        works = {enabled: (steps if TRAINING else maps)(filters, size, batch) for enabled in (chosen, False)}
        seconds, results = dict.fromkeys(works, np.inf), {}
        for _ in range(TURNS + 1):  # the first turn compiles
            for enabled, work in works.items():
                winograd_float32.ENABLED = enabled
                start = clock()
                results[enabled] = work()
                seconds[enabled] = min(seconds[enabled], clock() - start)
        winograd_float32.ENABLED = chosen
        difference = np.abs(results[chosen] - results[False]).max()
        print(
            f"{filters} filters, {size}x{size}, batches of {batch}: {batch / seconds[chosen]:.1f} positions/s, direct"
            f" {batch / seconds[False]:.1f}: ratio {seconds[False] / seconds[chosen]:.2f}, largest difference of a"
            f" {f'loss in {TURNS + 1} steps' if TRAINING else 'probability'} {difference:.1g}",
            flush=True,
        )


def maps(filters: int, size: int, batch: int) -> Callable[[], np.ndarray]:
    """A call returns the probabilities of a batch."""
    torch.manual_seed(0)
    network = PolicyNetwork(NetworkConfig(board_size=size, filters=filters))
    torch.nn.init.normal_(network.head.weight, std=4 * filters**-0.5)  # a fresh one is zero, and all maps alike
    predictor = Predictor(network, dtype=torch.float32)
    planes = np.random.default_rng(0).integers(2, size=(batch, 48, size, size), dtype=np.uint8)
    return lambda: predictor.log_probabilities(planes).exp().numpy()


def steps(filters: int, size: int, batch: int) -> Callable[[], np.ndarray]:
    """A call takes a step more and returns the losses up to it."""
    config = TrainConfig(board_size=size, filters=filters)
    network = build_network(config).train()
    optimiser = build_optimiser(network, lr=config.lr, weight_decay=config.weight_decay)
    generator = torch.Generator().manual_seed(0)
    planes = (torch.rand(batch, 48, size, size, generator=generator) < 0.3).float()
    planes = planes.to(memory_format=torch.channels_last)
    moves = torch.randint(size**2, (batch,), generator=generator)
    losses = []

    def step() -> np.ndarray:
        loss = F.cross_entropy(network(planes), moves)
        loss.backward()
        optimiser.step()
        optimiser.zero_grad()
        losses.append(loss.item())
        return np.array(losses)

    return step


if __name__ == "__main__":
    main()
