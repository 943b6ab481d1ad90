"""A network: a trunk of named layers and a head, with the methods that timm's networks have."""

from collections.abc import Sequence

import torch
import torch.fx
from torch import Tensor, nn

from honte.features.errors import HonteError
from honte.policy.backbones.blocks import ClassifierHead, ConvReLU, Head, Linear, LinearReLU, PolicyHead
from honte.policy.backbones.features import FeatureInfo, places
from honte.policy.backbones.inputs import check_input, whole
from honte.policy.backbones.stack import Stack

torch.fx.wrap("check_input")  # a step of its own where a network is traced


class Backbone(nn.Module):
    """What `create_model` returns: images or planes (B, in_chans, H, W) to logits, or to features without a head."""

    def __init__(
        self, name: str, stack: Stack, *, in_chans: int, num_classes: int, head: str | None, auxiliary: bool
    ) -> None:
        super().__init__()
        self.name = name
        self.in_chans = in_chans
        self.num_classes = num_classes
        self.num_features = stack.channels
        """Channels of the last feature map."""
        self.feature_info = FeatureInfo(stack.feature_info)
        """The last layer at each resolution, coarsest last: its "module", "num_chs" and "reduction"."""
        self.trunk = nn.Sequential(stack.layers)
        self.head: nn.Module = nn.Identity()
        if head == "policy":
            self.head = PolicyHead(stack.channels, stack.image_size**2)
        elif head == "classifier":
            self.head = stack.make_head(num_classes)
        self.head_hidden_size = self.head.hidden_size if isinstance(self.head, Head) else stack.channels
        """Width of what the last layer sees."""
        self.auxiliary = nn.ModuleDict()
        if auxiliary:
            self.auxiliary.update(
                {layer: AuxiliaryHead(*shape, num_classes) for layer, shape in stack.auxiliary.items()}
            )
        any_size = head is None or (isinstance(self.head, Head) and self.head.any_size)
        self.fixed_size = None if any_size and not auxiliary else stack.image_size
        """Height and width that the heads are made for; None where they take any."""
        self.image_size = stack.image_size
        """Height and width of the images, or lines of the board, that it was created for."""
        self.smallest = stack.smallest
        """Height and width of the smallest input that it takes."""

    def check(self, x: Tensor) -> None:
        """Raise HonteError unless x (B, in_chans, H, W) suits the network."""
        wanted = "board_size" if isinstance(self.head, PolicyHead) else "image_size"
        check_input(
            x, self.name, in_chans=self.in_chans, smallest=self.smallest, fixed_size=self.fixed_size, wanted=wanted
        )

    def forward_features(self, x: Tensor) -> Tensor:
        """The last feature map, (B, num_features, h, w)."""
        self.check(x)
        features: Tensor = self.trunk(x)
        return features

    def forward_head(self, features: Tensor, *, pre_logits: bool = False) -> Tensor:
        """The logits for a feature map, or with `pre_logits` what the last layer of a classifier sees."""
        if pre_logits and isinstance(self.head, Head):
            return self.head.pre_logits(features)
        logits: Tensor = features if pre_logits else self.head(features)
        return logits

    def forward(self, x: Tensor) -> Tensor:
        if not torch.jit.is_scripting():  # type: ignore[attr-defined]
            self.check(x)
        logits: Tensor = self.head(self.trunk(x))
        return logits

    def forward_intermediates(
        self, x: Tensor, *, indices: int | Sequence[int | str] | None = None
    ) -> tuple[Tensor, list[Tensor]]:
        """The last feature map, and those of some layers.

        `indices` are places in `feature_info` or names of layers, by default all of `feature_info`; a number is
        the last so many places of it. Raises HonteError for others, as timm does.
        """
        self.check(x)
        names = self._layer_names(indices)
        found: dict[str, Tensor] = {}
        for name, layer in self.trunk.named_children():
            x = layer(x)
            if name in names:
                found[name] = x
        return x, [found[name] for name in names]

    def forward_with_auxiliary(self, x: Tensor) -> tuple[Tensor, ...]:
        """The logits, then those of every auxiliary head, from the lowest up; for training."""
        if not self.auxiliary:
            raise HonteError(
                f"this '{self.name}' has no auxiliary heads: create 'googlenet' with auxiliary=True, or call forward"
            )
        features, maps = self.forward_intermediates(x, indices=list(self.auxiliary))
        side = [head(map_) for head, map_ in zip(self.auxiliary.values(), maps, strict=True)]
        return (self.forward_head(features), *side)

    def get_classifier(self) -> nn.Module:
        """The last layer."""
        return self.head.out if isinstance(self.head, Head) else self.head

    def reset_classifier(self, num_classes: int) -> None:
        """Give the network a fresh last layer; with 0 classes it returns what that layer would see."""
        num_classes = whole("num_classes", num_classes, least=0)
        if not isinstance(self.head, ClassifierHead) or self.auxiliary:
            raise HonteError(
                f"this '{self.name}' has no classifier that could be replaced by itself: create it with num_classes"
            )
        like = next(self.head.parameters(), next(self.trunk.parameters()))
        self.head.reset(num_classes)
        self.head.out.to(like)
        self.num_classes = num_classes

    def _layer_names(self, indices: int | Sequence[int | str] | None) -> list[str]:
        stages = self.feature_info.module_name()
        if isinstance(indices, str):
            raise HonteError(f"indices is a list or a number, not '{indices}': pass ['{indices}']")
        if not isinstance(indices, Sequence):
            return [stages[place] for place in places(indices, len(stages))]
        layers = [name for name, _ in self.trunk.named_children()]
        unknown = [index for index in indices if isinstance(index, str) and index not in layers]
        if unknown:
            raise HonteError(f"'{self.name}' has no layer '{unknown[0]}': pass one of {', '.join(layers)}")
        return [index if isinstance(index, str) else stages[places([index], len(stages))[0]] for index in indices]


class AuxiliaryHead(nn.Module):
    """A classifier half-way up, for training (Szegedy et al. 2014): 5x5 mean pool, 1x1 of 128, 1024, classes."""

    def __init__(self, in_channels: int, size: int, classes: int) -> None:
        super().__init__()
        if size < 5:
            raise HonteError(
                f"an auxiliary head pools 5x5 and finds {size}x{size} there: create the network with image_size=79"
                " or more, or with auxiliary=False"
            )
        pooled = (size - 5) // 3 + 1
        self.pool = nn.AvgPool2d(5, 3)
        self.conv = ConvReLU(in_channels, 128, 1)
        self.flatten = nn.Flatten()
        self.hidden = LinearReLU(128 * pooled**2, 1024)
        self.dropout = nn.Dropout(0.7)
        self.out = Linear(1024, classes)

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.out(self.dropout(self.hidden(self.flatten(self.conv(self.pool(x))))))
        return logits
