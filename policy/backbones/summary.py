"""The table of a network: what each layer makes, costs and sees.

Nothing is computed, also not on PyTorch's meta device, whose first operation loads the compiler: shapes suffice.
"""

import math
from dataclasses import dataclass, replace

import torch
from torch import nn

from honte.policy.backbones.blocks import Concat, Head, PolicyHead, Residual, ZeroPad
from honte.policy.backbones.lenet import Distances, Subsample, TableConv
from honte.policy.backbones.model import Backbone
from honte.policy.backbones.stack import Window

NORMS = (nn.BatchNorm2d, nn.LocalResponseNorm)

@dataclass(frozen=True)
class Row:
    """A layer of a network on one input."""

    layer: str
    kind: str
    kernel: str
    """Size / stride / padding."""
    output: tuple[int, ...]
    """Shape for one input: channels, height and width, or units."""
    activations: int
    """Values that it puts out; norms, which replace the layer's before them, count as none."""
    parameters: int
    formula: str
    """The sum that gives `parameters`."""
    multiply_adds: int
    """Biases, norms and pools count as none."""
    receptive_field: int | None
    """Side of the square of the input that one output depends on; None for fully connected layers."""


@dataclass(frozen=True)
class Summary:
    """A network on one input of `input` (channels, height, width)."""

    name: str
    input: tuple[int, int, int]
    rows: tuple[Row, ...]

    @property
    def activations(self) -> int:
        return sum(row.activations for row in self.rows)

    @property
    def parameters(self) -> int:
        return sum(row.parameters for row in self.rows)

    @property
    def multiply_adds(self) -> int:
        return sum(row.multiply_adds for row in self.rows)

    @property
    def receptive_field(self) -> int:
        return max(row.receptive_field or 1 for row in self.rows)


@dataclass(frozen=True)
class Signal:
    """What goes from one layer to the next, for one input."""

    shape: tuple[int, ...]
    """Channels, height and width, or units."""
    reach: int | None = 1
    """Side of the square of the input that one value depends on; None where that is all of it."""
    step: int = 1
    """Distance of neighbouring values, in points of the input."""

    def through(self, window: Window, channels: int | None = None) -> "Signal":
        """What a layer with a window makes of it; without a number of channels it keeps them."""
        before, *sides = self.shape
        shape = (before if channels is None else channels, *map(window, sides))
        reach = None if self.reach is None else self.reach + (window.kernel - 1) * self.step
        return Signal(shape, reach, self.step * window.stride)


def summarise(model: Backbone, size: int) -> Summary:
    """The table of a network, which may be on the meta device, for one input of that height and width.

    Raises HonteError when the network does not take such an input.
    """
    shape = (model.in_chans, size, size)
    model.check(torch.empty(1, *shape, device="meta"))
    rows: list[Row] = []
    features = _follow("", model.trunk, Signal(shape), rows)
    _follow("head", model.head, features, rows)
    return Summary(model.name, shape, tuple(rows))


def _follow(name: str, layer: nn.Module, x: Signal, rows: list[Row]) -> Signal:
    """Add the rows of a layer that is given `x`, and return what it gives."""

    def below(child: str) -> str:
        return f"{name}.{child}".lstrip(".")

    if isinstance(layer, nn.Sequential | Head):
        for child, part in layer.named_children():
            x = _follow(below(child), part, x, rows)
        return x
    if isinstance(layer, Residual):
        body = _follow(below("body"), layer.body, x, rows)
        _follow(below("shortcut"), layer.shortcut, x, rows)
        return body
    if isinstance(layer, Concat):
        parts = [_follow(below(f"branches.{child}"), part, x, rows) for child, part in layer.branches.items()]
        channels = sum(part.shape[0] for part in parts)
        widest = max(parts, key=lambda part: part.reach or 0)
        return replace(widest, shape=(channels, *widest.shape[1:]))
    return _pass(name, layer, x, rows)


def _pass(name: str, layer: nn.Module, x: Signal, rows: list[Row]) -> Signal:
    """Add the row of a single layer, unless it is one of those that cost nothing, and return what it gives."""
    kind, kernel, formula, multiply_adds = "", "", "", 0
    y = x
    match layer:
        case nn.Conv2d():
            window = _window(layer)
            y = x.through(window, layer.out_channels)
            kind = "conv" if layer.groups == 1 else f"conv, {layer.groups} groups"
            kernel = str(window)
            weights = f"{window.kernel}·{window.kernel}·{layer.in_channels // layer.groups}"
            formula = f"({weights}{'' if layer.bias is None else ' + 1'})·{layer.out_channels}"
            multiply_adds = layer.weight.numel() * math.prod(y.shape[1:])
        case TableConv():
            window = Window(5, 1, layer.padding)
            y = x.through(window, layer.shape[0])
            kind, kernel = "conv by table", str(window)
            formula = f"5·5·{len(layer.connected)} + {layer.shape[0]}"
            multiply_adds = math.prod(layer.shape) * math.prod(y.shape[1:])
        case PolicyHead():
            y = replace(x, shape=tuple(layer.bias.shape))
            kind, kernel = "policy head", str(Window(1, 1, 0))
            formula = f"{layer.weight.numel()} + {layer.bias.numel()}"
            multiply_adds = layer.weight.numel() * layer.bias.numel()
        case nn.Linear():
            y = Signal((layer.out_features,), None)
            kind, formula = "fully connected", f"({layer.in_features} + 1)·{layer.out_features}"
            multiply_adds = layer.weight.numel()
        case Distances():
            y = Signal((len(layer.codes),), None)
            kind, multiply_adds = "distances to codes", layer.codes.numel()
        case nn.MaxPool2d() | nn.AvgPool2d():
            window = _window(layer)
            y = x.through(window)
            kind, kernel = "max pool" if isinstance(layer, nn.MaxPool2d) else "mean pool", str(window)
        case Subsample():
            window = Window(2, 2, 0)
            y = x.through(window)
            kind, kernel, formula = "subsampling", str(window), f"2·{len(layer.bias)}"
        case nn.AdaptiveAvgPool2d():
            y = Signal((x.shape[0], 1, 1), None)
            kind = "mean of the map"
        case nn.BatchNorm2d():
            kind, formula = "batch norm", f"2·{layer.num_features}"
        case nn.LocalResponseNorm():
            kind = "response norm"
        case nn.Flatten():
            y = Signal((math.prod(x.shape),), None)
        case ZeroPad():
            y = x.through(Window(1, layer.stride, 0), x.shape[0] + layer.new_channels)
    if kind:
        rows.append(
            Row(
                layer=name,
                kind=kind,
                kernel=kernel,
                output=y.shape,
                activations=0 if isinstance(layer, NORMS) else math.prod(y.shape),
                parameters=sum(p.numel() for p in layer.parameters()),
                formula=formula,
                multiply_adds=multiply_adds,
                receptive_field=y.reach,
            )
        )
    return y


def _window(layer: nn.Conv2d | nn.MaxPool2d | nn.AvgPool2d) -> Window:
    kernel, stride, padding = (_side(value) for value in (layer.kernel_size, layer.stride, layer.padding))
    return Window(kernel, stride, padding, ceil=isinstance(layer, nn.MaxPool2d) and layer.ceil_mode)


def _side(value: int | str | tuple[int, ...]) -> int:
    return int(value[0] if isinstance(value, tuple) else value)
