"""Corpora of random games for the tests and benchmarks."""

import numpy as np
import pyarrow as pa

from honte.data.corpus import SCHEMA
from honte.data.reading import row
from honte.data.record import GameRecord
from honte.features.board import BLACK, Board, opponent


def random_game(rng: np.random.Generator, *, size: int, length: int) -> GameRecord:
    """Legal moves at random, a pass where there is none."""
    board, colour = Board(size), BLACK
    for _ in range(length):
        legal = np.flatnonzero(board.legal_points(colour))
        board.play(colour, int(rng.choice(legal)) if len(legal) else size * size)
        colour = opponent(colour)
    return GameRecord(size=size, moves=np.array(board.moves, np.uint16))


def random_corpus(games: int, *, size: int, length: int, seed: int = 0) -> pa.Table:
    """The table that `Corpus` reads, of random games."""
    rng = np.random.default_rng(seed)
    rows = [row(random_game(rng, size=size, length=length)) for _ in range(games)]
    return pa.Table.from_pylist(rows, schema=SCHEMA)
