"""The policy network: a backbone over the planes, and a head that gives one logit per point."""

from dataclasses import dataclass

from torch import Tensor, nn

from honte.features.errors import HonteError
from honte.policy.backbones import create_model, model_info


@dataclass(frozen=True)
class NetworkConfig:
    """What a network is, apart from its weights."""

    network: str = "alphago"
    """Backbone of the network; `honte backbones list` names them all."""
    board_size: int = 19
    """Lines of the board."""
    planes: int = 48
    """Input planes."""
    filters: int = 192
    """Filters of the widest layer; the other layers keep their proportion to it."""

    def __post_init__(self) -> None:
        model_info(self.network)
        for name in ("board_size", "planes", "filters"):
            if getattr(self, name) < 1:
                raise HonteError(f"{name} must be at least 1, not {getattr(self, name)}")


class PolicyNetwork(nn.Module):
    """Planes (B, planes, N, N), to logits (B, N²); activations have the type of the planes.

    Point p of a board is logit p, row-major from the top left; the softmax over all points is the policy.
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
        self.head: nn.Module = backbone.head
        self.branches = "plain"

    def forward(self, planes: Tensor) -> Tensor:
        logits: Tensor = self.head(self.trunk(planes))
        return logits
