"""Training a network on a set of images; a training killed at any moment goes on from its last save to the same end."""

import contextlib
import functools
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from honte.policy.backbones import create_model
from honte.policy.backbones.model import Backbone
from honte.policy.images.idx import Images, ImageSet
from honte.policy.images.settings import ImageConfig, ImageRecipe
from honte.policy.muon import Muon
from honte.policy.run import Run, RunError
from honte.policy.stopping import stop_signals

AUXILIARY_SHARE = 0.3
"""Weight of the loss of an auxiliary head (Szegedy et al. 2014)."""
LARGEST_PADDED = 32
"""Height and width up to which images are padded, as LeNet's were; for larger networks they are enlarged."""
TEST_BATCH = 250


@dataclass(frozen=True, kw_only=True)
class EpochReport:
    """How far a training on images is after an epoch."""

    epoch: int
    training_loss: float
    test_accuracy: float
    """Share of the test images whose class got the highest logit."""
    test_loss: float
    seconds: float
    """Time spent on steps since the beginning."""


@dataclass
class Progress:
    """How far a training is."""

    step: int = 0
    """Steps taken."""
    seconds: float = 0.0
    """Time spent on them."""
    reports: list[EpochReport] = field(default_factory=list)


class ImageTrainer:
    """A network on its way: weights, the optimiser, and how far it is.

    What a step draws at random follows from the seed and the step's number, so that these are all of its state.
    """

    def __init__(self, config: ImageConfig, images: ImageSet, *, device: torch.device, dtype: torch.dtype) -> None:
        self.config = config
        self.device = device
        self.dtype = dtype
        with self._seeded(-1):
            self.model = create_for_images(config.network, images).to(device)
        self.training, self.test = _on_device(images.training, device), _on_device(images.test, device)
        pixels = images.training[0]
        self.mean, self.deviation = float(pixels.mean()), float(pixels.std())
        self.optimiser = build_optimiser(self.model, config.recipe)
        self.steps_per_epoch = config.steps or max(1, len(pixels) // config.recipe.batch_size)
        self.progress = Progress()
        self.loss = torch.zeros((), device=device)
        """Sum of the losses since the beginning of the epoch."""

    @property
    def finished(self) -> bool:
        return self.progress.step >= self.config.epochs * self.steps_per_epoch

    def prepare(self, batch: Tensor) -> Tensor:
        """Bring images uint8 (B, height, width) to the network's size, mean 0 and deviation 1: (B, 1, size, size)."""
        x = (batch[:, None].float() - self.mean) / self.deviation
        size = self.model.image_size
        if size <= LARGEST_PADDED:
            rows, columns = (size - side for side in batch.shape[1:])
            edges = (columns // 2, columns - columns // 2, rows // 2, rows - rows // 2)
            x = F.pad(x, edges, value=-self.mean / self.deviation)
        else:
            x = F.interpolate(x, size=size, mode="bilinear")
        return x.to(self.dtype, memory_format=torch.channels_last)

    def take_step(self) -> None:
        recipe, step = self.config.recipe, self.progress.step
        epoch, place = divmod(step, self.steps_per_epoch)
        images, labels = self.training
        order = _epoch_order(len(labels), self.config.seed, epoch)
        chosen = order[place * recipe.batch_size : (place + 1) * recipe.batch_size].to(self.device)
        rate = _rate_factor(recipe.schedule, step / (self.config.epochs * self.steps_per_epoch))
        for group in self.optimiser.param_groups:
            group["lr"] = recipe.learning_rate * rate
        self.model.train()
        with self._seeded(step):
            batch = shift_and_mirror(images[chosen]) if self.config.augment else images[chosen]
            loss = training_loss(self.model, self.prepare(batch), labels[chosen])
        self.optimiser.zero_grad()
        torch.autograd.backward(loss)
        self.optimiser.step()
        self.loss += loss.detach()
        self.progress.step += 1

    def close_epoch(self) -> EpochReport:
        """Test the network; raises RunError when its loss is no longer finite."""
        epoch = self.progress.step // self.steps_per_epoch
        loss = float(self.loss) / self.steps_per_epoch
        if not loss < float("inf"):
            raise RunError(f"the loss was no longer finite in epoch {epoch}: take a lower rate or another recipe")
        self.loss.zero_()
        accuracy, test_loss = self._measure()
        report = EpochReport(
            epoch=epoch,
            training_loss=loss,
            test_accuracy=accuracy,
            test_loss=test_loss,
            seconds=round(self.progress.seconds, 1),
        )
        self.progress.reports.append(report)
        return report

    def save(self, run: Run) -> None:
        """Write all that is needed to go on."""
        tensors = {f"model.{name}": tensor for name, tensor in self.model.state_dict().items()}
        for number, state in self.optimiser.state_dict()["state"].items():
            tensors |= {f"optimiser.{number}.{key}": value for key, value in state.items() if value is not None}
        values = {"config": asdict(self.config), "progress": asdict(self.progress)}
        run.write_state({**tensors, "loss": self.loss}, values)

    def restore(self, run: Run) -> None:
        """Go on from the last save of a run, if any. Raises RunError when it has other settings, or is of Go."""
        saved = run.read_state()
        if saved is None:
            return
        tensors, values = saved
        config, begun = asdict(self.config), values.get("config", {})
        changed = [name for name, value in config.items() if name not in begun or begun[name] != value]
        if changed:
            raise RunError(
                f"the run in '{run.folder}' was begun with other settings ({', '.join(changed)}):"
                " give the same, or another folder"
            )
        progress = values["progress"]
        reports = [EpochReport(**report) for report in progress["reports"]]
        self.progress = Progress(step=progress["step"], seconds=progress["seconds"], reports=reports)
        self.loss.copy_(tensors["loss"])
        self.model.load_state_dict(_below("model", tensors))
        states: dict[int, dict[str, Tensor]] = {}
        for name, tensor in _below("optimiser", tensors).items():
            number, key = name.split(".")
            states.setdefault(int(number), {})[key] = tensor
        self.optimiser.load_state_dict({**self.optimiser.state_dict(), "state": states})

    def _seeded(self, step: int) -> "contextlib.AbstractContextManager[None]":
        return _seeded(self.config.seed, step, device=self.device)

    @torch.no_grad()
    def _measure(self) -> tuple[float, float]:
        """Accuracy and cross-entropy on the test images."""
        self.model.eval()
        right, loss, count = 0, 0.0, len(self.test[1])
        for images, labels in zip(*(torch.split(part, TEST_BATCH) for part in self.test), strict=True):
            logits = self.model(self.prepare(images)).float()
            right += int((logits.argmax(1) == labels).sum())
            loss += float(F.cross_entropy(logits, labels, reduction="sum"))
        return right / count, loss / count


def train_on_images(
    trainer: ImageTrainer, run: Run | None = None, *, save_minutes: float = 5.0
) -> Iterator[EpochReport]:
    """Train until the last epoch, SIGTERM or SIGINT, and report after every epoch.

    With a run, all three leave it saved, and whatever else ends the process, the run can go on from its last save
    to the same end.
    """
    progress, last_save = trainer.progress, time.monotonic()
    with stop_signals() as stop:
        while not (trainer.finished or stop.is_set()):
            start = time.perf_counter()
            trainer.take_step()
            progress.seconds += time.perf_counter() - start
            if progress.step % trainer.steps_per_epoch == 0:
                yield trainer.close_epoch()
            if run and time.monotonic() - last_save > 60 * save_minutes:
                trainer.save(run)
                last_save = time.monotonic()
        if run:
            trainer.save(run)


def create_for_images(network: str, images: ImageSet) -> Backbone:
    """Build a network for a set: for one channel, its classes, and its size or the least that the network takes."""
    (pixels, labels), (_, test_labels) = images.training, images.test
    smallest = create_model(network, head=None, width=1 / 16).smallest
    return create_model(
        network,
        in_chans=1,
        num_classes=1 + max(int(labels.max()), int(test_labels.max())),
        head="classifier",
        image_size=max(*pixels.shape[1:], smallest),
    )


def build_optimiser(model: Backbone, recipe: ImageRecipe) -> torch.optim.Optimizer:
    """SGD over all weights, or Muon, whose decay spares norms and biases."""
    parameters = list(model.parameters())
    rate, momentum, decay = recipe.learning_rate, recipe.momentum, recipe.weight_decay
    if recipe.optimiser == "sgd":
        return torch.optim.SGD(parameters, lr=rate, momentum=momentum, weight_decay=decay)
    groups: list[dict[str, Any]] = [
        {"params": [p for p in parameters if p.ndim == 4], "filters": True},
        {"params": [p for p in parameters if p.ndim == 2]},
        {"params": [p for p in parameters if p.ndim not in (2, 4)], "weight_decay": 0.0},
    ]
    return Muon(groups, lr=rate, momentum=momentum, weight_decay=decay)


@functools.lru_cache(maxsize=1)
def _epoch_order(count: int, seed: int, epoch: int) -> Tensor:
    """The order of the images in an epoch, counted from 0."""
    return torch.randperm(count, generator=torch.Generator().manual_seed(hash((seed, epoch))))


def _rate_factor(schedule: str, done: float) -> float:
    """The factor on the learning rate when a share of the steps is done."""
    if schedule == "steps":
        return 1.0 if done < 0.5 else 0.1 if done < 0.75 else 0.01
    return min((done + 1e-3) / 0.05, (1 - done) / 0.95)


def shift_and_mirror(batch: Tensor) -> Tensor:
    """Shift each image (B, height, width) by up to two points either way, and mirror it or not."""
    count, height, width = batch.shape
    device = batch.device
    padded = F.pad(batch, (2, 2, 2, 2))
    rows = torch.randint(0, 5, (count, 1), device=device) + torch.arange(height, device=device)
    columns = torch.randint(0, 5, (count, 1), device=device) + torch.arange(width, device=device)
    mirrored = torch.rand(count, 1, device=device) < 0.5
    columns = torch.where(mirrored, columns.flip(1), columns)
    which = torch.arange(count, device=device)[:, None, None]
    return padded[which, rows[:, :, None], columns[:, None]]


def training_loss(model: Backbone, x: Tensor, labels: Tensor) -> Tensor:
    """The cross-entropy, that of auxiliary heads added with their share."""
    if not model.auxiliary:
        return F.cross_entropy(model(x), labels)
    logits, *side = model.forward_with_auxiliary(x)
    return F.cross_entropy(logits, labels) + AUXILIARY_SHARE * sum(F.cross_entropy(s, labels) for s in side)


@contextlib.contextmanager
def _seeded(*key: int, device: torch.device) -> Iterator[None]:
    """Within, random numbers follow from the key alone; afterwards they go on as they would have."""
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        torch.manual_seed(hash(key))
        yield


def _on_device(pair: tuple[Images, Images], device: torch.device) -> tuple[Tensor, Tensor]:
    pixels, classes = pair
    return torch.tensor(pixels, device=device), torch.tensor(classes, device=device).long()


def _below(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """The tensors whose names begin with a prefix and a point, without them."""
    return {name.removeprefix(f"{prefix}."): t for name, t in tensors.items() if name.startswith(f"{prefix}.")}
