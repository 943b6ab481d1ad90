"""Settings of a training on images: a paper's, or modern ones."""

from dataclasses import dataclass

from honte.policy.backbones import model_info


@dataclass(frozen=True, kw_only=True)
class ImageRecipe:
    """Settings of the optimiser."""

    optimiser: str
    """muon (with AdamW for all but filters) or sgd."""
    batch_size: int
    learning_rate: float
    momentum: float
    weight_decay: float
    schedule: str
    """linear: it rises over 5 % of the steps and then falls to zero; steps: a tenth at half and at three quarters."""


MODERN = ImageRecipe(
    optimiser="muon", batch_size=128, learning_rate=3e-3, momentum=0.95, weight_decay=0.05, schedule="linear"
)


def published_recipe(network: str) -> ImageRecipe:
    """What the network's paper says, and where it is silent what is usual.

    Where a paper lowered the rate by hand, it is a tenth at half and at three quarters of the training.
    """
    paper = model_info(network).recipe
    return ImageRecipe(
        optimiser="sgd",
        batch_size=paper.batch_size or 128,
        learning_rate=paper.learning_rate or 0.01,
        momentum=paper.momentum or 0.0,
        weight_decay=paper.weight_decay or 0.0,
        schedule="steps",
    )


@dataclass(frozen=True, kw_only=True)
class ImageConfig:
    """All that decides the outcome of a training on images, and is saved with it."""

    network: str
    data: str
    recipe: ImageRecipe
    epochs: int
    seed: int = 0
    augment: bool = True
    """Whether images are shifted by up to two points either way, and half of them mirrored."""
    steps: int | None = None
    """Batches after which an epoch ends early."""
