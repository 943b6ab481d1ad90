"""Networks trained on images, on disk."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from honte.features.errors import HonteError
from honte.policy.backbones import create_model
from honte.policy.images.weights import load_weights, save_weights


def test_what_is_saved_is_what_is_loaded(tmp_path: Path) -> None:
    model = create_model("resnet20", in_chans=1, num_classes=7, image_size=28).eval()
    save_weights(model, tmp_path / "weights.safetensors")
    loaded = load_weights(tmp_path / "weights.safetensors")
    x = torch.randn(2, 1, 28, 28)
    assert not loaded.training and torch.equal(loaded(x), model(x))


def test_other_files_are_refused_with_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    with pytest.raises(HonteError, match="no file "):
        load_weights(path)
    path.write_bytes(b"nothing")
    with pytest.raises(HonteError, match="cannot be read"):
        load_weights(path)
    save_file({"a": torch.zeros(1)}, path)
    with pytest.raises(HonteError, match="does not say what network it is"):
        load_weights(path)
    save_file({"a": torch.zeros(1)}, path, {"network": '{"name": "lenet5"}'})
    with pytest.raises(HonteError, match="does not fit its network"):
        load_weights(path)
