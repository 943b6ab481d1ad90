"""The policy network: a backbone over the planes, and a head that gives one logit per point."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from honte.features.errors import HonteError
from honte.policy.backbones import create_model, model_info
from honte.policy.backbones.blocks import PolicyHead, convolve


@dataclass(frozen=True)
class NetworkConfig:
    """What a network is, apart from its weights."""

    network: str = "alphago"
    """Backbone of the network; `honte backbones list` names them all."""
    board_size: int = 19
    """Lines of the board."""
    other_sizes: tuple[int, ...] = ()
    """Lines of the other boards that it has learnt on, for each of which it has biases by point of its own."""
    planes: int = 48
    """Input planes, those of the bands included."""
    bands: tuple[str, ...] = ()
    """Lowest ranks of the bands that it is told by planes after the 48, as `honte.data.bands` has them."""
    filters: int = 192
    """Filters of the widest layer; the other layers keep their proportion to it."""

    def __post_init__(self) -> None:
        model_info(self.network)
        for name in ("board_size", "planes", "filters"):
            if getattr(self, name) < 1:
                raise HonteError(f"{name} must be at least 1, not {getattr(self, name)}")
        if min(self.sizes) < 1 or len(set(self.sizes)) < len(self.sizes):
            raise HonteError(f"boards of {', '.join(map(str, self.sizes))} lines are not some different sizes")

    @property
    def sizes(self) -> tuple[int, ...]:
        """Lines of all boards that it has biases by point for, the first being `board_size`."""
        return (self.board_size, *self.other_sizes)


class BoardHead(PolicyHead):
    """The head of the backbones for boards of several sizes: each has its own biases, a size without any has none."""

    def __init__(self, in_channels: int, sizes: Sequence[int]) -> None:
        super().__init__(in_channels, sizes[0] ** 2)
        self.others = nn.ParameterDict({str(size): torch.zeros(size**2) for size in sizes[1:]})

    def biases(self, size: int) -> nn.Parameter | None:
        """The biases by point (size²,) of boards of so many lines, if there are any."""
        if size**2 == len(self.bias):
            return self.bias
        found: nn.Parameter | None = self.others.get(str(size))
        return found

    def forward(self, x: Tensor) -> Tensor:
        logits = convolve(x.to(self.weight.dtype), self.weight).flatten(1)
        biases = self.biases(x.shape[-1])
        return logits if biases is None else logits + biases


class PolicyNetwork(nn.Module):
    """Planes (B, planes, N, N), to logits (B, N²); activations have the type of the planes.

    Point p of a board is logit p, row-major from the top left; the softmax over all points is the policy. The
    convolutions run over a board of any size N; biases by point are added on those that the network has some for.
    At 19 lines and 192 filters `alphago` has 3,882,793 parameters. Weights are fresh; with `pretrained`, a file that
    `create_model` takes, those of the trunk are from there.
    """

    def __init__(self, config: NetworkConfig, *, pretrained: str | None = None) -> None:
        super().__init__()
        self.config = config
        backbone = create_model(
            config.network,
            in_chans=config.planes,
            head="policy",
            board_size=config.board_size,
            width=config.filters / model_info(config.network).widest,
            pretrained=pretrained,
        )
        self.trunk = backbone.trunk
        self.head = BoardHead(backbone.num_features, config.sizes)
        self.branches = "plain"

    def forward(self, planes: Tensor) -> Tensor:
        logits: Tensor = self.head(self.trunk(planes))
        return logits


@torch.no_grad()
def with_boards(network: PolicyNetwork, board_size: int, *other_sizes: int) -> PolicyNetwork:
    """The same network for boards of these sizes, with the biases by point that it has for them, else zeros."""
    changed = copy.deepcopy(network)
    changed.config = replace(network.config, board_size=board_size, other_sizes=other_sizes)
    changed.head = BoardHead(network.head.weight.shape[1], changed.config.sizes).to(network.head.weight)
    changed.head.weight.copy_(network.head.weight)
    for size in changed.config.sizes:
        biases, learnt = changed.head.biases(size), network.head.biases(size)
        if biases is not None and learnt is not None:
            biases.copy_(learnt)
    return changed.train(network.training)
