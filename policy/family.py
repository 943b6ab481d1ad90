"""Which network answers on which board: the one trained for its size, elsewhere the convolutions of a larger."""

import hashlib
import logging
from collections.abc import Iterable
from pathlib import Path

from honte.data.fields import rank_value
from honte.features.errors import HonteError
from honte.features.plane_table import PLANE_COUNT
from honte.policy.checkpoint import SHIPPED, SHIPPED_LEVELS, WEIGHTS, CheckpointError, load, read_shape, resolve
from honte.policy.network import NetworkConfig, PolicyNetwork

SMALLEST, LARGEST = 5, 25
"""Lines of the boards on which a network answers that was not trained for them."""

log = logging.getLogger(__name__)


class Family:
    """Networks by the sizes of board that they are trained for; none is read before it is asked for.

    On any other board from `SMALLEST` to `LARGEST` lines the network for the next larger size answers, or else for the
    largest, by its convolutions without the biases by point. Where the network for a size cannot be used there is no
    answer but the sentence that says why; the other sizes go on.
    """

    def __init__(self, *folders: Path | str) -> None:
        """The networks of folders, each of which holds one, or several in folders of their own, as "default" does.

        One that is named itself goes before one that is found among several. CheckpointError when none can be used.
        """
        self.members: dict[int, Path | PolicyNetwork] = {}
        """By the size of board that they are trained for: where they are, or networks in memory."""
        self.faults: dict[int, str] = {}
        """By size: why its network cannot be used."""
        self.told: dict[int, Path] = {}
        """By size: networks beside these to ask for a level, where these know no ranks."""
        lost = self._take(resolve(folder) for folder in folders if _is_network(folder))
        lost += self._take(place for folder in folders if not _is_network(folder) for place in _inside(folder))
        complaints = [*self.faults.values(), *lost]
        if not self.members:
            raise CheckpointError(complaints[0])
        for complaint in complaints:
            log.warning("%s", complaint)
        if "default" in map(str, folders):
            own = {size for size, bands in self.bands().items() if bands}
            self.told = {size: folder for size, folder in _shipped_levels().items() if size not in own}

    @classmethod
    def of(cls, network: PolicyNetwork) -> "Family":
        """The family of one network in memory."""
        family = cls.__new__(cls)
        family.members, family.faults, family.told = dict.fromkeys(network.config.sizes, network), {}, {}
        return family

    @property
    def usual_size(self) -> int:
        """The size of board where nobody names one: 19, or else the largest that a network is trained for."""
        return 19 if 19 in self.members else max(self.members, default=19)

    def trained_for(self, size: int) -> int:
        """The size that the network is trained for which answers on boards of `size` lines.

        HonteError says why there is none.
        """
        if size in self.faults:
            raise CheckpointError(self.faults[size])
        if size not in self.members and not SMALLEST <= size <= LARGEST:
            reach = f"{SMALLEST}x{SMALLEST} to {LARGEST}x{LARGEST}"
            raise HonteError(f"no network plays on {size}x{size}: choose a board from {reach}")
        if not self.members:
            raise CheckpointError(next(iter(self.faults.values())))
        return min((own for own in self.members if own >= size), default=max(self.members))

    def answering(self, size: int, *, at_level: bool = False) -> tuple[int, Path | PolicyNetwork]:
        """The network that answers on boards of a size, after the size that it is trained for; HonteError for none.

        `at_level` says that it will be told a rank.
        """
        if at_level and size in self.told:
            return size, self.told[size]
        own = self.trained_for(size)
        return own, self.members[own]

    def read(self, size: int, network: Path | PolicyNetwork) -> PolicyNetwork:
        """A network as `answering` names it; what keeps it from being read is the fault of its sizes from then on."""
        if isinstance(network, PolicyNetwork):
            return network
        try:
            return load(network)
        except CheckpointError as error:
            for shelf in (self.members, self.told):
                for own in [own for own, other in shelf.items() if other == network]:
                    del shelf[own]
                    self.faults[own] = _unusable(own, error)
            raise CheckpointError(self.faults[size]) from None

    def bands(self) -> dict[int, tuple[str, ...]]:
        """By size: the lowest ranks of the bands that can be told there, none where ranks are not known."""
        return {size: _shape(network).bands for size, network in (self.members | self.told).items()}

    def levels(self) -> tuple[str, ...]:
        """The lowest ranks of all bands that a network of the family knows, the weakest first."""
        known = {rank for bands in self.bands().values() for rank in bands}
        return tuple(sorted(known, key=lambda rank: rank_value(rank) or 0))

    def words(self, size: int) -> str:
        """Who answers on boards of a size, as a part of a sentence."""
        own = self.trained_for(size)
        return f"the network for {own}x{own}" if own == size else f"the convolutions of the network for {own}x{own}"

    def digest(self) -> str:
        """A name for what is in the family's folders, another when any of its weights changes."""
        sums = hashlib.blake2b(digest_size=16)
        for shelf in (self.members, self.told):
            for _, network in sorted(shelf.items()):
                if isinstance(network, Path):
                    sums.update((network / WEIGHTS).read_bytes())
        return sums.hexdigest()

    def _take(self, folders: Iterable[Path]) -> list[str]:
        """Take in networks for sizes that none is known of yet; the faults of those whose size nobody knows."""
        known, lost = self.members.keys() | self.faults.keys(), list[str]()
        for folder in folders:
            sizes: tuple[int, ...] = ()
            try:
                shape = read_shape(folder)
                sizes = shape.sizes
                if shape.planes != PLANE_COUNT + len(shape.bands):
                    raise CheckpointError(f"'{folder}' takes {shape.planes} planes, and Honte makes {PLANE_COUNT}")
            except CheckpointError as error:
                sizes = sizes or _size_named(folder)
                lost += [] if sizes else [f"a network cannot be used: {error}"]
                self.faults |= {size: _unusable(size, error) for size in sizes if size not in known}
                continue
            for size in set(sizes) - known:
                other = self.members.pop(size, None)
                if other is not None:
                    self.faults[size] = f"two networks are for {size}x{size}, '{other}' and '{folder}': leave out one"
                elif size not in self.faults:
                    self.members[size] = folder
        return lost


def _shape(network: Path | PolicyNetwork) -> NetworkConfig:
    return read_shape(network) if isinstance(network, Path) else network.config


def _shipped_levels() -> dict[int, Path]:
    """By size: the networks that come with Honte and are told ranks."""
    return {size: folder for folder in sorted(SHIPPED_LEVELS.glob("*/")) for size in read_shape(folder).sizes}


def _unusable(size: int, error: CheckpointError) -> str:
    return f"{error}; mend or leave out this network for {size}x{size}, or name another with --network"


def _size_named(folder: Path) -> tuple[int, ...]:
    """The size in the name of a folder such as `9x9`, if it is one."""
    lines, _, rows = folder.name.partition("x")
    return (int(lines),) if lines == rows and lines.isascii() and lines.isdecimal() else ()


def _is_network(folder: Path | str) -> bool:
    """Whether a folder is that of a network, however damaged, or of a run."""
    place = resolve(folder)
    return str(folder) != "default" and ((place / WEIGHTS).exists() or (place / "config.json").exists())


def _inside(folder: Path | str) -> list[Path]:
    """The networks in a folder of several; CheckpointError when there are none."""
    place = SHIPPED if str(folder) == "default" else Path(folder)
    inside = [resolve(each) for each in sorted(place.glob("*/")) if _is_network(each)]
    if not inside:
        raise CheckpointError(
            f"no checkpoint at '{folder}': give a folder that holds config.json and model.safetensors, or a folder of"
            " such folders"
        )
    return inside
