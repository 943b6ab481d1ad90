"""Networks as graphs of torch.fx and in TorchScript."""

import warnings
from typing import Any

import pytest
import torch
import torch.fx

from honte.features.errors import HonteError
from tests.policy.backbones.test_models import images, small

KINDS = ("lenet5", "lenet5_1998", "alexnet_two_tower", "vgg11", "googlenet", "resnet20", "resnet50", "alphago")


@pytest.mark.parametrize("kind", ["classifier", "board", "features"])
@pytest.mark.parametrize("name", KINDS)
def test_traced_and_scripted_networks_compute_the_same(name: str, kind: str) -> None:
    changes: dict[str, object] = {
        "classifier": {},
        "board": {"head": "policy", "in_chans": 6, "board_size": 9},
        "features": {"features_only": True},
    }[kind]
    model: Any = small(name, **changes).eval()
    for tensor in model.parameters():
        if tensor.ndim == 4 and not tensor.any():
            torch.nn.init.normal_(tensor)  # a fresh policy head is zero
    x = images(small(name, **{**changes, "features_only": False}))
    traced = torch.fx.symbolic_trace(model)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        scripted = torch.jit.script(model)
    with torch.no_grad():
        expected = model(x)
        for other in (traced(x), scripted(x)):
            pairs = [(other, expected)] if isinstance(other, torch.Tensor) else list(zip(other, expected, strict=True))
            assert all(torch.allclose(a, b, atol=1e-5) for a, b in pairs)
    with pytest.raises(HonteError, match="a batch of"):
        traced(torch.cat([x, x[:, :1]], 1))  # the check is a step of the graph
