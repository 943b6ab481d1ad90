"""Positions to maps of probabilities."""

import copy
import logging
import math
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from honte.data.bands import band_of, with_band_planes
from honte.data.settings import check_rank
from honte.features.board import Board
from honte.features.errors import HonteError
from honte.features.plane_table import CAPTURES, PLANE_COUNT
from honte.features.planes import extract
from honte.features.symmetry import SYMMETRIES, point_map
from honte.policy.checkpoint import CheckpointError
from honte.policy.differences import applies, logits_near
from honte.policy.family import Family
from honte.policy.network import PolicyNetwork
from honte.policy.precision import choose_device, choose_dtype
from honte.policy.prepacked import for_single_positions

LARGEST_BATCH = 256
"""Positions, symmetries counted, that go through the network at once: bounds the memory."""
A_FEW = 8
"""Positions at once where something else may have to be done between them."""

log = logging.getLogger(__name__)


class Predictor:
    """A network, or a family of them, ready for use: on its device, in a type the device is good at.

    It takes positions of any size of board that the family has an answer for, each batch of one size. It is the one
    place that makes maps of logits. With `symmetries=8` a map is the mean of the eight maps of the position's images,
    each turned back. The position last asked for by itself is remembered, so that its map and the move in it cost one
    call of the network together.
    """

    def __init__(
        self,
        networks: PolicyNetwork | Family,
        *,
        device: torch.device | str = "cpu",
        dtype: torch.dtype | None = None,
        symmetries: int = 1,
        level: str = "",
    ) -> None:
        """`level` is the rank that networks are told which know bands of rank, by default none.

        Others play as themselves, and a warning of the log says so.
        """
        self.symmetries = _checked(symmetries)
        check_rank("level", level or None)
        self.level = level
        self.device = torch.device(device)
        self.dtype = dtype or choose_dtype(self.device)[0]
        self.family = networks if isinstance(networks, Family) else Family.of(copy.deepcopy(networks))
        self._ready: dict[Path | PolicyNetwork, PolicyNetwork] = {}
        self._single: dict[tuple[PolicyNetwork, int], torch.nn.Module] = {}
        self._turns: dict[int, tuple[Tensor, Tensor]] = {}
        self._untold: set[tuple[int, str]] = set()
        """Sizes of networks and levels that these do not know, of which the log has heard."""
        self._last: tuple[npt.NDArray[np.uint8], int, Tensor] | None = None

    def with_level(self, level: str) -> "Predictor":
        """The same networks told another level, or none; HonteError where no network knows it."""
        if level == self.level:
            return self
        if level:
            _check_level(level, self.family)
        told = copy.copy(self)
        told.level, told._last = level, None
        return told

    @property
    def board_size(self) -> int:
        """The size of board where nobody names one."""
        return self.family.usual_size

    @property
    def network(self) -> PolicyNetwork:
        """The network for `board_size`."""
        return self.at(self.board_size)

    def at(self, size: int) -> PolicyNetwork:
        """The network that answers on boards of a size, read when it is first asked for.

        That it was not trained for the size is said once, as a warning of the log. HonteError where none answers.
        """
        own, member = self.family.answering(size, at_level=bool(self.level))
        if member not in self._ready:
            try:
                network = self.family.read(own, member).to(self.device).eval().requires_grad_(False)
            except CheckpointError as error:
                if own == size or not self.family.members:
                    raise
                log.warning("%s", error)
                return self.at(size)  # the next that is larger
            # The order of positions' own: a call with weights in another must put them in order first.
            network.trunk.to(self.dtype).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
            self._ready[member] = network
        unheard = bool(self.level) and (own, self.level) not in self._untold
        if unheard and band_of(self.level, self._ready[member].config.bands) < 0:
            log.warning("the network for %dx%d does not know %s: it plays as itself", own, own, self.level)
            self._untold.add((own, self.level))
        if size not in self._turns:
            points = torch.tensor(point_map(size)[:, :-1], device=self.device).long()
            self._turns[size] = points, points.argsort(1)  # (8, N²): where a point goes, and where it comes from
            if own != size:
                log.warning("no network is trained for %dx%d: %s answer", size, size, self.family.words(size))
        return self._ready[member]

    def maps(self, planes: npt.NDArray[np.uint8], *, symmetries: int | None = None) -> npt.NDArray[np.float32]:
        """Planes uint8 (B, 48, N, N) to probabilities (B, N²) over the legal points, which sum to 1.

        They are 0 elsewhere, and everywhere where no point is legal. `symmetries`, 1 or 8, is in place of the
        predictor's own. Raises HonteError for planes of another shape or type.
        """
        return _over_legal(self.log_probabilities(planes, symmetries=symmetries), legal_points(planes))

    def maps_near(
        self,
        base: npt.NDArray[np.uint8],
        planes: npt.NDArray[np.uint8],
        *,
        symmetries: int | None = None,
        between: Callable[[], None] | None = None,
    ) -> npt.NDArray[np.float32]:
        """As `maps`, up to rounding, for planes (B, 48, N, N) that are a base's (48, N, N) but in a few points.

        What they share with the base is computed once, where `honte.policy.differences` can do that. `between`, if
        there is one, is called before each part of the work: a layer of all positions, or all layers of a few.
        """
        symmetries = self.symmetries if symmetries is None else _checked(symmetries)
        seen = self._turned_back(np.concatenate([base[None], planes]), symmetries, near=True, between=between)[:, 1:]
        return _over_legal(_mean(seen), legal_points(planes))

    def probabilities(self, board: Board, colour: int) -> npt.NDArray[np.float32]:
        """The map (N²,) of a board with a colour to move."""
        probabilities: npt.NDArray[np.float32] = self.maps(extract(board, colour)[None])[0]
        return probabilities

    def by_symmetry(self, board: Board, colour: int) -> npt.NDArray[np.float32]:
        """The map of a board as the network sees it under each of the symmetries by itself, turned back: (8, N²)."""
        planes = extract(board, colour)[None]
        return _over_legal(self._turned_back(planes, SYMMETRIES)[:, 0], legal_points(planes))

    def log_probabilities(self, planes: npt.NDArray[np.uint8], *, symmetries: int | None = None) -> Tensor:
        """Planes (B, planes, N, N) to logarithms of probabilities (B, N²), float32 on the device.

        They are of all points, illegal ones included: it is by these that a network is trained and scored.
        """
        symmetries = self.symmetries if symmetries is None else _checked(symmetries)
        last = self._last
        if last is not None and last[1] == symmetries and np.array_equal(planes, last[0]):
            return last[2]
        mean = _mean(self._turned_back(planes, symmetries))
        if len(planes) == 1:
            self._last = planes.copy(), symmetries, mean
        return mean

    def told(self, planes: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        """Planes (B, 48, N, N) with those of the level's band where the network knows bands: what it is given."""
        if not isinstance(planes, np.ndarray) or planes.ndim != 4 or planes.shape[1] != PLANE_COUNT:
            return planes
        bands = self.at(planes.shape[2]).config.bands
        if not bands:
            return planes
        return with_band_planes(planes, np.full(len(planes), band_of(self.level, bands)), len(bands))

    def _network_for(self, planes: npt.NDArray[np.uint8]) -> PolicyNetwork:
        """The network for planes (B, planes, N, N); HonteError for what are none, or where none answers."""
        whole = isinstance(planes, np.ndarray) and planes.ndim == 4 and planes.shape[2] == planes.shape[3]
        network = self.at(planes.shape[2]) if whole else self.network
        count = network.config.planes
        if whole and planes.shape[1] == count and planes.dtype == np.uint8:
            return network
        wanted = f"the network takes planes as an array uint8 (B, {count}, N, N)"
        if not isinstance(planes, np.ndarray):
            raise HonteError(f"{wanted}, not a {type(planes).__name__}")
        one = ": write planes[None] for one position" if planes.ndim == 3 else ""
        raise HonteError(f"{wanted}, not {planes.dtype} {planes.shape}{one}")

    def _turned_back(
        self,
        planes: npt.NDArray[np.uint8],
        symmetries: int,
        *,
        near: bool = False,
        between: Callable[[], None] | None = None,
    ) -> Tensor:
        """Logarithms of probabilities (symmetries, B, N²) under each of the first symmetries, turned back.

        `near` says that all positions are like the first, and `between` is called before each part of the work.
        """
        planes = self.told(planes)
        network, size = self._network_for(planes), planes.shape[-1]
        image_of, source_of = self._turns[size]
        with torch.inference_mode():
            images = torch.from_numpy(planes).to(self.device)[None]
            if symmetries > 1:
                images = images[0].flatten(2)[:, :, source_of].movedim(2, 0).reshape(symmetries, *planes.shape)
            if near and applies(network, self._given(images[0, :1]).expand(len(planes), -1, -1, -1)):
                logits = [self._near(network, image, between) for image in images]
            else:
                logits = []
                for part in torch.split(images.flatten(0, 1), A_FEW if between else LARGEST_BATCH):
                    if between:
                        between()
                    answers = self._for_one(network, size) if len(part) == 1 else network
                    logits.append(answers(self._given(part)))
            maps = torch.cat(logits).log_softmax(1).view(symmetries, len(planes), size**2)
            return maps if symmetries == 1 else maps.gather(2, image_of[:, None].expand_as(maps))

    def _for_one(self, network: PolicyNetwork, size: int) -> torch.nn.Module:
        """What answers for one position on a board of this size."""
        if (network, size) not in self._single:
            self._single[network, size] = for_single_positions(network, size)
        return self._single[network, size]

    def _near(self, network: PolicyNetwork, planes: Tensor, between: Callable[[], None] | None) -> Tensor:
        """Logits (B, N²) of planes (B, planes, N, N) that are all like the first."""
        logits = [
            logits_near(network, self._given(torch.cat([planes[:1], part])), between)
            for part in torch.split(planes[1:], LARGEST_BATCH)
        ]
        return torch.cat([logits[0][:1], *(part[1:] for part in logits)])

    def _given(self, planes: Tensor) -> Tensor:
        """Planes in the type and the order that networks take."""
        return planes.to(self.dtype, memory_format=torch.channels_last)


def load_network(
    *folders: Path | str,
    device: str | None = None,
    precision: Literal["auto", "float32", "bfloat16"] = "auto",
    symmetries: int = 1,
    level: str = "",
) -> Predictor:
    """The networks of folders, ready for use on every size of board; without any, those that come with Honte.

    On a size that none is trained for another answers, as `honte.policy.family.Family` has it.
    It computes on the best device here unless one is named, and in the type that `precision` says, by default
    bfloat16 where the device is made for it. With `symmetries=8` each map is the mean over all turns and reflections
    of the board; `level`, such as 15k, is the rank that a network trained with bands of rank is told. HonteError when
    there is no such network or device, or no network knows the level.
    """
    dtype = None if precision == "auto" else getattr(torch, precision)
    family = Family(*(folders or ("default",)))
    if level:
        _check_level(level, family)
    return Predictor(family, device=choose_device(device), dtype=dtype, symmetries=symmetries, level=level)


def legal_points(planes: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
    """bool (…, N²): the legal points of positions with planes (…, 48, N, N); each has one capture size."""
    sizes = planes[..., CAPTURES : CAPTURES + 8, :, :]
    legal: npt.NDArray[np.bool_] = np.logical_or.reduce(sizes.reshape(*sizes.shape[:-2], sizes.shape[-1] ** 2), axis=-2)
    return legal


def _mean(maps: Tensor) -> Tensor:
    """Of logarithms of probabilities (symmetries, B, N²), those of the mean (B, N²)."""
    return maps[0] if len(maps) == 1 else maps.logsumexp(0) - math.log(len(maps))


def _over_legal(logarithms: Tensor, legal: npt.NDArray[np.bool_]) -> npt.NDArray[np.float32]:
    """Probabilities (B, N²) over the legal points alone, of logarithms over all; 0 where there are none.

    Their largest is taken out first, so that they sum to 1 however small a share of the whole they are.
    """
    logits = np.where(legal, logarithms.cpu().numpy(), -np.inf)
    highest = np.maximum(logits.max(axis=-1, keepdims=True), np.finfo(np.float32).min)
    weights: npt.NDArray[np.float32] = np.exp(logits - highest)
    weights /= np.maximum(weights.sum(axis=-1, keepdims=True), 1)
    return weights


def _check_level(level: str, family: Family) -> None:
    """Raise HonteError unless a network of the family has a band that the rank is in."""
    check_rank("level", level)
    bands = family.bands()
    if not any(band_of(level, known) >= 0 for known in bands.values()):
        known = ", ".join(f"{' '.join(own)} on {size}x{size}" for size, own in bands.items() if own)
        there_is = f"the lowest ranks of its bands are {known}" if known else "none was told ranks: honte train --bands"
        raise HonteError(f"no network here plays like {level}; {there_is}")


def _checked(symmetries: int) -> int:
    if symmetries not in (1, SYMMETRIES):
        raise HonteError(f"a prediction is over 1 symmetry or over 8, not {symmetries}")
    return symmetries
