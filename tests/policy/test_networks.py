"""Every backbone as a Go network: trained in branches, folded, saved."""

import json
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import torch

from honte.engine.cli import main
from honte.features.errors import HonteError
from honte.policy.backbones import list_models
from honte.policy.backbones.blocks import Conv
from honte.policy.checkpoint import load, save
from honte.policy.network import NetworkConfig, PolicyNetwork
from honte.policy.reparam import BranchedConv, expand, fold
from tests.policy.corpora import random_corpus
from tests.policy.networks import tiny, unsettle

NAMES = [name for name in list_models() if name != "alphago" and not name.endswith(("44", "56", "110", "101", "152"))]
"""One of a kind is enough of the deep ones."""


@pytest.mark.parametrize("name", NAMES)
def test_every_network_trains_in_branches_and_folds(name: str, tmp_path: Path) -> None:
    network = tiny(network=name, filters=32).double()
    expanded = expand(network, "merged")
    branched = sum(isinstance(layer, BranchedConv) for layer in expanded.modules())
    plain = [layer for layer in expanded.modules() if isinstance(layer, Conv)]
    assert branched and all(layer.groups == 2 for layer in plain)
    unsettle(expanded)
    planes = torch.rand(4, 6, 9, 9, dtype=torch.float64)
    expanded(planes).square().sum().backward()
    for parameter_name, parameter in expanded.named_parameters():
        assert parameter.grad is not None and parameter.grad.abs().sum() > 0, parameter_name
    expanded.eval()
    folded = fold(expanded)
    expected = expanded(planes)
    assert expected.std() > 0 and expected.shape == (4, 81)
    assert (folded(planes) - expected).abs().max() < 1e-9 * max(1, expected.abs().max())
    assert list(folded.state_dict()) == list(network.state_dict())
    save(expanded.float(), tmp_path)
    loaded = load(tmp_path)
    assert loaded.config == network.config
    close = loaded(planes.float()) - fold(expanded.float())(planes.float())
    assert close.abs().max() < 1e-4 * max(1, expected.abs().max())


@pytest.mark.parametrize("name", NAMES)
def test_activations_keep_the_type_of_the_planes(name: str) -> None:
    network = expand(tiny(network=name, filters=32), "merged")
    features = network.trunk(torch.rand(2, 6, 9, 9).bfloat16())
    assert features.dtype == torch.bfloat16
    assert network(torch.rand(2, 6, 9, 9).bfloat16()).dtype == torch.float32


@pytest.mark.parametrize(
    ("name", "filters", "parameters"),
    [("zfnet", 384, 3_938_761), ("alexnet", 384, 4_270_537), ("googlenet", 1024, 6_116_057)],
)
def test_filters_are_those_of_the_widest_layer(name: str, filters: int, parameters: int) -> None:
    with torch.device("meta"):
        network = PolicyNetwork(NetworkConfig(network=name, filters=filters))
    assert sum(p.numel() for p in network.parameters()) == parameters


def test_unknown_network_is_told_the_nearest() -> None:
    with pytest.raises(HonteError, match="no network is called 'alphgo': choose from alphago"):
        NetworkConfig(network="alphgo")


@pytest.mark.parametrize("name", ["lenet5_1998", "alexnet_two_tower", "googlenet", "resnet18"])
def test_train_command_takes_any_network(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pq.write_table(random_corpus(10, size=9, length=20), tmp_path / "games.parquet")
    arguments = (
        f"--network {name} --filters 32 --board-size 9 --batch-size 8 --log-interval 16 --steps 4 --threads 1"
        " --calibration-positions 32 --score-positions 16 --corpus games.parquet --run run"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["honte", "train", *arguments.split()])
    assert main() == 0
    lines = [json.loads(line) for line in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines if "loss" in line] == [2, 4]
    network = load(tmp_path / "run" / "network")
    assert network.config.network == name and network.branches == "plain"
