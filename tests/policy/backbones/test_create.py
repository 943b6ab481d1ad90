"""Building a network by its name, and what its arguments may be."""

import numpy as np
import pytest
import torch

from honte.features.errors import HonteError
from honte.policy.backbones import create_model, list_models


def test_list_models_takes_patterns_in_natural_order() -> None:
    assert list_models("resnet1*") == ["resnet18", "resnet101", "resnet110", "resnet152"]
    assert list_models("?oo?le*") == ["googlenet"]
    assert list_models("none such") == []
    assert list_models(["zfnet*", "lenet5"]) == ["lenet5", "zfnet", "zfnet_wide"]
    assert list_models("resnet1*", exclude_filters="*0*") == ["resnet18", "resnet152"]
    assert list_models("vgg*", exclude_filters=["*_c", "vgg11"]) == ["vgg13", "vgg16", "vgg19"]


@pytest.mark.parametrize("name", ["alexnet", "googlenet", "resnet18", "lenet5"])
def test_drop_rate_is_that_of_every_layer_of_the_head(name: str) -> None:
    model = create_model(name, drop_rate=0.25, width=1 / 16)
    assert {layer.p for layer in model.modules() if isinstance(layer, torch.nn.Dropout)} == {0.25}


def test_device_and_type() -> None:
    model = create_model("resnet20", dtype=torch.bfloat16).eval()
    assert {parameter.dtype for parameter in model.parameters()} == {torch.bfloat16}
    assert model(torch.zeros(1, 3, 32, 32, dtype=torch.bfloat16)).isfinite().all()
    assert next(create_model("resnet20", device="cpu").parameters()).device.type == "cpu"
    empty = create_model("vgg19", device="meta")  # whose weights would take 575 MB
    assert all(parameter.is_meta for parameter in empty.parameters())


def test_numbers_may_be_numpys() -> None:
    model = create_model("resnet18", in_chans=np.int64(4), width=np.float32(0.5), num_classes=np.int16(7)).eval()
    assert model(torch.zeros(1, 4, 32, 32)).shape == (1, 7) and model.num_features == 256


def test_what_no_memory_holds_is_refused() -> None:
    with pytest.raises(HonteError, match="too large for the memory"):
        create_model("lenet5", in_chans=10**13)


@pytest.mark.parametrize("x", [np.zeros((1, 3, 32, 32)), torch.zeros(1, 3, 32, 32, dtype=torch.uint8)])
def test_what_is_no_tensor_of_fractions_is_refused(x: torch.Tensor) -> None:
    for model in (create_model("resnet20"), create_model("resnet20", features_only=True)):
        with pytest.raises(HonteError, match=r"takes (a tensor, not ndarray|fractions, not torch.uint8): pass"):
            model(x)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"name": "rsenet50"}, "no network is called 'rsenet50': choose from resnet50"),
        ({"name": "xxxxxxx"}, "choose from alexnet, alexnet_owt"),
        ({"name": "vgg16", "head": "value"}, "pass 'classifier', 'policy' or None"),
        ({"name": "vgg16", "output_stride": 8}, "1 for a board or None"),
        ({"name": "vgg16", "head": "policy", "image_size": 13}, "pass board_size=13 in place of image_size"),
        ({"name": "vgg16", "width": 0}, "width must be above 0 and finite, not 0"),
        ({"name": "vgg16", "width": float("inf")}, "width must be above 0 and finite, not inf"),
        ({"name": "vgg16", "width": float("nan")}, "width must be above 0 and finite, not nan"),
        ({"name": "vgg16", "width": "wide"}, "width must be above 0 and finite, not 'wide'"),
        ({"name": "vgg16", "width": True}, "width must be above 0 and finite, not True"),
        ({"name": "vgg16", "width": 10**400}, "too large for the memory"),
        ({"name": 16}, "no network is called '16'"),
        ({"name": "vgg16", "num_classes": True}, "num_classes is one whole number, not True"),
        ({"name": "vgg16", "pretrained": 1}, "nothing is downloaded"),
        ({"name": "vgg16", "in_chans": 1.5}, "in_chans is one whole number, not 1.5"),
        ({"name": "vgg16", "image_size": (224, 224)}, "image_size is one whole number, not (224, 224)"),
        ({"name": "vgg16", "num_classes": "10"}, "num_classes is one whole number, not '10'"),
        ({"name": "vgg16", "num_classes": -1}, "num_classes must be at least 0, not -1"),
        ({"name": "vgg16", "head": "policy", "num_classes": 10}, "leave out num_classes=10"),
        ({"name": "alphago", "num_classes": 10}, "leave out num_classes=10"),
        ({"name": "vgg16", "head": None, "num_classes": 10}, "leave out num_classes=10"),
        ({"name": "vgg16", "board_size": 19}, "pass head='policy' or output_stride=1, or image_size"),
        ({"name": "vgg16", "output_stride": 1, "board_size": 19, "image_size": 9}, "are the same thing: pass one"),
        ({"name": "vgg16", "head": "policy", "drop_rate": 0.5}, "leave out drop_rate=0.5"),
        ({"name": "vgg16", "drop_rate": 1.0}, "drop_rate must be at least 0 and below 1, not 1.0"),
        ({"name": "lenet5_1998", "drop_rate": 0.5}, "'lenet5_1998' drops nothing out"),
        ({"name": "vgg16", "dtype": torch.int8}, "such as torch.bfloat16, not torch.int8"),
        ({"name": "vgg16", "device": "gpu"}, "device 'gpu' cannot be used"),
        ({"name": "vgg16", "out_indices": [1]}, "out_indices is for features_only=True"),
        ({"name": "vgg16", "features_only": True, "head": "policy"}, "leave out head='policy'"),
        ({"name": "vgg16", "features_only": True, "num_classes": 5}, "leave out num_classes=5"),
        ({"name": "vgg16", "features_only": True, "out_indices": [6]}, "there is no map 6: pass numbers from 0 to 5"),
        ({"name": "vgg16", "features_only": True, "out_indices": []}, "out_indices is empty"),
        ({"name": "vgg16", "pretrained": True}, "nothing is downloaded: pass pretrained='FILE.safetensors'"),
        ({"name": "vgg16", "norm": "lrn"}, "pass norm='bn', 'none' or None"),
        ({"name": "vgg16", "norm": "layer"}, "no norm is called 'layer'"),
        ({"name": "vgg16", "in_chans": 0}, "in_chans must be at least 1"),
        ({"name": "vgg16", "auxiliary": True}, "pass auxiliary=False"),
        ({"name": "vgg16", "version": "v1"}, "'vgg16' has no argument version; its own are: none"),
        ({"name": "resnet50", "version": "v2"}, "pass 'v1' or 'v1.5'"),
        ({"name": "resnet50", "shortcut": "D"}, "pass 'A', 'B' or 'C'"),
        ({"name": "lenet5_1998", "num_classes": 5}, "pass num_classes=10, or take 'lenet5'"),
        ({"name": "googlenet", "auxiliary": True, "image_size": 78}, "image_size=79 or more"),
    ],
)
def test_wrong_arguments_are_told_what_to_be(arguments: dict[str, object], sentence: str) -> None:
    with torch.device("meta"), pytest.raises(HonteError) as error:
        create_model(**arguments)  # type: ignore[arg-type]
    assert sentence in str(error.value)
