"""AlexNet (Krizhevsky, Sutskever, Hinton, NIPS 2012)."""

from functools import partial

from honte.policy.backbones.published import ALEXNET
from honte.policy.backbones.registry import ModelInfo
from honte.policy.backbones.stack import Stack


def alexnet(towers: int, net: Stack) -> None:
    """The paper's two towers meet in conv3 and in the hidden layers; they are two groups of the others."""
    net.groups = towers
    net.conv("conv1", 96, 11, stride=4)
    net.response_norm("norm1")
    net.pool("pool1", 3, stride=2)
    net.conv("conv2", 256, 5, padding=2, groups=towers)
    net.response_norm("norm2")
    net.pool("pool2", 3, stride=2)
    net.conv("conv3", 384, 3, padding=1)
    net.conv("conv4", 384, 3, padding=1, groups=towers)
    net.conv("conv5", 256, 3, padding=1, groups=towers)
    net.pool("pool5", 3, stride=2)
    net.classifier((4096, 4096), dropout=0.5)


def alexnet_owt(net: Stack) -> None:
    """The one tower of "One weird trick" (Krizhevsky 2014), which torchvision has."""
    net.conv("conv1", 64, 11, stride=4, padding=2)
    net.pool("pool1", 3, stride=2)
    net.conv("conv2", 192, 5, padding=2)
    net.pool("pool2", 3, stride=2)
    net.conv("conv3", 384, 3, padding=1)
    net.conv("conv4", 256, 3, padding=1)
    net.conv("conv5", 256, 3, padding=1)
    net.pool("pool5", 3, stride=2)
    net.classifier((4096, 4096), dropout=0.5)


PAPER = "Krizhevsky et al., NIPS 2012"

MODELS = (
    ModelInfo(
        name="alexnet",
        title="AlexNet in one tower, on 227x227",
        paper=PAPER,
        year=2012,
        input_size=(3, 227, 227),
        parameters=62_378_344,
        multiply_adds=1_135_256_096,
        activations=781_736,
        widest=384,
        norm="lrn",
        recipe=ALEXNET,
        declare=partial(alexnet, 1),
    ),
    ModelInfo(
        name="alexnet_two_tower",
        title="AlexNet as published: two towers, on 227x227",
        paper=PAPER,
        year=2012,
        input_size=(3, 227, 227),
        parameters=60_965_224,
        multiply_adds=724_406_816,
        activations=781_736,
        widest=384,
        norm="lrn",
        recipe=ALEXNET,
        results="ILSVRC-2012 validation 40.7 top-1 / 18.2 top-5; seven networks, test 15.3 top-5",
        declare=partial(alexnet, 2),
    ),
    ModelInfo(
        name="alexnet_owt",
        title="AlexNet of 64-192-384-256-256, without norms: torchvision's",
        paper="Krizhevsky, arXiv:1404.5997, 2014",
        year=2014,
        parameters=61_100_840,
        multiply_adds=714_188_480,
        activations=582_504,
        widest=384,
        recipe=ALEXNET,
        results="torchvision: 43.478 top-1 / 20.934 top-5 error",
        declare=alexnet_owt,
    ),
)
