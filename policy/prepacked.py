"""One position at a time, without putting the weights in order for every call.

oneDNN's convolutions want their weights in an order of their own, by processor and shape, and PyTorch makes it anew in
every call: of one position on 9x9 that is half of the time in bfloat16. Here it is made once, by the operations which
PyTorch's compiler uses for it, and ReLU is part of the convolution.
"""

import torch
from torch import Tensor, nn

from honte.policy.backbones.blocks import ConvReLU
from honte.policy.network import PolicyNetwork

Layer = tuple[Tensor, Tensor | None, tuple[int, int]]


class Prepacked(nn.Module):
    """A network's answers to single positions on one size of board: planes (1, planes, N, N) to logits (1, N²)."""

    def __init__(self, network: PolicyNetwork, layers: list[Layer]) -> None:
        super().__init__()
        self.head = network.head
        self._layers = layers

    def forward(self, planes: Tensor) -> Tensor:
        x = planes
        for weight, bias, padding in self._layers:
            x = torch.ops.mkldnn._convolution_pointwise(x, weight, bias, padding, (1, 1), (1, 1), 1, "relu", [], "")
        logits: Tensor = self.head(x)
        return logits


def for_single_positions(network: PolicyNetwork, size: int) -> nn.Module:
    """What answers as the network does, up to rounding, for one position at a time on boards of `size` lines.

    It takes planes (1, planes, N, N), of the type of the trunk and channels_last, to logits (1, N²), float32. It is the
    network itself on another device than the CPU, where it is not a stack of convolutions with ReLU, and where this
    PyTorch lacks the operations, which are not part of its documented interface.
    """
    layers = list(network.trunk) if isinstance(network.trunk, nn.Sequential) else []
    stack = [layer for layer in layers if isinstance(layer, ConvReLU) and layer.on_board]
    if not stack or len(stack) < len(layers) or stack[0].weight.device.type != "cpu":
        return network
    try:
        answer = Prepacked(network, [_packed(layer, size) for layer in stack])
        answer(torch.zeros(1, network.config.planes, size, size, dtype=stack[0].weight.dtype))
    except (AttributeError, RuntimeError, TypeError):
        return network
    return answer


def _packed(layer: ConvReLU, size: int) -> Layer:
    channels, side = layer.weight.shape[1:3]
    padding, shape = (side // 2, side // 2), (1, channels, size, size)
    weight = torch.ops.mkldnn._reorder_convolution_weight(layer.weight.detach(), padding, (1, 1), (1, 1), 1, shape)
    return weight, None if layer.bias is None else layer.bias.detach(), padding
