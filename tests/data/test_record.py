"""What a record says of its game."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from honte.data.record import GameRecord, in_validation
from honte.data.sgf import parse
from honte.features.board import BLACK, WHITE
from honte.features.errors import HonteError
from honte.features.planes import extract
from honte.features.symmetry import SYMMETRIES
from tests.data.random_games import random_game, turned

games = st.builds(
    lambda seed, size, length: random_game(np.random.default_rng(seed), size=size, length=length),
    st.integers(0, 2**32),
    st.integers(2, 9),
    st.integers(0, 30),
)
setups = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3), st.integers(0, 2)), max_size=4)


@given(games, setups, st.integers(0, SYMMETRIES - 1), st.randoms())
def test_the_key_is_the_same_for_all_images_and_orders_of_setup(game, setup, symmetry, random) -> None:  # type: ignore[no-untyped-def]
    unique = sorted({row[:2]: row for row in setup}.values())
    one = GameRecord(size=game.size, moves=game.moves, setup=np.array(unique, np.int16).reshape(-1, 3))
    random.shuffle(unique)
    other = turned(
        GameRecord(size=game.size, moves=game.moves, setup=np.array(unique, np.int16).reshape(-1, 3)), symmetry
    )
    assert one.key == other.key
    assert len(one.key) == 16


@given(games, games)
def test_different_games_have_different_keys(one: GameRecord, other: GameRecord) -> None:
    images = {without_last_passes(turned(one, symmetry)) for symmetry in range(SYMMETRIES)}
    assert (one.key == other.key) == (without_last_passes(other) in images)


def without_last_passes(game: GameRecord) -> tuple[int, ...]:
    moves = game.moves.tolist()
    while moves and moves[-1] >> 1 == game.size**2:
        moves.pop()
    return (game.size, *moves)


def test_size_setup_and_colours_are_part_of_the_key() -> None:
    keys = {
        parse(data).key
        for data in (
            b"(;SZ[9];B[aa])", b"(;SZ[10];B[aa])", b"(;SZ[9];W[aa])", b"(;SZ[9]AB[bb];B[aa])", b"(;SZ[9]AW[bb];B[aa])",
            b"(;SZ[9];B[aa]AB[bb];)", b"(;SZ[9];B[aa];AB[bb])", b"(;SZ[9];B[ab])", b"(;SZ[9]AB[aa])", b"(;SZ[9])",
        )
    }  # fmt: skip
    assert len(keys) == 9  # a stone set up in the node of a move stands before it, and AB[bb] is written so twice


def test_passes_at_the_end_do_not_make_another_game() -> None:
    assert parse(b"(;B[dd];W[];B[])").key == parse(b"(;B[dd])").key
    assert parse(b"(;B[dd];W[];B[cc])").key != parse(b"(;B[dd];B[cc])").key


def test_boards_at_any_ply() -> None:
    game = parse(b"(;SZ[9]AB[aa];W[cc];B[dd]AW[ee];W[ff])")
    boards = [game.board(ply).stones for ply in range(4)]
    assert [int((stones > 0).sum()) for stones in boards] == [1, 3, 4, 5]
    assert (game.board().stones == boards[-1]).all()
    assert [game.to_move(ply) for ply in range(4)] == [WHITE, BLACK, WHITE, BLACK]
    assert game.to_move() == BLACK


def test_the_split_is_by_key_and_about_the_share_asked_for() -> None:
    rng = np.random.default_rng(0)
    keys = [rng.bytes(16) for _ in range(4000)]
    held_out = {share: {key for key in keys if in_validation(key, share)} for share in (0.0, 0.1, 0.3, 1.0)}
    assert not held_out[0.0] and len(held_out[1.0]) == len(keys)
    assert held_out[0.1] < held_out[0.3]
    assert abs(len(held_out[0.1]) - 400) < 80


@given(games)
def test_planes_are_those_of_the_board_and_the_side_to_move(game: GameRecord) -> None:
    for ply in (0, len(game.moves) // 2, None):
        assert (game.planes(ply) == extract(game.board(ply), game.to_move(ply))).all()


@pytest.mark.parametrize("ask", [GameRecord.board, GameRecord.planes, GameRecord.to_move])
def test_there_is_nothing_beyond_a_game(ask: Callable[[GameRecord, int], object]) -> None:
    game = parse(b"(;SZ[9];B[ee];W[gc])")
    for ply in (-1, 3):
        with pytest.raises(HonteError, match=f"2 moves has the positions 0 to 2, not {ply}"):
            ask(game, ply)
