"""Networks as ONNX files, for use without PyTorch."""

import importlib
import io
import logging
import warnings
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from honte.features.errors import HonteError
from honte.policy.backbones.model import Backbone
from honte.policy.files import write_atomically

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
