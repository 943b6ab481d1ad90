"""Networks as ONNX files, for use without PyTorch."""

import importlib
import io
import logging
import warnings
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from features.errors import HonteError
from policy.backbones.model import Backbone
from policy.backbones.registry import create_model
from policy.files import write_atomically

TOLERANCE = 1e-4
"""Largest difference to PyTorch, as a share of the largest output, with which a file counts as right."""


def export_onnx(network: nn.Module, shape: tuple[int, ...], path: Path, *, input_name: str) -> float:
    """Write a network as ONNX: float32 (batch, *shape) to "logits", or to "features" where it has no head.

    The file is run by onnxruntime before it is written, on a batch that the export has not seen; the largest
    difference to PyTorch is returned. Raises HonteError when it is too large, or a package is missing.
    """
    try:
        importlib.import_module("onnxscript")  # which PyTorch's exporter imports
        onnxruntime: Any = importlib.import_module("onnxruntime")
    except ImportError as error:
        raise HonteError(
            f"there is no package '{error.name}' here, which ONNX needs: install honte with its extra 'onnx'"
        ) from None
    network = network.cpu().float().eval()
    generator = torch.Generator().manual_seed(0)
    output = "features" if isinstance(network, Backbone) and isinstance(network.head, nn.Identity) else "logits"
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with torch.no_grad(), warnings.catch_warnings(), redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            network,
            (torch.rand(2, *shape, generator=generator),),
            dynamo=True,
            input_names=[input_name],
            output_names=[output],
            dynamic_shapes=({0: torch.export.Dim("batch")},),
        )
    assert program is not None
    data = program.model_proto.SerializeToString()
    x = torch.rand(3, *shape, generator=generator)
    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    (result,) = session.run(None, {input_name: x.numpy()})
    with torch.no_grad():
        expected: Tensor = network(x)
    difference = float((torch.from_numpy(result) - expected).abs().max())
    if not difference <= TOLERANCE * max(1.0, float(expected.abs().max())):
        raise HonteError(f"onnxruntime differs from PyTorch by {difference:.2g}, so '{path}' was not written")
    write_atomically(path, data)
    return difference


def load_weights(path: Path) -> Backbone:
    """Read a network that `honte backbones train` wrote. Raises HonteError."""
    try:
        with safe_open(path, "pt") as file:
            described = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a dict
    except (SafetensorError, OSError) as error:
        raise HonteError(f"'{path}' cannot be read: {error}") from None
    try:
        sizes = {key: int(described[key]) for key in ("in_chans", "num_classes", "image_size")}
        model = create_model(described["network"], head="classifier", **sizes)  # type: ignore[arg-type]
    except (KeyError, ValueError):
        raise HonteError(f"'{path}' does not say what network it is: give one of 'honte backbones train'") from None
    try:
        model.load_state_dict(tensors)
    except RuntimeError as error:
        raise HonteError(f"'{path}' does not fit its network: {str(error).splitlines()[-1].strip()}") from None
    return model.eval()
