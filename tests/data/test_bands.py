"""Bands of rank, and the planes that tell them, against each position's game."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from honte.data.bands import band_of, band_words
from honte.data.batches import BatchConfig, BatchStream
from honte.data.corpus import SCHEMA, Corpus, CorpusError
from honte.data.reading import row
from honte.data.settings import SettingError
from tests.data.random_games import some_games

BANDS = ("15k", "2k", "4d")
CONFIG = BatchConfig(batch_size=32, board_size=9, side="all", hide_ages=0.3, bands=BANDS)


@pytest.mark.parametrize(
    ("rank", "place"),
    [("16k", -1), ("15k", 0), ("3k", 0), ("2k", 1), ("1d", 1), ("3d", 1), ("4d", 2), ("9p", 2), ("", -1), ("?", -1)],
)
def test_a_band_holds_its_lowest_rank_up_to_the_next(rank: str, place: int) -> None:
    assert band_of(rank, BANDS) == place


def test_the_mover_is_told_and_nothing_else_changes() -> None:
    games = [replace(game, white_rank=("3k", "20k", "")[place % 3]) for place, game in enumerate(some_games(30))]
    corpus = Corpus(pa.Table.from_pylist([row(game) for game in games], SCHEMA))
    told, plain = BatchStream(corpus, CONFIG), BatchStream(corpus, replace(CONFIG, bands=()))
    seen = set()
    for step in range(6):
        batch, without = told.batch(step), plain.batch(step)
        assert batch.planes.shape == (32, 51, 9, 9) and (batch.planes[:, :48] == without.planes).all()
        assert all((mine == its).all() for mine, its in zip(batch[1:], without[1:], strict=True))
        for planes, game, ply in zip(batch.planes[:, 48:], batch.games, batch.plies, strict=True):
            record = corpus.record(int(game))
            place = band_of((record.black_rank, record.white_rank)[record.to_move(int(ply)) - 1], BANDS)
            expected = np.zeros((3, 9, 9), np.uint8)
            if place >= 0:
                expected[place] = 1
            assert (planes == expected).all()
            seen.add(place)
        assert (batch.planes == BatchStream(corpus, CONFIG).batch(step).planes).all()
    assert seen == {-1, 0, 1, 2}


@pytest.mark.parametrize("bands", [("4d", "2k"), ("2k", "2k"), ("2k", "good")])
def test_bands_rise(bands: tuple[str, ...]) -> None:
    with pytest.raises(SettingError, match=r"do not rise|is no rank"):
        BatchConfig(bands=bands)


def test_positions_are_counted_by_band_and_by_game() -> None:
    games = [replace(game, white_rank=("3k", "20k", "")[place % 3]) for place, game in enumerate(some_games(30))]
    corpus = Corpus(pa.Table.from_pylist([row(game) for game in games], SCHEMA))
    stream = BatchStream(corpus, CONFIG)
    by_band, by_game = np.zeros(3, np.int64), np.zeros(30, np.int64)
    for batch in stream.in_order():
        by_band += batch.planes[:, 48:, 0, 0].sum(0, dtype=np.int64)
        by_game += np.bincount(batch.games, minlength=30)
    assert stream.positions_by_band().tolist() == by_band.tolist() and by_band.all()
    assert stream.positions_by_game().tolist() == by_game.tolist() and by_game.sum() == stream.positions


def test_bands_in_words() -> None:
    assert [band_words(BANDS, place) for place in range(3)] == ["15k to 3k", "2k to 3d", "4d and stronger"]


def test_where_no_move_is_of_a_rank_the_ranks_there_are_are_told() -> None:
    config = replace(CONFIG, bands=(), min_rank="15k", max_rank="3k")
    known, unknown = ("2d", "1p", "the players there are from 2d to 1p"), ("", "?", "no game there says what")
    for black, white, words in (known, unknown):
        games = [replace(game, black_rank=black, white_rank=white) for game in some_games(3)]
        corpus = Corpus(pa.Table.from_pylist([row(game) for game in games], SCHEMA))
        with pytest.raises(CorpusError, match=words):
            BatchStream(corpus, config)
