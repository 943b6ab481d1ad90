"""The table of a network: what each layer makes, costs and sees. Nothing is computed; shapes suffice."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from policy.backbones.blocks import Concat, PolicyHead, Residual
from policy.backbones.lenet import Distances, Subsample, TableConv
from policy.backbones.model import Backbone

POOLS = (nn.MaxPool2d, nn.AvgPool2d, nn.AdaptiveAvgPool2d, Subsample)
NORMS = (nn.BatchNorm2d, nn.LocalResponseNorm)
SUMS = (nn.Conv2d, nn.Linear, PolicyHead, TableConv, Distances)
"""Layers of multiply-adds."""


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


def summarise(model: Backbone, size: int) -> Summary:
    """Return the table of a network on the meta device, for one input of that height and width."""
    fields: dict[nn.Module, int] = {}
    _reach(model.trunk, 1, 1, fields)
    if isinstance(model.head, PolicyHead):
        fields[model.head] = max(fields.values())
    rows: list[Row] = []

    def watch(name: str, layer: nn.Module) -> None:
        def note(layer: nn.Module, inputs: tuple[Tensor], output: Tensor) -> None:
            rows.append(_row(name, layer, tuple(output.shape[1:]), fields.get(layer)))

        handles.append(layer.register_forward_hook(note))

    handles: list[torch.utils.hooks.RemovableHandle] = []
    for name, layer in model.named_modules():
        if isinstance(layer, (*POOLS, *NORMS, *SUMS)):
            watch(name.removeprefix("trunk."), layer)
    training = model.training
    with torch.no_grad():
        model.eval()(torch.empty(1, model.in_chans, size, size, device="meta"))
    model.train(training)
    for handle in handles:
        handle.remove()
    return Summary(model.name, (model.in_chans, size, size), tuple(rows))


def _row(name: str, layer: nn.Module, output: tuple[int, ...], reach: int | None) -> Row:
    size = 1
    for length in output:
        size *= length
    parameters = sum(p.numel() for p in layer.parameters())
    kind, kernel, formula, multiply_adds = type(layer).__name__, "", "", 0
    if isinstance(layer, nn.Conv2d):
        k, inputs = layer.kernel_size[0], layer.in_channels // layer.groups
        kind = "conv" if layer.groups == 1 else f"conv, {layer.groups} groups"
        kernel = _window(layer)
        bias = " + 1" if layer.bias is not None else ""
        formula = f"({k}·{k}·{inputs}{bias})·{layer.out_channels}"
        multiply_adds = layer.weight[0].numel() * size
    elif isinstance(layer, TableConv):
        kind, kernel = "conv by table", f"5x5 / 1 / {layer.padding}"
        formula = f"5·5·{len(layer.connected)} + {layer.shape[0]}"
        multiply_adds = layer.shape[1] * 25 * size
    elif isinstance(layer, PolicyHead):
        kind, kernel = "policy head", "1x1 / 1 / 0"
        formula = f"{layer.weight.numel()} + {layer.bias.numel()}"
        multiply_adds = layer.weight.numel() * size
    elif isinstance(layer, nn.Linear):
        kind, formula = "fully connected", f"({layer.in_features} + 1)·{layer.out_features}"
        multiply_adds = layer.weight.numel()
    elif isinstance(layer, Distances):
        kind, multiply_adds = "distances to codes", layer.codes.numel()
    elif isinstance(layer, Subsample):
        kind, kernel, formula = "subsampling", "2x2 / 2 / 0", f"2·{parameters // 2}"
    elif isinstance(layer, nn.BatchNorm2d):
        kind, formula = "batch norm", f"2·{layer.num_features}"
    elif isinstance(layer, nn.LocalResponseNorm):
        kind = "response norm"
    elif isinstance(layer, nn.AdaptiveAvgPool2d):
        kind = "mean of the map"
    elif isinstance(layer, nn.MaxPool2d | nn.AvgPool2d):
        kind = "max pool" if isinstance(layer, nn.MaxPool2d) else "mean pool"
        kernel = _window(layer)
    activations = 0 if isinstance(layer, NORMS) else size
    return Row(name, kind, kernel, output, activations, parameters, formula, multiply_adds, reach)


def _window(layer: nn.Conv2d | nn.MaxPool2d | nn.AvgPool2d) -> str:
    kernel, stride, padding = (_side(value) for value in (layer.kernel_size, layer.stride, layer.padding))
    return f"{kernel}x{kernel} / {stride} / {padding}"


def _reach(layer: nn.Module, reach: int, step: int, fields: dict[nn.Module, int]) -> tuple[int, int]:
    """Note the receptive fields in a layer; `reach` is its input's, `step` the distance of its input's points."""
    if isinstance(layer, nn.Sequential):
        for child in layer:
            reach, step = _reach(child, reach, step, fields)
    elif isinstance(layer, Residual):
        _reach(layer.shortcut, reach, step, fields)
        reach, step = _reach(layer.body, reach, step, fields)
    elif isinstance(layer, Concat):
        reach = max(_reach(branch, reach, step, fields)[0] for branch in layer.branches.values())
    else:
        kernel, stride = 1, 1
        if isinstance(layer, nn.Conv2d | nn.MaxPool2d | nn.AvgPool2d):
            kernel, stride = _side(layer.kernel_size), _side(layer.stride)
        elif isinstance(layer, TableConv):
            kernel = 5
        elif isinstance(layer, Subsample):
            kernel, stride = 2, 2
        reach, step = reach + (kernel - 1) * step, step * stride
        fields[layer] = reach
    return reach, step


def _side(value: int | str | tuple[int, ...]) -> int:
    return int(value[0] if isinstance(value, tuple) else value)
