"""Training by two processes against training by one."""

import importlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from pyarrow import parquet
from safetensors.torch import load_file

from honte.features.errors import HonteError
from honte.policy.parallel import Workers, own_device, workers
from honte.policy.run import RunError
from honte.policy.training import Trainer
from tests.policy.corpora import random_corpus
from tests.policy.runs import CONFIG
from tests.waiting import PATIENCE

ROOT = Path(__file__).parents[2]
SETTINGS = [
    "--board-size=9", "--filters=16", "--batch-size=32", "--micro-batches=4", "--steps=8", "--decay-steps=3",
    "--warmup-steps=2", "--log-interval=64", "--score-interval=160", "--score-positions=128",
    "--calibration-positions=128", "--precision=float32", "--threads=1", "--device=cpu",
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


def test_one_process_of_torchrun_works_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLD_SIZE", "1")
    with workers(torch.device("cpu")) as team:
        assert team == Workers()


def test_half_an_environment_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.delenv("RANK", raising=False)
    with pytest.raises(HonteError, match=r"WORLD_SIZE is set and RANK.* start .* torchrun"), workers(
        torch.device("cpu")
    ):
        pass


@pytest.mark.parametrize("changes", [{"WORLD_SIZE": "two"}, {"RANK": "-1"}, {"MASTER_PORT": "x"}, {"WORLD_SIZE": "0"}])
def test_an_environment_of_something_else_is_named(monkeypatch: pytest.MonkeyPatch, changes: dict[str, str]) -> None:
    sound = {"WORLD_SIZE": "2", "RANK": "1", "MASTER_ADDR": "localhost", "MASTER_PORT": "29500"}
    for name, value in {**sound, **changes}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(HonteError, match="start several processes with torchrun"), workers(torch.device("cpu")):
        pass


@pytest.mark.parametrize(
    ("asked", "own"), [(None, "cuda:1"), ("cuda", "cuda:1"), ("cuda:0", "cuda:0"), ("cpu", "cpu")]
)
def test_each_process_has_a_gpu_of_its_own(monkeypatch: pytest.MonkeyPatch, asked: str | None, own: str) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setenv("LOCAL_RANK", "1")
    assert own_device(asked) == own
    monkeypatch.setenv("LOCAL_RANK", "2")
    if own == "cuda:1":
        with pytest.raises(HonteError, match="--nproc-per-node 2"):
            own_device(asked)


class Asked(Exception):
    """Raised in place of what a machine would do that is not here, with what it was asked to do."""


def asked(*arguments: Any, **options: Any) -> Any:
    raise Asked(*arguments, options)


@pytest.mark.parametrize("command", ["train", "reinforce"])
def test_both_commands_take_the_gpu_of_their_process(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, command: str
) -> None:
    module = importlib.import_module(f"honte.engine.cli.{command}")
    monkeypatch.setattr(module, "choose_machine", asked)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setenv("LOCAL_RANK", "1")
    parquet.write_table(random_corpus(3, size=9, length=20), corpus := tmp_path / "games.parquet")
    settings = {"corpus": (str(corpus),), "board_size": (9,)} if command == "train" else {}
    with pytest.raises(Asked) as found:
        getattr(module, command)(tmp_path / "run", settings=settings)
    assert found.value.args[0] == "cuda:1"


@pytest.mark.parametrize("no_compile", [False, True])
def test_compiling_can_be_done_without(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, no_compile: bool) -> None:
    module = importlib.import_module("honte.engine.cli.train")
    monkeypatch.setattr("honte.policy.training.Trainer", asked)
    parquet.write_table(random_corpus(3, size=9, length=20), corpus := tmp_path / "games.parquet")
    settings = {"corpus": (str(corpus),), "board_size": (9,)}
    with pytest.raises(Asked) as found:
        module.train(tmp_path / "run", settings=settings, device="cpu", no_compile=no_compile)
    assert found.value.args[-1]["compiled"] is not no_compile


def test_a_process_joins_the_others_on_its_own_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"WORLD_SIZE": "2", "RANK": "1", "MASTER_ADDR": "localhost", "MASTER_PORT": "29500"}.items():
        monkeypatch.setenv(name, value)
    chosen: list[torch.device] = []
    monkeypatch.setattr(torch.cuda, "set_device", chosen.append)
    monkeypatch.setattr(torch.distributed, "init_process_group", asked)
    with pytest.raises(Asked) as found, workers(torch.device("cuda:1")):
        pass
    assert chosen == [torch.device("cuda:1")] and found.value.args[0] == "nccl"
