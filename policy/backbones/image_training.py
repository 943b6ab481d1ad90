"""Training a network on a set of images, with the settings of its paper or with modern ones."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from features.errors import HonteError
from policy.backbones.images import Images, ImageSet
from policy.backbones.model import Backbone
from policy.backbones.registry import create_model, model_info
from policy.muon import Muon

AUXILIARY_SHARE = 0.3
"""Weight of the loss of an auxiliary head (Szegedy et al. 2014)."""
TEST_BATCH = 250


@dataclass(frozen=True, kw_only=True)
class ImageRecipe:
    """Settings of a training on images."""

    optimiser: str
    """muon (with AdamW for all but filters) or sgd."""
    batch_size: int
    learning_rate: float
    momentum: float
    weight_decay: float
    schedule: str
    """linear: it rises over 5 % of the steps and then falls to zero; steps: a tenth at half and at three quarters."""


@dataclass(frozen=True)
class EpochReport:
    """How far a training on images is."""

    epoch: int
    training_loss: float
    test_accuracy: float
    """Share of the test images whose class got the highest logit."""
    test_loss: float
    seconds: float
    """Time since the beginning, tests left out."""


MODERN = ImageRecipe(
    optimiser="muon", batch_size=128, learning_rate=3e-3, momentum=0.95, weight_decay=0.05, schedule="linear"
)


def choose_recipe(name: str, network: str) -> ImageRecipe:
    """Return "modern", or "published": what the network's paper says, and by what is usual where it is silent.

    Where a paper lowered the rate by hand, it is a tenth at half and at three quarters of the training.
    """
    if name == "modern":
        return MODERN
    if name != "published":
        raise HonteError(f"no recipe for images is called '{name}': choose modern or published")
    paper = model_info(network).recipe
    return ImageRecipe(
        optimiser="sgd",
        batch_size=paper.batch_size or 128,
        learning_rate=paper.learning_rate or 0.01,
        momentum=paper.momentum or 0.0,
        weight_decay=paper.weight_decay or 0.0,
        schedule="steps",
    )


def create_for_images(network: str, images: ImageSet) -> Backbone:
    """Build a network for a set: its channel, its classes, and sides of 32 or of the least that it takes."""
    smallest = create_model(network, head=None, width=1 / 16).smallest
    classes = int(images.training[1].max()) + 1
    size = max(32, smallest)
    return create_model(network, in_chans=1, num_classes=classes, head="classifier", image_size=size)


def train_on_images(
    model: Backbone,
    images: ImageSet,
    recipe: ImageRecipe,
    *,
    epochs: int,
    seed: int,
    device: torch.device,
    dtype: torch.dtype,
    augment: bool = True,
    steps: int | None = None,
) -> Iterator[EpochReport]:
    """Train a network in place, and report after every epoch; `steps` ends the only epoch early.

    The images are padded to 32x32, centred on the mean and scaled by the deviation of the training images, and
    enlarged to the size that the network is made for. `augment` shifts them by up to two points and mirrors half.
    """
    model.to(device)
    training, labels = _on_device(images.training, device)
    mean, deviation = float(images.training[0].mean()), float(images.training[0].std())

    def prepare(batch: Tensor) -> Tensor:
        x = F.pad((batch[:, None].float() - mean) / deviation, _edges(batch), value=-mean / deviation)
        if model.fixed_size not in (None, x.shape[-1]) or model.smallest > x.shape[-1]:
            x = F.interpolate(x, size=model.fixed_size or model.smallest, mode="bilinear", antialias=False)
        return x.to(dtype, memory_format=torch.channels_last)

    optimiser = _optimiser(model, recipe)
    generator = torch.Generator().manual_seed(seed)
    count = steps or len(labels) // recipe.batch_size
    seconds = 0.0
    for epoch in range(1, epochs + 1):
        started = time.perf_counter()
        model.train()
        total = torch.zeros((), device=device)
        for step, chosen in enumerate(torch.split(torch.randperm(len(labels), generator=generator), recipe.batch_size)):
            if step == count:
                break
            batch = training[chosen]
            if augment:
                batch = _augment(batch, generator)
            done = ((epoch - 1) * count + step) / (epochs * count)
            for group in optimiser.param_groups:
                group["lr"] = recipe.learning_rate * _rate(recipe.schedule, done)
            loss = _loss(model, prepare(batch), labels[chosen])
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            total += loss.detach()
        training_loss = float(total) / count
        seconds += time.perf_counter() - started
        if not training_loss < float("inf"):
            raise HonteError(f"the loss was no longer finite in epoch {epoch}: take a lower rate or another recipe")
        test, test_labels = _on_device(images.test, device)
        accuracy, test_loss = _test(model, ((prepare(x), y) for x, y in _parts(test, test_labels)))
        yield EpochReport(epoch, training_loss, accuracy, test_loss, seconds)


def _on_device(pair: tuple[Images, Images], device: torch.device) -> tuple[Tensor, Tensor]:
    pixels, classes = pair
    return torch.tensor(pixels, device=device), torch.tensor(classes, device=device).long()


def _parts(images: Tensor, labels: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
    return zip(torch.split(images, TEST_BATCH), torch.split(labels, TEST_BATCH), strict=True)


def _edges(batch: Tensor) -> tuple[int, int, int, int]:
    """What pads a batch evenly to 32x32."""
    rows, columns = (max(0, 32 - side) for side in batch.shape[1:])
    return columns // 2, columns - columns // 2, rows // 2, rows - rows // 2


def _augment(batch: Tensor, generator: torch.Generator) -> Tensor:
    """Shift each image by up to two points either way, and mirror it or not."""
    count, height, width = batch.shape
    padded = F.pad(batch, (2, 2, 2, 2))
    rows = torch.randint(0, 5, (count, 1), generator=generator) + torch.arange(height)
    columns = torch.randint(0, 5, (count, 1), generator=generator) + torch.arange(width)
    mirrored = torch.rand(count, 1, generator=generator) < 0.5
    columns = torch.where(mirrored, columns.flip(1), columns)
    which = torch.arange(count)[:, None, None]
    return padded[which.to(batch.device), rows[:, :, None].to(batch.device), columns[:, None].to(batch.device)]


def _loss(model: Backbone, x: Tensor, labels: Tensor) -> Tensor:
    if not model.auxiliary:
        return F.cross_entropy(model(x), labels)
    logits, *side = model.forward_with_auxiliary(x)
    return F.cross_entropy(logits, labels) + AUXILIARY_SHARE * sum(F.cross_entropy(s, labels) for s in side)


def _optimiser(model: Backbone, recipe: ImageRecipe) -> torch.optim.Optimizer:
    parameters = list(model.parameters())
    if recipe.optimiser == "sgd":
        return torch.optim.SGD(
            parameters, lr=recipe.learning_rate, momentum=recipe.momentum, weight_decay=recipe.weight_decay
        )
    groups: list[dict[str, Any]] = [
        {"params": [p for p in parameters if p.ndim == 4], "filters": True},
        {"params": [p for p in parameters if p.ndim == 2]},
        {"params": [p for p in parameters if p.ndim not in (2, 4)], "weight_decay": 0.0},
    ]
    return Muon(
        groups,
        lr=recipe.learning_rate,
        weight_decay=recipe.weight_decay,
        momentum=recipe.momentum,
    )


def _rate(schedule: str, done: float) -> float:
    """Return the factor on the learning rate when a share of the steps is done."""
    if schedule == "steps":
        return 1.0 if done < 0.5 else 0.1 if done < 0.75 else 0.01
    return min((done + 1e-3) / 0.05, (1 - done) / 0.95)


@torch.no_grad()
def _test(model: Backbone, batches: Iterator[tuple[Tensor, Tensor]]) -> tuple[float, float]:
    """Return accuracy and cross-entropy."""
    model.eval()
    right, loss, count = 0, 0.0, 0
    for x, labels in batches:
        logits = model(x).float()
        right += int((logits.argmax(1) == labels).sum())
        loss += float(F.cross_entropy(logits, labels, reduction="sum"))
        count += len(labels)
    return right / count, loss / count
