"""Settings of reinforcement; light to import, as the command line shows them."""

from dataclasses import dataclass
from typing import Literal, get_args

from honte.features.checks import whole
from honte.features.errors import HonteError
from honte.policy.recipes import RunConfig

Optimiser = Literal["sgd", "muon"]
CHANGEABLE = ("steps", "corpus", "score_interval", "score_games", "log_interval", "keep_games")
"""Settings that a run may go on with as others; corpora only if they hold the same games."""
WHOLE = {
    "seed": (0, 2**63 - 1), "board_size": (5, 25), "games": (2, 2**20), "opening_moves": (0, 1000),
    "pool_interval": (1, 10**9), "warmup_steps": (0, 10**9), "steps": (1, 2**62), "positions_at_once": (1, 2**20),
    "score_interval": (1, 10**9), "score_games": (2, 2**20), "score_drawn": (0, 1000), "log_interval": (1, 10**9),
    "keep_games": (0, 2**20),
}  # fmt: skip
"""Whole numbers and the least and most that they may be."""
RANGES = {
    "temperature": (0.01, 100), "komi": (-1000, 1000), "moves_per_point": (0.5, 10), "opening_share": (0, 1),
    "lr": (0, 1), "clip_norm": (1e-6, 1e6), "score_temperature": (0, 100),
}  # fmt: skip
"""Other numbers likewise."""


@dataclass(frozen=True, kw_only=True)
class ReinforceConfig(RunConfig):
    """All that decides the outcome of a run of self-play, and is saved with it."""

    init: str = "default"
    """Network to begin with; "default" is the one that comes with Honte. Of one for another board it is the
    convolutions."""
    board_size: int = 19
    """Lines of the board; by default those of the network."""
    seed: int = 0
    """Names all that chance does: moves, openings and opponents."""

    games: int = 128
    """Games in a step, in half of which the network has Black."""
    temperature: float = 1.0
    """At which both sides draw their moves: below 1 the likely ones come more often."""
    komi: float = 7.5
    """Points that White is given."""
    moves_per_point: float = 2.0
    """Longest game, in moves for each point of the board; it is then scored as it stands, and counted as capped."""
    corpus: tuple[str, ...] = ()
    """Corpus files with games from whose positions some of the games begin."""
    opening_share: float = 0.5
    """Share of the games that do so, where there is a corpus."""
    opening_moves: int = 30
    """Most moves that are taken over from a game of the corpus; how many it is, is drawn."""
    pool_interval: int = 20
    """Steps after which the network joins the pool of its earlier selves, from which each step's opponent is drawn."""

    optimiser: Optimiser = "sgd"
    """What steps along the gradient: sgd, with a momentum of 0.9, for few games a step, of which chance decides most;
    muon for thousands of them."""
    lr: float = 3e-3
    """Highest learning rate."""
    clip_norm: float = 1.0
    """Largest norm of a step's gradient, which is larger nearly always: with sgd a step is about so long, times lr."""
    warmup_steps: int = 5
    """Steps over which the learning rate rises linearly."""
    steps: int | None = None
    """Last step of the run; without it the run goes on until it is stopped. May be changed in a run."""
    positions_at_once: int = 256
    """Positions that are learnt from at once, which bounds the memory."""

    score_interval: int = 20
    """Steps between scorings, each of which also exports the network; may be changed in a run."""
    score_games: int = 256
    """Games against the first network in a scoring; may be changed in a run."""
    score_temperature: float = 0.25
    """At which both sides draw their moves in them, lest a sharper network seem a better one,"""
    score_drawn: int = 8
    """after so many moves that are drawn at a temperature of 1."""
    log_interval: int = 1
    """Steps per line of metrics; may be changed in a run."""
    keep_games: int = 0
    """Games of each step that are written as SGF, to the folder "games" of the run; may be changed in a run."""

    def __post_init__(self) -> None:
        for name, (low, high) in WHOLE.items():
            if name != "steps" or self.steps is not None:
                whole(getattr(self, name), name=name, low=low, high=high)
        for name, (least, most) in RANGES.items():
            if not least <= getattr(self, name) <= most:
                raise HonteError(f"{name} must be from {least:g} to {most:g}, not {getattr(self, name)}")
        if self.optimiser not in (known := get_args(Optimiser)):
            raise HonteError(f"no optimiser is called '{self.optimiser}': choose from {', '.join(known)}")

    @property
    def longest(self) -> int:
        """Moves of the longest game."""
        return int(self.moves_per_point * self.board_size**2)

    @property
    def score_steps(self) -> int:
        return self.score_interval

    @property
    def log_steps(self) -> int:
        return self.log_interval

    def learning_rate(self, step: int) -> float:
        return self.lr * min(1.0, (step + 1) / max(1, self.warmup_steps))

    def after_divergence(self) -> str:
        return f"begin again from a network of the pool with a lower learning rate, as in: --lr {self.lr / 3:.1g}"
