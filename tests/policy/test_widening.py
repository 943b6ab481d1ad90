"""Widened networks: the same function, and new filters that learn."""

import pytest
import torch

from honte.features.errors import HonteError
from honte.policy.network import PolicyNetwork
from honte.policy.reparam import expand
from honte.policy.widening import widen
from tests.policy.networks import tiny, unsettle


def fresh(name: str, filters: int, branches: str) -> PolicyNetwork:
    return expand(tiny(network=name, filters=filters), branches)


@pytest.mark.parametrize("branches", ["plain", "bn", "merged"])
@pytest.mark.parametrize(("name", "filters", "more"), [("alphago", 8, 12), ("resnet18", 64, 128), ("zfnet", 8, 16)])
def test_a_wider_network_computes_the_same(name: str, filters: int, more: int, branches: str) -> None:
    narrow, wide = unsettle(fresh(name, filters, branches)).eval(), fresh(name, more, branches).eval()
    planes = torch.rand(4, 6, 9, 9)
    before = wide(planes)
    widen(narrow, wide)
    expected = narrow(planes)
    assert not torch.allclose(before, expected, rtol=1e-3, atol=1e-3)
    assert torch.allclose(wide(planes), expected, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize(("filters", "more"), [(4, 6), (6, 8)])
def test_a_layer_may_get_or_lose_the_branch_of_its_bare_input(filters: int, more: int) -> None:
    """As the first one does where there are as many filters as planes, here 6."""
    narrow, wide = unsettle(fresh("alphago", filters, "merged")).eval(), fresh("alphago", more, "merged").eval()
    widen(narrow, wide)
    planes = torch.rand(4, 6, 9, 9)
    assert torch.allclose(wide(planes), narrow(planes), rtol=1e-3, atol=1e-3)


def test_new_filters_learn_from_the_start() -> None:
    narrow, wide = fresh("alphago", 8, "merged"), fresh("alphago", 12, "merged")
    widen(narrow, wide)
    planes, moves = torch.rand(4, 6, 9, 9), torch.arange(4)
    optimiser = torch.optim.SGD(wide.parameters(), lr=0.1)
    for _ in range(2):  # a filter that nothing listens to has its first gradient when something does
        optimiser.zero_grad()
        torch.nn.functional.cross_entropy(wide.train()(planes), moves).backward()
        optimiser.step()
    for name, parameter in wide.named_parameters():
        assert parameter.grad is not None
        if parameter.ndim == 4 and len(parameter) == 12:
            assert parameter.grad[8:].flatten(1).any(1).all(), name


def test_layers_side_by_side_are_refused() -> None:
    narrow, wide = fresh("googlenet", 128, "merged"), fresh("googlenet", 256, "merged")
    with pytest.raises(HonteError, match="'googlenet' cannot be widened from 128 filters to 256"):
        widen(unsettle(narrow), wide)
