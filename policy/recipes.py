"""Settings of a training run, and named sets of them; light to import, as the command line shows them."""

import json
import math
from dataclasses import asdict, dataclass, fields
from typing import Any, Self, cast

from honte.data.settings import BatchConfig
from honte.features.checks import is_whole
from honte.features.errors import HonteError

WHOLE = {
    "warmup_steps": 0, "decay_steps": 0,
    **dict.fromkeys(("filters", "micro_batches", "hold_steps", "steps", "calibration_positions", "score_interval",
                     "score_positions", "log_interval", "patience"), 1),
}  # fmt: skip
"""Whole numbers, and the lowest that they may be where they are given."""
RANGES = {"lr": (0, 1), "weight_decay": (0, 1), "clip_norm": (1e-6, 1e6), "ema": (0, 1 - 1e-9)}
"""Other numbers, and the least and most that they may be."""


class RunConfig:
    """Settings of a run of some kind, a frozen dataclass, saved with it."""

    steps: int | None
    clip_norm: float
    to_change_all = "begin another run"
    """How a user comes to settings that a run cannot go on with."""

    @property
    def score_steps(self) -> int:
        """Steps between scorings."""
        raise NotImplementedError

    @property
    def log_steps(self) -> int:
        """Steps per line of metrics."""
        raise NotImplementedError

    def learning_rate(self, step: int) -> float:
        """The rate of a step, counted from 0."""
        raise NotImplementedError

    def after_divergence(self) -> str:
        """What to do when the weights are no longer finite."""
        raise NotImplementedError

    def to_json(self) -> str:
        return json.dumps(asdict(cast(Any, self)), indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read settings back; fields of other versions are refused by name."""
        values = json.loads(text)
        unknown = values.keys() - {f.name for f in fields(cast(Any, cls))}
        if unknown:
            names = ", ".join(sorted(unknown))
            raise HonteError(
                f"unknown training settings: {names}; a run of another version of Honte goes on as a new one,"
                " begun with --init and its network"
            )
        values.update({name: tuple(value) for name, value in values.items() if isinstance(value, list)})
        return cls(**values)


@dataclass(frozen=True, kw_only=True)
class TrainConfig(BatchConfig, RunConfig):
    """All that decides the outcome of a training run, and is saved with it."""

    to_change_all = "branch off with --from"

    recipe: str = "default"
    """Named settings to begin with."""
    corpus: tuple[str, ...] = ()
    """Corpus files to learn from."""
    validation: tuple[str, ...] = ()
    """Corpus files to score on; without any, games are kept back from the others."""
    init: str | None = None
    """Checkpoint to take the network and its weights from; "default" is the shipped one. With more filters than it
    has, the network is widened and at first computes the same. A .safetensors file of torchvision's or timm's weights
    gives the trunk that `network` names its weights."""
    parent: str | None = None
    """Run to branch off from, with its weights, optimiser and settings."""

    other_sizes: tuple[int, ...] = ()
    """Lines of the other boards to learn from, each with biases by point of its own."""
    network: str = "alphago"
    """Backbone of the network; `honte backbones list` names them all."""
    filters: int = 192
    """Filters of the widest layer; the others keep their proportion to it."""
    branches: str = "merged"
    """Training-time form of a layer: plain, bn, or merged."""

    batch_size: int = 64
    """Positions in a batch, which is a step."""
    hide_ages: float = 0.05
    """Share of positions shown without their history, all stones equally old."""
    micro_batches: int = 1
    """Parts in which a batch is worked through, each with norm statistics of its own."""

    lr: float = 3e-3
    """Highest learning rate."""
    weight_decay: float = 0.05
    """Decoupled weight decay of the filters."""
    clip_norm: float = 1.0
    """Largest norm of a step's gradient."""
    warmup_steps: int = 100
    """Steps over which the learning rate rises linearly."""
    hold_steps: int = 1000
    """Step up to which, after its rise, the learning rate stays highest; then it falls with the root of the step."""
    steps: int | None = None
    """Last step of the run; without it the run goes on until it is stopped."""
    decay_steps: int = 0
    """Steps at the end over which the learning rate falls to zero, by a linear factor."""
    ema: float = 0.999
    """Weight of the past, per step, in the averaged weights, which are the ones exported."""

    calibration_positions: int = 6_400
    """Positions, in whole batches, on which norm statistics are measured for the averaged weights."""
    score_interval: int = 128_000
    """Positions learnt from between scorings, each of which also exports the network; may be changed in a run."""
    score_positions: int = 4096
    """Positions of the validation games to score on."""
    log_interval: int = 1280
    """Positions per line of metrics; may be changed in a run."""
    patience: int | None = None
    """Scorings in a row without a better one after which the run ends; then the best is the one that is exported, not
    the last. May be changed in a run."""
    keep_exports: bool = False
    """Keep the network of every scoring, to be compared: in the folder "exports" of the run, each in one named by the
    positions learnt from. May be changed in a run."""

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, lowest in WHOLE.items():
            if getattr(self, name) is not None and not is_whole(getattr(self, name), lowest, 2**62):
                raise HonteError(f"{name} must be a whole number from {lowest} on, not {getattr(self, name)}")
        for name, (least, most) in RANGES.items():
            if not least <= getattr(self, name) <= most:
                raise HonteError(f"{name} must be from {least:g} to {most:.9g}, not {getattr(self, name)}")
        if self.batch_size % self.micro_batches:
            raise HonteError(f"a batch of {self.batch_size} cannot be cut into {self.micro_batches} equal parts")
        if self.decay_steps and self.steps is None:
            raise HonteError(f"a decay over {self.decay_steps} steps needs an end: give steps as well")
        if self.steps is not None and self.steps < self.decay_steps:
            raise HonteError(f"a decay over {self.decay_steps} steps does not fit into a run of {self.steps}")

    @property
    def sizes(self) -> tuple[int, ...]:
        """Lines of all boards to learn from."""
        return (self.board_size, *self.other_sizes)

    @property
    def score_steps(self) -> int:
        return max(1, self.score_interval // self.batch_size)

    @property
    def log_steps(self) -> int:
        return max(1, self.log_interval // self.batch_size)

    @property
    def decay_start(self) -> float:
        """Step at which the rate begins to fall to zero; infinite without an end."""
        return math.inf if self.steps is None else self.steps - self.decay_steps

    def learning_rate(self, step: int) -> float:
        """The rate of a step, counted from 0: it rises, stays, falls slowly, and to zero at the end if there is one.

        Falling with the root of the step asks for no end, and so leaves a run open (Zhai et al., CVPR 2022,
        arXiv:2106.04560).
        """
        rate = self.lr * min(1.0, (step + 1) / max(1, self.warmup_steps))
        rate *= min(1.0, math.sqrt(max(self.hold_steps, self.warmup_steps) / (step + 1)))
        if self.steps is not None and self.decay_steps:
            rate *= min(1.0, (self.steps - step) / self.decay_steps)
        return rate

    def after_divergence(self) -> str:
        return (
            "branch off from the last save with a lower learning rate, as in: honte train NEW --from RUN --lr"
            f" {self.lr / 3:.1g}"
        )


RECIPES = {
    "default": TrainConfig(),
    "quick": TrainConfig(recipe="quick", steps=1500, decay_steps=1400),
    "gpu": TrainConfig(
        recipe="gpu", batch_size=1024, lr=2e-3, warmup_steps=500, hold_steps=5000, score_interval=4_096_000,
        log_interval=65_536,
    ),
    "finetune": TrainConfig(recipe="finetune", lr=3e-5, score_interval=12_800, patience=5, validation_share=0.1),
}
"""The first goes on until it is stopped; so does the one for a GPU, which small batches would leave idle. The last is
for a network that has learnt already and is folded: rates at which fresh filters learn take more from it than a few
games can give, and of a few a larger share must tell when it has learnt enough."""


def describe(name: str) -> str:
    """What a recipe sets, as options."""
    default = asdict(TrainConfig())
    changed = {key: value for key, value in asdict(RECIPES[name]).items() if value != default[key] and key != "recipe"}
    return " ".join(f"--{key.replace('_', '-')} {value}" for key, value in changed.items()) or "as below"
