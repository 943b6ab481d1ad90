"""Networks trained on images, on disk: one safetensors file, whose metadata says what network it is."""

import json
from pathlib import Path

from safetensors.torch import save

from honte.features.errors import HonteError
from honte.policy.backbones import create_model
from honte.policy.backbones.model import Backbone
from honte.policy.backbones.pretrained import read_tensors
from honte.policy.files import write_atomically


def save_weights(model: Backbone, path: Path) -> None:
    """Write a classifier that `create_model` built without variants."""
    arguments = {name: getattr(model, name) for name in ("name", "in_chans", "num_classes", "image_size")}
    tensors = {name: tensor.cpu().contiguous() for name, tensor in model.state_dict().items()}
    # one entry, as safetensors writes several in any order
    write_atomically(path, save(tensors, {"network": json.dumps(arguments)}))


def load_weights(path: Path) -> Backbone:
    """Read what `save_weights` wrote, in eval mode. Raises HonteError."""
    tensors, described = read_tensors(path)
    try:
        model: Backbone = create_model(head="classifier", **json.loads(described["network"]))
    except (KeyError, TypeError, ValueError):
        raise HonteError(f"'{path}' does not say what network it is: give one of 'honte backbones train'") from None
    try:
        model.load_state_dict(tensors)
    except RuntimeError as error:
        raise HonteError(f"'{path}' does not fit its network: {str(error).splitlines()[-1].strip()}") from None
    return model.eval()
