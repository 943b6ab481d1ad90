"""Networks of one size as Go networks, trained on the same positions in the same order with the same settings.

`python -m tests.benchmarks.bench_backbones_go RUNS --corpus FILE… --validation FILE… [--steps N] [--positions N]`.
Prints a table in Markdown, a row as each network is finished. Killed and given again with the same folder it goes on.
With --smoke the games are random ones and the networks are small.
"""

import argparse
import json
import sys
import tempfile
import time
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from statistics import median

import numpy as np
import pyarrow.parquet as pq
import torch

from honte.data.batches import BatchConfig, BatchStream
from honte.data.corpus import Corpus
from honte.engine.cli.train import train
from honte.features.errors import HonteError
from honte.policy import checkpoint
from honte.policy.backbones import create_model, model_info
from honte.policy.backbones.summary import summarise
from honte.policy.evaluation import evaluate
from honte.policy.files import write_atomically
from honte.policy.predictor import Predictor
from tests.policy.corpora import random_corpus

FILTERS = {"alphago": 192, "zfnet": 381, "alexnet": 365, "resnet18": 298, "googlenet": 813}
"""Widths at which each network has about the 3,882,793 parameters of AlphaGo's."""
WARMUP = 100
LATENCIES = 50


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", type=Path, nargs="?", help="folder of the runs; a temporary one by default")
    parser.add_argument("--corpus", type=Path, nargs="+", default=[], help="corpora to learn from")
    parser.add_argument("--validation", type=Path, nargs="+", default=[], help="corpora to measure on, each by itself")
    parser.add_argument("--steps", type=int, default=1563, help="training steps of 64 positions")
    parser.add_argument("--positions", type=int, default=10_112, help="positions of each corpus to measure on")
    parser.add_argument("--threads", type=int, help="processor threads; all cores by default")
    parser.add_argument("--smoke", action="store_true", help="random games, small networks")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        runs = given.runs or Path(temporary)
        if given.smoke:
            games = runs / "random.parquet"
            runs.mkdir(parents=True, exist_ok=True)
            pq.write_table(random_corpus(20, size=19, length=100), games)
            given.corpus, given.validation = [games], [games]
            given.steps, given.positions = 2, 128
        if not (given.corpus and given.validation):
            parser.error("give --corpus and --validation, or --smoke")
        if given.threads:
            torch.set_num_threads(given.threads)
        compare(runs, given)


def compare(runs: Path, given: argparse.Namespace) -> None:
    scored = [f"{path.stem} {what}" for path in given.validation for what in ("top-1", "loss")]
    speeds = ["training, positions/s", "one position, ms"]
    heads = ["network", "filters", "parameters", "multiply-adds, 10⁹", *scored, *speeds]
    print(
        f"Trained on {given.steps * 64:,} positions, scored on {given.positions:,} of each corpus, with 95 % intervals"
        f" by games; {torch.get_num_threads()} threads; speed of training is that of the fastest 20 steps.\n"
    )
    print("| " + " | ".join(heads) + " |\n|---" + "|---:" * (len(heads) - 1) + "|", flush=True)
    for name, filters in FILTERS.items():
        filters = filters // 8 if given.smoke else filters
        run = runs / name
        if finished_steps(run) != given.steps:
            settings = {
                "network": name,
                "filters": filters,
                "corpus": tuple(map(str, given.corpus)),
                "validation": tuple(map(str, given.validation)),
                "steps": given.steps,
                "warmup_steps": min(WARMUP, given.steps // 2),
                "decay_steps": given.steps - min(WARMUP, given.steps // 2),
                # the rate falls to zero, so that an average over more than the last steps would only lag behind
                "ema": 0.99,
                "log_interval": 64 * min(20, given.steps),
                "score_positions": 64 if given.smoke else 1024,
                "calibration_positions": 64 if given.smoke else 12_800,
            }
            train(run, settings=settings, save_minutes=3)
            if finished_steps(run) != given.steps:  # it was stopped by a signal, and is saved
                sys.exit(f"'{run}' is not finished: give the same command again to go on")
        print(row(name, filters, run, given), flush=True)


def finished_steps(run: Path) -> int:
    """The step of a run's last export; 0 if there is none."""
    try:
        return int(checkpoint.read_config(run / "network")["metadata"]["step"])
    except HonteError:
        return 0


def row(name: str, filters: int, run: Path, given: argparse.Namespace) -> str:
    predictor = Predictor(checkpoint.load(run / "network"))
    with torch.device("meta"):
        same = create_model(name, head="policy", width=filters / model_info(name).widest)
    table = summarise(same, 19)
    cells = [f"`{name}`", f"{filters}", f"{table.parameters:,}", f"{table.multiply_adds / 1e9:.2f}"]
    for path in given.validation:
        score = measured(predictor, run, path, given.positions)
        cells.append(f"{score['top1']['value']:.1%} ± {score['top1']['high'] - score['top1']['value']:.1%}")
        loss = score["cross_entropy"]
        cells.append(f"{loss['value']:.3f} ± {loss['high'] - loss['value']:.3f}")
    lines = map(json.loads, (run / "metrics.jsonl").read_text().splitlines())
    cells.append(f"{max(line['positions_per_second'] for line in lines if 'loss' in line):.1f}")
    return "| " + " | ".join([*cells, f"{latency(predictor):.1f}"]) + " |"


def measured(predictor: Predictor, run: Path, corpus: Path, positions: int) -> dict[str, dict[str, float]]:
    """The network's scores on some positions of a corpus, always the same, kept in a file of the run's folder."""
    kept = run / f"{corpus.stem}-{positions}.json"
    if not kept.exists():
        stream = BatchStream(Corpus.open(corpus), BatchConfig(batch_size=128, symmetry=False, side="all"))
        batches = islice(stream.prefetch(), -(-positions // 128))
        write_atomically(kept, json.dumps(asdict(evaluate(predictor, batches))).encode())
    score: dict[str, dict[str, float]] = json.loads(kept.read_text())
    return score


def latency(predictor: Predictor) -> float:
    """Median milliseconds from the planes of one position to its map."""
    random, times = np.random.default_rng(0), []
    for _ in range(LATENCIES):
        planes = random.integers(0, 2, (1, 48, 19, 19), np.uint8)
        start = time.perf_counter()
        predictor.maps(planes)
        times.append(time.perf_counter() - start)
    return 1000 * median(times)


if __name__ == "__main__":
    main()
