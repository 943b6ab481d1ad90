"""The policy network of AlphaGo (Silver et al., Nature 529, 2016), without its head.

Zero padding throughout, so that every layer has the size of the board; a rectifier after every layer.
"""

from collections import OrderedDict

from torch import nn

from policy.backbones.blocks import ConvReLU


def alphago(planes: int, filters: int) -> nn.Sequential:
    """Twelve layers of `filters` filters: 5x5 on the input planes, then eleven of 3x3."""
    return nn.Sequential(
        OrderedDict(
            conv1=ConvReLU(planes, filters, 5),
            conv2=ConvReLU(filters, filters, 3),
            conv3=ConvReLU(filters, filters, 3),
            conv4=ConvReLU(filters, filters, 3),
            conv5=ConvReLU(filters, filters, 3),
            conv6=ConvReLU(filters, filters, 3),
            conv7=ConvReLU(filters, filters, 3),
            conv8=ConvReLU(filters, filters, 3),
            conv9=ConvReLU(filters, filters, 3),
            conv10=ConvReLU(filters, filters, 3),
            conv11=ConvReLU(filters, filters, 3),
            conv12=ConvReLU(filters, filters, 3),
        )
    )
