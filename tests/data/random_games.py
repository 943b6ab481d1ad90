"""Games of random legal moves, as records and as SGF."""

import numpy as np

from honte.data.record import GameRecord
from honte.features.board import BLACK, Board, opponent
from honte.features.symmetry import point_map


def random_game(rng: np.random.Generator, *, size: int = 9, length: int = 40, **fields: object) -> GameRecord:
    """A game of that many random legal moves, one in twenty a pass."""
    board = Board(size)
    colour = BLACK
    for _ in range(length):
        points = np.flatnonzero(board.legal_points(colour))
        passes = rng.random() < 0.05 or not len(points)
        board.play(colour, size * size if passes else int(rng.choice(points)))
        colour = opponent(colour)
    return GameRecord(size=size, moves=np.array(board.moves, np.uint16), **fields)  # type: ignore[arg-type]


def turned(game: GameRecord, symmetry: int) -> GameRecord:
    """The image of a game under a symmetry."""
    points = point_map(game.size)[symmetry]
    setup = game.setup.copy()
    setup[:, 1] = points[setup[:, 1]]
    moves = (2 * points[game.moves >> 1] + (game.moves & 1)).astype(np.uint16)
    return GameRecord(size=game.size, moves=moves, setup=setup, result=game.result)


def some_games(count: int, *, seed: int = 0, size: int = 9) -> list[GameRecord]:
    """Games with results, ranks and dates to tell them apart."""
    rng = np.random.default_rng(seed)
    return [
        random_game(
            rng, size=size, length=int(rng.integers(10, 60)), komi=6.5, rules="Japanese",
            black=f"player {number % 7}", white="棋士", black_rank=f"{1 + number % 9}d", white_rank="3k",
            result=("B+R", "W+2.5", "")[number % 3], date=f"{2000 + number % 10}-05-17",
        )
        for number in range(count)
    ]


