"""The order of positions: a permutation under every key, the same as its definition in whole numbers, and random."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from honte.data.order import GOLDEN, ROUNDS, permute, scramble

WORD = 2**64


def hashed(value: int, *key: int) -> int:
    """SplitMix64's finaliser, once for each part of the key and once more."""
    for part in (*key, 0):
        value = (value + (part + 1) * GOLDEN) % WORD
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9 % WORD
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB % WORD
        value ^= value >> 31
    return value


def permuted(place: int, count: int, seed: int, epoch: int) -> int:
    half = max((count - 1).bit_length() + 1, 2) // 2
    while True:
        left, right = divmod(place, 2**half)
        for number in range(ROUNDS):
            left, right = right, left ^ (hashed(right, seed, epoch, number) % 2**half)
        place = left * 2**half + right
        if place < count:
            return place


@given(st.integers(1, 3000), st.integers(0, WORD), st.integers(0, 100))
def test_the_order_is_a_permutation(count: int, seed: int, epoch: int) -> None:
    order = permute(np.arange(count, dtype=np.uint64), count, key=(seed, epoch))
    assert sorted(order.tolist()) == list(range(count))


@given(st.integers(1, 2**40), st.integers(0, WORD), st.integers(0, 100), st.data())
def test_it_is_the_one_that_its_definition_gives(count: int, seed: int, epoch: int, data: st.DataObject) -> None:
    places = data.draw(st.lists(st.integers(0, count - 1), max_size=5))
    order = permute(np.array(places, np.uint64), count, key=(seed, epoch))
    assert order.tolist() == [permuted(place, count, seed, epoch) for place in places]


@given(st.lists(st.integers(0, WORD - 1), max_size=5), st.lists(st.integers(-1, WORD), max_size=3))
def test_hashes_are_those_of_splitmix(values: list[int], key: list[int]) -> None:
    assert scramble(np.array(values, np.uint64), *key).tolist() == [hashed(value, *key) for value in values]


def test_the_order_looks_random() -> None:
    count = 100_000
    order = permute(np.arange(count, dtype=np.uint64), count, key=(0, 0)).astype(float)
    assert abs(np.corrcoef(order, np.arange(count))[0, 1]) < 0.02
    assert abs(np.corrcoef(order[1:], order[:-1])[0, 1]) < 0.02
    halves = np.add.reduceat(order < count / 2, np.arange(0, count, 100))
    assert abs(halves.var() / 25 - 1) < 0.2  # binomial: 100 draws of a half have variance 25
    other = permute(np.arange(count, dtype=np.uint64), count, key=(0, 1)).astype(float)
    assert abs(np.corrcoef(order, other)[0, 1]) < 0.02
