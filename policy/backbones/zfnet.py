"""ZFNet (Zeiler, Fergus, arXiv:1311.2901, 2013)."""

from functools import partial

from honte.policy.backbones.published import ZFNET
from honte.policy.backbones.registry import ModelInfo
from honte.policy.backbones.stack import Stack


def zfnet(conv3: int, conv4: int, conv5: int, net: Stack) -> None:
    """The paper's sizes (110, 55, 26, 13, 6) want a padding of 1 in conv1 and pools that hang over the edge."""
    net.conv("conv1", 96, 7, stride=2, padding=1)
    net.pool("pool1", 3, stride=2, ceil=True)
    net.response_norm("norm1")
    net.conv("conv2", 256, 5, stride=2)
    net.pool("pool2", 3, stride=2, ceil=True)
    net.response_norm("norm2")
    net.conv("conv3", conv3, 3, padding=1)
    net.conv("conv4", conv4, 3, padding=1)
    net.conv("conv5", conv5, 3, padding=1)
    net.pool("pool5", 3, stride=2)
    net.classifier((4096, 4096), dropout=0.5)


PAPER = "Zeiler and Fergus, arXiv:1311.2901, 2013"

MODELS = (
    ModelInfo(
        name="zfnet",
        title="ZFNet as in the paper's Figure 3: 384-384-256",
        paper=PAPER,
        year=2013,
        parameters=62_357_608,
        multiply_adds=1_168_032_896,
        activations=1_859_784,
        widest=384,
        norm="lrn",
        recipe=ZFNET,
        results="ILSVRC-2012 validation 38.4 top-1 / 16.5 top-5",
        declare=partial(zfnet, 384, 384, 256),
    ),
    ModelInfo(
        name="zfnet_wide",
        title="ZFNet of 512-1024-512, the one that CS231n shows",
        paper=PAPER,
        year=2013,
        parameters=107_627_624,
        multiply_adds=2_476_704_896,
        activations=2_042_056,
        widest=1024,
        norm="lrn",
        recipe=ZFNET,
        results="ILSVRC-2012 validation 37.5 top-1 / 16.0 top-5; ensemble, test 14.8 top-5",
        declare=partial(zfnet, 512, 1024, 512),
    ),
)
