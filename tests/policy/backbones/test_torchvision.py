"""Weight for weight the same as torchvision, where it has the same network.

torchvision wants a torch of its own version, so this runs in an environment of its own:

    python3 -m venv tv && tv/bin/pip install torch==2.14.1 torchvision==0.29.1 numba numpy pytest hypothesis
    tv/bin/python -m pytest tests/policy/backbones/test_torchvision.py
"""

import pytest
import torch

from honte.policy.backbones import create_model

torchvision = pytest.importorskip("torchvision", exc_type=ImportError)

NAMES = {"alexnet_owt": "alexnet", **{name: name for name in ("vgg11", "vgg13", "vgg16", "vgg19")}}
NAMES |= {name: name for name in ("resnet18", "resnet34", "resnet50", "resnet101", "resnet152")}


@pytest.mark.parametrize("name", NAMES)
def test_outputs_equal_torchvisions(name: str) -> None:
    torch.manual_seed(0)
    theirs = torchvision.models.get_model(NAMES[name], weights=None).eval()
    for buffer_name, buffer in theirs.named_buffers():
        if buffer_name.endswith("running_var"):
            buffer.uniform_(0.5, 2)
        elif buffer_name.endswith("running_mean"):
            buffer.normal_(std=0.1)
    ours = create_model(name).eval()
    names, tensors = ours.state_dict(), theirs.state_dict().values()
    ours.load_state_dict(dict(zip(names, tensors, strict=True)))
    x = torch.randn(2, 3, 224, 224)
    with torch.no_grad():
        expected, actual = theirs(x), ours(x)
    assert expected.std() > 0
    assert (actual - expected).abs().max() <= 1e-5 * max(1, expected.abs().max())
