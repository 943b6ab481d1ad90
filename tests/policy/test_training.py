import math
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from honte.policy import checkpoint
from honte.policy.learner import learn
from honte.policy.network import PolicyNetwork
from honte.policy.recipes import TrainConfig
from honte.policy.run import Run, RunError, open_run
from honte.policy.training import Trainer, build_network, memory_for_batches
from tests.policy.games import RuleStream
from tests.policy.runs import CONFIG, metrics, run_in, trainer_of
from tests.waiting import PATIENCE

ROOT = Path(__file__).parents[2]


def start(folder: Path) -> "subprocess.Popen[bytes]":
    """Train in a process of its own, saving after every step."""
    script = (
        "import sys, torch; from pathlib import Path\n"
        "from tests.policy.runs import CONFIG, run_in\n"
        "torch.set_num_threads(1)\n"
        "run_in(Path(sys.argv[1]), CONFIG, save_minutes=0)"
    )
    return subprocess.Popen([sys.executable, "-c", script, str(folder)], cwd=ROOT)


def wait_for_step(folder: Path, step: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while not (folder / "metrics.jsonl").exists() or not any(m["step"] >= step for m in metrics(folder)):
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    run_in(folder, CONFIG)
    torch.set_num_threads(before)
    return folder


def test_training_learns_the_rule(uninterrupted: Path) -> None:
    lines = metrics(uninterrupted)
    first, last = lines[0], [line for line in lines if "validation_loss" in line][-1]
    assert math.log(81) == pytest.approx(4.39, abs=0.01)
    assert first["loss"] > 3.5
    assert last["validation_loss"] < 1.8
    assert last["validation_top1"] > 0.6


def test_the_exported_network_scores_as_the_run_says(uninterrupted: Path) -> None:
    network = checkpoint.load(uninterrupted / "network")
    scored = [line for line in metrics(uninterrupted) if "validation_loss" in line][-1]
    assert trainer_of(CONFIG).score(network)["validation_loss"] == pytest.approx(scored["validation_loss"])
    assert checkpoint.read_config(uninterrupted / "network")["metadata"]["step"] == 100


def test_killed_and_resumed_equals_uninterrupted(uninterrupted: Path, tmp_path: Path) -> None:
    for step in (50, 80):  # a scoring follows step 50
        process = start(tmp_path)
        wait_for_step(tmp_path, step)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    assert start(tmp_path).wait() == 0
    assert metrics(tmp_path) == metrics(uninterrupted)
    final = [(folder / "network" / "model.safetensors").read_bytes() for folder in (tmp_path, uninterrupted)]
    assert final[0] == final[1]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_signal_saves_where_it_stands(uninterrupted: Path, tmp_path: Path, number: signal.Signals) -> None:
    process = start(tmp_path)
    wait_for_step(tmp_path, 20)
    process.send_signal(number)
    assert process.wait() == 0
    saved = Run(tmp_path).read_state()
    assert saved is not None
    assert 20 <= saved[1]["step"] < 100
    stopped = metrics(tmp_path)
    assert stopped == metrics(uninterrupted)[: len(stopped)]


def test_a_run_goes_on_past_its_first_end(tmp_path: Path) -> None:
    once, twice = tmp_path / "once", tmp_path / "twice"
    stable = replace(CONFIG, decay_steps=0, score_interval=16_000)
    run_in(twice, replace(stable, steps=15))  # in the middle of a line of metrics
    run_in(twice, replace(stable, steps=40))
    run_in(once, replace(stable, steps=40))
    assert [m for m in metrics(twice) if "loss" in m] == [m for m in metrics(once) if "loss" in m]


def test_a_finished_run_has_nothing_left_to_do(uninterrupted: Path) -> None:
    before = metrics(uninterrupted)
    run_in(uninterrupted, CONFIG)
    assert metrics(uninterrupted) == before


def test_micro_batches_of_a_plain_network_add_up(tmp_path: Path) -> None:
    # few steps, as rounding grows from one to the next
    config = replace(CONFIG, branches="plain", steps=5, decay_steps=0, log_interval=80)
    whole = run_in(tmp_path / "whole", config)
    parts = run_in(tmp_path / "parts", replace(config, micro_batches=4))
    for a, b in zip(whole.network.parameters(), parts.network.parameters(), strict=True):
        assert torch.allclose(a, b, atol=1e-6)
    losses = [metrics(tmp_path / name)[0]["loss"] for name in ("whole", "parts")]
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)


def test_a_diverged_run_stops_and_keeps_its_last_save(tmp_path: Path) -> None:
    run_in(tmp_path, replace(CONFIG, corpus=("games.parquet",), steps=5, decay_steps=0))
    with pytest.raises(RunError, match=r"a lower learning rate, as in: honte train NEW --from RUN --lr 0\.003$"):
        trainer, run = trainer_of(replace(CONFIG, corpus=("games.parquet",), decay_steps=0)), Run(tmp_path)
        trainer.restore(run)
        with torch.no_grad():
            next(trainer.network.parameters()).fill_(math.inf)
        learn(trainer, run, save_minutes=0)
    saved = Run(tmp_path).read_state()
    assert saved is not None
    assert all(torch.isfinite(tensor).all() for tensor in saved[0].values())
    advised = open_run(tmp_path / "new", {"parent": str(tmp_path), "lr": 0.003})[1]
    assert advised == replace(CONFIG, corpus=("games.parquet",), decay_steps=0, lr=0.003, parent=str(tmp_path))


def test_the_seed_decides_the_initial_weights() -> None:
    torch.manual_seed(5)
    first = build_network(CONFIG).state_dict()
    again = build_network(CONFIG).state_dict()
    other = build_network(replace(CONFIG, seed=1)).state_dict()
    name = "trunk.conv2.square"
    assert torch.equal(first[name], again[name])
    assert not torch.equal(first[name], other[name])


class Scripted(Trainer):
    """Scores what it is told to; keeps the states that it scored."""

    losses: tuple[float, ...] = (3.0, 2.0, 2.5, 2.1, 2.2, 1.0)

    def score(self, network: PolicyNetwork) -> dict[str, float]:
        return {"validation_loss": self.losses[self.progress.step // 10 - 1], "validation_top1": 0.0}


def test_the_best_network_is_kept_and_patience_ends_the_run(tmp_path: Path) -> None:
    config = replace(CONFIG, steps=None, decay_steps=0, score_interval=160, patience=3)
    streams = RuleStream(seed=1, batch_size=16), RuleStream(seed=2, batch_size=16)
    run = Run(tmp_path)

    def go_on(config: TrainConfig) -> tuple[Scripted, str]:
        trainer = Scripted(
            config, streams[0], device=torch.device("cpu"), dtype=torch.float32, validation=streams[1]
        )
        trainer.restore(run)
        return trainer, learn(trainer, run)

    trainer, ending = go_on(config)
    assert (ending, trainer.progress.step, trainer.progress.best, trainer.progress.best_step) == ("worse", 50, 2.0, 20)
    assert checkpoint.read_config(run.network_folder)["metadata"]["step"] == 20
    trainer, ending = go_on(config)  # nothing is left to do
    assert (ending, trainer.progress.step) == ("worse", 50)
    trainer, ending = go_on(replace(config, patience=4, steps=60))
    assert (ending, trainer.progress.best_step) == ("end", 60)
    assert checkpoint.read_config(run.network_folder)["metadata"]["step"] == 60


def test_exports_are_kept_by_the_positions_learnt_from(uninterrupted: Path, tmp_path: Path) -> None:
    run_in(tmp_path, replace(CONFIG, keep_exports=True))
    folders = sorted((tmp_path / "exports").iterdir(), key=lambda folder: int(folder.name))
    assert [int(folder.name) for folder in folders] == [800, 1600]
    scored = [line["validation_loss"] for line in metrics(tmp_path) if "validation_loss" in line]
    for folder, loss in zip(folders, scored, strict=True):
        assert trainer_of(CONFIG).score(checkpoint.load(folder))["validation_loss"] == pytest.approx(loss, abs=0.01)
        assert checkpoint.read_config(folder)["branches"] == "plain"
    assert [line.keys() for line in metrics(tmp_path)] == [line.keys() for line in metrics(uninterrupted)]
    assert not (uninterrupted / "exports").exists()


def test_patience_needs_something_to_score_on() -> None:
    with pytest.raises(RunError, match="no games are kept back"):
        Trainer(
            replace(CONFIG, patience=1), RuleStream(seed=1), device=torch.device("cpu"), dtype=torch.float32
        )


def test_a_stop_before_the_first_scoring_leaves_a_network(tmp_path: Path) -> None:
    trainer, run = trainer_of(replace(CONFIG, score_interval=10**6)), Run(tmp_path)

    def stop_at_seven(_line: object) -> None:
        if trainer.progress.step == 7:
            os.kill(os.getpid(), signal.SIGINT)

    assert learn(trainer, run, watch=stop_at_seven) == "stopped"
    assert checkpoint.read_config(run.network_folder)["metadata"]["step"] == 7
    checkpoint.load(run.network_folder)
    assert "validation_loss" not in (tmp_path / "metrics.jsonl").read_text()


def test_intervals_may_change_in_a_run(tmp_path: Path) -> None:
    run_in(tmp_path, replace(CONFIG, steps=15, decay_steps=0))
    run_in(tmp_path, replace(CONFIG, steps=40, decay_steps=0, log_interval=16 * 20, score_interval=16 * 20))
    lines = metrics(tmp_path)
    assert [line["step"] for line in lines if "loss" in line] == [10, 20, 40]
    assert [line["step"] for line in lines if "validation_loss" in line] == [15, 20, 40]
    whole = Run(tmp_path / "whole")
    run_in(whole.folder, replace(CONFIG, steps=40, decay_steps=0, log_interval=16 * 10))
    mean = sum(line["loss"] for line in metrics(whole.folder) if line["step"] in (30, 40) and "loss" in line) / 2
    assert lines[-2]["loss"] == pytest.approx(mean, rel=1e-4)


def test_too_large_a_batch_is_named() -> None:
    for error in (MemoryError(), RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried")):
        with pytest.raises(RunError, match="give a smaller --batch-size"), memory_for_batches(CONFIG):
            raise error
    with pytest.raises(RuntimeError, match="else"), memory_for_batches(CONFIG):
        raise RuntimeError("something else")
