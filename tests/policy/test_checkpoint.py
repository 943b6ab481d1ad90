import json
from pathlib import Path
from typing import Literal

import pytest
import torch
from safetensors.torch import load_file, save_file

from honte.policy import checkpoint
from honte.policy.checkpoint import CheckpointError
from honte.policy.reparam import expand, fold
from tests.policy.networks import tiny, unsettle


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    checkpoint.save(unsettle(tiny()), tmp_path, metadata={"positions": 7})
    return tmp_path


def edit_config(folder: Path, **changes: object) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def edit_tensors(folder: Path, **changes: torch.Tensor | None) -> None:
    path = folder / "model.safetensors"
    tensors = {**load_file(path), **changes}
    save_file({name: tensor for name, tensor in tensors.items() if tensor is not None}, path)


def test_a_network_comes_back(folder: Path) -> None:
    network = checkpoint.load(folder)
    assert not network.training
    assert network.config == tiny().config
    planes = torch.rand(2, 6, 9, 9)
    assert torch.equal(network(planes), unsettle(tiny())(planes))
    assert checkpoint.read_config(folder)["metadata"] == {"positions": 7}
    assert all(parameter.requires_grad for parameter in network.parameters())


def test_a_network_of_several_sizes_comes_back(tmp_path: Path) -> None:
    network = unsettle(expand(tiny(other_sizes=(5, 13)), "merged")).eval()
    checkpoint.save(network, tmp_path)
    loaded = checkpoint.load(tmp_path, folded=False)
    assert loaded.config == network.config and checkpoint.read_config(tmp_path)["other_sizes"] == [5, 13]
    for size in (5, 9, 13):
        planes = torch.rand(2, 6, size, size)
        assert torch.equal(loaded(planes), network(planes))


def test_of_one_size_nothing_is_said_of_others(folder: Path) -> None:
    names = ["network", "board_size", "planes", "filters", "branches", "metadata"]
    assert list(checkpoint.read_config(folder)) == names


def test_training_form_comes_back_folded_or_as_it_was(tmp_path: Path) -> None:
    network = unsettle(expand(tiny(), "merged")).eval()
    checkpoint.save(network, tmp_path)
    planes = torch.rand(2, 6, 9, 9)
    assert torch.equal(checkpoint.load(tmp_path)(planes), fold(network)(planes))
    assert torch.equal(checkpoint.load(tmp_path, folded=False)(planes), network(planes))


@pytest.mark.parametrize(("bits", "share", "error"), [(16, 0.6, 1e-3), (8, 0.4, 8e-3)])
def test_fewer_bits_make_a_smaller_file(
    tmp_path: Path, folder: Path, bits: Literal[8, 16], share: float, error: float
) -> None:
    checkpoint.save(unsettle(tiny()), tmp_path / "small", bits=bits)
    size = {path: (path / "model.safetensors").stat().st_size for path in (folder, tmp_path / "small")}
    assert size[tmp_path / "small"] < share * size[folder]
    small, whole = checkpoint.load(tmp_path / "small"), checkpoint.load(folder)
    for (name, weight), (_, other) in zip(small.named_parameters(), whole.named_parameters(), strict=True):
        assert weight.dtype == torch.float32
        assert (weight - other).abs().max() <= error * other.abs().max(), name


def test_filters_of_zeros_stay_so_in_whole_numbers(tmp_path: Path) -> None:
    checkpoint.save(tiny(), tmp_path, bits=8)
    assert not checkpoint.load(tmp_path).head.weight.any()


def test_saving_replaces_what_was_there(folder: Path) -> None:
    checkpoint.save(tiny(), folder)
    assert not checkpoint.load(folder).head.weight.any()
    assert sorted(path.name for path in folder.iterdir()) == ["config.json", "model.safetensors"]


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda f: (f / "config.json").unlink(), "no checkpoint at"),
        (lambda f: (f / "config.json").write_text("{"), "is not JSON"),
        (lambda f: (f / "config.json").write_text("[]"), "not a JSON object"),
        (lambda f: (f / "config.json").write_text("{}"), "does not give 'network'"),
        (lambda f: edit_config(f, network="lenet"), "no network is called 'lenet'"),
        (lambda f: edit_config(f, branches="oak"), "no set of branches is called 'oak'"),
        (lambda f: edit_config(f, filters="many"), "describes no network"),
        (lambda f: edit_config(f, other_sizes=5), "describes no network"),
        (lambda f: edit_config(f, other_sizes=[9]), "not some different sizes"),
        (lambda f: edit_config(f, other_sizes=[5]), "no tensor 'head.others.5'"),
        (
            lambda f: edit_config(f, board_size=19),
            r"'head.bias' of shape \(81,\) where config.json wants \(361,\)",
        ),
        (lambda f: (f / "model.safetensors").unlink(), "incomplete"),
        (lambda f: (f / "model.safetensors").write_bytes(b"no tensors"), "cannot be read as safetensors"),
        (
            lambda f: (f / "model.safetensors").write_bytes((f / "model.safetensors").read_bytes()[:-9]),
            "cannot be read as safetensors",
        ),
        (lambda f: edit_tensors(f, **{"trunk.conv7.weight": None}), "no tensor 'trunk.conv7.weight'"),
        (lambda f: edit_tensors(f, **{"trunk.conv7.bias": torch.zeros(9)}), r"conv7.bias' of shape \(9,\)"),
        (lambda f: edit_tensors(f, **{"trunk.conv14.bias": torch.zeros(9)}), "a tensor 'trunk.conv14.bias'"),
        (
            lambda f: edit_tensors(f, **{"head.weight": torch.ones(1, 4, 1, 1, dtype=torch.int8)}),
            "'head.weight' in whole numbers, and no scale",
        ),
    ],
)
def test_damage_is_named(folder: Path, damage: object, message: str) -> None:
    damage(folder)
    with pytest.raises(CheckpointError, match=message) as error:
        checkpoint.load(folder)
    assert "\n" not in str(error.value)
    assert str(folder) in str(error.value)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="nowhere"):
        checkpoint.load(tmp_path / "nowhere")
