"""Weights from elsewhere: of this library, of torchvision or of timm, mapped by name and checked."""

import re
from collections.abc import Iterable
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from honte.features.errors import HonteError
from honte.policy.backbones.blocks import Conv, Residual
from honte.policy.backbones.model import Backbone

PICKLES = (".pth", ".pt", ".bin", ".ckpt", ".tar")
CONVERT = (
    "import torch; from safetensors.torch import save_file;"
    " save_file({{k: v.contiguous().clone() for k, v in torch.load('{}', weights_only=True).items()}}, '{}')"
)
"""A line of Python that makes a safetensors file of a state dict that was pickled."""


def load_pretrained(model: Backbone, path: str | Path | bool) -> None:
    """Give a network, in place, the weights of a .safetensors file.

    The file's tensors have the names of this library, of torchvision (AlexNet as `alexnet_owt`, VGG, ResNet) or of
    timm (VGG, ResNet), and all of the trunk's must be there and fit, with these exceptions:

    - batch norms are folded into the convolutions of a network without norms, as one with a policy head is;
    - kernels of the first layer for another number of channels are summed for one channel, and for more repeated and
      scaled, as timm does;
    - a last layer for other classes stays fresh, and so does a head of another kind.

    Raises HonteError.
    """
    if not isinstance(path, str | Path):
        raise HonteError(f"nothing is downloaded: pass pretrained='FILE.safetensors', with weights of '{model.name}'")
    path = Path(path)
    if next(model.parameters()).is_meta:
        raise HonteError(f"the meta device holds no weights: create '{model.name}' elsewhere to load '{path}'")
    fit(model, read_tensors(path)[0], source=str(path))


def read_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """The tensors and the metadata of a safetensors file. Raises HonteError."""
    if path.suffix.lower() in PICKLES:
        command = CONVERT.format(path, path.with_suffix(".safetensors"))
        raise HonteError(
            f"'{path}' is a pickle, which could run anything, and is not opened: if you trust it, convert it with"
            f' python -c "{command}"'
        )
    try:
        with safe_open(path, "pt") as file:
            return {name: file.get_tensor(name) for name in file.keys()}, file.metadata() or {}  # noqa: SIM118
    except FileNotFoundError:
        raise HonteError(f"no file '{path}': give a .safetensors file of a network's weights") from None
    except (SafetensorError, OSError) as error:
        raise HonteError(f"'{path}' cannot be read as safetensors: {error}") from None


@torch.no_grad()
def fit(model: Backbone, tensors: dict[str, Tensor], *, source: str) -> None:
    """Give a network the tensors of a state dict; see `load_pretrained`. Raises HonteError, which names `source`."""
    expected = {name: tensor for name, tensor in model.state_dict().items() if not name.endswith("batches_tracked")}
    found = {name: tensor for name, tensor in tensors.items() if not name.endswith("batches_tracked")}
    own = any(name.startswith("trunk.") for name in found)
    names = {} if own else _our_names(model, found)
    found = {names.get(name, name): tensor for name, tensor in found.items()}
    if not any(isinstance(layer, nn.BatchNorm2d) for layer in model.modules()):
        found = _fold_norms(found)
    heads = [{name for name in state if name.startswith("head.")} for state in (expected, found)]
    if not heads[0] & heads[1]:
        fresh = heads[0] | heads[1]
    else:
        fresh = {name for name in heads[0] | heads[1] if name.startswith("head.out.")}
        if all(name in expected and name in found and expected[name].shape == found[name].shape for name in fresh):
            fresh = set()
    missing = sorted(expected.keys() - found.keys() - fresh)
    unknown = sorted(found.keys() - expected.keys() - fresh)
    if missing or unknown:
        theirs = {ours: name for name, ours in names.items()}
        unknown = [theirs.get(name, name) for name in unknown]
        raise HonteError(f"'{source}' is not of this '{model.name}': {_differences(missing, unknown)}")
    first = next(name for name, tensor in expected.items() if tensor.ndim == 4)
    fitting = {}
    for name in expected:
        if name in fresh:
            continue
        tensor = found[name]
        if name == first:
            tensor = adapt_channels(tensor, expected[name].shape[1])
        if tensor.ndim == 4 and expected[name].ndim == 2:
            tensor = tensor.flatten(1)  # timm has VGG's hidden layers as convolutions
        if tensor.shape != expected[name].shape:
            raise HonteError(
                f"'{source}' is not of this '{model.name}': its '{name}' is of shape {tuple(found[name].shape)}, and"
                f" the network's of {tuple(expected[name].shape)}"
            )
        fitting[name] = tensor
    for name, tensor in fitting.items():
        expected[name].copy_(tensor)


def _our_names(model: Backbone, names: Iterable[str]) -> dict[str, str]:
    """Our names for those of torchvision's or timm's tensors that have one in a network."""
    if any(isinstance(layer, Residual) for layer in model.trunk):
        ours = {name: _resnets_name(name) for name in names}
    else:
        layers = _layers_in_a_row(model)
        parts = {name: name.rpartition(".") for name in names}
        ours = {name: f"{layers[layer]}.{kind}" for name, (layer, _, kind) in parts.items() if layer in layers}
    return {theirs: name for theirs, name in ours.items() if name}


def _resnets_name(name: str) -> str | None:
    """Our name of a tensor of a ResNet: layer1.0.bn2.weight is trunk.conv2_1.body.conv2.norm.weight."""
    kinds = {"conv": "conv", "bn": "norm", "0": "conv", "1": "norm"}
    if found := re.fullmatch(r"layer(\d)\.(\d+)\.(conv|bn)(\d)\.(\w+)", name):
        stage, block, kind, layer, value = found.groups()
        return f"trunk.conv{int(stage) + 1}_{int(block) + 1}.body.conv{layer}.{kinds[kind]}.{value}"
    if found := re.fullmatch(r"layer(\d)\.(\d+)\.downsample\.([01])\.(\w+)", name):
        stage, block, kind, value = found.groups()
        return f"trunk.conv{int(stage) + 1}_{int(block) + 1}.shortcut.{kinds[kind]}.{value}"
    if found := re.fullmatch(r"(conv|bn)1\.(\w+)", name):
        return f"trunk.conv1.{kinds[found[1]]}.{found[2]}"
    found = re.fullmatch(r"fc\.(\w+)", name)
    return f"head.out.{found[1]}" if found else None


def _layers_in_a_row(model: Backbone) -> dict[str, str]:
    """The layers of AlexNet and VGG: their features are numbered, each ReLU and each pool as a layer of its own."""
    layers, place = {}, 0
    for name, layer in model.trunk.named_children():
        layers[f"features.{place}"] = f"trunk.{name}"
        place += 2 if isinstance(layer, Conv) else 1
    first = 1 if model.name.startswith("alexnet") else 0  # after its dropout, which torchvision has before
    torchvisions = [f"classifier.{place}" for place in (first, first + 3, 6)]
    timms = ["pre_logits.fc1", "pre_logits.fc2", "head.fc"]
    for names in (torchvisions, timms):
        layers |= dict(zip(names, ("head.hidden.fc1", "head.hidden.fc2", "head.out"), strict=True))
    return layers


def _fold_norms(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """The tensors of a network with its batch norms in use folded into its convolutions."""
    folded = dict(tensors)
    for name in [name for name in tensors if name.endswith(".norm.running_var")]:
        layer = name.removesuffix(".norm.running_var")
        weight, bias, mean, variance = (
            folded.pop(f"{layer}.norm.{part}").double() for part in ("weight", "bias", "running_mean", "running_var")
        )
        scale = weight / torch.sqrt(variance + 1e-5)
        kernel = folded.pop(f"{layer}.conv.weight")
        folded[f"{layer}.weight"] = (kernel.double() * scale[:, None, None, None]).float()
        folded[f"{layer}.bias"] = (bias - mean * scale).float()
    return folded


def adapt_channels(kernel: Tensor, channels: int) -> Tensor:
    """The kernel of a first layer (K, C, k, k) for another number of input channels, (K, channels, k, k)."""
    before = kernel.shape[1]
    if channels == before:
        return kernel
    if channels == 1:
        return kernel.sum(1, keepdim=True)
    return kernel.repeat(1, -(-channels // before), 1, 1)[:, :channels] * (before / channels)


def _differences(missing: list[str], unknown: list[str]) -> str:
    def some(names: list[str]) -> str:
        return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")

    parts = [f"it lacks {some(missing)}"] if missing else []
    parts += [f"the network has no {some(unknown)}"] if unknown else []
    return "; ".join(parts)
