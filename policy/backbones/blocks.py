"""The few blocks that the networks are made of.

Parameters may be kept in a wider type than the activations: a layer computes in the type of its input.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from policy.winograd import conv3x3


def convolve(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """Convolve at stride 1 with the zero padding that keeps the board's size.

    Every convolution of every network, in training and in use, is this call.
    x (B, C, N, N); weight (K, C, k, k) with odd k; bias (K,).
    """
    if weight.shape[-1] == 3 and torch.is_grad_enabled() and x.device.type == "cpu":
        y = conv3x3(x, weight)
        return y if bias is None else y + bias.to(x.dtype)[:, None, None]
    return F.conv2d(x, weight.to(x.dtype), None if bias is None else bias.to(x.dtype), padding=weight.shape[-1] // 2)


class ConvReLU(nn.Conv2d):
    """A k x k convolution with a bias, stride 1, that keeps the board's size; then ReLU."""

    def __init__(self, in_channels: int, out_channels: int, kernel_size: int) -> None:
        super().__init__(in_channels, out_channels, kernel_size, padding=kernel_size // 2)

    def reset_parameters(self) -> None:
        if self.weight.is_meta:  # to be filled from a checkpoint; on the meta device this call loads the compiler
            return
        nn.init.kaiming_normal_(self.weight, nonlinearity="relu")
        if self.bias is not None:
            nn.init.zeros_(self.bias)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(convolve(x, self.weight, self.bias))


class PolicyHead(nn.Module):
    """A 1x1 convolution to one channel, and a bias for every point: (B, C, N, N) to logits (B, N²).

    Computes in the type of its parameters, because logits as coarse as bfloat16 often tie. A fresh head is
    zero, so that an untrained network gives every point the same probability.
    """

    def __init__(self, in_channels: int, points: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1, in_channels, 1, 1))
        self.bias = nn.Parameter(torch.zeros(points))

    def forward(self, x: Tensor) -> Tensor:
        return convolve(x.to(self.weight.dtype), self.weight).flatten(1) + self.bias
