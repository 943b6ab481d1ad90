"""Batches of several sizes of board: each of one, in proportion, and from any step on the same."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from honte.data.batches import Batch, BatchConfig, BatchStream
from honte.data.corpus import SCHEMA, Corpus, CorpusError
from honte.data.labels import positions_by_size
from honte.data.mixture import Mixture, stream_of
from honte.data.reading import row
from tests.data.random_games import some_games

CONFIG = BatchConfig(batch_size=8, side="all")
SIZES = (9, 7, 5)


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    games = some_games(30) + some_games(12, size=7, seed=1) + some_games(1, size=5, seed=2)
    return Corpus(pa.Table.from_pylist([row(game) for game in games], SCHEMA))


def places(batch: Batch) -> list[tuple[int, int]]:
    return list(zip(batch.games.tolist(), batch.plies.tolist(), strict=True))


def equal(one: Batch, other: Batch) -> bool:
    return all(np.array_equal(mine, its) for mine, its in zip(one, other, strict=True))


def test_a_batch_is_of_one_size_and_sizes_come_by_their_positions(corpus: Corpus) -> None:
    mixture = stream_of(corpus, CONFIG, SIZES)
    assert isinstance(mixture, Mixture)
    counts = {stream.config.board_size: stream.positions for stream in mixture.streams}
    assert mixture.positions == sum(counts.values()) and positions_by_size(corpus, CONFIG) == counts
    seen: Counter[int] = Counter()
    orders = []
    epoch = sum(max(1, round(count / 8)) for count in counts.values())
    for first in range(0, 4 * epoch, epoch):
        sizes = []
        for step in range(first, first + epoch):
            batch = mixture.batch(step)
            assert {int(corpus.sizes[game]) for game in batch.games} == {batch.planes.shape[-1]}
            assert (batch.moves < batch.planes.shape[-1] ** 2).all()
            sizes.append(batch.planes.shape[-1])
        seen.update(sizes)
        orders.append(sizes)
    assert orders[0] != orders[1] != orders[2]
    for size, count in counts.items():
        assert seen[size] == 4 * max(1, round(count / 8))


def test_each_position_comes_once_an_epoch_of_its_size(corpus: Corpus) -> None:
    """Of a stream the same batches come as alone, in another order within what is an epoch for it."""
    mixture = stream_of(corpus, CONFIG, SIZES)
    assert isinstance(mixture, Mixture)
    per_epoch = {stream.config.board_size: max(1, round(stream.positions / 8)) for stream in mixture.streams}
    for epoch in range(3):
        length = sum(per_epoch.values())
        batches = [mixture.batch(step) for step in range(epoch * length, (epoch + 1) * length)]
        for stream in mixture.streams:
            size = stream.config.board_size
            numbers = range(epoch * per_epoch[size], (epoch + 1) * per_epoch[size])
            alone = [place for number in numbers for place in places(stream.batch(number))]
            mixed = [place for batch in batches if batch.planes.shape[-1] == size for place in places(batch)]
            assert sorted(alone) == sorted(mixed)


def test_a_batch_is_a_function_of_seed_and_step_in_parts_too(corpus: Corpus) -> None:
    mixture, again = stream_of(corpus, CONFIG, SIZES), stream_of(corpus, CONFIG, SIZES)
    for step in range(5, 25):
        batch = mixture.batch(step)
        assert equal(batch, again.batch(step))
        parts = [again.batch(step, part=part, parts=2) for part in range(2)]
        assert equal(batch, Batch(*(np.concatenate(columns) for columns in zip(*parts, strict=True))))
    other = stream_of(corpus, replace(CONFIG, seed=1), SIZES)
    assert any(mixture.batch(s).planes.shape != other.batch(s).planes.shape for s in range(30))


def test_of_one_size_it_is_the_stream_itself(corpus: Corpus) -> None:
    stream = stream_of(corpus, CONFIG, [7])
    assert isinstance(stream, BatchStream)
    assert equal(stream.batch(3), BatchStream(corpus, replace(CONFIG, board_size=7)).batch(3))


def test_all_games_are_accounted_for(corpus: Corpus) -> None:
    settings = replace(CONFIG, side="train", validation_share=0.3, player=("player 3", "player 5"))
    census = stream_of(corpus, settings, (9, 7)).census()
    assert census.other_size == 1 and sum(census) - census.positions == corpus.games
    assert min(census) > 0


def test_a_size_without_positions_is_named(corpus: Corpus) -> None:
    with pytest.raises(CorpusError, match="no position on a board of size 13"):
        stream_of(corpus, CONFIG, (9, 13))
