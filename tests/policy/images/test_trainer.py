"""Training on images."""

import functools
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from honte.features.errors import HonteError
from honte.policy.backbones import create_model, list_models
from honte.policy.images import trainer as module
from honte.policy.images.idx import ImageSet, load_images
from honte.policy.images.settings import MODERN, ImageConfig, ImageRecipe
from honte.policy.images.trainer import ImageTrainer, create_for_images, shift_and_mirror, train_on_images
from honte.policy.run import Run
from tests.policy.images.stripes import stripes, write_set

SGD = ImageRecipe(
    optimiser="sgd", batch_size=16, learning_rate=0.05, momentum=0.9, weight_decay=0.0, schedule="steps"
)


def trainer_of(images: ImageSet, recipe: ImageRecipe, **settings: Any) -> ImageTrainer:
    config = ImageConfig(**{"network": "lenet5", "data": "stripes", "recipe": recipe, "epochs": 1, **settings})
    return ImageTrainer(config, images, device=torch.device("cpu"), dtype=torch.float32)


def weights(trainer: ImageTrainer) -> torch.Tensor:
    return torch.cat([p.detach().flatten() for p in trainer.model.parameters()])


def test_a_network_learns_stripes_from_files(tmp_path: Path) -> None:
    write_set(tmp_path, ImageSet(stripes(600, 0), stripes(200, 1)))
    images = load_images("fashion-mnist", tmp_path)
    # a shift would make one class another
    reports = list(train_on_images(trainer_of(images, MODERN, epochs=10, augment=False)))
    assert [report.epoch for report in reports] == list(range(1, 11))
    assert reports[-1].test_accuracy > 0.95


def test_same_seed_same_weights() -> None:
    images = ImageSet(stripes(64, 0), stripes(10, 1))

    def trained(seed: int) -> torch.Tensor:
        trainer = trainer_of(images, SGD, seed=seed)
        torch.rand(1)  # what else draws random numbers has no part in it
        list(train_on_images(trainer))
        return weights(trainer)

    assert torch.equal(trained(1), trained(1))
    assert not torch.equal(trained(1), trained(2))


@pytest.mark.parametrize("recipe", [SGD, replace(MODERN, batch_size=16)], ids=["sgd", "muon"])
@pytest.mark.parametrize("network", ["vgg11", "resnet20"])  # one has dropout, one has norms with statistics
def test_saved_and_restored_at_any_step_equals_uninterrupted(
    network: str, recipe: ImageRecipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    narrow = functools.partial(create_model, width=1 / 16)
    monkeypatch.setattr(module, "create_model", lambda name, width=1.0, **rest: narrow(name, **rest))
    images = ImageSet(stripes(48, 0), stripes(10, 1))

    def trainer() -> ImageTrainer:
        return trainer_of(images, recipe, network=network, epochs=2)

    once, run = trainer(), Run(tmp_path)
    expected = list(train_on_images(once))
    part = trainer()
    for step in range(6):
        part.take_step()
        if part.progress.step % 3 == 0:
            part.close_epoch()
        part.save(run)
        part = trainer()
        part.restore(run)
        assert part.progress.step == step + 1
    assert list(train_on_images(part, run)) == []
    for name, tensor in once.model.state_dict().items():
        assert torch.equal(tensor, part.model.state_dict()[name]), name
    assert [replace(r, seconds=0) for r in part.progress.reports] == [replace(r, seconds=0) for r in expected]


def test_a_run_is_not_gone_on_with_under_other_settings(tmp_path: Path) -> None:
    images = ImageSet(stripes(48, 0), stripes(10, 1))
    trainer_of(images, SGD).save(Run(tmp_path))
    with pytest.raises(HonteError, match=r"begun with other settings \(recipe, epochs\)"):
        trainer_of(images, MODERN, epochs=2).restore(Run(tmp_path))
    Run(tmp_path).write_state({}, {"step": 3})  # as a run of `honte train` has it
    with pytest.raises(HonteError, match="begun with other settings"):
        trainer_of(images, SGD).restore(Run(tmp_path))


def test_few_images_make_a_batch(tmp_path: Path) -> None:
    images = ImageSet(stripes(5, 0), stripes(5, 1))
    assert [report.epoch for report in train_on_images(trainer_of(images, MODERN, epochs=2))] == [1, 2]


def test_divergence_ends_in_a_sentence() -> None:
    images = ImageSet(stripes(64, 0), stripes(10, 1))
    with pytest.raises(HonteError, match="no longer finite in epoch 1"):
        list(train_on_images(trainer_of(images, replace(SGD, learning_rate=1e9), epochs=2)))


def test_augmented_images_are_shifted_and_mirrored() -> None:
    """Each is one of the fifty that shifts by up to two points and a mirror make, and all fifty come up."""
    image = torch.randint(1, 256, (9, 9), dtype=torch.uint8)
    padded = torch.nn.functional.pad(image, (2, 2, 2, 2))
    shifted = [padded[row : row + 9, column : column + 9] for row in range(5) for column in range(5)]
    possible = {tuple(x.flatten().tolist()) for x in (*shifted, *(x.flip(1) for x in shifted))}
    seen = {tuple(x.flatten().tolist()) for x in shift_and_mirror(image.expand(2000, 9, 9))}
    assert len(possible) == 50 and seen == possible


@pytest.mark.parametrize("name", list_models())
def test_every_network_can_be_made_for_images(name: str) -> None:
    pixels, labels = stripes(20, 0)
    labels[:10] = range(10)
    with torch.device("meta"):
        model = create_for_images(name, ImageSet((pixels, labels), (pixels, labels)))
    side = model.image_size
    assert model.in_chans == 1 and side == max(28, model.smallest)
    with torch.device("meta"):
        assert model.eval()(torch.empty(1, 1, side, side)).shape == (1, 10)
