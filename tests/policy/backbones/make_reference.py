"""Write reference.json: what torchvision's networks put out on fixed weights, and the names of its and timm's tensors.

torchvision wants a torch of its own version, so this runs in an environment of its own:

    python3 -m venv tv && tv/bin/pip install torch==2.14.1 torchvision==0.29.1 timm==1.0.29
    tv/bin/python -m tests.policy.backbones.make_reference
"""

import importlib
import json
from pathlib import Path
from typing import Any

import torch

from tests.policy.backbones.fixed_weights import fixed_tensor, names_digest

FILE = Path(__file__).with_name("reference.json")
TORCHVISION = {"alexnet_owt": "alexnet"}
TORCHVISION |= {name: name for name in ("vgg11", "vgg13", "vgg16", "vgg19")}
TORCHVISION |= {name: name for name in ("resnet18", "resnet34", "resnet50", "resnet101", "resnet152")}
"""Our names, and torchvision's."""
TIMM = ("vgg11", "vgg16", "vgg19", "resnet18", "resnet50", "resnet152")
INPUT = (1, 3, 224, 224)


def main() -> None:
    torchvision: Any = importlib.import_module("torchvision")
    timm: Any = importlib.import_module("timm")
    reference: dict[str, Any] = {"torchvision": {}, "timm": {}}
    for name, theirs in TORCHVISION.items():
        model = torchvision.models.get_model(theirs, weights=None).eval()
        tensors = {key: fixed_tensor(key, tuple(t.shape)) for key, t in model.state_dict().items()}
        model.load_state_dict(tensors)
        with torch.no_grad():
            output = model(fixed_tensor("input", INPUT))[0, ::64]
        reference["torchvision"][name] = {
            "names": names_digest(tensors),
            "output": [float(f"{value:.7g}") for value in output.tolist()],
        }
    for name in TIMM:
        reference["timm"][name] = names_digest(timm.create_model(name, pretrained=False).state_dict())
    FILE.write_text(json.dumps(reference, indent=1) + "\n")


if __name__ == "__main__":
    main()
