"""What Winograd's convolution gains in prediction: `python -m tests.benchmarks.bench_prediction [--cpu-time]`.

Maps of batches in float32, by Winograd where it is chosen and by direct convolutions alone. They take turns, and the
fastest turn of each counts, in processor time on one thread with `--cpu-time`, as on a machine that is not quiet.
"""

import sys
import time

import numpy as np
import torch

from honte.policy import winograd_float32
from honte.policy.network import NetworkConfig, PolicyNetwork
from honte.policy.predictor import Predictor

SMOKE = "--smoke" in sys.argv
TURNS = 1 if SMOKE else 5
CASES = ((192, 19, 64), (192, 19, 8), (64, 19, 64), (192, 13, 64), (64, 13, 64), (192, 9, 64), (64, 9, 64))
"""Filters, lines of the board, positions in a batch."""


def main() -> None:
    clock = time.process_time if "--cpu-time" in sys.argv else time.perf_counter
    if "--cpu-time" in sys.argv:
        torch.set_num_threads(1)
    for filters, size, batch in CASES[1:2] if SMOKE else CASES:
        torch.manual_seed(0)
        network = PolicyNetwork(NetworkConfig(board_size=size, filters=filters))
        torch.nn.init.normal_(network.head.weight, std=filters**-0.5)  # a fresh one is zero, all maps alike
        predictor = Predictor(network, dtype=torch.float32)
        planes = np.random.default_rng(0).integers(2, size=(batch, 48, size, size), dtype=np.uint8)
        seconds: dict[bool, float] = {}
        maps: dict[bool, np.ndarray] = {}
        chosen = winograd_float32.ENABLED
        for _ in range(TURNS + 1):  # the first turn compiles
            for enabled in (chosen, False):
                winograd_float32.ENABLED = enabled
                start = clock()
                maps[enabled] = predictor.log_probabilities(planes).exp().numpy()
                seconds[enabled] = min(seconds.get(enabled, np.inf), clock() - start)
        winograd_float32.ENABLED = chosen
        print(
            f"{filters} filters, {size}x{size}, batches of {batch}: {batch / seconds[chosen]:.1f} positions/s, direct"
            f" {batch / seconds[False]:.1f}: ratio {seconds[False] / seconds[chosen]:.2f}, largest difference of a"
            f" probability {np.abs(maps[chosen] - maps[False]).max():.1g}",
            flush=True,
        )


if __name__ == "__main__":
    main()
