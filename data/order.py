"""The order of the positions of an epoch: a keyed permutation, computed place by place; and hashes under a key.

In kernels, as numpy's many small operations would keep the interpreter's lock from the threads that make batches.
"""

import numpy as np
import numpy.typing as npt

from honte.features.compilation import kernel

ROUNDS = 4
"""Of the Feistel network."""
GOLDEN = 0x9E3779B97F4A7C15
"""2^64 divided by the golden ratio."""
Words = npt.NDArray[np.uint64]


def permute(places: Words, count: int, *, key: tuple[int, int]) -> Words:
    """Where a keyed permutation of 0 … count - 1 takes these places, uint64 (n,), each below `count`.

    A Feistel network permutes the next power of four; what it takes past the count is sent through it again.
    """
    half = max((count - 1).bit_length() + 1, 2) // 2
    rounds = np.array([_increments(*key, number) for number in range(ROUNDS)])
    result = places.copy()
    _walk(result, np.uint64(count), np.uint64(half), rounds)
    return result


def scramble(values: Words, *key: int) -> Words:
    """The values, uint64 (n,), hashed under a key by the finaliser of SplitMix64 (Steele, Lea and Flood, 2014)."""
    result = values.copy()
    _hash_all(result, _increments(*key))
    return result


def _increments(*key: int) -> Words:
    return np.array([(part + 1) * GOLDEN % 2**64 for part in (*key, 0)], np.uint64)


@kernel
def _hash(value: np.uint64, increments: Words) -> np.uint64:
    for increment in increments:
        value += increment
        value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        value ^= value >> np.uint64(31)
    return value


@kernel
def _hash_all(values: Words, increments: Words) -> None:
    for index in range(len(values)):
        values[index] = _hash(values[index], increments)


@kernel
def _walk(places: Words, count: np.uint64, half: np.uint64, rounds: Words) -> None:
    mask = (np.uint64(1) << half) - np.uint64(1)
    for index in range(len(places)):
        place = places[index]
        while True:
            left, right = place >> half, place & mask
            for increments in rounds:
                left, right = right, left ^ (_hash(right, increments) & mask)
            place = left << half | right
            if place < count:
                break
        places[index] = place
