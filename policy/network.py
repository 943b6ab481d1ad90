"""The policy network: a backbone over the planes, and a head that gives one logit per point."""

from dataclasses import dataclass

from torch import Tensor, nn

from features.errors import HonteError
from policy.backbones.alphago import alphago
from policy.backbones.blocks import PolicyHead

BACKBONES = {"alphago": alphago}


@dataclass(frozen=True)
class NetworkConfig:
    """What a network is, apart from its weights."""

    network: str = "alphago"
    """Backbone of the network."""
    board_size: int = 19
    """Lines of the board."""
    planes: int = 48
    """Input planes."""
    filters: int = 192
    """Filters per layer."""

    def __post_init__(self) -> None:
        if self.network not in BACKBONES:
            raise HonteError(f"no network is called '{self.network}': choose from {', '.join(BACKBONES)}")
        for name in ("board_size", "planes", "filters"):
            if getattr(self, name) < 1:
                raise HonteError(f"{name} must be at least 1, not {getattr(self, name)}")


class PolicyNetwork(nn.Module):
    """Planes (B, planes, N, N), to logits (B, N²); activations have the type of the planes.

    Point p of a board is logit p, row-major from the top left; the softmax over all points is the policy.
    At 19 lines and 192 filters `alphago` has 3,882,793 parameters.
    """

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.config = config
        self.trunk = BACKBONES[config.network](config.planes, config.filters)
        self.head = PolicyHead(config.filters, config.board_size**2)
        self.branches = "plain"

    def forward(self, planes: Tensor) -> Tensor:
        logits: Tensor = self.head(self.trunk(planes))
        return logits
