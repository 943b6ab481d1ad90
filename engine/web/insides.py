"""What goes on inside a network, as pictures: the maps of a layer, the filters of the first."""

import io
import threading

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from torch import Tensor, nn

from honte.engine.drawing.colours import AGAINST, FOR, NEITHER, colour_of
from honte.features.errors import HonteError
from honte.policy.network import PolicyNetwork
from honte.policy.predictor import Predictor

COLUMNS = 16
"""Tiles in a row of a sheet."""
INPUT = "planes"
HEAD = "head"
_GAP = (128, 128, 128)
_BELOW, _ZERO, _ABOVE = np.array([AGAINST, NEITHER, FOR])


def layers(network: PolicyNetwork) -> dict[str, int]:
    """What can be looked into, from the input to the logits, and the number of its maps."""
    found = {name: module.out_channels for name, module in _convolutions(network).items()}
    return {INPUT: network.config.planes, **found, HEAD: 1}


def activations(predictor: Predictor, planes: npt.NDArray[np.uint8], layer: str) -> npt.NDArray[np.float32]:
    """The maps (C, H, W) that a layer gives for planes (48, N, N), rectified if it does so; of the head, the logits.

    Raises HonteError when there is no such layer.
    """
    kept: list[Tensor] = []
    network = predictor.at(planes.shape[-1])
    if layer not in layers(network):
        raise HonteError(f"the network has no layer '{layer}'")
    if layer == INPUT:
        return planes.astype(np.float32)
    size, thread = planes.shape[-1], threading.get_ident()

    def keep(_module: nn.Module, _inputs: tuple[Tensor, ...], output: Tensor) -> None:
        if threading.get_ident() == thread:  # others may use the network at the same time
            kept.append(output)

    module = network.head if layer == HEAD else _convolutions(network)[layer]
    hook = module.register_forward_hook(keep)
    try:
        with torch.inference_mode():
            network(torch.from_numpy(planes)[None].to(predictor.device, predictor.dtype))
    finally:
        hook.remove()
    maps = kept[0][0].float().cpu()
    answer: npt.NDArray[np.float32] = (maps.view(1, size, size) if layer == HEAD else maps).numpy()
    return answer


def activation_sheet(maps: npt.NDArray[np.float32]) -> bytes:
    """Maps (C, H, W) as a PNG of tiles, a pixel a point, pale to dark from the lowest to the highest of the layer."""
    low, high = float(maps.min()), float(np.quantile(maps, 0.999))
    shares = np.clip((maps - low) / max(high - low, 1e-9), 0, 1)
    colours = np.array([colour_of((step / 255) ** 2) for step in range(256)], np.uint8)
    return _sheet(colours[np.rint(255 * shares).astype(int)])


def filter_sheet(network: PolicyNetwork, plane: int) -> bytes:
    """The weights that every filter of the first layer has for one plane, as a PNG of tiles, a pixel a weight.

    Blue is above 0, orange below, white 0. Raises HonteError when there is no such plane.
    """
    weight = next(iter(_convolutions(network).values())).weight.detach().float().cpu().numpy()
    if not 0 <= plane < weight.shape[1]:
        raise HonteError(f"the network has no plane {plane}")
    weights = weight[:, plane, :, :, None]
    shares = np.clip(weights / max(float(np.quantile(np.abs(weights), 0.995)), 1e-9), -1, 1)
    strength = np.sqrt(np.abs(shares))
    colours = _ZERO + strength * np.where(shares < 0, _BELOW - _ZERO, _ABOVE - _ZERO)
    return _sheet(np.rint(colours).astype(np.uint8))


def _convolutions(network: PolicyNetwork) -> dict[str, nn.Conv2d]:
    modules = network.trunk.named_modules()
    return {name: module for name, module in modules if isinstance(module, nn.Conv2d)}


def _sheet(tiles: npt.NDArray[np.uint8]) -> bytes:
    """Tiles (K, H, W, 3) in rows, a grey pixel between them."""
    count, height, width, _ = tiles.shape
    columns = min(COLUMNS, count)
    rows = -(-count // columns)
    sheet = np.full((rows * (height + 1) - 1, columns * (width + 1) - 1, 3), _GAP, np.uint8)
    for index, tile in enumerate(tiles):
        top, left = (index // columns) * (height + 1), (index % columns) * (width + 1)
        sheet[top : top + height, left : left + width] = tile
    buffer = io.BytesIO()
    Image.fromarray(sheet).save(buffer, "PNG")
    return buffer.getvalue()
