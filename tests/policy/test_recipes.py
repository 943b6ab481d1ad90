"""Settings of training: what they may be, and the rate that they give."""

from dataclasses import replace
from pathlib import Path

import pytest

from honte.features.errors import HonteError
from honte.policy.recipes import RECIPES, TrainConfig
from honte.policy.run import Run
from tests.policy.runs import CONFIG


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
        ('{"batch_size": 0}', "batch_size must be a whole number from 1 to 131,072, not 0"),
        ('{"batch_size": 100000000}', "batch_size must be a whole number from 1 to 131,072, not 100000000"),
        ('{"batch_size": 10, "micro_batches": 3}', "cannot be cut into 3"),
        ('{"hold_steps": 0}', "hold_steps must be a whole number from 1 on, not 0"),
        ('{"decay_steps": 10}', "needs an end"),
        ('{"decay_steps": 10, "steps": 9}', "does not fit into a run of 9"),
        ('{"lr": -0.1}', "lr must be from 0 to 1, not -0.1"),
        ('{"lr": 1e38}', "lr must be from 0 to 1"),
        ('{"lr": NaN}', "lr must be from 0 to 1, not nan"),
        ('{"clip_norm": Infinity}', "clip_norm must be"),
        ('{"weight_decay": -1}', "weight_decay must be"),
        ('{"warmup_steps": -1}', "warmup_steps must be"),
        ('{"steps": 0}', "steps must be a whole number from 1 on, not 0"),
        ('{"steps": 1.5}', "steps must be a whole number from 1 on, not 1.5"),
        ('{"warmup_steps": 0.5}', "warmup_steps must be a whole number from 0 on, not 0.5"),
        ('{"ema": 1}', "ema must be"),
        ('{"side": "val"}', "no side 'val': choose from train, validation, all"),
        ("{", "cannot be used"),
        ("[]", "cannot be used"),
        ('{"ema": "much"}', "cannot be used"),
    ],
)
def test_bad_settings_are_refused(tmp_path: Path, settings: str, message: str) -> None:
    (tmp_path / "config.json").write_text(settings)
    with pytest.raises(HonteError, match=message):
        Run(tmp_path).read_config(TrainConfig)
