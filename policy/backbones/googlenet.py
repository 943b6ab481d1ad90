"""GoogLeNet (Szegedy et al., arXiv:1409.4842, 2014): 5x5 where it says 5x5, biases, no batch norm."""

from collections import OrderedDict

from torch import nn

from honte.policy.backbones.blocks import Concat, conv_block
from honte.policy.backbones.published import GOOGLENET
from honte.policy.backbones.registry import ModelInfo
from honte.policy.backbones.stack import Stack


def googlenet(net: Stack) -> None:
    net.conv("conv1", 64, 7, stride=2, padding=3)
    net.pool("pool1", 3, stride=2, ceil=True)
    net.response_norm("norm1")
    net.conv("conv2_reduce", 64, 1)
    net.conv("conv2", 192, 3, padding=1)
    net.response_norm("norm2")
    net.pool("pool2", 3, stride=2, ceil=True)
    inception(net, "inception3a", 64, (96, 128), (16, 32), 32)
    inception(net, "inception3b", 128, (128, 192), (32, 96), 64)
    net.pool("pool3", 3, stride=2, ceil=True)
    inception(net, "inception4a", 192, (96, 208), (16, 48), 64, auxiliary=True)
    inception(net, "inception4b", 160, (112, 224), (24, 64), 64)
    inception(net, "inception4c", 128, (128, 256), (24, 64), 64)
    inception(net, "inception4d", 112, (144, 288), (32, 64), 64, auxiliary=True)
    inception(net, "inception4e", 256, (160, 320), (32, 128), 128)
    net.pool("pool4", 3, stride=2, ceil=True)
    inception(net, "inception5a", 256, (160, 320), (32, 128), 128)
    inception(net, "inception5b", 384, (192, 384), (48, 128), 128)
    net.classifier(dropout=0.4)


def inception(
    net: Stack,
    name: str,
    one: int,
    three: tuple[int, int],
    five: tuple[int, int],
    pooled: int,
    *,
    auxiliary: bool = False,
) -> None:
    """Four branches: 1x1; 1x1 and 3x3; 1x1 and 5x5; a 3x3 max pool and 1x1."""

    def conv(inputs: int, filters: int, kernel: int) -> nn.Module:
        return conv_block(inputs, filters, kernel, batch_norm=net.norm == "bn")

    one, pooled = net.scale(one), net.scale(pooled)
    three, five = (net.scale(three[0]), net.scale(three[1])), (net.scale(five[0]), net.scale(five[1]))
    branches = OrderedDict[str, nn.Module](
        one=conv(net.channels, one, 1),
        three=nn.Sequential(conv(net.channels, three[0], 1), conv(three[0], three[1], 3)),
        five=nn.Sequential(conv(net.channels, five[0], 1), conv(five[0], five[1], 5)),
        pool=nn.Sequential(nn.MaxPool2d(3, 1, 1), conv(net.channels, pooled, 1)),
    )
    net.add(name, Concat(branches), one + three[1] + five[1] + pooled)
    if auxiliary:
        net.auxiliary[name] = (net.channels, net.size)


MODELS = (
    ModelInfo(
        name="googlenet",
        title="GoogLeNet (Inception v1) as published",
        paper="Szegedy et al., arXiv:1409.4842, 2014",
        year=2014,
        parameters=6_998_552,
        multiply_adds=1_582_671_872,
        activations=4_645_656,
        widest=1024,
        norm="lrn",
        recipe=GOOGLENET,
        results="ILSVRC-2014 one network, one crop 10.07 top-5; seven networks of 144 crops, test 6.67",
        declare=googlenet,
    ),
)
