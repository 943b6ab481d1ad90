"""Bands of rank, and the planes that tell a network in which one the side to move is.

Bands are given by the lowest rank of each, the weakest first: of 15k, 5k and 1d the second holds 5k to 1k, and the last
all that is stronger. A mover whose rank is not known, or lower than the first, is in none.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from honte.data.fields import rank_name, rank_value


def band_of(rank: str, bands: Sequence[str]) -> int:
    """The place of the band that a rank is in; -1 for none."""
    value = rank_value(rank)
    return -1 if value is None else sum((rank_value(lowest) or 0) <= value for lowest in bands) - 1


def band_words(bands: Sequence[str], place: int) -> str:
    """Whom a band holds: `15k to 6k`, or `1d and stronger` of the last."""
    if place + 1 == len(bands):
        return f"{bands[place]} and stronger"
    return f"{bands[place]} to {rank_name((rank_value(bands[place + 1]) or 0) - 1)}"


def with_band_planes(
    planes: npt.NDArray[np.uint8], places: npt.NDArray[np.integer], count: int
) -> npt.NDArray[np.uint8]:
    """Planes uint8 (B, C, N, N) and the places (B,) of the movers' bands, to planes (B, C + count, N, N).

    Of those that are added one is 1 everywhere, that of the mover's band, or none.
    """
    told = places[:, None] == np.arange(count)
    added = np.broadcast_to(told[:, :, None, None].astype(np.uint8), (len(planes), count, *planes.shape[2:]))
    return np.concatenate([planes, added], axis=1)
