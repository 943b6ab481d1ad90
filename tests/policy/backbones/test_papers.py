"""What the papers say of single networks."""

from pathlib import Path

import pytest
import torch

from honte.features.errors import HonteError
from honte.policy.backbones import create_model, list_models, model_info
from honte.policy.backbones.lenet import TableConv, digit_codes
from honte.policy.backbones.summary import Summary, summarise


def table(name: str, size: int, **arguments: object) -> Summary:
    with torch.device("meta"):
        return summarise(create_model(name, **arguments), size)  # type: ignore[arg-type]


def test_lenet_has_the_papers_connections() -> None:
    """Each output of a layer counts its inputs and its bias; the codes count their inputs."""
    summary = table("lenet5_1998", 32)
    connections = {}
    for row in summary.rows:
        places = row.output[1] * row.output[2] if len(row.output) == 3 else 1
        if row.kind == "subsampling":
            connections[row.layer] = 5 * row.activations  # four inputs that share a factor, and a bias
        elif row.kind == "distances to codes":
            connections[row.layer] = row.multiply_adds
        else:
            connections[row.layer] = row.parameters * places
    assert list(connections.values()) == [122_304, 5_880, 151_600, 2_000, 48_120, 10_164, 840]
    assert sum(connections.values()) == 340_908


def test_table_convolution_is_blind_where_its_table_is_empty() -> None:
    layer = TableConv(6, 16, padding=0).double()
    seen = layer.kernel().abs().sum((2, 3)) > 0
    assert [int(row.sum()) for row in seen] == [3] * 6 + [4] * 9 + [6]
    assert [int(column.sum()) for column in seen.T] == [10] * 6
    x = torch.randn(2, 6, 14, 14, dtype=torch.float64)
    first = layer(x)[:, 0]
    x[:, 3:] += 1
    assert torch.equal(layer(x)[:, 0], first)


def test_output_of_lenet_is_the_distance_to_codes() -> None:
    torch.manual_seed(0)
    model = create_model("lenet5_1998").double()
    features = model.forward_features(torch.randn(3, 1, 32, 32, dtype=torch.float64))
    units = model.forward_head(features, pre_logits=True)
    distances = torch.cdist(units, digit_codes().double()).square()
    assert torch.allclose(model.forward_head(features), -distances)
    assert torch.pdist(digit_codes()).min() > 0


def test_vgg_rows_are_those_of_cs231n() -> None:
    summary = table("vgg16", 224)
    weights = [row.multiply_adds // (row.output[1] * row.output[2]) for row in summary.rows if row.kind == "conv"]
    assert weights == [1_728, 36_864, 73_728, 147_456, 294_912, *[589_824] * 2, 1_179_648, *[2_359_296] * 5]
    # the course's own column of memory adds up to this with the input, not to the 24 million that it prints
    assert summary.activations + 3 * 224 * 224 == 15_237_608


def test_googlenet_has_the_papers_blocks() -> None:
    summary = table("googlenet", 224)
    blocks: dict[str, list[int]] = {}
    for row in summary.rows:
        total = blocks.setdefault(row.layer.split(".")[0], [0, 0])
        total[0] += row.parameters
        total[1] += row.multiply_adds
    assert blocks["inception3a"][0] == 163_696
    assert blocks["inception4c"][0] == 510_104
    assert blocks["inception5b"][0] == 1_444_080
    # the paper's column of operations, in millions
    printed = {"3a": 128, "3b": 304, "4a": 73, "4b": 88, "4c": 100, "4d": 119, "4e": 170, "5b": 71}
    for block, millions in printed.items():
        assert blocks[f"inception{block}"][1] / 1e6 == pytest.approx(millions, abs=1)


def test_auxiliary_heads_of_googlenet() -> None:
    with torch.device("meta"):
        model = create_model("googlenet", auxiliary=True)
        assert sum(p.numel() for p in model.auxiliary.parameters()) == 6_379_728
        assert sum(p.numel() for p in model.parameters()) == 13_378_280
        x = torch.empty(2, 3, 224, 224)
        assert [tuple(t.shape) for t in model.forward_with_auxiliary(x)] == [(2, 1000)] * 3
        assert isinstance(model.train()(x), torch.Tensor)
    with torch.device("meta"), pytest.raises(HonteError, match="auxiliary=True"):
        create_model("googlenet").forward_with_auxiliary(x)


@pytest.mark.parametrize(
    ("name", "multiply_adds"),
    [("resnet50", 3_857_973_248), ("resnet101", 7_570_194_432), ("resnet152", 11_282_415_616)],
)
def test_the_papers_version_of_deep_resnets(name: str, multiply_adds: int) -> None:
    summary = table(name, 224, version="v1")
    assert summary.parameters == model_info(name).parameters
    assert summary.multiply_adds == multiply_adds


@pytest.mark.parametrize("depth", [18, 34])
def test_shortcuts_without_parameters_cost_what_the_plain_twin_does(depth: int) -> None:
    residual, straight = table(f"resnet{depth}", 224, shortcut="A"), table(f"plain{depth}", 224)
    assert residual.parameters == straight.parameters
    assert residual.multiply_adds == straight.multiply_adds
    assert residual.activations == straight.activations


def test_response_norm_is_the_papers_formula() -> None:
    torch.manual_seed(0)
    norm = create_model("alexnet", width=1 / 16).trunk.norm1
    x = torch.randn(1, 9, 1, 1, dtype=torch.float64) * 20
    expected = torch.stack(
        [
            x[0, i] / (2 + 1e-4 * sum(x[0, j] ** 2 for j in range(max(0, i - 2), min(8, i + 2) + 1))) ** 0.75
            for i in range(9)
        ]
    )
    assert torch.allclose(norm(x)[0], expected)


@pytest.mark.parametrize(
    ("name", "size", "receptive_field"),
    [("alphago", 19, 27), ("vgg16", 224, 212), ("resnet18", 224, 435), ("resnet50", 224, 427), ("alexnet", 227, 195)],
)
def test_receptive_field(name: str, size: int, receptive_field: int) -> None:
    assert table(name, size).receptive_field == receptive_field


@pytest.mark.parametrize("name", ["lenet5", "lenet5_1998", "alphago", "googlenet", "resnet20"])
def test_receptive_field_is_how_far_an_output_sees(name: str) -> None:
    """The gradient of one output reaches exactly as far as the table says."""
    torch.manual_seed(0)
    arguments: dict[str, object] = {"head": "policy", "in_chans": 1, "width": 1 / 8, "board_size": 91}
    model = create_model(name, **arguments).double()  # type: ignore[arg-type]
    x = torch.randn(1, 1, 91, 91, dtype=torch.float64, requires_grad=True)
    model.forward_features(x)[0, :, 45, 45].sum().backward()
    assert x.grad is not None
    rows = x.grad[0, 0].abs().sum(1).nonzero()
    assert int(rows.max() - rows.min()) + 1 == table(name, 91, **arguments).receptive_field


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("lenet5", 58_223),
        ("alexnet", 4_270_537),
        ("alexnet_two_tower", 2_857_417),
        ("zfnet", 3_938_761),
        ("googlenet", 6_116_057),
        ("alphago", 3_882_793),
    ],
)
def test_sizes_as_go_networks(name: str, parameters: int) -> None:
    with torch.device("meta"):
        model = create_model(name, head="policy")
    assert sum(p.numel() for p in model.parameters()) == parameters


def test_the_documentation_has_these_figures() -> None:
    lines = (Path(__file__).parents[3] / "docs" / "backbones.md").read_text().splitlines()
    for name in list_models():
        info = model_info(name)
        figures = f"| {info.parameters:,} | {info.multiply_adds:,} | {info.activations:,} |"
        assert any(f"`{name}`" in line and figures in line for line in lines), name


def test_dropout_is_the_papers() -> None:
    shares = {
        name: {layer.p for layer in create_model(name, width=1 / 16).modules() if isinstance(layer, torch.nn.Dropout)}
        for name in ("alexnet", "zfnet", "vgg11", "googlenet")
    }
    for name, share in shares.items():
        assert share == {model_info(name).recipe.dropout}, name
