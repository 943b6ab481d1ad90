import json
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

from honte.features.errors import HonteError
from honte.policy import checkpoint
from honte.policy.recipes import RECIPES, TrainConfig
from honte.policy.run import Run, RunError, open_run
from honte.policy.training import Trainer, build_network, train
from tests.policy.games import RuleStream
from tests.waiting import PATIENCE

CONFIG = TrainConfig(
    board_size=9,
    filters=8,
    batch_size=16,
    lr=0.01,
    warmup_steps=20,
    ema=0.98,
    calibration_batches=5,
    log_every=10,
    score_every=50,
    score_positions=256,
    steps=100,
    decay_steps=40,
)
ROOT = Path(__file__).parents[2]


def trainer_of(config: TrainConfig) -> Trainer:
    return Trainer(
        config,
        RuleStream(seed=1, batch_size=config.batch_size),
        device=torch.device("cpu"),
        dtype=torch.float32,
        validation=RuleStream(seed=2, batch_size=config.batch_size),
    )


def run_in(folder: Path, config: TrainConfig, **options: float) -> Trainer:
    """Train in this process, from the run's last save if there is one."""
    run = Run(folder)
    trainer = trainer_of(config)
    trainer.restore(run)
    train(trainer, run, **options)
    return trainer


def metrics(folder: Path) -> list[dict[str, float]]:
    """All that the run wrote, except for its times."""
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    return [{k: v for k, v in line.items() if "second" not in k} for line in lines]


def start(folder: Path) -> "subprocess.Popen[bytes]":
    """Train in a process of its own, saving after every step."""
    script = (
        "import sys, torch; from pathlib import Path\n"
        "from tests.policy.test_training import CONFIG, run_in\n"
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
    stable = replace(CONFIG, decay_steps=0, score_every=1000)
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
    config = replace(CONFIG, branches="plain", steps=5, decay_steps=0, log_every=5)
    whole = run_in(tmp_path / "whole", config)
    parts = run_in(tmp_path / "parts", replace(config, micro_batches=4))
    for a, b in zip(whole.network.parameters(), parts.network.parameters(), strict=True):
        assert torch.allclose(a, b, atol=1e-6)
    losses = [metrics(tmp_path / name)[0]["loss"] for name in ("whole", "parts")]
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)


def test_a_diverged_run_stops_and_keeps_its_last_save(tmp_path: Path) -> None:
    run_in(tmp_path, replace(CONFIG, steps=5, decay_steps=0))
    with pytest.raises(RunError, match="lower learning rate"):
        run_in(tmp_path, replace(CONFIG, steps=100, decay_steps=0, lr=math.inf), save_minutes=0)
    saved = Run(tmp_path).read_state()
    assert saved is not None
    assert all(torch.isfinite(tensor).all() for tensor in saved[0].values())


def test_the_seed_decides_the_initial_weights() -> None:
    torch.manual_seed(5)
    first = build_network(CONFIG).state_dict()
    again = build_network(CONFIG).state_dict()
    other = build_network(replace(CONFIG, seed=1)).state_dict()
    name = "trunk.conv2.square"
    assert torch.equal(first[name], again[name])
    assert not torch.equal(first[name], other[name])


def test_the_rate_rises_stays_and_falls() -> None:
    config = replace(CONFIG, lr=1.0, warmup_steps=10, steps=100, decay_steps=20)
    assert config.learning_rate(0) == pytest.approx(0.1)
    assert config.learning_rate(9) == config.learning_rate(50) == config.learning_rate(80) == 1
    assert config.learning_rate(90) == pytest.approx(0.5)
    assert config.learning_rate(99) == pytest.approx(0.05)
    endless = replace(config, steps=None, decay_steps=0, hold_steps=100)
    assert endless.learning_rate(99) == 1
    assert endless.learning_rate(399) == pytest.approx(1 / 2)
    assert endless.learning_rate(9999) == pytest.approx(1 / 10)
    assert replace(endless, warmup_steps=400).learning_rate(399) == 1


@pytest.mark.parametrize("config", [CONFIG, *RECIPES.values()])
def test_settings_come_back_from_json(config: TrainConfig) -> None:
    assert TrainConfig.from_json(config.to_json()) == config


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ('{"learning_rate": 1}', "unknown training settings: learning_rate"),
        ('{"batch_size": 0}', "batch_size 0 is less than 1"),
        ('{"batch_size": 10, "micro_batches": 3}', "cannot be cut into 3"),
        ('{"hold_steps": 0}', "hold_steps must be at least 1, not 0"),
        ('{"decay_steps": 10}', "needs an end"),
        ('{"decay_steps": 10, "steps": 9}', "does not fit into a run of 9"),
        ("{", "cannot be used"),
        ("[]", "cannot be used"),
        ('{"ema": "much"}', "cannot be used"),
    ],
)
def test_bad_settings_are_refused(tmp_path: Path, settings: str, message: str) -> None:
    (tmp_path / "config.json").write_text(settings)
    with pytest.raises(HonteError, match=message):
        Run(tmp_path).read_config()


def test_a_folder_without_a_run_is_named(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="no training run"):
        Run(tmp_path).read_config()


def test_a_folder_with_a_run_on_images_is_left_alone(tmp_path: Path) -> None:
    Run(tmp_path).write_state({}, {"config": {"network": "lenet5"}})
    with pytest.raises(RunError, match=r"no config\.json"):
        open_run(tmp_path, {"corpus": ("games.parquet",)})


def test_metrics_cut_off_by_a_kill_are_dropped(tmp_path: Path) -> None:
    run = Run(tmp_path)
    kept = [{"step": 10, "loss": 1.0}, {"step": 10, "validation_loss": 2.0}, {"step": 20, "loss": 3.0}]
    for line in [*kept, {"step": 20, "validation_loss": 4.0}, {"step": 30, "loss": 5.0}]:
        run.append_metrics(line)
    with run.metrics_path.open("a") as file:
        file.write('{"step": 4')
    run.truncate_metrics(step=20, scored=10)
    assert metrics(tmp_path) == kept
