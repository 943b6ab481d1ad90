"""ResNet and its plain twins (He, Zhang, Ren, Sun, arXiv:1512.03385, 2015), for ImageNet and for CIFAR."""

from collections import OrderedDict
from functools import partial

from torch import nn

from honte.features.errors import HonteError
from honte.policy.backbones.blocks import Residual, ZeroPad, conv_block
from honte.policy.backbones.published import RESNET, RESNET_CIFAR
from honte.policy.backbones.registry import ModelInfo
from honte.policy.backbones.stack import Stack, Window


def resnet(blocks: tuple[int, ...], net: Stack, *, shortcut: str = "B") -> None:
    """Blocks of two 3x3 convolutions."""
    _imagenet_stem(net)
    for stage, (filters, count) in enumerate(zip((64, 128, 256, 512), blocks, strict=True), 2):
        for block in range(1, count + 1):
            _basic_block(net, f"conv{stage}_{block}", filters, 2 if block == 1 < stage - 1 else 1, shortcut)
    net.classifier()


def _bottleneck_resnet(blocks: tuple[int, ...], net: Stack, *, shortcut: str = "B", version: str = "v1.5") -> None:
    """Blocks of 1x1, 3x3 and 1x1; a stride is in the 3x3 (v1.5) or, as in the paper, in the first 1x1 (v1)."""
    if version not in ("v1", "v1.5"):
        raise HonteError(f"no version of ResNet is called '{version}': pass 'v1' or 'v1.5'")
    _imagenet_stem(net)
    for stage, (filters, count) in enumerate(zip((64, 128, 256, 512), blocks, strict=True), 2):
        for block in range(1, count + 1):
            stride = 2 if block == 1 < stage - 1 else 1
            _bottleneck_block(net, f"conv{stage}_{block}", filters, stride, shortcut, first=version == "v1")
    net.classifier()


def plain(blocks: tuple[int, ...], net: Stack) -> None:
    """The same layers without shortcuts."""
    resnet(blocks, net, shortcut="none")


def _cifar_resnet(blocks: int, net: Stack, *, shortcut: str = "A") -> None:
    """Three stages of 16, 32 and 64 filters, for images of 32x32."""
    net.conv("conv1", 16, 3, padding=1)
    for stage, filters in enumerate((16, 32, 64), 2):
        for block in range(1, blocks + 1):
            _basic_block(net, f"conv{stage}_{block}", filters, 2 if block == 1 < stage - 1 else 1, shortcut)
    net.classifier()


def _cifar_plain(blocks: int, net: Stack) -> None:
    _cifar_resnet(blocks, net, shortcut="none")


def _imagenet_stem(net: Stack) -> None:
    net.conv("conv1", 64, 7, stride=2, padding=3)
    net.pool("pool1", 3, stride=2, padding=1)


def _basic_block(net: Stack, name: str, filters: int, stride: int, shortcut: str) -> None:
    stride = net.shrink(Window(3, stride, 1)).stride
    out = net.scale(filters)
    bn, residual = net.norm == "bn", shortcut != "none"
    body = nn.Sequential(
        OrderedDict(
            conv1=conv_block(net.channels, out, 3, stride=stride, batch_norm=bn),
            conv2=conv_block(out, out, 3, batch_norm=bn, relu=not residual),
        )
    )
    net.add(name, Residual(body, _bypass(net, out, stride, shortcut)) if residual else body, out)


def _bottleneck_block(net: Stack, name: str, filters: int, stride: int, shortcut: str, *, first: bool) -> None:
    stride = net.shrink(Window(3, stride, 1)).stride
    inner, out = net.scale(filters), net.scale(4 * filters)
    bn = net.norm == "bn"
    body = nn.Sequential(
        OrderedDict(
            conv1=conv_block(net.channels, inner, 1, stride=stride if first else 1, batch_norm=bn),
            conv2=conv_block(inner, inner, 3, stride=1 if first else stride, batch_norm=bn),
            conv3=conv_block(inner, out, 1, batch_norm=bn, relu=False),
        )
    )
    net.add(name, Residual(body, _bypass(net, out, stride, shortcut)), out)


def _bypass(net: Stack, out: int, stride: int, shortcut: str) -> nn.Module:
    """The shortcut by the paper's options: A has no parameters, B projects where sizes differ, C everywhere."""
    if shortcut not in ("A", "B", "C"):
        raise HonteError(f"no shortcut is called '{shortcut}': pass 'A', 'B' or 'C'")
    same = stride == 1 and net.channels == out
    if same and shortcut != "C":
        return nn.Identity()
    if shortcut == "A":
        return ZeroPad(out - net.channels, stride)
    return conv_block(net.channels, out, 1, stride=stride, batch_norm=net.norm == "bn", relu=False)


PAPER = "He et al., arXiv:1512.03385, 2015"
BLOCKS = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3), 50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3)}


def _imagenet(
    kind: str, depth: int, parameters: int, multiply_adds: int, activations: int, results: str
) -> ModelInfo:
    deep = depth >= 50
    declare = {"plain": plain, "resnet": _bottleneck_resnet if deep else resnet}[kind]
    title = f"ResNet-{depth}" if kind == "resnet" else f"The plain twin of ResNet-{depth}"
    return ModelInfo(
        name=f"{kind}{depth}",
        title=f"{title}, the stride in the 3x3 convolutions (v1.5)" if deep else title,
        paper=PAPER,
        year=2015,
        parameters=parameters,
        multiply_adds=multiply_adds,
        activations=activations,
        widest=2048 if deep else 512,
        norm="bn",
        recipe=RESNET,
        results=results,
        declare=partial(declare, BLOCKS[depth]),
    )


def _cifar(depth: int, parameters: int, multiply_adds: int, activations: int) -> tuple[ModelInfo, ModelInfo]:
    residual, straight = (
        ModelInfo(
            name=f"{kind}{depth}",
            title=f"{title}, for images of 32x32",
            paper=PAPER,
            year=2015,
            input_size=(3, 32, 32),
            num_classes=10,
            parameters=parameters,
            multiply_adds=multiply_adds,
            activations=activations,
            widest=64,
            norm="bn",
            recipe=RESNET_CIFAR,
            declare=partial(declare, (depth - 2) // 6),
        )
        for kind, title, declare in (
            ("resnet", f"ResNet-{depth}", _cifar_resnet),
            ("plain", f"The plain twin of ResNet-{depth}", _cifar_plain),
        )
    )
    return residual, straight


MODELS = (
    _imagenet("resnet", 18, 11_689_512, 1_814_073_344, 2_685_928, "ten crops 27.88 top-1"),
    _imagenet("resnet", 34, 21_797_672, 3_663_761_408, 3_940_328, "ten crops 24.52 top-1 / 7.46 top-5"),
    _imagenet("resnet", 50, 25_557_032, 4_089_184_256, 11_317_736, "ten crops 22.85 top-1 / 6.71 top-5 (v1)"),
    _imagenet("resnet", 101, 44_549_160, 7_801_405_440, 16_435_688, "ten crops 21.75 top-1 / 6.05 top-5 (v1)"),
    _imagenet("resnet", 152, 60_192_808, 11_513_626_624, 22_757_864, "ten crops 21.43 top-1 / 5.71 top-5 (v1)"),
    _imagenet("plain", 18, 11_515_688, 1_794_805_760, 2_510_312, "ten crops 27.94 top-1"),
    _imagenet("plain", 34, 21_623_848, 3_644_493_824, 3_764_712, "ten crops 28.54 top-1 / 10.02 top-5"),
    *_cifar(20, 269_722, 40_551_040, 188_490),
    *_cifar(32, 464_154, 68_862_592, 303_178),
    *_cifar(44, 658_586, 97_174_144, 417_866),
    *_cifar(56, 853_018, 125_485_696, 532_554),
    *_cifar(110, 1_727_962, 252_887_680, 1_048_650),
)
