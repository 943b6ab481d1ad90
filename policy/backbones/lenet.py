"""LeNet-5 (LeCun, Bottou, Bengio, Haffner, Proc. IEEE 86, 1998), as it was and as it is built today."""

from collections import OrderedDict

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from honte.features.errors import HonteError
from honte.policy.backbones.blocks import Head, Linear
from honte.policy.backbones.published import LENET5
from honte.policy.backbones.registry import ModelInfo
from honte.policy.backbones.stack import Stack, Window

HALVE = Window(2, 2, 0)
"""What every subsampling layer does to the size of the maps."""

def lenet5(net: Stack) -> None:
    """Every map of C3 sees all of S2, mean pools, ReLU, and a linear output."""
    net.conv("c1", 6, 5)
    net.reduce("s2", nn.AvgPool2d(2, 2), HALVE)
    net.conv("c3", 16, 5)
    net.reduce("s4", nn.AvgPool2d(2, 2), HALVE)
    net.conv("c5", 120, 5)
    net.classifier((84,))


def lenet5_1998(net: Stack) -> None:
    """The paper's: sparse C3, subsampling that is trained, a scaled tanh, and distances to fixed codes."""
    net.conv("c1", 6, 5, relu=False)
    net.add("c1_tanh", ScaledTanh())
    _subsample(net, "s2")
    window = net.shrink(Window(5, 1, 0))
    maps = net.scale(16)
    net.add("c3", TableConv(net.channels, maps, padding=window.padding), maps)
    net.add("c3_tanh", ScaledTanh())
    _subsample(net, "s4")
    net.conv("c5", 120, 5, relu=False)
    net.add("c5_tanh", ScaledTanh())
    net.make_head = lambda classes: CodeHead(net.channels * net.size**2, classes)


def _subsample(net: Stack, name: str) -> None:
    net.reduce(name, nn.Sequential(OrderedDict(sum=Subsample(net.channels), tanh=ScaledTanh())), HALVE)


class ScaledTanh(nn.Module):
    """1.7159 tanh(2x/3): its slope is near 1 between its values ±1 at ±1."""

    def forward(self, x: Tensor) -> Tensor:
        return 1.7159 * torch.tanh(x * (2 / 3))


class Subsample(nn.Module):
    """The sum of each 2x2 square, times a factor and plus a bias that each map learns."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.factor = nn.Parameter(torch.full((channels,), 0.25))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor) -> Tensor:
        factor, bias = self.factor.to(x.dtype), self.bias.to(x.dtype)
        return F.avg_pool2d(x, 2) * 4 * factor[:, None, None] + bias[:, None, None]


C3_TABLE = (
    *("012", "123", "234", "345", "045", "015"),
    *("0123", "1234", "2345", "0345", "0145", "0125", "0134", "1245", "0235"),
    "012345",
)
"""The maps of S2 that each map of C3 sees."""


class TableConv(nn.Module):
    """The 5x5 convolution C3, with kernels only where its table connects two maps.

    With other numbers of maps than 6 and 16 the table is stretched.
    """

    connected: Tensor

    def __init__(self, in_channels: int, out_channels: int, *, padding: int) -> None:
        super().__init__()
        self.shape = (out_channels, in_channels, 5, 5)
        self.padding = padding
        rows = [C3_TABLE[k * len(C3_TABLE) // out_channels] for k in range(out_channels)]
        connected = [
            k * in_channels + c
            for k, row in enumerate(rows)
            for c in range(in_channels)
            if str(c * 6 // in_channels) in row
        ]
        self.register_buffer("connected", torch.tensor(connected, device="cpu"), persistent=False)
        self.kernels = nn.Parameter(torch.empty(len(connected), 5, 5))
        self.bias = nn.Parameter(torch.zeros(out_channels))
        if not self.kernels.is_meta:
            nn.init.normal_(self.kernels, std=(2 * out_channels / (len(connected) * 25)) ** 0.5)

    def kernel(self) -> Tensor:
        """The kernel with its zeros, (out, in, 5, 5)."""
        zeros = self.kernels.new_zeros(self.shape[0] * self.shape[1], 5, 5)
        return zeros.index_copy(0, self.connected.to(zeros.device), self.kernels).view(self.shape)

    def forward(self, x: Tensor) -> Tensor:
        return F.conv2d(x, self.kernel().to(x.dtype), self.bias.to(x.dtype), padding=self.padding)


SEGMENTS = {"top": (0, 2, 0, 7), "upper left": (0, 6, 0, 2), "upper right": (0, 6, 5, 7), "middle": (5, 7, 0, 7)}
SEGMENTS |= {"lower left": (6, 12, 0, 2), "lower right": (6, 12, 5, 7), "bottom": (10, 12, 0, 7)}
"""First and last row, first and last column of the strokes of a digit in 12 rows of 7."""
STROKES = ("1110111", "0010010", "1011101", "1011011", "0111010", "1101011", "1101111", "1010010", "1111111", "1111011")
"""For the digits 0 to 9, the strokes that each is made of, in the order of SEGMENTS."""


def digit_codes() -> Tensor:
    """The ten output codes: digits drawn in 12 rows of 7, ink 1 and ground -1, (10, 84).

    The paper drew characters of its own hand; these are the digits of a pocket calculator.
    """
    codes = torch.full((10, 12, 7), -1.0, device="cpu")
    for code, strokes in zip(codes, STROKES, strict=True):
        for (top, bottom, left, right), drawn in zip(SEGMENTS.values(), strokes, strict=True):
            if drawn == "1":
                code[top:bottom, left:right] = 1
    return codes.flatten(1)


class CodeHead(Head):
    """F6, 84 scaled tanh, and for each class the negative squared distance of F6 to the class's fixed code."""

    def __init__(self, features: int, classes: int) -> None:
        super().__init__()
        if classes != len(STROKES):
            raise HonteError(
                f"'lenet5_1998' has codes for {len(STROKES)} digits: pass num_classes={len(STROKES)}, or take 'lenet5'"
            )
        self.hidden_size = 84
        self.flatten = nn.Flatten()
        self.f6 = Linear(features, self.hidden_size)
        self.tanh = ScaledTanh()
        self.out = Distances(digit_codes())

    def pre_logits(self, x: Tensor) -> Tensor:
        hidden: Tensor = self.tanh(self.f6(self.flatten(x)))
        return hidden


class Distances(nn.Module):
    """Negative squared distances of (B, k) to fixed codes (classes, k)."""

    codes: Tensor

    def __init__(self, codes: Tensor) -> None:
        super().__init__()
        self.register_buffer("codes", codes, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        codes = self.codes.to(x)
        return 2 * F.linear(x, codes) - x.square().sum(1, keepdim=True) - codes.square().sum(1)


MODELS = (
    ModelInfo(
        name="lenet5",
        title="LeNet-5 as it is built today: dense C3, mean pools, ReLU",
        paper="LeCun et al., Proc. IEEE 86, 1998",
        year=1998,
        input_size=(1, 32, 32),
        num_classes=10,
        parameters=61_706,
        multiply_adds=416_520,
        activations=8_094,
        widest=120,
        recipe=LENET5,
        declare=lenet5,
    ),
    ModelInfo(
        name="lenet5_1998",
        title="LeNet-5 as published: sparse C3, trained subsampling, distances to codes",
        paper="LeCun et al., Proc. IEEE 86, 1998",
        year=1998,
        input_size=(1, 32, 32),
        num_classes=10,
        parameters=60_000,
        multiply_adds=416_520,
        activations=8_094,
        widest=120,
        recipe=LENET5,
        results="0.95 % error on MNIST, 0.8 % with distortions (unverified)",
        declare=lenet5_1998,
    ),
)
