import numpy as np
import pytest

from honte.features.symmetry import INVERSE, SYMMETRIES, point_map, transform


@pytest.mark.parametrize("size", [2, 3, 9, 19])
def test_points_go_where_arrays_go(size):
    board = np.arange(3 * size * size).reshape(3, size, size)
    for symmetry in range(SYMMETRIES):
        image = transform(board, symmetry).reshape(3, -1)
        assert (image[:, point_map(size)[symmetry, :-1]] == board.reshape(3, -1)).all()
        assert point_map(size)[symmetry, -1] == size * size


def test_there_are_eight_different_ones_and_each_has_its_inverse():
    board = np.arange(9).reshape(3, 3)
    images = {transform(board, symmetry).tobytes() for symmetry in range(SYMMETRIES)}
    assert len(images) == 8
    for symmetry in range(SYMMETRIES):
        assert (transform(transform(board, symmetry), INVERSE[symmetry]) == board).all()


def test_they_keep_neighbours_together():
    size = 5
    points = np.arange(size * size)
    rows, columns = np.divmod(points, size)
    distance = abs(rows[:, None] - rows) + abs(columns[:, None] - columns)
    for places in point_map(size)[:, :-1]:
        assert (distance[places][:, places] == distance).all()
