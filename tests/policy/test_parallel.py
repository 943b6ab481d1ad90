"""Training by two processes against training by one."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from pyarrow import parquet
from safetensors.torch import load_file

from honte.policy.parallel import Workers
from honte.policy.run import RunError
from honte.policy.training import Trainer
from tests.policy.corpora import random_corpus
from tests.policy.test_training import CONFIG
from tests.waiting import PATIENCE

ROOT = Path(__file__).parents[2]
SETTINGS = [
    "--board-size=9", "--filters=16", "--batch-size=32", "--micro-batches=4", "--steps=8", "--decay-steps=3",
    "--warmup-steps=2", "--log-interval=64", "--score-interval=160", "--score-positions=128", "--calibration-batches=4",
    "--precision=float32", "--threads=1", "--device=cpu",
]  # fmt: skip


def run_training(folder: Path, corpus: Path, processes: int) -> list[dict[str, Any]]:
    launcher = ["-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"] if processes else []
    command = [sys.executable, *launcher, "-m", "honte", "train", str(folder), "--corpus", str(corpus)]
    done = subprocess.run([*command, *SETTINGS], cwd=ROOT, timeout=PATIENCE, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    return [{k: v for k, v in line.items() if "second" not in k} for line in lines]


@pytest.mark.skipif(not torch.distributed.is_available(), reason="needs torch.distributed")
def test_two_processes_learn_what_one_learns(tmp_path: Path) -> None:
    corpus = tmp_path / "games.parquet"
    parquet.write_table(random_corpus(30, size=9, length=40), corpus)
    alone = run_training(tmp_path / "alone", corpus, 0)
    together = run_training(tmp_path / "together", corpus, 2)
    assert [line.keys() for line in alone] == [line.keys() for line in together]
    for one, two in zip(alone, together, strict=True):
        assert one == pytest.approx(two, rel=1e-3, abs=1e-3)
    networks = [load_file(tmp_path / name / "network" / "model.safetensors") for name in ("alone", "together")]
    torch.testing.assert_close(networks[1]["head.bias"], networks[0]["head.bias"], rtol=0, atol=1e-5)
    for name, tensor in networks[0].items():  # rounding grows from layer to layer and step to step
        torch.testing.assert_close(networks[1][name], tensor, rtol=0, atol=0.03)


def test_a_batch_that_cannot_be_shared_is_refused() -> None:
    with pytest.raises(RunError, match="--micro-batches 3 or a multiple"):
        Trainer(CONFIG, None, device=torch.device("cpu"), dtype=torch.float32, workers=Workers(1, 3))  # type: ignore[arg-type]
