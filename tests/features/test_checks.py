"""What is given from outside is refused in a sentence, whatever it is, and never reaches a kernel."""

import contextlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from honte.features.board import BLACK, WHITE, Board, encode_move, setup_rows
from honte.features.chains import new_position
from honte.features.coordinates import point_to_vertex, vertex_to_point
from honte.features.errors import HonteError
from honte.features.estimate import estimate
from honte.features.handicap import fixed_handicap
from honte.features.planes import check_game, extract, extract_games, extract_plies, hide_ages
from honte.features.playout import playouts
from honte.features.symmetry import point_map, transform

MOVES = np.array([encode_move(BLACK, 0), encode_move(WHITE, 40), encode_move(BLACK, 80)], np.uint16)
BOARD = Board.from_moves(MOVES, size=9)
PLANES = np.zeros((48, 9, 9), np.uint8)


def many(**changed):
    """`extract_games` on two games with some arguments replaced."""
    arguments = {
        "moves": np.tile(MOVES, 2), "offsets": np.array([0, 3, 6]),
        "games": np.array([0, 1]), "plies": np.array([1, 2]),
        "size": 9, "setup": setup_rows(None), "setup_offsets": np.array([0, 0, 0]),
        "symmetries": np.array([0, 7], np.int32), "out": np.empty((2, 48, 9, 9), np.uint8),
    }
    arguments |= changed
    four = [arguments.pop(name) for name in ("moves", "offsets", "games", "plies")]
    extract_games(*four, **arguments)


def test_the_arguments_that_the_others_are_changes_of_are_good():
    many()


@pytest.mark.parametrize(
    "call",
    [
        lambda: Board(19.0),
        lambda: Board("19"),
        lambda: Board(10**30),
        lambda: new_position(26),
        lambda: Board(9).place(255, 5),
        lambda: Board(9).place(-1, 5),
        lambda: Board(9).place(BLACK, -1),
        lambda: Board(9).place(BLACK, 2.5),
        lambda: Board(19).chain(361),
        lambda: Board(19).chain(-1),
        lambda: Board(19).liberties(361),
        lambda: Board(9).play(3, 5),
        lambda: Board(9).play(0, 81),
        lambda: Board(9).play(BLACK, 82),
        lambda: Board(9).play(BLACK, -1),
        lambda: Board(9).play(BLACK, 3.5),
        lambda: Board(9).is_legal(3, 5),
        lambda: Board(9).legal_points(100),
        lambda: Board(9).set_to_move(0),
        lambda: Board.from_moves([-1], size=9),
        lambda: Board.from_moves([2**40], size=9),
        lambda: Board.from_moves(MOVES, size=9, setup=[(4, 5, BLACK)]),
        lambda: Board.from_moves(MOVES, size=9, turns=[(0, 5)]),
        lambda: setup_rows([(0, 2**16 + 3, BLACK)]),
        lambda: setup_rows([0, 1, 2, 3]),
        lambda: extract(BOARD, 100),
        lambda: extract(BOARD, BLACK, out=np.broadcast_to(np.uint8(0), (48, 9, 9)).copy()[:, :, ::-1]),
        lambda: extract_plies(MOVES, [0], size=26),
        lambda: extract_plies(MOVES, [0], size=99),
        lambda: extract_plies(MOVES, [0, 1], size=9, symmetries=[9, 0]),
        lambda: extract_plies(MOVES, [0, 1], size=9, symmetries=[-1, 0]),
        lambda: extract_plies(MOVES, [0, 1], size=9, symmetries=[0]),
        lambda: extract_plies(MOVES, [0, 1], size=9, colours=[BLACK]),
        lambda: extract_plies(MOVES, [0, 1], size=9, colours=[BLACK, 3]),
        lambda: extract_plies(MOVES, [0.5], size=9),
        lambda: extract_plies(MOVES, [[0], [1, 2]], size=9),
        lambda: extract_plies(MOVES, [-1, 3], size=9),
        lambda: extract_plies(MOVES, [2, 1], size=9),
        lambda: extract_plies(MOVES, [3, 0], size=9),
        lambda: extract_plies(MOVES, [4, 3], size=9),
        lambda: extract_plies(MOVES, np.array([4], np.int32), size=9),
        lambda: extract_plies(np.empty(0, np.uint16), [1], size=9),
        lambda: extract_plies([2**17], [0], size=9),
        lambda: check_game(MOVES, size=26),
        lambda: check_game([-5], size=9),
        lambda: hide_ages(np.zeros((47, 9, 9), np.uint8)),
        lambda: hide_ages(np.zeros((9, 9), np.uint8)),
        lambda: hide_ages(np.zeros((48, 9, 8), np.uint8)),
        lambda: hide_ages(np.zeros((48, 9, 9))),
        lambda: hide_ages([[[1]]]),
        lambda: hide_ages(np.broadcast_to(np.uint8(0), (48, 9, 9))),
        lambda: extract(BOARD, BLACK, out=[1]),
        lambda: extract_plies(MOVES, [0], size=9, out=np.broadcast_to(np.uint8(0), (1, 48, 9, 9))),
        lambda: many(games=np.array([0, 2])),
        lambda: many(games=np.array([-1, 0])),
        lambda: many(offsets=np.array([0, 3, 7])),
        lambda: many(offsets=np.array([3, 0, 6])),
        lambda: many(setup_offsets=np.array([0, 0, 5])),
        lambda: many(setup_offsets=np.array([0, 0])),
        lambda: many(plies=np.array([1, 4])),
        lambda: many(plies=np.array([-1, 0])),
        lambda: many(symmetries=np.array([0, 8], np.int32)),
        lambda: many(symmetries=np.array([0], np.int32)),
        lambda: many(size=30),
        lambda: many(out=np.empty((1, 48, 9, 9), np.uint8)),
        lambda: playouts(BOARD, 3, count=1),
        lambda: playouts(BOARD, BLACK, count=0),
        lambda: playouts(BOARD, BLACK, count=1, seed=-1),
        lambda: estimate(BOARD, 0, komi=0),
        lambda: transform(PLANES, 8),
        lambda: transform(PLANES, -1),
        lambda: point_map(26),
        lambda: point_to_vertex(82, 9),
        lambda: point_to_vertex(-1, 9),
        lambda: vertex_to_point("A1", 26),
        lambda: fixed_handicap(19, 10),
    ],
)
def test_what_is_out_of_range_is_refused_in_a_sentence(call):
    with pytest.raises(HonteError):
        call()


def test_arrays_of_any_kind_and_order_are_read_for_their_numbers():
    plies = np.array([0, 1, 2, 3])
    expected = extract_plies(MOVES, plies, size=9)
    for kind in ("<i4", ">i4", "<u2", ">i8", "u1"):
        for moves in (MOVES.astype(kind), np.repeat(MOVES, 2).astype(kind)[::2], MOVES[::-1].astype(kind)[::-1]):
            assert (extract_plies(moves, plies.astype(kind), size=9) == expected).all()
    masked = np.ma.MaskedArray(MOVES, mask=[0, 0, 1])
    assert (extract_plies(masked, plies, size=9) == expected).all()


def test_a_refused_setup_leaves_the_board_as_it_was():
    board = Board(9)
    with pytest.raises(HonteError):
        board.place_all([(BLACK, 3), (7, 4)])
    assert not board.stones.any() and not len(board.setup)


NUMBERS = st.one_of(st.integers(-3, 12), st.integers(-(2**70), 2**70), st.sampled_from([81, 82, 361, 625, 65535]))
LISTS = st.one_of(
    st.lists(st.integers(0, 3), max_size=4),
    st.lists(NUMBERS, max_size=5),
    st.lists(st.tuples(st.integers(-1, 4), st.integers(-1, 90), st.integers(-1, 4)), max_size=4),
    st.lists(st.integers(-2, 200), max_size=4).map(lambda values: np.array(values, np.int64)),
)


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_no_argument_crashes_a_kernel(data):
    """Everything either works or is refused: a crash would end the run, foreign memory a kernel's bounds check."""
    number, some = (lambda: data.draw(NUMBERS)), (lambda: data.draw(LISTS))
    calls = [
        lambda: Board(number()),
        lambda: Board(9).place(number(), number()),
        lambda: BOARD.copy().play(number(), number()),
        lambda: BOARD.is_legal(number(), number(), superko=True),
        lambda: BOARD.legal_points(number(), superko=True),
        lambda: BOARD.chain(number()),
        lambda: BOARD.liberties(number()),
        lambda: Board.from_moves(some(), size=9, setup=[tuple(row) for row in setup_rows(some())]),
        lambda: extract(BOARD, number()),
        lambda: extract_plies(some(), some(), size=number(), setup=some(), colours=some(), symmetries=some()),
        lambda: extract_plies(some(), some(), size=9, setup=some()),
        lambda: extract_plies(MOVES, some(), size=9, colours=some(), symmetries=some()),
        lambda: check_game(some(), size=9, setup=some()),
        lambda: many(**{name: some() for name in data.draw(st.sets(st.sampled_from(
            ["moves", "offsets", "games", "plies", "setup", "setup_offsets", "symmetries"]), min_size=1, max_size=3))}),
        lambda: playouts(BOARD, number(), count=data.draw(st.integers(-1, 3)), seed=data.draw(st.integers(-1, 3))),
        lambda: point_to_vertex(number(), number()),
        lambda: transform(PLANES, number()),
    ]
    with contextlib.suppress(HonteError):
        data.draw(st.sampled_from(calls))()
