import pytest
from hypothesis import given
from hypothesis import strategies as st

from honte.features.coordinates import point_to_vertex, vertex_to_point
from honte.features.errors import HonteError


def test_the_corners_of_the_board():
    assert [point_to_vertex(point, 19) for point in (0, 18, 342, 360, 361)] == ["A19", "T19", "A1", "T1", "pass"]
    assert vertex_to_point("j10", 19) == 9 * 19 + 8, "GTP has no column I"


@given(st.integers(2, 25).flatmap(lambda size: st.tuples(st.just(size), st.integers(0, size * size))))
def test_every_point_comes_back(size_and_point):
    size, point = size_and_point
    assert vertex_to_point(point_to_vertex(point, size).swapcase(), size) == point


@pytest.mark.parametrize("text", ["", "I5", "A0", "A10", "K1", "5A", "A", "AA1", "A-1", "A\uff11", "passs", "Å1"])
def test_what_is_no_vertex_is_refused_with_the_range(text):
    with pytest.raises(HonteError, match=r"A1 … J9"):
        vertex_to_point(text, 9)
