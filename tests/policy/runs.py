"""A short run of a tiny network, in this process."""

import json
from pathlib import Path

import torch

from honte.policy.learner import learn
from honte.policy.recipes import TrainConfig
from honte.policy.run import Run
from honte.policy.training import Trainer
from tests.policy.games import RuleStream

CONFIG = TrainConfig(
    board_size=9,
    filters=8,
    batch_size=16,
    lr=0.01,
    warmup_steps=20,
    ema=0.98,
    calibration_positions=80,
    log_interval=160,
    score_interval=800,
    score_positions=256,
    steps=100,
    decay_steps=40,
)


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
    learn(trainer, run, **options)
    return trainer


def metrics(folder: Path) -> list[dict[str, float]]:
    """All that the run wrote, except for its times."""
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    return [{k: v for k, v in line.items() if "second" not in k} for line in lines]
