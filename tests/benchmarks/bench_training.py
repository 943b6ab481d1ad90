"""What training costs beyond the bare step: `python -m tests.benchmarks.bench_training [CORPUS]`.

The bare step is forward, backward and optimiser of the same network in the same type on a fixed batch.
The loop adds the planes of random positions, the copy to the device, the average of the weights and the
metrics. They take turns, and the fastest turn of each counts. Without a corpus the games are random.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace

import torch
import torch.nn.functional as F

from honte.data.batches import BatchStream
from honte.data.corpus import Corpus
from honte.engine.cli.machine import choose_machine
from honte.policy.learner import learn
from honte.policy.recipes import TrainConfig
from honte.policy.run import Run
from honte.policy.training import Trainer, build_network, build_optimiser
from tests.policy.corpora import random_corpus

SMOKE = "--smoke" in sys.argv
TURNS, STEPS = (1, 2) if SMOKE else (5, 8)


def main() -> None:
    config = TrainConfig(side="all", filters=16 if SMOKE else 192, calibration_batches=1)
    paths = [argument for argument in sys.argv[1:] if argument != "--smoke"]
    corpus = Corpus.open(*paths) if paths else Corpus(random_corpus(20 if SMOKE else 200, size=19, length=200))
    device, dtype = choose_machine(None, "auto", None)
    trainer = Trainer(config, BatchStream(corpus, config), device=device, dtype=dtype)
    bare, loop = bare_steps(trainer), loop_steps(trainer)
    times = [(bare(), loop()) for _ in range(TURNS + 1)][1:]  # the first turn compiles and allocates
    bare_speed, loop_speed = (config.batch_size * STEPS / min(column) for column in zip(*times, strict=True))
    print(
        f"training in batches of {config.batch_size}: {loop_speed:.1f} positions/s, bare step {bare_speed:.1f}:"
        f" ratio {loop_speed / bare_speed:.3f}, at least 0.93 wanted"
    )


def bare_steps(trainer: Trainer) -> Callable[[], float]:
    """Steps of a network of its own on one batch; a call returns their seconds."""
    network = build_network(trainer.config).to(trainer.device).train()
    config = trainer.config
    optimiser = build_optimiser(network, lr=config.lr, weight_decay=config.weight_decay, dtype=trainer.dtype)
    planes, moves = trainer.to_device(trainer.stream.batch(0))

    def run() -> float:
        start = time.perf_counter()
        for _ in range(STEPS):
            F.cross_entropy(network(planes), moves).backward()
            optimiser.step()
            optimiser.zero_grad()
        synchronise(trainer.device)
        return time.perf_counter() - start

    return run


def loop_steps(trainer: Trainer) -> Callable[[], float]:
    """Steps of the training loop, as `honte train` runs it; a call returns their seconds."""

    def run() -> float:
        before = trainer.progress.seconds
        trainer.config = replace(trainer.config, steps=trainer.progress.step + STEPS)
        with tempfile.TemporaryDirectory() as folder:
            learn(trainer, Run(folder))
        return trainer.progress.seconds - before

    return run


def synchronise(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


if __name__ == "__main__":
    main()
