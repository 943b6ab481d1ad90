"""The networks by name."""

import difflib
import inspect
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from honte.features.errors import HonteError
from honte.policy.backbones.published import PublishedRecipe


@dataclass(frozen=True, kw_only=True)
class ModelInfo:
    """What is known of a network before it is built."""

    name: str
    title: str
    """What it is, in a few words."""
    paper: str
    year: int
    input_size: tuple[int, int, int] = (3, 224, 224)
    """Channels, height and width of the paper's input."""
    num_classes: int = 1000
    """Classes of the paper; 0 where its head is a policy."""
    parameters: int
    """Trainable numbers of the network as published, of its inference form."""
    multiply_adds: int
    """Of all convolutions and fully connected layers, for one input."""
    activations: int
    """Outputs of all convolutions, pools and fully connected layers, for one input."""
    widest: int
    """Channels of the widest layer of the trunk."""
    norm: str = "none"
    """Norm of the published network: none, lrn (local response normalisation) or bn (batch norm)."""
    recipe: PublishedRecipe
    """The published training settings."""
    results: str = ""
    """Published errors, and what they were measured on."""
    declare: Callable[..., None] = field(repr=False)
    """The declaration; its keyword arguments are variants of the network."""

    @property
    def variants(self) -> dict[str, Any]:
        """The network's own arguments to `create_model`, with their defaults."""
        parameters = list(inspect.signature(self.declare).parameters.values())
        return {p.name: p.default for p in parameters if p.kind is p.KEYWORD_ONLY}


_MODELS: dict[str, ModelInfo] = {}


def register(*models: ModelInfo) -> None:
    """Make networks known by their names."""
    _MODELS.update({model.name: model for model in models})


def list_models(patterns: str | Sequence[str] = "*", *, exclude_filters: str | Sequence[str] = ()) -> list[str]:
    """The names that fit a pattern with wildcards, or one of several, and none of others; in natural order."""
    names = [name for name in _MODELS if _fits(name, patterns) and not _fits(name, exclude_filters)]
    return sorted(names, key=_natural)


def _fits(name: str, patterns: str | Sequence[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in ([patterns] if isinstance(patterns, str) else patterns))


def model_info(name: str) -> ModelInfo:
    """What is known of a network. Raises HonteError with the nearest names when there is none."""
    if name in _MODELS:
        return _MODELS[name]
    near = difflib.get_close_matches(str(name).lower(), _MODELS, n=3, cutoff=0.5)
    raise HonteError(f"no network is called '{name}': choose from {', '.join(near or list_models())}")


def _natural(name: str) -> list[tuple[str, int]]:
    return [(word, int(number or 0)) for word, number in re.findall(r"(\D+)(\d*)", name)]
