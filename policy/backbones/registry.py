"""The networks by name."""

import difflib
import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from honte.features.errors import HonteError
from honte.policy.backbones.model import Backbone
from honte.policy.backbones.published import PublishedRecipe
from honte.policy.backbones.stack import Stack

NORMS = ("none", "lrn", "bn")


@dataclass(frozen=True, kw_only=True)
class ModelInfo:
    """What is known of a network before it is built."""

    name: str
    title: str
    """What it is, in a few words."""
    paper: str
    year: int
    input_size: tuple[int, int, int] = (3, 224, 224)
    """Channels, height and width of the paper's input."""
    num_classes: int = 1000
    """Classes of the paper; 0 where its head is a policy."""
    parameters: int
    """Trainable numbers of the network as published, of its inference form."""
    multiply_adds: int
    """Of all convolutions and fully connected layers, for one input."""
    activations: int
    """Outputs of all convolutions, pools and fully connected layers, for one input."""
    widest: int
    """Channels of the widest layer of the trunk."""
    norm: str = "none"
    """Norm of the published network: none, lrn (local response normalisation) or bn (batch norm)."""
    recipe: PublishedRecipe
    """The published training settings."""
    results: str = ""
    """Published errors, and what they were measured on."""
    declare: Callable[..., None] = field(repr=False)
    """The declaration; its keyword arguments are variants of the network."""

    @property
    def variants(self) -> dict[str, Any]:
        """The network's own arguments to `create_model`, with their defaults."""
        parameters = list(inspect.signature(self.declare).parameters.values())
        return {p.name: p.default for p in parameters if p.kind is p.KEYWORD_ONLY}


_MODELS: dict[str, ModelInfo] = {}


def register(*models: ModelInfo) -> None:
    """Make networks known by their names."""
    _MODELS.update({model.name: model for model in models})


def list_models(pattern: str = "*") -> list[str]:
    """Return the names that fit a pattern with wildcards, numbers in their natural order."""
    return sorted((name for name in _MODELS if fnmatchcase(name, pattern)), key=_natural)


def model_info(name: str) -> ModelInfo:
    """Return what is known of a network. Raises HonteError with the nearest names when there is none."""
    if name in _MODELS:
        return _MODELS[name]
    near = difflib.get_close_matches(name.lower(), _MODELS, n=3, cutoff=0.5)
    raise HonteError(f"no network is called '{name}': choose from {', '.join(near or list_models())}")


def create_model(
    name: str,
    *,
    in_chans: int | None = None,
    num_classes: int | None = None,
    head: str | None = "published",
    image_size: int | None = None,
    output_stride: int | None = None,
    board_size: int = 19,
    width: float = 1.0,
    norm: str | None = None,
    auxiliary: bool = False,
    **variant: Any,
) -> Backbone:
    """Build a network with fresh weights; without arguments, the published one.

    head: "classifier", "policy" (a 1x1 convolution with a bias for every point of a board of `board_size` lines),
        or None, which returns the last feature map.
    image_size: height and width of the images, which fully connected layers are made for.
    output_stride: 1 keeps the size of the input in every layer, as a board needs it; a policy head implies it.
    width: factor on all channel counts.
    norm: "bn" (batch norm after every convolution), "lrn" (the published local response norms) or "none"; by
        default the published one, and "none" with a policy head, as training puts its own in and folds them away.
    auxiliary: GoogLeNet's heads for training, which `forward_with_auxiliary` returns.
    variant: the network's own arguments, such as version="v1" for resnet50; see `model_info(name).variants`.

    Raises HonteError.
    """
    info = model_info(name)
    if head == "published":
        head = "classifier" if info.num_classes else "policy"
    _check(info, head=head, output_stride=output_stride, width=width, norm=norm, variant=variant)
    board = head == "policy" or output_stride == 1 or not info.num_classes
    if norm is None:
        norm = "none" if head == "policy" else info.norm
    in_chans = in_chans if in_chans is not None else 48 if head == "policy" else info.input_size[0]
    if head == "policy" and image_size is not None:
        raise HonteError(f"a policy head is for a board: pass board_size={image_size} in place of image_size")
    size = image_size if image_size is not None else board_size if board else info.input_size[1]
    num_classes = info.num_classes if num_classes is None else num_classes
    for what, value in {"in_chans": in_chans, "board_size": board_size, "image_size": size}.items():
        if value < 1:
            raise HonteError(f"{what} must be at least 1, not {value}")
    stack = Stack(in_chans=in_chans, image_size=size, width=width, norm=norm, board=board)
    info.declare(stack, **variant)
    stack.close_stage()
    if not stack.size:
        raise HonteError(
            f"images of {size}x{size} are too small for '{name}': pass image_size={stack.smallest} or more,"
            " or output_stride=1"
        )
    if auxiliary and not (stack.auxiliary and head == "classifier"):
        raise HonteError(f"'{name}' with head={head!r} has no auxiliary heads: pass auxiliary=False")
    if head == "classifier" and num_classes < 0:
        raise HonteError(f"num_classes must be at least 0, not {num_classes}")
    return Backbone(name, stack, in_chans=in_chans, num_classes=num_classes, head=head, auxiliary=auxiliary)


def _check(
    info: ModelInfo, *, head: str | None, output_stride: int | None, width: float, norm: str | None, variant: Any
) -> None:
    if head not in ("classifier", "policy", None):
        raise HonteError(f"no head is called '{head}': pass 'classifier', 'policy' or None")
    if output_stride not in (None, 1):
        raise HonteError(f"output_stride is 1 for a board or None for the network's own, not {output_stride}")
    if not width > 0:
        raise HonteError(f"width must be above 0, not {width}")
    if norm not in (*NORMS, None):
        raise HonteError(f"no norm is called '{norm}': pass {', '.join(map(repr, NORMS))}, or None")
    if norm == "lrn" and info.norm != "lrn":
        raise HonteError(f"'{info.name}' has no local response norms: pass norm='bn', 'none' or None")
    unknown = variant.keys() - info.variants.keys()
    if unknown:
        known = ", ".join(info.variants) or "none"
        raise HonteError(f"'{info.name}' has no argument {', '.join(sorted(unknown))}; its own are: {known}")


def _natural(name: str) -> list[tuple[str, int]]:
    return [(word, int(number or 0)) for word, number in re.findall(r"(\D+)(\d*)", name)]
