"""What goes on inside a network: the maps of a layer, the filters of the first, and what one output is the sum of."""

import threading
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from honte.features import PLANE_COUNT
from honte.features.errors import HonteError
from honte.policy.network import PolicyNetwork
from honte.policy.predictor import Predictor

INPUT = "planes"
HEAD = "head"
TERMS = 6
"""Inputs of a sum that are shown by themselves."""


def layers(network: PolicyNetwork) -> dict[str, int]:
    """What can be looked into, from the input to the logits, and the number of its maps."""
    found = {name: module.out_channels for name, module in _convolutions(network).items()}
    return {INPUT: PLANE_COUNT, **found, HEAD: 1}


def activations(predictor: Predictor, planes: npt.NDArray[np.uint8], layer: str) -> npt.NDArray[np.float32]:
    """The maps (C, H, W) that a layer gives for planes (48, N, N), rectified if it does so; of the head, the logits.

    Raises HonteError when there is no such layer.
    """
    network, size = predictor.at(planes.shape[-1]), planes.shape[-1]
    if layer not in layers(network):
        raise HonteError(f"the network has no layer '{layer}'")
    if layer == INPUT:
        return planes.astype(np.float32)
    module = network.head if layer == HEAD else _convolutions(network)[layer]
    _, maps = _around(predictor, planes, module)
    return maps.reshape(1, size, size) if layer == HEAD else maps


def filters(network: PolicyNetwork, plane: int) -> npt.NDArray[np.float32]:
    """The weights (C, k, k) that the filters of the first layer have for one plane.

    Raises HonteError when there is no such plane.
    """
    weight = next(iter(_convolutions(network).values())).weight.detach().float().cpu().numpy()
    if not 0 <= plane < weight.shape[1]:
        raise HonteError(f"the network has no plane {plane}")
    answer: npt.NDArray[np.float32] = weight[:, plane]
    return answer


def summed(
    predictor: Predictor, planes: npt.NDArray[np.uint8], layer: str, channel: int, point: int
) -> dict[str, Any]:
    """What one output of a convolution is the sum of, as one JSON-able object.

    `terms` are the inputs that add most, each with the patch that the kernel saw (rows), the kernel and their `sum`;
    `rest` is what the other `others` inputs add, `bias` the filter's own, `sum` all of it, and `output` what the layer
    makes of that. Raises HonteError where there is no such output.
    """
    network, size = predictor.at(planes.shape[-1]), planes.shape[-1]
    module = _convolutions(network).get(layer)
    if module is None or not 0 <= channel < module.out_channels or module.groups != 1:
        raise HonteError(f"the network has no channel {channel} in a convolution '{layer}'")
    inputs, outputs = _around(predictor, planes, module)
    kernel = module.weight[channel].detach().float().cpu().numpy()
    reach, (row, column) = kernel.shape[-1] // 2, divmod(point, size)
    padded = np.pad(inputs, ((0, 0), (reach, reach), (reach, reach)))
    patch = padded[:, row : row + kernel.shape[-1], column : column + kernel.shape[-1]]
    sums = (patch * kernel).sum((1, 2))
    largest = np.argsort(-np.abs(sums), kind="stable")[:TERMS]
    bias = 0.0 if module.bias is None else float(module.bias[channel])
    return {
        "terms": [
            {"channel": int(at), "patch": patch[at].tolist(), "kernel": kernel[at].tolist(), "sum": float(sums[at])}
            for at in largest
        ],
        "others": len(sums) - len(largest),
        "rest": float(sums.sum() - sums[largest].sum()),
        "bias": bias,
        "sum": float(sums.sum()) + bias,
        "output": float(outputs[channel, row, column]),
    }


def _around(
    predictor: Predictor, planes: npt.NDArray[np.uint8], module: nn.Module
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """What a module of the network is given and what it makes of it, for one position."""
    kept: list[Tensor] = []
    thread = threading.get_ident()

    def keep(_module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        if threading.get_ident() == thread:  # others may use the network at the same time
            kept.extend((inputs[0], output))

    hook = module.register_forward_hook(keep)
    try:
        with torch.inference_mode():
            network = predictor.at(planes.shape[-1])
            network(torch.from_numpy(predictor.told(planes[None])).to(predictor.device, predictor.dtype))
    finally:
        hook.remove()
    given, made = (tensor[0].float().cpu().numpy() for tensor in kept)
    return given, made


def _convolutions(network: PolicyNetwork) -> dict[str, nn.Conv2d]:
    modules = network.trunk.named_modules()
    return {name: module for name, module in modules if isinstance(module, nn.Conv2d)}
