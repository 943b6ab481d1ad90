"""Image sets on disk, and training on them."""

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest
import torch

from features.errors import HonteError
from policy.backbones import create_model, list_models, model_info
from policy.backbones.image_training import ImageRecipe, choose_recipe, create_for_images, train_on_images
from policy.backbones.images import ImageSet, load_images, read_idx
from tests.policy.backbones.stripes import stripes, write_idx, write_set


def test_idx_files_are_read_plain_and_compressed(tmp_path: Path) -> None:
    array = np.random.default_rng(0).integers(0, 256, (3, 4, 5)).astype(np.uint8)
    data = write_idx(tmp_path / "plain", array)
    (tmp_path / "packed").write_bytes(gzip.compress(data))
    assert data[:16] == struct.pack(">IIII", 0x803, 3, 4, 5)
    for name in ("plain", "packed"):
        assert np.array_equal(read_idx(tmp_path / name), array)


@pytest.mark.parametrize("length", [*range(0, 20), -1])
def test_cut_off_idx_files_are_refused(tmp_path: Path, length: int) -> None:
    data = write_idx(tmp_path / "whole", np.ones((3, 4, 5), np.uint8))
    for damaged in (data[:length], gzip.compress(data)[:length]):
        (tmp_path / "part").write_bytes(damaged)
        with pytest.raises(HonteError, match="part"):
            read_idx(tmp_path / "part")


def test_sets_that_are_not_there_are_told_where_to_be(tmp_path: Path) -> None:
    with pytest.raises(HonteError, match="no image set is called 'mnist': choose from fashion-mnist"):
        load_images("mnist")
    with pytest.raises(HonteError, match=r"package dataset-fashion-mnist, or .* --data-dir"):
        load_images("fashion-mnist", tmp_path / "nowhere")
    with pytest.raises(HonteError, match=r"no file '.*train-images-idx3-ubyte\.gz'"):
        load_images("fashion-mnist", tmp_path)
    images, labels = stripes(20, 0)
    write_set(tmp_path, ImageSet((images, labels[:-1]), (images, labels)))
    with pytest.raises(HonteError, match="as many images as labels"):
        load_images("fashion-mnist", tmp_path)


def test_a_network_learns_stripes_from_files(tmp_path: Path) -> None:
    write_set(tmp_path, ImageSet(stripes(600, 0), stripes(200, 1)))
    images = load_images("fashion-mnist", tmp_path)
    torch.manual_seed(0)
    model = create_for_images("lenet5", images)
    reports = list(
        train_on_images(
            model,
            images,
            choose_recipe("modern", "lenet5"),
            epochs=10,
            seed=0,
            device=torch.device("cpu"),
            dtype=torch.float32,
            augment=False,  # a shift would make one class another
        )
    )
    assert [report.epoch for report in reports] == list(range(1, 11))
    assert reports[-1].test_accuracy > 0.95


def test_same_seed_same_weights() -> None:
    images = ImageSet(stripes(64, 0), stripes(10, 1))

    def weights(seed: int) -> torch.Tensor:
        torch.manual_seed(0)
        model = create_for_images("lenet5", images)
        recipe = ImageRecipe(
            optimiser="sgd", batch_size=16, learning_rate=0.05, momentum=0.9, weight_decay=0.0, schedule="steps"
        )
        list(
            train_on_images(model, images, recipe, epochs=1, seed=seed, device=torch.device("cpu"), dtype=torch.float32)
        )
        return torch.cat([p.flatten() for p in model.parameters()])

    assert torch.equal(weights(1), weights(1))
    assert not torch.equal(weights(1), weights(2))


def test_divergence_ends_in_a_sentence() -> None:
    images = ImageSet(stripes(64, 0), stripes(10, 1))
    recipe = ImageRecipe(
        optimiser="sgd", batch_size=16, learning_rate=1e9, momentum=0.9, weight_decay=0.0, schedule="steps"
    )
    model = create_for_images("lenet5", images)
    with pytest.raises(HonteError, match="no longer finite in epoch 1"):
        list(train_on_images(model, images, recipe, epochs=2, seed=0, device=torch.device("cpu"), dtype=torch.float32))


@pytest.mark.parametrize("name", list_models())
def test_every_network_can_be_made_for_images(name: str) -> None:
    pixels, labels = stripes(20, 0)
    labels[:10] = range(10)
    with torch.device("meta"):
        model = create_for_images(name, ImageSet((pixels, labels), (pixels, labels)))
    side = model.fixed_size or max(32, model.smallest)
    assert model.in_chans == 1 and side >= 32
    with torch.device("meta"):
        assert model.eval()(torch.empty(1, 1, side, side)).shape == (1, 10)


def test_published_recipes_are_the_papers() -> None:
    recipe = choose_recipe("published", "vgg16")
    assert (recipe.batch_size, recipe.learning_rate, recipe.momentum, recipe.weight_decay) == (256, 0.01, 0.9, 5e-4)
    assert model_info("resnet50").recipe.weight_decay == 1e-4  # not the 1e-5 of CS231n's slide
    with pytest.raises(HonteError, match="choose modern or published"):
        choose_recipe("old", "vgg16")


def test_dropout_is_the_papers() -> None:
    shares = {
        name: {layer.p for layer in create_model(name, width=1 / 16).modules() if isinstance(layer, torch.nn.Dropout)}
        for name in ("alexnet", "zfnet", "vgg11", "googlenet")
    }
    for name, share in shares.items():
        assert share == {model_info(name).recipe.dropout}, name
