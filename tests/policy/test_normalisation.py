"""Batch norm and ReLU in one, against PyTorch's in float64."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from honte.policy.normalisation import batch_norm_relu


def reference(x: Tensor, weight: Tensor, bias: Tensor, dy: Tensor, *, relu: bool) -> tuple[Tensor, ...]:
    """The output, and the gradients of x, weight and bias, in float64."""
    x, weight, bias = (tensor.detach().double().requires_grad_() for tensor in (x, weight, bias))
    y = F.batch_norm(x, None, None, weight, bias, training=True, eps=1e-5)
    y = F.relu(y) if relu else y
    return y.detach(), *torch.autograd.grad(y, (x, weight, bias), dy.double())


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("shape", [(4, 16, 19, 19), (8, 24, 9, 9), (3, 5, 7, 7), (1, 1, 2, 2)])
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32])
@pytest.mark.parametrize("relu", [True, False])
def test_equals_float64(threads: int, shape: tuple[int, ...], dtype: torch.dtype, relu: bool) -> None:
    torch.manual_seed(0)
    x = (3 * torch.randn(shape) + 2).to(dtype, memory_format=torch.channels_last).requires_grad_()
    weight, bias = torch.randn(shape[1]).requires_grad_(), torch.randn(shape[1]).requires_grad_()
    dy = torch.randn(shape).to(dtype)
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        y = batch_norm_relu(x, weight, bias, eps=1e-5, relu=relu)
        found = (y.detach(), *torch.autograd.grad(y, (x, weight, bias), dy))
    finally:
        torch.set_num_threads(before)
    error = 2**-8 if dtype == torch.bfloat16 else 1e-5  # what one rounding may do
    for actual, expected in zip(found, reference(x, weight, bias, dy, relu=relu), strict=True):
        assert actual.shape == expected.shape
        assert (actual.double() - expected).norm() <= error * expected.norm()
    assert y.dtype == dtype and y.is_contiguous(memory_format=torch.channels_last)


def test_a_large_mean_costs_no_precision() -> None:
    torch.manual_seed(0)
    x = (torch.randn(64, 16, 19, 19) + 30).bfloat16().to(memory_format=torch.channels_last)
    one, zero = torch.ones(16), torch.zeros(16)
    expected = F.batch_norm(x.double(), None, None, one.double(), zero.double(), training=True)
    found = batch_norm_relu(x, one, zero, eps=1e-5, relu=False)
    assert (found.double() - expected).norm() < 3e-3 * expected.norm()


def test_a_number_that_is_none_is_not_hidden() -> None:
    x = torch.zeros(4, 16, 2, 2, dtype=torch.bfloat16).to(memory_format=torch.channels_last)
    x[0, 3, 0, 0] = torch.nan
    y = batch_norm_relu(x, torch.ones(16), torch.zeros(16), eps=1e-5, relu=False)
    assert y[:, 3].isnan().all() and not y[:, 4].isnan().any()
