"""Building a network by its name."""

import math
from collections.abc import Callable
from numbers import Real
from pathlib import Path
from typing import Any, Literal, overload

import torch

from honte.features.errors import HonteError
from honte.policy.backbones.blocks import ClassifierHead
from honte.policy.backbones.features import FeatureNetwork, Indices
from honte.policy.backbones.inputs import whole
from honte.policy.backbones.model import Backbone
from honte.policy.backbones.pretrained import load_pretrained
from honte.policy.backbones.registry import ModelInfo, model_info
from honte.policy.backbones.stack import Stack

NORMS = ("none", "lrn", "bn")


@overload
def create_model(
    name: str, *, features_only: Literal[True], out_indices: Indices = None, **settings: Any
) -> FeatureNetwork: ...


@overload
def create_model(name: str, **settings: Any) -> Backbone: ...  # their types stand once, below


def create_model(
    name: str,
    *,
    in_chans: int | None = None,
    num_classes: int | None = None,
    head: str | None = "published",
    image_size: int | None = None,
    output_stride: int | None = None,
    board_size: int | None = None,
    width: float = 1.0,
    norm: str | None = None,
    drop_rate: float | None = None,
    auxiliary: bool = False,
    features_only: bool = False,
    out_indices: Indices = None,
    pretrained: str | Path | bool | None = None,
    device: torch.device | str | None = None,
    dtype: torch.dtype | None = None,
    **variant: Any,
) -> Backbone | FeatureNetwork:
    """Build a network with fresh weights; without arguments, the published one.

    head: "classifier", "policy" (a 1x1 convolution with a bias for every point of a board of `board_size` lines,
        by default 19), or None, which returns the last feature map.
    image_size: height and width of the images, which fully connected layers are made for.
    output_stride: 1 keeps the size of the input in every layer, as a board needs it; a policy head implies it.
    width: factor on all channel counts.
    norm: "bn" (batch norm after every convolution), "lrn" (the published local response norms) or "none"; by
        default the published one, and "none" with a policy head, as training puts its own in and folds them away.
    drop_rate: share of what the classifier's layers see that is dropped in training, in place of the paper's.
    auxiliary: GoogLeNet's heads for training, which `forward_with_auxiliary` returns.
    features_only: return a list of maps in place of logits: all of `feature_info`, or with `out_indices` the last so
        many of them or those at certain places.
    pretrained: a .safetensors file of the same network's weights, of this library, torchvision or timm; see
        `load_pretrained`.
    device, dtype: where the weights are, and of which type; by default PyTorch's.
    variant: the network's own arguments, such as version="v1" for resnet50; see `model_info(name).variants`.

    Raises HonteError, also for an argument that the network asked for has no use for.
    """
    info = model_info(name)
    if features_only:
        if head not in ("published", None):
            raise HonteError(f"features_only gives maps, so there is no head: leave out head={head!r}")
        head = None
    elif out_indices is not None:
        raise HonteError("out_indices is for features_only=True: pass both, or call forward_intermediates")
    if head == "published":
        head = "classifier" if info.num_classes else "policy"
    _check(info, head=head, output_stride=output_stride, width=width, norm=norm, variant=variant)
    if head != "classifier":
        _refuse_unused(head, {"num_classes": num_classes, "drop_rate": drop_rate, "auxiliary": auxiliary})
    if head == "policy" and image_size is not None:
        raise HonteError(f"a policy head is for a board: pass board_size={image_size} in place of image_size")
    board = head == "policy" or output_stride == 1 or not info.num_classes
    size = _size(info, board=board, image_size=image_size, board_size=board_size)
    if norm is None:
        norm = "none" if head == "policy" else info.norm
    usual_channels = 48 if head == "policy" else info.input_size[0]
    stack = Stack(
        in_chans=whole("in_chans", usual_channels if in_chans is None else in_chans, least=1),
        image_size=size,
        width=width,
        norm=norm,
        board=board,
        drop_rate=_drop_rate(drop_rate),
    )

    def build() -> Backbone | FeatureNetwork:
        model = _build(info, stack, variant, head=head, num_classes=num_classes, auxiliary=auxiliary)
        if drop_rate and not isinstance(model.head, ClassifierHead):
            raise HonteError(f"'{name}' drops nothing out: leave out drop_rate={drop_rate}")
        if pretrained:
            load_pretrained(model, pretrained)
        if not features_only:
            return model
        return FeatureNetwork(
            name,
            model.trunk,
            model.feature_info,
            in_chans=model.in_chans,
            smallest=model.smallest,
            out_indices=out_indices,
        )

    return _placed(build, device, dtype)


def _build(
    info: ModelInfo,
    stack: Stack,
    variant: dict[str, Any],
    *,
    head: str | None,
    num_classes: int | None,
    auxiliary: bool,
) -> Backbone:
    in_chans, size = stack.channels, stack.image_size
    classes = whole("num_classes", info.num_classes if num_classes is None else num_classes, least=0)
    info.declare(stack, **variant)
    stack.close_stage()
    if not stack.size:
        raise HonteError(
            f"images of {size}x{size} are too small for '{info.name}': pass image_size={stack.smallest} or more,"
            " or output_stride=1"
        )
    if auxiliary and not stack.auxiliary:
        raise HonteError(f"'{info.name}' with head={head!r} has no auxiliary heads: pass auxiliary=False")
    return Backbone(info.name, stack, in_chans=in_chans, num_classes=classes, head=head, auxiliary=auxiliary)


def _check(
    info: ModelInfo, *, head: str | None, output_stride: int | None, width: float, norm: str | None, variant: Any
) -> None:
    if head not in ("classifier", "policy", None):
        raise HonteError(f"no head is called '{head}': pass 'classifier', 'policy' or None")
    if output_stride not in (None, 1):
        raise HonteError(f"output_stride is 1 for a board or None for the network's own, not {output_stride}")
    if not _is_number(width) or not 0 < width < math.inf:
        raise HonteError(f"width must be above 0 and finite, not {width!r}")
    if norm not in (*NORMS, None):
        raise HonteError(f"no norm is called '{norm}': pass {', '.join(map(repr, NORMS))}, or None")
    if norm == "lrn" and info.norm != "lrn":
        raise HonteError(f"'{info.name}' has no local response norms: pass norm='bn', 'none' or None")
    unknown = variant.keys() - info.variants.keys()
    if unknown:
        known = ", ".join(info.variants) or "none"
        raise HonteError(f"'{info.name}' has no argument {', '.join(sorted(unknown))}; its own are: {known}")


def _refuse_unused(head: str | None, settings: dict[str, Any]) -> None:
    """Raise HonteError for settings of a classifier where there is none; 0 and False ask for nothing."""
    for name, value in settings.items():
        if value:
            raise HonteError(f"with head={head!r} there is no classifier: leave out {name}={value!r}")


def _size(info: ModelInfo, *, board: bool, image_size: int | None, board_size: int | None) -> int:
    """Height and width of the images, or lines of the board."""
    if image_size is not None and board_size is not None:
        raise HonteError(f"image_size={image_size!r} and board_size={board_size!r} are the same thing: pass one")
    if board_size is not None and not board:
        raise HonteError(
            f"board_size={board_size!r} is for networks over a board: pass head='policy' or output_stride=1,"
            " or image_size in its place"
        )
    if board_size is not None:
        return whole("board_size", board_size, least=1)
    if image_size is not None:
        return whole("image_size", image_size, least=1)
    return 19 if board else info.input_size[1]


def _drop_rate(rate: float | None) -> float | None:
    if rate is not None and not (_is_number(rate) and 0 <= rate < 1):
        raise HonteError(f"drop_rate must be at least 0 and below 1, not {rate!r}")
    return rate


def _is_number(value: object) -> bool:
    """Whether it is a real number of any type, NumPy's among them, and no truth value."""
    return isinstance(value, Real) and not isinstance(value, bool)


def _placed(
    build: Callable[[], Backbone | FeatureNetwork], device: torch.device | str | None, dtype: torch.dtype | None
) -> Backbone | FeatureNetwork:
    """Build a network on a device and in a type."""
    if dtype is not None and not (isinstance(dtype, torch.dtype) and dtype.is_floating_point):
        raise HonteError(f"dtype is a type of PyTorch's for fractions, such as torch.bfloat16, not {dtype!r}")
    try:
        where = None if device is None else torch.device(device)
        if where is not None:
            torch.empty(0, device=where)
    except (RuntimeError, AssertionError, TypeError) as error:
        reason = str(error).splitlines()[0].partition(". ")[0]
        raise HonteError(f"device {device!r} cannot be used: {reason}") from None
    try:
        if where is not None and where.type == "meta":
            with where:
                model = build()
        else:
            model = build().to(where)
        return model if dtype is None else model.to(dtype)
    except (MemoryError, OverflowError, RuntimeError) as error:
        if isinstance(error, RuntimeError) and "memory" not in str(error) and "overflow" not in str(error):
            raise
        raise HonteError("the network is too large for the memory: pass a smaller width or smaller numbers") from None
