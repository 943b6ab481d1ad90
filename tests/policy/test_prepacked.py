"""Tests of weights in oneDNN's order: the same answers, and the plain network where that cannot be."""

import numpy as np
import pytest
import torch

from honte.policy import predictor as predictors
from honte.policy.network import NetworkConfig, PolicyNetwork
from honte.policy.predictor import Predictor
from honte.policy.prepacked import Prepacked, for_single_positions

needs_onednn = pytest.mark.skipif(not torch.backends.mkldnn.is_available(), reason="PyTorch without oneDNN")


def network(name: str = "alphago", *, filters: int = 24, dtype: torch.dtype = torch.float32) -> PolicyNetwork:
    torch.manual_seed(filters)
    made = PolicyNetwork(NetworkConfig(name, board_size=9, filters=filters)).eval().requires_grad_(False)
    torch.nn.init.normal_(made.head.weight)
    torch.nn.init.normal_(made.head.bias)
    made.trunk.to(dtype).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return made


def planes(size: int, dtype: torch.dtype) -> torch.Tensor:
    drawn = torch.rand(1, 48, size, size, generator=torch.Generator().manual_seed(size)) < 0.3
    return drawn.to(dtype, memory_format=torch.channels_last)


@needs_onednn
@pytest.mark.parametrize("size", [5, 9, 13, 19, 25])
@pytest.mark.parametrize(("dtype", "difference"), [(torch.float32, 1e-5), (torch.bfloat16, 0.03)])
def test_answers_as_the_network_does(size: int, dtype: torch.dtype, difference: float) -> None:
    plain = network(dtype=dtype)
    single = for_single_positions(plain, size)
    assert isinstance(single, Prepacked)
    with torch.inference_mode():
        expected, found = plain(planes(size, dtype)), single(planes(size, dtype))
    assert expected.std() > 0.1
    torch.testing.assert_close(found, expected, atol=difference, rtol=0)


def test_the_network_itself_where_it_is_no_such_stack() -> None:
    for name, filters in (("resnet18", 32), ("googlenet", 64)):
        other = network(name, filters=filters)
        assert for_single_positions(other, 9) is other


@pytest.mark.parametrize("error", [AttributeError, RuntimeError, TypeError])
def test_the_network_itself_where_the_operations_are_missing(
    error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(*arguments: object) -> None:
        raise error

    plain = network()
    monkeypatch.setattr("honte.policy.prepacked._packed", missing)
    assert for_single_positions(plain, 9) is plain


@needs_onednn
def test_a_predictor_uses_it_for_one_position_of_each_size(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []

    def counted(plain: PolicyNetwork, size: int) -> torch.nn.Module:
        made.append(size)
        return for_single_positions(plain, size)

    monkeypatch.setattr(predictors, "for_single_positions", counted)
    predictor = Predictor(network(), dtype=torch.float32)
    rng = np.random.default_rng(0)
    for size in (9, 13):
        seen = (rng.random((3, 48, size, size)) < 0.3).astype(np.uint8)
        together = predictor.log_probabilities(seen)
        assert len(made) == (size == 13)
        each = torch.cat([predictor.log_probabilities(position[None]) for position in seen])
        torch.testing.assert_close(each, together, atol=1e-5, rtol=0)
        assert made == ([9] if size == 9 else [9, 13])
