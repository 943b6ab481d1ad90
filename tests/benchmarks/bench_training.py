"""What training costs beyond the bare step: `python -m tests.benchmarks.bench_training [CORPUS …]`.

The bare step is forward, backward and optimiser of the same network in the same type on a fixed batch, compiled where
the loop's is. The loop adds the planes of random positions, the way to the device, the average of the weights and the
metrics. They take turns, and the fastest turn of each counts. The feeder alone is measured, too, as nothing learns
faster than its batches are made. Without a corpus the games are random. On a GPU: `--device cuda --recipe gpu`.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import count, islice
from pathlib import Path

import torch
import torch.nn.functional as F

from honte.data.batches import BatchStream
from honte.data.corpus import Corpus
from honte.engine.cli.machine import choose_machine
from honte.policy.feeding import Feeder, activations
from honte.policy.learner import learn
from honte.policy.recipes import RECIPES, TrainConfig
from honte.policy.run import Run
from honte.policy.training import Trainer, build_network, build_optimiser
from tests.policy.corpora import random_corpus

SMOKE = "--smoke" in sys.argv
TURNS, STEPS = (1, 2) if SMOKE else (5, 8)
WANTED = {"cpu": 0.93, "cuda": 0.85}
"""Share of the bare step's speed that the loop is to reach."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", nargs="*", type=Path)
    parser.add_argument("--device")
    parser.add_argument("--recipe", default="default", choices=sorted(RECIPES))
    parser.add_argument("--batch-size", type=int)
    parser.add_argument("--smoke", action="store_true")
    given = parser.parse_args()
    config = replace(RECIPES[given.recipe], side="all", calibration_positions=1, validation_share=0.0)
    config = replace(config, batch_size=given.batch_size or config.batch_size, patience=None)
    if SMOKE:
        config = replace(config, filters=16, batch_size=16)
    corpus = Corpus.open(*given.corpus) if given.corpus else random_games()
    device, dtype = choose_machine(given.device, "auto", None)
    stream = BatchStream(corpus, config)
    trainer = Trainer(config, stream, device=device, dtype=dtype)
    bare, loop = bare_steps(trainer), loop_steps(trainer)
    times = [(bare(), loop()) for _ in range(TURNS + 1)][1:]  # the first turn compiles and allocates
    bare_speed, loop_speed = (config.batch_size * STEPS / min(column) for column in zip(*times, strict=True))
    print(
        f"training in batches of {config.batch_size}: {loop_speed:.1f} positions/s, bare step {bare_speed:.1f}:"
        f" ratio {loop_speed / bare_speed:.3f}, at least {WANTED.get(device.type, 0)} wanted"
    )
    for threads in sorted({1, trainer.feeder.threads}):
        speed = feeding(Feeder(stream, device), threads, config)
        print(f"the feeder alone on {threads} threads: {speed:,.0f} positions/s, {speed / loop_speed:.1f} x the loop")


def random_games() -> Corpus:
    return Corpus(random_corpus(20 if SMOKE else 200, size=19, length=200))


def bare_steps(trainer: Trainer) -> Callable[[], float]:
    """Steps of a network of its own on one batch; a call returns their seconds."""
    config = trainer.config
    network = build_network(config).to(trainer.device).train()
    forward = torch.compile(network, dynamic=False) if trainer.forward != trainer.logits else network
    optimiser = build_optimiser(network, lr=config.lr, weight_decay=config.weight_decay, dtype=trainer.dtype)
    load = trainer.feeder.sent(trainer.stream.batch(0))
    synchronise(trainer.device)
    planes = activations(load.planes, load.form, trainer.dtype)

    def run() -> float:
        start = time.perf_counter()
        for _ in range(STEPS):
            F.cross_entropy(forward(planes), load.moves).backward()
            optimiser.step()
            optimiser.zero_grad()
        synchronise(trainer.device)
        return time.perf_counter() - start

    return run


def loop_steps(trainer: Trainer) -> Callable[[], float]:
    """Steps of the training loop, as `honte train` runs it; a call returns their seconds, after a first one."""

    def run() -> float:
        first, last = trainer.progress.step + 1, trainer.progress.step + 1 + STEPS
        times = {}

        def watch(_line: object) -> None:
            step = trainer.progress.step
            if step in (first, last) and step not in times:
                synchronise(trainer.device)
                times[step] = time.perf_counter()

        trainer.config = replace(trainer.config, steps=last)
        with tempfile.TemporaryDirectory() as folder:
            learn(trainer, Run(folder), watch=watch)
        return times[last] - times[first]

    return run


def feeding(feeder: Feeder, threads: int, config: TrainConfig) -> float:
    """Positions a second that a feeder brings to the device, all else at rest."""
    feeder.threads = threads
    loads = feeder.loads(count())
    for _ in islice(loads, 2 * threads + 1):  # as many as are made ahead
        pass
    steps = max(STEPS, 4 * threads)
    start = time.perf_counter()
    for _ in islice(loads, steps):
        pass
    synchronise(feeder.device)
    seconds = time.perf_counter() - start
    loads.close()
    return steps * config.batch_size / seconds


def synchronise(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


if __name__ == "__main__":
    main()
