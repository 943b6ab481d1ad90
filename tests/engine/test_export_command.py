"""`honte export`."""

import json
import sys
from pathlib import Path

import pytest
import torch

from honte.engine.cli import main
from honte.policy import checkpoint
from tests.engine.stubs import save_tiny_network
from tests.policy.images.stripes import stripes, write_set

pytest.importorskip("onnxruntime")
pytest.importorskip("onnxscript")


def run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr(sys, "argv", ["honte", *map(str, arguments)])
    return main()


def test_go_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    import onnxruntime

    folder, path = save_tiny_network(tmp_path / "network"), tmp_path / "policy.onnx"
    assert run(monkeypatch, "export", folder, "-o", path, "--json") == 0
    described = json.loads(capfd.readouterr().out)
    assert described["input"][0] == "planes" and described["difference"] < 1e-3
    inputs = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"]).get_inputs()
    assert inputs[0].shape[1:] == described["input"][1:]


@pytest.mark.parametrize("bits", [8, 16, 32])
def test_go_network_in_fewer_bits(
    bits: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    source, folder = save_tiny_network(tmp_path / "network"), tmp_path / "small"
    assert run(monkeypatch, "export", source, "-o", folder, "--bits", bits, "--json") == 0
    said = json.loads(capfd.readouterr().out)
    assert said == {"folder": str(folder), "bits": bits, "bytes": (folder / "model.safetensors").stat().st_size}
    assert checkpoint.read_config(folder) == checkpoint.read_config(source)
    before, after = checkpoint.load(source).state_dict(), checkpoint.load(folder).state_dict()
    assert all(torch.allclose(after[name], weight, atol=0.01 * weight.abs().max()) for name, weight in before.items())
    (tmp_path / "file").touch()
    assert run(monkeypatch, "export", source, "-o", tmp_path / "file" / "small", "--bits", bits) == 1
    assert "cannot write" in capfd.readouterr().err
    assert run(monkeypatch, "export", source, "-o", folder, "--bits", bits, "--size", 9) == 1
    assert "--size is for ONNX" in capfd.readouterr().err


def test_weights_trained_on_images(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    from honte.policy.images.idx import ImageSet

    write_set(tmp_path, ImageSet(stripes(200, 0), stripes(50, 1)))
    weights = tmp_path / "run" / "weights.safetensors"
    trained = ("backbones", "train", "lenet5", "--data-dir", tmp_path, "--epochs", 1, "--threads", 1)
    assert run(monkeypatch, *trained, "--run", weights.parent) == 0
    assert run(monkeypatch, "export", weights, "-o", tmp_path / "lenet.onnx") == 0
    assert "images (batch, 1, 32, 32)" in capfd.readouterr().out
    weights.write_bytes(weights.read_bytes()[:-1])
    assert run(monkeypatch, "export", weights, "-o", tmp_path / "again.onnx") == 1
    assert "cannot be read" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("source", "output", "sentence"),
    [("default", "policy.pt", "ends in .onnx"), ("nowhere", "a.onnx", "no checkpoint at 'nowhere'")],
)
def test_mistakes(
    source: str, output: str, sentence: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "export", source, "-o", output) == 1
    assert sentence in capfd.readouterr().err
