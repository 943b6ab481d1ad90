"""A network on disk: a folder of `config.json` and `model.safetensors`, as the Hugging Face hub has them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, Literal

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from safetensors.torch import save as serialise
from torch import Tensor

from honte.features.errors import HonteError
from honte.policy.files import write_atomically
from honte.policy.network import NetworkConfig, PolicyNetwork
from honte.policy.reparam import expand, fold

SHIPPED = Path(__file__).parent / "weights"
"""The networks that come with Honte, each in a folder named by its board."""
SHIPPED_LEVELS = SHIPPED / "levels"
"""Those of them that are told ranks."""
WEIGHTS = "model.safetensors"
SCALE = ".scale"
"""How the name of a tensor goes on for what its whole numbers are to be multiplied by, one number a filter."""


class CheckpointError(HonteError):
    """A checkpoint that is missing, damaged, or not the network that it says it is."""


def save(
    network: PolicyNetwork,
    folder: Path | str,
    *,
    metadata: dict[str, Any] | None = None,
    bits: Literal[8, 16, 32] = 32,
) -> None:
    """Write a network, in the form it is in, with JSON-able metadata.

    `bits` are those of a stored weight: float32, float16, or filters as whole numbers of 8 bits, each with a scale of
    its own, and all else as float16.
    """
    folder = Path(folder)
    dtype = torch.float32 if bits == 32 else torch.float16
    tensors = {name: tensor.to("cpu", dtype).contiguous() for name, tensor in network.state_dict().items()}
    for name in [name for name, tensor in tensors.items() if bits == 8 and tensor.ndim == 4]:
        tensors[name], tensors[name + SCALE] = _in_whole_numbers(network.get_parameter(name).detach().cpu())
    shape = {name: value for name, value in asdict(network.config).items() if value != ()}
    config = {**shape, "branches": network.branches, "metadata": metadata or {}}
    write_atomically(folder / WEIGHTS, serialise(tensors))
    write_atomically(folder / "config.json", (json.dumps(config, indent=2) + "\n").encode())


def load(folder: Path | str, *, device: torch.device | str = "cpu", folded: bool = True) -> PolicyNetwork:
    """Read a network in float32 and eval mode; the folder "default" is the shipped one for 19x19.

    A network stored in a training-time form is folded to the plain one, unless `folded` is False.
    Raises CheckpointError.
    """
    folder = resolve(folder)
    shape, config = read_shape(folder), read_config(folder)
    with _described_by(folder / "config.json"), torch.device("meta"):
        network = expand(PolicyNetwork(shape), config["branches"])
    network.load_state_dict(_read_tensors(folder / WEIGHTS, network.state_dict()), assign=True)
    return (fold(network) if folded else network).eval().to(device)


def resolve(folder: Path | str) -> Path:
    """The folder of the one network that a name stands for.

    "default" is the shipped network for 19x19, and a run's folder stands for that of its network.
    """
    if str(folder) == "default":
        return SHIPPED / "19x19"
    inside = Path(folder, "network")
    return inside if (inside / WEIGHTS).exists() and not Path(folder, WEIGHTS).exists() else Path(folder)


def read_shape(folder: Path | str) -> NetworkConfig:
    """What a checkpoint's network is, apart from its weights. Raises CheckpointError."""
    config = read_config(folder)
    values: dict[str, Any] = {}
    with _described_by(resolve(folder) / "config.json"):
        for field in fields(NetworkConfig):  # lists that are empty are not written there
            values[field.name] = tuple(config.get(field.name, ())) if field.default == () else config[field.name]
        return NetworkConfig(**values)


def read_config(folder: Path | str) -> dict[str, Any]:
    """A checkpoint's `config.json`: the fields of NetworkConfig, "branches", and "metadata"."""
    path = resolve(folder) / "config.json"
    try:
        config = json.loads(path.read_bytes())
    except OSError:
        raise CheckpointError(
            f"no checkpoint at '{folder}': give a folder that holds config.json and model.safetensors"
        ) from None
    except ValueError as error:
        raise CheckpointError(f"'{path}' is not JSON: {error}") from None
    if not isinstance(config, dict):
        raise CheckpointError(f"'{path}' describes no network: it is not a JSON object")
    return config


@contextmanager
def _described_by(path: Path) -> Iterator[None]:
    """Failures inside are the fault of the file that describes a network."""
    try:
        yield
    except KeyError as error:
        raise CheckpointError(f"'{path}' does not give {error}") from None
    except (HonteError, TypeError) as error:
        raise CheckpointError(f"'{path}' describes no network: {error}") from None


def _in_whole_numbers(weight: Tensor) -> tuple[Tensor, Tensor]:
    """Filters (K, …) as int8 and their scales (K, 1, …), float32: the greatest weight of each is 127."""
    scale = weight.abs().amax(dim=tuple(range(1, weight.ndim)), keepdim=True).clamp_min(torch.finfo().tiny) / 127
    return (weight / scale).round().to(torch.int8), scale


def _read_tensors(path: Path, expected: dict[str, Tensor]) -> dict[str, Tensor]:
    try:
        tensors = load_file(path)
    except FileNotFoundError:
        raise CheckpointError(f"no file '{path}': the checkpoint is incomplete") from None
    except (SafetensorError, OSError) as error:
        raise CheckpointError(f"'{path}' cannot be read as safetensors: {error}") from None
    for name in [name for name, tensor in tensors.items() if tensor.dtype == torch.int8]:
        scale = tensors.pop(name + SCALE, None)
        if scale is None or scale.shape != (len(tensors[name]), *[1] * (tensors[name].ndim - 1)):
            raise CheckpointError(f"'{path}' has '{name}' in whole numbers, and no scale for each of its filters")
        tensors[name] = tensors[name] * scale.float()
    for name, tensor in expected.items():
        if name not in tensors:
            raise CheckpointError(f"'{path}' has no tensor '{name}'")
        if tensors[name].shape != tensor.shape:
            raise CheckpointError(
                f"'{path}' has '{name}' of shape {tuple(tensors[name].shape)}"
                f" where config.json wants {tuple(tensor.shape)}"
            )
    for name in tensors.keys() - expected.keys():
        raise CheckpointError(f"'{path}' has a tensor '{name}' that is not in the network of config.json")
    return {name: tensor.float() for name, tensor in tensors.items()}
