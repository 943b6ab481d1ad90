"""The policy network of AlphaGo (Silver et al., Nature 529, 2016).

Zero padding throughout, so that every layer has the size of the board; a rectifier after every layer.
"""

from honte.policy.backbones.published import ALPHAGO
from honte.policy.backbones.registry import ModelInfo
from honte.policy.backbones.stack import Stack


def alphago(net: Stack) -> None:
    net.conv("conv1", 192, 5, padding=2)
    for layer in range(2, 13):
        net.conv(f"conv{layer}", 192, 3, padding=1)
    net.classifier()


MODELS = (
    ModelInfo(
        name="alphago",
        title="AlphaGo's policy network, with a bias for every point",
        paper="Silver et al., Nature 529, 2016",
        year=2016,
        input_size=(48, 19, 19),
        num_classes=0,
        parameters=3_882_793,
        multiply_adds=1_400_726_208,
        activations=832_105,
        widest=192,
        recipe=ALPHAGO,
        results="57.0 % top-1 on held-out KGS games",
        declare=alphago,
    ),
)
