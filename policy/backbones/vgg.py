"""VGG (Simonyan, Zisserman, arXiv:1409.1556, 2014)."""

from functools import partial

from honte.policy.backbones.published import VGG
from honte.policy.backbones.registry import ModelInfo
from honte.policy.backbones.stack import Stack


def vgg(stages: tuple[str, ...], net: Stack) -> None:
    """Five stages of 3x3 (and in column C 1x1) convolutions, written as the digits of their kernels."""
    for stage, (filters, kernels) in enumerate(zip((64, 128, 256, 512, 512), stages, strict=True), 1):
        for layer, kernel in enumerate(map(int, kernels), 1):
            net.conv(f"conv{stage}_{layer}", filters, kernel, padding=kernel // 2)
        net.pool(f"pool{stage}", 2, stride=2)
    net.classifier((4096, 4096), dropout=0.5)


def _column(
    name: str, column: str, stages: str, parameters: int, multiply_adds: int, activations: int, errors: str
) -> ModelInfo:
    return ModelInfo(
        name=name,
        title=f"VGG, column {column} of the paper's Table 1",
        paper="Simonyan and Zisserman, arXiv:1409.1556, 2014",
        year=2014,
        parameters=parameters,
        multiply_adds=multiply_adds,
        activations=activations,
        widest=512,
        recipe=VGG,
        results=f"ILSVRC-2012 validation at one scale of 256: {errors}",
        declare=partial(vgg, tuple(stages.split())),
    )


MODELS = (
    _column("vgg11", "A", "3 3 33 33 33", 132_863_336, 7_609_090_048, 8_965_608, "29.6 top-1 / 10.4 top-5"),
    _column("vgg13", "B", "33 33 33 33 33", 133_047_848, 11_308_466_176, 13_782_504, "28.7 top-1 / 9.9 top-5"),
    _column("vgg16", "D", "33 33 333 333 333", 138_357_544, 15_470_264_320, 15_087_080, "27.0 top-1 / 8.8 top-5"),
    _column("vgg16_c", "C", "33 33 331 331 331", 133_638_952, 11_770_888_192, 15_087_080, "28.1 top-1 / 9.4 top-5"),
    _column("vgg19", "E", "33 33 3333 3333 3333", 143_667_240, 19_632_062_464, 16_391_656, "27.3 top-1 / 9.0 top-5"),
)
