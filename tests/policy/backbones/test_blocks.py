"""The convolution that all networks share."""

import pytest
import torch
import torch.nn.functional as F

from honte.policy.backbones.blocks import WINOGRAD_CHANNELS, convolve


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32])
@pytest.mark.parametrize(("channels", "filters"), [(64, 80), (75, 64), (64, 75), (70, 75), (5, 6)])
def test_convolution_of_any_width_and_its_gradients(channels: int, filters: int, dtype: torch.dtype) -> None:
    torch.manual_seed(0)
    x = torch.randn(2, channels, 9, 9).to(dtype, memory_format=torch.channels_last).requires_grad_()
    weight = (torch.randn(filters, channels, 3, 3) / (9 * channels) ** 0.5).requires_grad_()
    bias = torch.randn(filters, requires_grad=True)
    y = convolve(x, weight, bias)
    upstream = torch.randn_like(y)
    y.backward(upstream)
    exact = [t.detach().double().requires_grad_() for t in (x, weight, bias)]
    expected = F.conv2d(*exact, padding=1)
    expected.backward(upstream.double())
    assert y.dtype == dtype and y.is_contiguous(memory_format=torch.channels_last)
    tolerance = 0.02 if dtype == torch.bfloat16 else 1e-5
    for actual, wanted in ((y, expected), *((a.grad, b.grad) for a, b in zip((x, weight, bias), exact, strict=True))):
        assert actual is not None and wanted is not None and actual.shape == wanted.shape
        assert (actual.double() - wanted).norm() < tolerance * wanted.norm()
    assert min(channels, filters) >= WINOGRAD_CHANNELS or channels == 5
