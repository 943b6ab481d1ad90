"""What holds for every network."""

import pytest
import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from honte.features.errors import HonteError
from honte.policy.backbones import create_model, list_models, model_info
from honte.policy.backbones.blocks import PolicyHead
from honte.policy.backbones.model import Backbone
from honte.policy.backbones.summary import summarise

NAMES = list_models()
SIZES = {"lenet5": 32, "lenet5_1998": 32, "vgg": 32, "googlenet": 79, "alex": 67, "zfnet": 63, "alphago": 9}


def small(name: str, **changes: object) -> Backbone:
    """The network with few channels, in the smallest size that it takes, or at least 16."""
    torch.manual_seed(0)
    size = next((size for prefix, size in SIZES.items() if name.startswith(prefix)), 16)
    settings: dict[str, object] = {"width": 1 / 8, "image_size": size}
    head = changes.get("head", "policy" if name == "alphago" else "classifier")
    if head == "policy":
        settings = {"width": 1 / 8, "board_size": size}
    elif head and not changes.get("features_only"):
        settings["num_classes"] = 10 if name.startswith("lenet") else 5
    settings |= changes
    return create_model(name, **settings)  # type: ignore[arg-type]


def images(model: Backbone, size: int | None = None) -> Tensor:
    side = size or model.fixed_size or 16
    return torch.randn(4, model.in_chans, max(side, model.smallest), max(side, model.smallest))


def outputs(model: Backbone, x: Tensor) -> tuple[Tensor, ...]:
    return model.forward_with_auxiliary(x) if model.auxiliary else (model(x),)


@pytest.mark.parametrize("name", NAMES)
def test_published_totals(name: str) -> None:
    info = model_info(name)
    with torch.device("meta"):
        model = create_model(name)
    summary = summarise(model, info.input_size[1])
    assert sum(p.numel() for p in model.parameters()) == summary.parameters == info.parameters
    assert summary.multiply_adds == info.multiply_adds
    assert summary.activations == info.activations
    with FlopCounterMode(display=False) as counter:
        model(torch.empty(1, *info.input_size, device="meta"))
    assert counter.get_total_flops() == 2 * info.multiply_adds


@pytest.mark.parametrize("board", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_summary_is_of_the_layers_that_run(name: str, board: bool) -> None:
    """Its rows have the order, the shapes and the parameters of a forward pass."""
    model = small(name, **({"head": "policy", "in_chans": 6, "board_size": 9} if board else {})).eval()
    size = model.fixed_size or max(16, model.smallest)
    rows = summarise(model, size).rows
    listed = {(model.head if row.layer == "head" else _find(model, row.layer)) for row in rows}
    ran: list[tuple[torch.nn.Module, tuple[int, ...]]] = []
    for layer in listed:
        layer.register_forward_hook(lambda layer, inputs, output: ran.append((layer, tuple(output.shape[1:]))))
    model(torch.randn(1, model.in_chans, size, size))
    assert [shape for _, shape in ran] == [row.output for row in rows]
    assert {id(p) for layer in listed for p in layer.parameters()} == {id(p) for p in model.parameters()}
    for (layer, _), row in zip(ran, rows, strict=True):
        assert sum(p.numel() for p in layer.parameters()) == row.parameters, row


def _find(model: Backbone, layer: str) -> torch.nn.Module:
    return model.get_submodule(layer if layer.startswith("head.") else f"trunk.{layer}")


@pytest.mark.parametrize("name", NAMES)
def test_widest_layer_is_the_declared_one(name: str) -> None:
    with torch.device("meta"):
        model = create_model(name, head=None)
    channels: list[int] = []
    for layer in model.trunk:
        layer.register_forward_hook(lambda layer, inputs, output: channels.append(output.shape[1]))
    model(torch.empty(1, *model_info(name).input_size, device="meta"))
    assert max(channels) == model_info(name).widest


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        *((name, kind) for name in NAMES for kind in ("published", "board")),
        *((name, "batch norm") for name in NAMES if model_info(name).norm != "bn"),
    ],
)
def test_gradients_and_state_dict(name: str, kind: str) -> None:
    changes = {
        "published": {"auxiliary": name == "googlenet"},
        "board": {"head": "policy", "in_chans": 6, "board_size": 7},
        "batch norm": {"norm": "bn"},
    }[kind]
    model = small(name, **changes)
    x = images(model)
    if isinstance(model.head, PolicyHead):
        torch.nn.init.normal_(model.head.weight)  # a fresh one is zero
    results = outputs(model.train(), x)
    sum((r * torch.randn_like(r)).sum() for r in results).backward()
    for parameter_name, parameter in model.named_parameters():
        assert parameter.grad is not None and parameter.grad.abs().sum() > 0, parameter_name
    twin = small(name, **changes)
    for parameter in twin.parameters():
        torch.nn.init.normal_(parameter)
    twin.load_state_dict(model.state_dict())
    expected, actual = model.eval()(x), twin.eval()(x)
    assert torch.equal(actual, expected) and expected.isfinite().all() and expected.std() > 0


@pytest.mark.parametrize("board", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_features_are_what_feature_info_says(name: str, board: bool) -> None:
    model = small(name, **({"head": "policy", "in_chans": 6, "board_size": 9} if board else {})).eval()
    x = images(model)
    with torch.no_grad():
        last, maps = model.forward_intermediates(x)
        assert torch.equal(last, model.forward_features(x))
        assert torch.equal(model.forward_head(last), model(x))
        assert model.forward_head(last, pre_logits=True).shape[1] == model.head_hidden_size
        names = [str(stage["module"]) for stage in model.feature_info]
        by_name = model.forward_intermediates(x, indices=names)[1]
        top = model.forward_intermediates(x, indices=1)[1]
    assert len(maps) == len(model.feature_info) and len(set(names)) == len(names)
    assert all(torch.equal(a, b) for a, b in zip(maps, by_name, strict=True))
    assert torch.equal(top[0], last) and last.shape[1] == model.num_features
    for map_, stage in zip(maps, model.feature_info, strict=True):
        assert map_.shape[1] == stage["num_chs"]
        assert map_.shape[2] == x.shape[2] if board else map_.shape[2] <= x.shape[2] / int(stage["reduction"]) + 1
    assert board or len({stage["reduction"] for stage in model.feature_info}) == len(maps)


@pytest.mark.parametrize("name", NAMES)
def test_smallest_input(name: str) -> None:
    smallest = create_model(name, head=None, width=1 / 16).smallest
    model = small(name, head=None).eval()
    with torch.no_grad():
        assert min(model(images(model, smallest)).shape[2:]) == 1
    if smallest > 1:
        x = torch.zeros(1, model.in_chans, smallest - 1, smallest + 5)
        with pytest.raises(HonteError, match=f"pass at least {smallest}x{smallest}"):
            model(x)
        with pytest.raises(RuntimeError):
            model.trunk(x[..., : smallest - 1])
        with pytest.raises(HonteError, match=f"image_size={smallest} or more"):
            create_model(name, image_size=smallest - 1)


@pytest.mark.parametrize("board", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_wrong_inputs_are_told_what_to_be(name: str, board: bool) -> None:
    model = small(name, **({"head": "policy", "in_chans": 6, "board_size": 9} if board else {}))
    x = images(model)
    channels = model.in_chans
    with pytest.raises(HonteError, match=rf"a batch of {channels} channels.*in_chans={channels + 1}"):
        model(torch.cat([x, x[:, :1]], 1))
    with pytest.raises(HonteError, match=f"a batch of {channels} channels"):
        model(x[0])
    if model.fixed_size is not None:
        what = "board_size" if isinstance(model.head, PolicyHead) else "image_size"
        with pytest.raises(HonteError, match=f"for {x.shape[3]}x{x.shape[3]}, not for .*another {what}"):
            model(x[..., :-1])
    with pytest.raises(HonteError, match="'no such layer'"):
        model.forward_intermediates(x, indices=["no such layer"])


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ("alphago", "lenet5_1998")])
def test_classifier_can_be_replaced(name: str) -> None:
    model = small(name).eval()
    x = images(model)
    with torch.no_grad():
        model.reset_classifier(7)
        assert model(x).shape == (4, 7) and model.num_classes == 7
        model.reset_classifier(0)
        assert torch.equal(model(x), model.forward_head(model.forward_features(x), pre_logits=True))
    assert isinstance(model.get_classifier(), torch.nn.Identity)
    for wrong in (-1, 1.5, "7"):
        with pytest.raises(HonteError, match="num_classes"):
            model.reset_classifier(wrong)  # type: ignore[arg-type]
    assert model.num_classes == 0
