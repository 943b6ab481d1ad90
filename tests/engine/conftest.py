"""Fixtures shared by the tests of the engine."""

import numpy as np
import pytest

from honte.engine.movemap import MoveMap
from honte.features.board import BLACK, WHITE, Board
from honte.features.coordinates import vertex_to_point
from tests.engine.stubs import StubPredictor


@pytest.fixture
def moves() -> MoveMap:
    """White to move on 5x5: C3 60 %, D3 (played) 30 %, E1 9.6 %, A1 0.4 %."""
    board = Board(5)
    for colour, vertex in ((BLACK, "A5"), (WHITE, "B5"), (BLACK, "E5")):
        board.play(colour, vertex_to_point(vertex, 5))
    probabilities = np.zeros(25, np.float32)
    for vertex, p in (("C3", 0.6), ("D3", 0.3), ("E1", 0.096), ("A1", 0.004)):
        probabilities[vertex_to_point(vertex, 5)] = p
    return MoveMap.of(board, WHITE, StubPredictor(probabilities), played=vertex_to_point("D3", 5))
