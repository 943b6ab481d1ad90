"""Weights of torchvision and timm: mapped by name, and the same outputs.

`reference.json` was made by `make_reference`, with both libraries.
"""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from honte.features.errors import HonteError
from honte.policy.backbones import create_model
from honte.policy.backbones.model import Backbone
from honte.policy.backbones.pretrained import adapt_channels, fit
from tests.policy.backbones.fixed_weights import fixed_tensor, names_digest

REFERENCE = json.loads(Path(__file__).with_name("reference.json").read_text())


def theirs(model: Backbone, *, timm: bool = False) -> dict[str, Tensor]:
    """The state dict of the same network there, as `names_digest` proves, of fixed weights."""
    names = {}
    features = 0
    for layer, module in model.trunk.named_children():
        for name, tensor in module.state_dict().items():
            if model.name.startswith("resnet"):
                names[_in_resnet(layer, name)] = tensor
            else:
                names[f"features.{features}.{name}"] = tensor
        features += 2 if module.state_dict() else 1
    heads = {"out": "fc"}
    if not model.name.startswith("resnet"):
        numbers = (1, 4, 6) if model.name == "alexnet_owt" else (0, 3, 6)
        places = ("pre_logits.fc1", "pre_logits.fc2", "head.fc") if timm else [f"classifier.{n}" for n in numbers]
        heads = dict(zip(("hidden.fc1", "hidden.fc2", "out"), places, strict=True))
    for name, tensor in model.head.state_dict().items():
        layer, _, kind = name.rpartition(".")
        if timm and layer == "hidden.fc1" and kind == "weight":
            tensor = tensor.unflatten(1, (model.num_features, 7, 7))
        elif timm and layer == "hidden.fc2" and kind == "weight":
            tensor = tensor[:, :, None, None]
        names[f"{heads[layer]}.{kind}"] = tensor
    return {name: fixed_tensor(name, tuple(tensor.shape)) for name, tensor in names.items()}


def _in_resnet(layer: str, name: str) -> str:
    kind = {"conv": "conv", "norm": "bn"}
    parts = name.split(".")
    if layer == "conv1":
        return f"{kind[parts[0]]}1.{parts[1]}"
    stage, block = (int(number) - 1 for number in layer.removeprefix("conv").split("_"))
    if parts[0] == "shortcut":
        return f"layer{stage}.{block}.downsample.{['conv', 'norm'].index(parts[1])}.{parts[2]}"
    return f"layer{stage}.{block}.{kind[parts[2]]}{parts[1][-1]}.{parts[3]}"


@pytest.mark.parametrize("name", REFERENCE["torchvision"])
def test_outputs_equal_torchvisions(name: str) -> None:
    model = create_model(name, device="meta").eval()
    tensors = theirs(model)
    assert names_digest(tensors) == REFERENCE["torchvision"][name]["names"]
    model = model.to_empty(device="cpu")
    fit(model, tensors, source="theirs")
    with torch.no_grad():
        actual = model(fixed_tensor("input", (1, 3, 224, 224)))[0, ::64]
    expected = torch.tensor(REFERENCE["torchvision"][name]["output"])
    assert expected.std() > 0.05
    assert (actual - expected).abs().max() <= 1e-4 * expected.abs().max()


@pytest.mark.parametrize("name", REFERENCE["timm"])
def test_names_of_timm_fit(name: str) -> None:
    model = create_model(name, device="meta")
    tensors = theirs(model, timm=True)
    assert names_digest(tensors) == REFERENCE["timm"][name]
    fit(model, tensors, source="theirs")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "resnet18.safetensors"
    save_file(theirs(create_model("resnet18", device="meta")), path)
    return path


def test_other_classes_get_a_fresh_last_layer(file: Path) -> None:
    whole = create_model("resnet18", pretrained=file).eval()
    other = create_model("resnet18", pretrained=file, num_classes=7).eval()
    x = torch.randn(1, 3, 64, 64)
    with torch.no_grad():
        assert torch.equal(whole.forward_features(x), other.forward_features(x)) and other(x).shape == (1, 7)
        maps = create_model("resnet18", pretrained=str(file), features_only=True).eval()(x)
        bare = create_model("resnet18", pretrained=file, num_classes=0).eval()
        assert torch.equal(maps[-1], whole.forward_features(x))
        assert torch.equal(bare(x), whole.forward_head(maps[-1], pre_logits=True))


def test_a_go_network_takes_the_trunk_with_its_norms_folded(file: Path) -> None:
    normed = create_model("resnet18", head=None, output_stride=1, in_chans=48, board_size=9, pretrained=file).eval()
    go = create_model("resnet18", head="policy", board_size=9, pretrained=file).eval()
    assert not any(isinstance(layer, torch.nn.BatchNorm2d) for layer in go.modules())
    planes = torch.rand(1, 48, 9, 9)
    with torch.no_grad():
        expected, actual = normed.forward_features(planes), go.forward_features(planes)
    assert expected.std() > 0 and torch.allclose(actual, expected, atol=1e-4 * float(expected.abs().max()))


def test_first_layers_for_other_channels_are_timms() -> None:
    kernel, x = torch.randn(4, 3, 5, 5), torch.randn(2, 1, 9, 9)
    one = torch.conv2d(x, adapt_channels(kernel, 1))
    assert torch.allclose(one, torch.conv2d(x.expand(2, 3, 9, 9), kernel), atol=1e-5)
    five = adapt_channels(kernel, 5)
    assert torch.allclose(five, kernel[:, [0, 1, 2, 0, 1]] * 3 / 5)
    assert adapt_channels(kernel, 3) is kernel


def test_own_weights_come_back(tmp_path: Path) -> None:
    model = create_model("googlenet", width=1 / 8, auxiliary=True, image_size=79).eval()
    save_file(model.state_dict(), tmp_path / "own.safetensors")
    again = create_model(
        "googlenet", width=1 / 8, auxiliary=True, image_size=79, pretrained=tmp_path / "own.safetensors"
    )
    assert all(map(torch.equal, model.state_dict().values(), again.state_dict().values()))


def without(tensors: dict[str, Tensor]) -> None:
    del tensors["layer2.0.downsample.0.weight"]


def one_more(tensors: dict[str, Tensor]) -> None:
    tensors["layer5.0.conv1.weight"] = torch.zeros(1)


def other_shape(tensors: dict[str, Tensor]) -> None:
    tensors["layer1.0.conv1.weight"] = torch.zeros(64, 32, 3, 3)


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (without, "it lacks trunk.conv3_1.shortcut.conv.weight"),
        (one_more, "the network has no layer5.0.conv1.weight"),
        (other_shape, r"'trunk.conv2_1.body.conv1.conv.weight' is of shape \(64, 32, 3, 3\)"),
    ],
)
def test_files_of_other_networks_are_refused(
    file: Path, damage: Callable[[dict[str, Tensor]], None], sentence: str
) -> None:
    tensors = theirs(create_model("resnet18", device="meta"))
    damage(tensors)
    save_file(tensors, file)
    with pytest.raises(HonteError, match=sentence):
        create_model("resnet18", pretrained=file)


def test_other_mistakes_get_a_sentence(file: Path, tmp_path: Path) -> None:
    with pytest.raises(HonteError, match=r"is not of this 'resnet34': it lacks .* and \d+ more"):
        create_model("resnet34", pretrained=file)
    with pytest.raises(HonteError, match="is not of this 'vgg11'"):
        create_model("vgg11", width=1 / 16, pretrained=file)
    with pytest.raises(HonteError, match=r"'trunk.conv1.conv.weight' is of shape"):
        create_model("resnet18", width=0.5, pretrained=file)
    with pytest.raises(HonteError, match="the meta device holds no weights"):
        create_model("resnet18", device="meta", pretrained=file)
    with pytest.raises(HonteError, match=r"no file '.*nowhere.safetensors'"):
        create_model("resnet18", pretrained=tmp_path / "nowhere.safetensors")
    file.write_bytes(file.read_bytes()[:-9])
    with pytest.raises(HonteError, match="cannot be read as safetensors"):
        create_model("resnet18", pretrained=file)


def test_pickles_are_not_opened_but_how_to_convert_them_is_said(tmp_path: Path) -> None:
    path = tmp_path / "resnet18.pth"
    torch.save(theirs(create_model("resnet18", device="meta")), path)
    with pytest.raises(HonteError, match="is a pickle") as error:
        create_model("resnet18", pretrained=path)
    command = str(error.value).partition('python -c "')[2].removesuffix('"')
    subprocess.run([sys.executable, "-c", command], check=True)
    create_model("resnet18", pretrained=path.with_suffix(".safetensors"))
