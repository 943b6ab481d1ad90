"""A network: a trunk of named layers and a head, with the methods that timm's networks have."""

from collections.abc import Sequence

from torch import Tensor, nn

from honte.features.errors import HonteError
from honte.policy.backbones.blocks import ClassifierHead, ConvReLU, Head, Linear, LinearReLU, PolicyHead
from honte.policy.backbones.stack import Stack


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
        self.feature_info = stack.feature_info
        """The last layer at each resolution, coarsest last: its "module", "num_chs" and "reduction"."""
        self.trunk = nn.Sequential(stack.layers)
        self.head: nn.Module = nn.Identity()
        if head == "policy":
            self.head = PolicyHead(stack.channels, stack.image_size**2)
        elif head == "classifier":
            self.head = stack.make_head(num_classes)
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

    @property
    def head_hidden_size(self) -> int:
        """Width of what the last layer sees."""
        return self.head.hidden_size if isinstance(self.head, Head) else self.num_features

    def check(self, x: Tensor) -> None:
        """Raise HonteError unless x (B, in_chans, H, W) suits the network."""
        if x.ndim != 4:
            raise HonteError(
                f"'{self.name}' takes a batch of {self.in_chans} channels, not {tuple(x.shape)}: pass"
                f" (B, {self.in_chans}, height, width)"
            )
        if x.shape[1] != self.in_chans:
            raise HonteError(
                f"'{self.name}' takes a batch of {self.in_chans} channels, not of {x.shape[1]}: pass such a batch, or"
                f" create the network with in_chans={x.shape[1]}"
            )
        height, width = x.shape[2:]
        if self.fixed_size is not None and (height, width) != (self.fixed_size, self.fixed_size):
            wanted = "board_size" if isinstance(self.head, PolicyHead) else "image_size"
            raise HonteError(
                f"the head of '{self.name}' is for {self.fixed_size}x{self.fixed_size}, not for {height}x{width}:"
                f" pass that size, or create the network with another {wanted}"
            )
        if min(height, width) < self.smallest:
            raise HonteError(
                f"an input of {height}x{width} is too small for '{self.name}':"
                f" pass at least {self.smallest}x{self.smallest}"
            )

    def forward_features(self, x: Tensor) -> Tensor:
        """Return the last feature map, (B, num_features, h, w)."""
        self.check(x)
        features: Tensor = self.trunk(x)
        return features

    def forward_head(self, features: Tensor, *, pre_logits: bool = False) -> Tensor:
        """Return the logits for a feature map, or with `pre_logits` what the last layer of a classifier sees."""
        if pre_logits and isinstance(self.head, Head):
            return self.head.pre_logits(features)
        logits: Tensor = features if pre_logits else self.head(features)
        return logits

    def forward(self, x: Tensor) -> Tensor:
        return self.forward_head(self.forward_features(x))

    def forward_intermediates(
        self, x: Tensor, *, indices: int | Sequence[int | str] | None = None
    ) -> tuple[Tensor, list[Tensor]]:
        """Return the last feature map, and those of some layers.

        `indices` are places in `feature_info` or names of layers, by default all of `feature_info`; a number is
        the last so many places of it.
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
        """Return the logits, then those of every auxiliary head, from the lowest up; for training."""
        if not self.auxiliary:
            raise HonteError(
                f"this '{self.name}' has no auxiliary heads: create 'googlenet' with auxiliary=True, or call forward"
            )
        features, maps = self.forward_intermediates(x, indices=list(self.auxiliary))
        side = [head(map_) for head, map_ in zip(self.auxiliary.values(), maps, strict=True)]
        return (self.forward_head(features), *side)

    def get_classifier(self) -> nn.Module:
        """Return the last layer."""
        return self.head.out if isinstance(self.head, Head) else self.head

    def reset_classifier(self, num_classes: int) -> None:
        """Give the network a fresh last layer; with 0 classes it returns what that layer would see."""
        if not isinstance(self.head, ClassifierHead) or self.auxiliary:
            raise HonteError(
                f"this '{self.name}' has no classifier that could be replaced by itself: create it with num_classes"
            )
        like = next(self.head.parameters(), next(self.trunk.parameters()))
        self.head.reset(num_classes)
        self.head.out.to(like)
        self.num_classes = num_classes

    def _layer_names(self, indices: int | Sequence[int | str] | None) -> list[str]:
        stages = [str(stage["module"]) for stage in self.feature_info]
        if indices is None:
            return stages
        if isinstance(indices, int):
            indices = range(len(stages))[-indices:]
        layers = [name for name, _ in self.trunk.named_children()]
        names = []
        for index in indices:
            if isinstance(index, int) and -len(stages) <= index < len(stages):
                names.append(stages[index])
            elif index in layers:
                names.append(str(index))
            else:
                raise HonteError(
                    f"'{self.name}' has no layer {index!r}: pass an index below {len(stages)},"
                    f" or one of {', '.join(layers)}"
                )
        return names


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
