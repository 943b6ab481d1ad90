"""Maps of a network's layers, asked for as of timm."""

from typing import Any

import numpy as np
import pytest
import torch

from honte.features.errors import HonteError
from honte.policy.backbones import create_model
from tests.policy.backbones.test_models import images, small

MODEL = create_model("resnet18", width=1 / 8).eval()
"""It has five maps."""


@pytest.mark.parametrize("indices", [0, 6, -1, [5], [-6], [0, 5], [1.0], [None]])
def test_what_timm_refuses_is_refused(indices: Any) -> None:
    with pytest.raises(HonteError, match=r"there is no map|there are 5 maps"):
        MODEL.forward_intermediates(torch.zeros(1, 3, 32, 32), indices=indices)
    if indices != [None]:
        with pytest.raises(HonteError):
            create_model("resnet18", width=1 / 8, features_only=True, out_indices=indices)


@pytest.mark.parametrize("indices", [True, 2.0, "conv1", b"1", slice(2)])
def test_what_is_no_choice_of_maps_is_refused(indices: Any) -> None:
    with pytest.raises(HonteError, match=r"pass such as \[0, -1\]"):
        create_model("resnet18", width=1 / 8, features_only=True, out_indices=indices)


def test_a_name_is_not_read_as_letters() -> None:
    with pytest.raises(HonteError, match=r"pass \['conv1'\]"):
        MODEL.forward_intermediates(torch.zeros(1, 3, 32, 32), indices="conv1")
    x = torch.randn(1, 3, 32, 32)
    assert torch.equal(MODEL.forward_intermediates(x, indices=["conv1"])[1][0], MODEL.trunk.conv1(x))


@pytest.mark.parametrize("indices", [1, 3, 5, [0], [-1], [3, 1], (0, -5, 2), np.int64(2), [np.int64(3), np.uint8(1)]])
def test_what_timm_takes_is_what_timm_gives(indices: Any) -> None:
    x = torch.randn(1, 3, 32, 32)
    everything = MODEL.forward_intermediates(x)[1]
    wanted = everything[-indices:] if np.ndim(indices) == 0 else [everything[index] for index in indices]
    given = MODEL.forward_intermediates(x, indices=indices)[1]
    assert len(given) == len(wanted) and all(map(torch.equal, given, wanted))


@pytest.mark.parametrize("name", ["alphago", "alexnet", "googlenet", "lenet5_1998", "resnet20", "resnet50", "vgg11"])
def test_features_only_gives_the_maps_of_the_whole_network(name: str) -> None:
    whole = small(name, head=None).eval()
    count = len(whole.feature_info)
    x = images(whole)
    for indices in (None, [count - 1, 0]):
        network: Any = small(name, features_only=True, out_indices=indices)
        network.load_state_dict({key: whole.state_dict()[key] for key in network.state_dict()})
        with torch.no_grad():
            maps = network.eval()(x)
            _, expected = whole.forward_intermediates(x, indices=indices)
        assert len(maps) == len(expected) and all(map(torch.equal, maps, expected))
        assert network.feature_info.channels() == [map_.shape[1] for map_ in maps]
        assert len(network.feature_info.reduction()) == len(network.feature_info.module_name()) == len(maps)


def test_layers_above_the_last_map_are_left_out() -> None:
    network = create_model("resnet18", features_only=True, out_indices=[1, 2], device="meta")
    assert network.feature_info.reduction() == [4, 8]
    assert [name for name, _ in network.trunk.named_children()][-1] == "conv3_2"
    with pytest.raises(HonteError, match="a batch of 3 channels"):
        network(torch.zeros(1, 4, 32, 32))
