"""Many positions that differ from one in a few points, at the cost of the points that differ.

What changes at a point changes the values of a layer only as far as its kernel reaches: after it, outside of the points
that are touched, all positions have the values of the first. Those of all channels at a point are a row. The rows of a
layer are all points of the first position and, of every other, the points that are touched; an index says which row has
the values of a point. In AlphaGo's network a stone in a corner touches 40 % of the points of all layers, one in the
centre two thirds, and hardly any in the first layers.
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from honte.policy.backbones.blocks import ConvReLU
from honte.policy.network import PolicyNetwork
from honte.policy.winograd_float32 import convolve_rows, pays

PATCHES = 1024
"""Points of the direct convolution at once: what their kernels see is 5 MB."""


def applies(network: PolicyNetwork, planes: Tensor) -> bool:
    """Whether `logits_near` is made for a network and planes (B, C, N, N), and the faster way.

    That is for stacks of convolutions with ReLU, as AlphaGo's, where Winograd's convolution in float32 pays.
    """
    if planes.device.type != "cpu" or not _layers(network):
        return False
    later = [weight for weight, _ in _layers(network)[1:]]
    return all(w.shape[-1] == 3 and pays(planes[:, :1].expand(-1, w.shape[1], -1, -1), w) for w in later)


def logits_near(network: PolicyNetwork, planes: Tensor, between: Callable[[], None] | None = None) -> Tensor:
    """The logits (B, N²) of planes (B, C, N, N), float32, that are those of the first but in a few points.

    They are the network's up to rounding, however many points differ. `between`, if there is one, is called before
    every layer. Nothing of it can be learnt from.
    """
    touched = (planes != planes[:1]).any(1)
    touched[0] = True
    index = _index(touched)
    rows = F.pad(planes.permute(0, 2, 3, 1)[touched], (0, 0, 0, 1))
    for weight, bias in _layers(network):
        if between:
            between()
        kernel = weight.shape[-1]
        touched = F.max_pool2d(touched.float(), kernel, 1, kernel // 2).bool()
        before, index = index, _index(touched)
        convolve = convolve_rows if kernel == 3 else _convolve_directly
        rows = convolve(rows, before, weight, bias, touched, index)
    logits = (rows @ network.head.weight.flatten())[index.flatten(1)]
    biases = network.head.biases(planes.shape[-1])
    return logits if biases is None else logits + biases


def _layers(network: PolicyNetwork) -> list[tuple[Tensor, Tensor]]:
    """Weights and biases below the head, where every layer is a convolution with ReLU that keeps the board's size."""
    layers = [layer for layer in network.trunk if isinstance(layer, ConvReLU) and layer.on_board]
    found = [(layer.weight, layer.bias) for layer in layers if layer.bias is not None]
    return found if len(found) == len(network.trunk) else []


def _index(touched: Tensor) -> Tensor:
    """The row (B, N, N) of each point, int32: in order those that are touched; the others have the first position's.

    All of the first are touched. The row after the last is of zeros, for what lies off the board.
    """
    order = touched.flatten().cumsum(0, dtype=torch.int32).view_as(touched) - 1
    return torch.where(touched, order, order[:1])


def _convolve_directly(rows: Tensor, index: Tensor, weight: Tensor, bias: Tensor, touched: Tensor, _: Tensor) -> Tensor:
    """As `convolve_rows`, for any kernel (k, c, s, s): a matrix product of what each point's kernel sees."""
    kernel = weight.shape[-1]
    edges = (kernel // 2,) * 4
    seen = F.pad(index, edges, value=len(rows) - 1).unfold(1, kernel, 1).unfold(2, kernel, 1)[touched].flatten(1)
    matrix = weight.permute(2, 3, 1, 0).flatten(0, 2)
    found = rows.new_zeros(len(seen) + 1, weight.shape[0])
    for part, out in zip(torch.split(seen, PATCHES), torch.split(found[:-1], PATCHES), strict=True):
        torch.addmm(bias, rows[part].flatten(1), matrix, out=out).relu_()
    return found
