"""Random games and positions drawn as text, for the tests of this folder."""

import numpy as np

from honte.features.board import BLACK, WHITE, Board, opponent
from honte.features.symmetry import point_map


def random_game(size, length, seed, *, turns_kept=0.95, passes=0.01):
    """A Board after random legal moves; now and then a pass, or the same colour moves again."""
    chance = np.random.default_rng(seed)
    board, colour = Board(size), BLACK
    for _ in range(length):
        legal = np.flatnonzero(board.legal_points(colour))
        skip = not len(legal) or chance.random() < passes
        board.play(colour, size * size if skip else int(chance.choice(legal)))
        if chance.random() < turns_kept:
            colour = opponent(colour)
    return board


def drawn(text):
    """A Board set up from lines of X (black), O (white) and anything else for empty points."""
    rows = ["".join(line.split()) for line in text.strip().splitlines()]
    size = len(rows)
    assert all(len(row) == size for row in rows)
    board = Board(size)
    board.place_all(
        [("XO".index(mark) + BLACK, row * size + column)
         for row, line in enumerate(rows) for column, mark in enumerate(line) if mark in "XO"]
    )
    return board


def points_marked(text, mark):
    """The points of a drawing that bear a mark, as a set."""
    rows = ["".join(line.split()) for line in text.strip().splitlines()]
    size = len(rows)
    return {r * size + c for r, line in enumerate(rows) for c, m in enumerate(line) if m == mark}


def turned(board, symmetry):
    """The Board whose whole history is another's under a symmetry."""
    places = point_map(board.size)[symmetry]
    moves = [2 * int(places[code >> 1]) + (code & 1) for code in board.moves]
    setup = [(ply, int(places[point]), colour) for ply, point, colour in board.setup]
    return Board.from_moves(moves, size=board.size, setup=setup)


COLOURS = (BLACK, WHITE)
