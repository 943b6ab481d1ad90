"""The few blocks that the networks are made of.

Parameters may be kept in a wider type than the activations: a layer computes in the type of its input. They are written
so that `torch.fx` traces them, `convolve` as one step, and `torch.jit.script` compiles them.
"""

from collections import OrderedDict
from typing import TYPE_CHECKING, Literal

import torch
import torch.fx
import torch.nn.functional as F
from torch import Tensor, nn

WINOGRAD_CHANNELS = 64
"""Channels in and out from which the Winograd convolution is the faster one."""


def convolve(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """Convolve at stride 1 with the zero padding that keeps the board's size.

    Every convolution of every network on a board, in training and in use, is this call.
    x (B, C, N, N); weight (K, C, k, k) with odd k; bias (K,).
    """
    if bias is not None:
        bias = bias.to(x.dtype)
    if not torch.jit.is_scripting():  # type: ignore[attr-defined]
        y = _convolve_by_winograd(x, weight)
        if y is not None:
            return y if bias is None else y + bias[:, None, None]
    return F.conv2d(x, weight.to(x.dtype), bias, padding=weight.shape[-1] // 2)


torch.fx.wrap("convolve")


def _convolve_by_winograd(x: Tensor, weight: Tensor) -> Tensor | None:
    """The 3x3 convolution where Winograd's is the faster one, else None."""
    small = weight.shape[-1] != 3 or min(weight.shape[:2]) < WINOGRAD_CHANNELS
    if small or x.device.type != "cpu" or torch.compiler.is_compiling():
        return None
    if x.dtype == torch.bfloat16:
        return _convolve_in_bfloat16(x, weight) if torch.is_grad_enabled() else None
    from honte.policy.winograd_float32 import convolve as by_winograd  # which loads numba
    from honte.policy.winograd_float32 import pays

    return by_winograd(x, weight) if pays(x, weight) else None


def _convolve_in_bfloat16(x: Tensor, weight: Tensor) -> Tensor:
    """The 3x3 convolution, its channels filled up with zeros to the multiples of 16 that Winograd's is made for."""
    from honte.policy.winograd import conv3x3  # which loads numba

    filters, channels = weight.shape[:2]
    surplus_filters, surplus_channels = -filters % 16, -channels % 16
    if surplus_channels:
        x = F.pad(x, (0, 0, 0, 0, 0, surplus_channels))
    if surplus_channels or surplus_filters:
        weight = F.pad(weight, (0, 0, 0, 0, 0, surplus_channels, 0, surplus_filters))
    y = conv3x3(x, weight)
    return y[:, :filters].contiguous(memory_format=torch.channels_last) if surplus_filters else y


class Conv(nn.Conv2d):
    """A k x k convolution; unless told otherwise with a bias, at stride 1, keeping the size of a board."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int,
        *,
        stride: int = 1,
        padding: int | None = None,
        groups: int = 1,
        bias: bool = True,
    ) -> None:
        padding = kernel_size // 2 if padding is None else padding
        super().__init__(in_channels, out_channels, kernel_size, stride, padding, groups=groups, bias=bias)
        self.on_board = stride == 1 and groups == 1 and 2 * padding + 1 == kernel_size
        """Whether it is the plain convolution of a board, which training may give branches."""

    def reset_parameters(self) -> None:
        if self.weight.is_meta:  # to be filled from a checkpoint; on the meta device this call loads the compiler
            return
        nn.init.kaiming_normal_(self.weight, nonlinearity="relu")
        if self.bias is not None:
            nn.init.zeros_(self.bias)

    def convolve(self, x: Tensor) -> Tensor:
        if self.on_board:
            return convolve(x, self.weight, self.bias)
        bias = self.bias
        if bias is not None:
            bias = bias.to(x.dtype)
        return F.conv2d(x, self.weight.to(x.dtype), bias, self.stride, self.padding, groups=self.groups)

    def forward(self, x: Tensor) -> Tensor:
        return self.convolve(x)


class ConvReLU(Conv):
    """A convolution, then ReLU."""

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.convolve(x))


class Linear(nn.Linear):
    """A fully connected layer; computes in the type of its parameters, as a policy head does."""

    nonlinearity: Literal["linear", "relu"] = "linear"

    def reset_parameters(self) -> None:
        if self.weight.is_meta:
            return
        nn.init.kaiming_normal_(self.weight, nonlinearity=self.nonlinearity)
        nn.init.zeros_(self.bias)

    def forward(self, x: Tensor) -> Tensor:
        return F.linear(x.to(self.weight.dtype), self.weight, self.bias)


class LinearReLU(Linear):
    """A fully connected layer, then ReLU."""

    nonlinearity: Literal["linear", "relu"] = "relu"

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(F.linear(x.to(self.weight.dtype), self.weight, self.bias))


def conv_block(
    in_channels: int,
    out_channels: int,
    kernel_size: int,
    *,
    stride: int = 1,
    padding: int | None = None,
    groups: int = 1,
    batch_norm: bool = False,
    relu: bool = True,
) -> nn.Module:
    """A convolution with what follows it: batch norm, which takes the place of the bias, and ReLU."""
    if not batch_norm:
        layer = ConvReLU if relu else Conv
        return layer(in_channels, out_channels, kernel_size, stride=stride, padding=padding, groups=groups)
    conv = Conv(in_channels, out_channels, kernel_size, stride=stride, padding=padding, groups=groups, bias=False)
    layers = OrderedDict[str, nn.Module](conv=conv, norm=nn.BatchNorm2d(out_channels))
    if relu:
        layers["relu"] = nn.ReLU()
    return nn.Sequential(layers)


class Residual(nn.Module):
    """ReLU of the sum of a body and a shortcut around it (He et al. 2015)."""

    def __init__(self, body: nn.Module, shortcut: nn.Module) -> None:
        super().__init__()
        self.body = body
        self.shortcut = shortcut

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.body(x) + self.shortcut(x))


class ZeroPad(nn.Module):
    """A shortcut without parameters, option A: every `stride`-th point, new channels zero."""

    def __init__(self, new_channels: int, stride: int) -> None:
        super().__init__()
        self.new_channels = new_channels
        self.stride = stride

    def forward(self, x: Tensor) -> Tensor:
        return F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, 0, self.new_channels))


class Concat(nn.Module):
    """Branches side by side, their channels joined."""

    def __init__(self, branches: "OrderedDict[str, nn.Module]") -> None:
        super().__init__()
        self.branches = nn.ModuleDict(branches)

    def forward(self, x: Tensor) -> Tensor:
        maps: list[Tensor] = []
        for branch in self.branches.values():  # TorchScript knows no comprehension over modules
            maps.append(branch(x))
        return torch.cat(maps, 1)


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


class Head(nn.Module):
    """From features (B, C, H, W) by hidden layers to the last layer, `out`, and so to logits (B, classes).

    Its layers follow one another in the order in which they were made.
    """

    any_size = False
    """Whether features may have any height and width."""
    hidden_size: int
    """Width of what the last layer sees."""
    if TYPE_CHECKING:  # TorchScript knows no such annotation
        out: nn.Module

    def pre_logits(self, x: Tensor) -> Tensor:
        """What the last layer sees, (B, hidden_size)."""
        raise NotImplementedError

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.out(self.pre_logits(x))
        return logits


class ClassifierHead(Head):
    """Hidden layers over all features, or, without any, the mean of each channel; then a linear layer.

    With no classes it ends before the linear layer.
    """

    def __init__(
        self, in_channels: int, size: int, classes: int, *, hidden: tuple[int, ...] = (), dropout: float = 0.0
    ) -> None:
        super().__init__()
        self.any_size = not hidden
        self.pool = nn.Flatten() if hidden else nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
        features = in_channels * size**2 if hidden else in_channels
        layers: OrderedDict[str, nn.Module] = OrderedDict()
        for number, width in enumerate(hidden, 1):
            layers[f"fc{number}"] = LinearReLU(features, width)
            layers[f"drop{number}"] = nn.Dropout(dropout)
            features = width
        self.hidden = nn.Sequential(layers) if hidden else nn.Dropout(dropout)
        self.hidden_size = features
        self.reset(classes)

    def reset(self, classes: int) -> None:
        """Give the head a fresh last layer for so many classes."""
        self.out = Linear(self.hidden_size, classes) if classes else nn.Identity()

    def pre_logits(self, x: Tensor) -> Tensor:
        hidden: Tensor = self.hidden(self.pool(x))
        return hidden
