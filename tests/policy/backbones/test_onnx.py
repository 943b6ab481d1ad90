"""Networks as ONNX files, run by onnxruntime.

HONTE_EXPORT_ALL=1 exports every network; one of each kind otherwise, as an export takes seconds.
"""

import os
from pathlib import Path

import numpy as np
import pytest
import torch

from honte.features.errors import HonteError
from honte.policy.backbones import list_models
from honte.policy.backbones.onnx import export_onnx
from honte.policy.checkpoint import load, save
from honte.policy.reparam import expand
from tests.policy.backbones.test_models import images, small
from tests.policy.networks import tiny, unsettle

onnxruntime = pytest.importorskip("onnxruntime")
pytest.importorskip("onnxscript")

KINDS = ("lenet5_1998", "alexnet_two_tower", "resnet18")
NAMES = list_models() if os.environ.get("HONTE_EXPORT_ALL") else KINDS


@pytest.mark.parametrize("name", NAMES)
def test_onnx_computes_what_pytorch_does(name: str, tmp_path: Path) -> None:
    path = tmp_path / "network.onnx"
    model = small(name, **({"shortcut": "A"} if name == "resnet18" else {})).eval()
    for layer in model.modules():
        if isinstance(layer, torch.nn.BatchNorm2d):
            layer.running_mean.normal_(std=0.1)
            layer.running_var.uniform_(0.5, 2)
    if name == "alphago":
        torch.nn.init.normal_(model.head.weight)  # a fresh head is zero
    x = images(model)
    export_onnx(model, tuple(x.shape[1:]), path, input_name="images")
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    for batch in (x, x[:1]):
        (actual,) = session.run(["logits"], {"images": batch.numpy()})
        with torch.no_grad():
            expected = model(batch).numpy()
        assert expected.std() > 0
        np.testing.assert_allclose(actual, expected, atol=1e-4 * max(1, np.abs(expected).max()))


def test_a_network_trained_in_branches_exports_folded(tmp_path: Path) -> None:
    save(unsettle(expand(tiny(network="resnet20", filters=16), "merged")), tmp_path)
    network = load(tmp_path)
    export_onnx(network, (6, 9, 9), tmp_path / "policy.onnx", input_name="planes")
    session = onnxruntime.InferenceSession(tmp_path / "policy.onnx", providers=["CPUExecutionProvider"])
    planes = torch.rand(5, 6, 9, 9)
    (actual,) = session.run(None, {"planes": planes.numpy()})
    with torch.no_grad():
        expected = network(planes).numpy()
    assert actual.shape == (5, 81)
    np.testing.assert_allclose(actual, expected, atol=1e-4 * max(1, np.abs(expected).max()))
    assert {argument.name for argument in session.get_inputs()} == {"planes"}


def test_a_file_that_computes_something_else_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Drifting(torch.nn.Module):
        """Gives another answer at every call."""

        calls = 0

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            self.calls += 1
            return x.flatten(1) * self.calls

    with pytest.raises(HonteError, match="was not written"):
        export_onnx(Drifting(), (2, 3, 3), tmp_path / "wrong.onnx", input_name="x")
    assert not (tmp_path / "wrong.onnx").exists()
