"""Maps of a network's layers: which there are, and a network that gives some of them, as timm's `features_only`."""

from collections.abc import Iterable, Sequence
from typing import Any

import torch
import torch.fx
from torch import Tensor, nn

from honte.features.errors import HonteError
from honte.policy.backbones.inputs import as_whole, check_input

Indices = int | Sequence[int] | None
"""Which maps: the last so many, those at certain places, or all."""

torch.fx.wrap("check_input")  # a step of its own where a network is traced


class FeatureInfo(list[dict[str, Any]]):
    """For each map, in the order in which they are computed, its "module", "num_chs" and "reduction"."""

    def channels(self) -> list[int]:
        return [stage["num_chs"] for stage in self]

    def reduction(self) -> list[int]:
        """How many points of the input lie between neighbouring points of each map."""
        return [stage["reduction"] for stage in self]

    def module_name(self) -> list[str]:
        return [stage["module"] for stage in self]


def places(indices: Indices, count: int) -> list[int]:
    """Which of `count` maps are asked for: all, the last so many, or those of a list; -1 is the last.

    Raises HonteError where timm raises an error.
    """
    if indices is None:
        return list(range(count))
    if (last := as_whole(indices)) is not None:
        if not 0 < last <= count:
            raise HonteError(f"there are {count} maps, of which the last {last} cannot be given: pass 1 to {count}")
        return list(range(count - last, count))
    if isinstance(indices, str | bytes) or not isinstance(indices, Iterable):
        raise HonteError(f"maps are chosen by a number or a list of numbers, not {indices!r}: pass such as [0, -1]")
    found = []
    for index in indices:
        place = as_whole(index)
        if place is None or not -count <= place < count:
            raise HonteError(f"there is no map {index!r}: pass numbers from 0 to {count - 1}, or from -{count} to -1")
        found.append(place % count)
    return found


class FeatureNetwork(nn.Module):
    """The trunk of a network up to the last map asked for: images (B, in_chans, H, W) to a list of maps."""

    def __init__(
        self, name: str, trunk: nn.Sequential, info: FeatureInfo, *, in_chans: int, smallest: int, out_indices: Indices
    ) -> None:
        """Raises HonteError when `out_indices` names no map of the network, or none at all."""
        super().__init__()
        self.feature_info = FeatureInfo(info[place] for place in places(out_indices, len(info)))
        """What each of the maps given is."""
        if not self.feature_info:
            raise HonteError(f"out_indices is empty: pass numbers from 0 to {len(info) - 1}")
        self.name, self.in_chans, self.smallest = name, in_chans, smallest
        self.wanted = self.feature_info.module_name()
        layers = dict(trunk.named_children())
        last = max(map(list(layers).index, self.wanted))
        self.trunk = nn.ModuleDict(dict(list(layers.items())[: last + 1]))

    def forward(self, x: Tensor) -> list[Tensor]:
        if not torch.jit.is_scripting():  # type: ignore[attr-defined]
            check_input(x, self.name, in_chans=self.in_chans, smallest=self.smallest)
        found: dict[str, Tensor] = {}
        for name, layer in self.trunk.items():
            x = layer(x)
            if name in self.wanted:
                found[name] = x
        return [found[name] for name in self.wanted]
