import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from honte.features.board import BLACK, EMPTY, WHITE, Board, decode_move, encode_move
from honte.features.coordinates import vertex_to_point
from honte.features.errors import HonteError, IllegalMove
from tests.features import reference
from tests.features.games import COLOURS, drawn, random_game, turned


def played(size, text):
    """A Board after moves written as 'B D4 W pass …'."""
    board = Board(size)
    words = text.split()
    for colour, vertex in zip(words[::2], words[1::2], strict=True):
        board.play("BW".index(colour) + 1, vertex_to_point(vertex, size))
    return board


def test_a_chain_without_liberties_is_taken():
    board = played(5, "B A1 W A2 B C3 W B1")
    assert board.stones[4, 0] == EMPTY
    assert board.captures == {BLACK: 0, WHITE: 1}


def test_several_chains_are_taken_at_once():
    board = drawn(
        """
        O O . O O
        X O X O X
        . X X X .
        . . . . .
        . . . . .
        """
    )
    board.play(BLACK, 2)
    assert board.captures[BLACK] == 6
    assert board.chain(2) == [2, 7, 11, 12, 13]
    assert board.liberties(2) == 9


def test_suicide_of_one_stone_and_of_many_is_illegal():
    board = drawn(
        """
        . X O . .
        X X O . .
        O O O . .
        . . . . .
        . X O . .
        """
    )
    with pytest.raises(IllegalMove, match="suicide"):
        Board.from_moves([encode_move(WHITE, 24)], size=5, setup=[(0, 19, BLACK), (0, 23, BLACK)])
    before = str(board), board.hash, board.moves
    with pytest.raises(IllegalMove, match="suicide"):
        board.play(BLACK, 0)
    with pytest.raises(IllegalMove, match="occupied"):
        board.play(BLACK, 2)
    with pytest.raises(IllegalMove, match="not on the board"):
        board.play(BLACK, 26)
    assert (str(board), board.hash, board.moves) == before
    board.play(WHITE, 0)
    assert board.captures[WHITE] == 3


def test_ko_is_forbidden_once_and_may_be_retaken_after_another_move():
    board = drawn(
        """
        . X O . .
        X O . O .
        . X O . .
        . . . . .
        . . . . .
        """
    )
    board.play(BLACK, 7)
    assert board.ko_point == 6
    assert board.stones[1, 1] == EMPTY
    with pytest.raises(IllegalMove, match="ko"):
        board.play(WHITE, 6)
    board.play(WHITE, 24)
    board.play(BLACK, 20)
    assert board.ko_point is None
    board.play(WHITE, 6)
    assert board.ko_point == 7


def test_a_pass_lifts_the_ko():
    board = drawn(". X O . .\nX O . O .\n. X O . .\n. . . . .\n. . . . .")
    board.play(BLACK, 7)
    board.play(WHITE, 25)
    assert board.is_legal(WHITE, 6)
    assert not board.is_legal(WHITE, 6, superko=True), "the whole board would repeat"


def test_a_snapback_is_no_ko():
    board = drawn(
        """
        O O X . .
        X . X . .
        O O X . .
        . . . . .
        . . . . .
        """
    )
    assert board.liberties(0) == 1
    board.play(BLACK, 6)
    assert board.captures[BLACK] == 2
    assert board.ko_point is None


def test_a_chain_that_takes_one_stone_leaves_no_ko():
    board = drawn(
        """
        X . O . .
        O O . . .
        . . . . .
        . . . . .
        . . . . .
        """
    )
    board.play(WHITE, 1)
    assert board.captures[WHITE] == 1
    assert board.ko_point is None, "the taking chain has more than one stone"


def test_positional_superko_lets_no_position_come_back():
    chance = np.random.default_rng(5)
    forbidden_by_superko_alone = 0
    for _ in range(40):
        board, colour, seen = Board(3), BLACK, {Board(3).hash}
        for _ in range(60):
            legal = set(np.flatnonzero(board.legal_points(colour, superko=True)))
            assert {p for p in range(9) if board.is_legal(colour, p, superko=True)} == legal
            for point in np.flatnonzero(board.legal_points(colour)):
                after = board.copy()
                after.play(colour, int(point))
                assert (after.hash not in seen) == (point in legal)
                forbidden_by_superko_alone += after.hash in seen
            board.play(colour, int(chance.choice(sorted(legal))) if legal else 9)
            seen.add(board.hash)
            colour = 3 - colour
    assert forbidden_by_superko_alone > 20


def test_area_counts_stones_and_what_only_one_colour_reaches():
    board = drawn(
        """
        . X . O .
        X X . O O
        . . . . .
        X X X . .
        . . X . .
        """
    )
    stones = (3 + 4) - 3
    assert board.area_score() == stones + 1 + 2 - 1
    assert Board(9).area_score() == 0
    assert played(9, "B E5").area_score() == 81


def test_setup_stones_are_placed_taken_off_and_refused_without_liberties():
    board = Board(5)
    board.place_all([(BLACK, 1), (BLACK, 5)])
    before = board.hash
    with pytest.raises(IllegalMove, match="without liberties"):
        board.place(WHITE, 0)
    assert board.hash == before
    assert board.liberties(1) == 3
    board.place(EMPTY, 5)
    assert board.liberties(5) == 0
    assert board.liberties(1) == 3
    with pytest.raises(IllegalMove, match="no point 25"):
        board.place(BLACK, 25)
    assert board.setup.tolist() == [[0, 1, BLACK], [0, 5, BLACK], [0, 5, EMPTY]]


def test_undo_takes_back_setup_stones_together_and_moves_one_by_one():
    board = Board(9)
    board.place_all([(BLACK, 20), (BLACK, 60)])
    board.play(WHITE, 40)
    board.undo()
    assert np.count_nonzero(board.stones) == 2
    board.undo()
    assert not board.stones.any()
    with pytest.raises(IllegalMove, match="nothing to undo"):
        board.undo()


def test_undo_brings_back_everything():
    board = random_game(7, 80, seed=3)
    trace = [Board(7)]
    for code in board.moves:
        trace.append(trace[-1].copy())
        trace[-1].play(*decode_move(code))
    for earlier in reversed(trace[:-1]):
        board.undo()
        assert str(board) == str(earlier)
        assert (board.hash, board.ko_point, board.captures, board.moves) == (
            earlier.hash, earlier.ko_point, earlier.captures, earlier.moves,
        )


def test_a_copy_goes_its_own_way():
    board = random_game(9, 30, seed=1)
    before = str(board), board.hash, board.moves
    other = board.copy()
    other.play(BLACK, int(np.flatnonzero(other.legal_points(BLACK))[0]))
    assert (str(board), board.hash, board.moves) == before
    assert other.hash != board.hash


def test_sizes_outside_2_to_25_are_refused():
    for size in (-1, 0, 1, 26):
        with pytest.raises(HonteError, match="sizes are 2 to 25"):
            Board(size)
    assert Board(25).legal_points(WHITE).sum() == 625


def test_a_game_with_an_illegal_move_names_the_ply():
    with pytest.raises(IllegalMove, match=r"move 2: W E5 is illegal: occupied"):
        Board.from_moves([encode_move(BLACK, 40), encode_move(WHITE, 40)], size=9)


def test_the_picture():
    assert str(played(7, "B D4 W F6 B A1")) == "\n".join(
        [
            "   A B C D E F G",
            " 7 . . . . . . . 7",
            " 6 . . . . . O . 6",
            " 5 . . + . + . . 5",
            " 4 . . . X . . . 4",
            " 3 . . + . + . . 3",
            " 2 . . . . . . . 2",
            " 1(X). . . . . . 1",
            "   A B C D E F G",
        ]
    )


@settings(max_examples=60)
@given(st.integers(2, 9), st.integers(0, 2**32), st.integers(0, 7))
def test_rules_equal_the_slow_reference_and_commute_with_symmetry(size, seed, symmetry):
    board = random_game(size, 2 * size * size, seed)
    game = reference.Game(size)
    for code in board.moves:
        colour, point = decode_move(code)
        game.play(colour, None if point == size * size else divmod(point, size))
    stones = {divmod(int(p), size): int(board.stones.flat[p]) for p in np.flatnonzero(board.stones)}
    assert stones == game.stones
    for colour in COLOURS:
        legal = {
            row * size + column
            for row in range(size)
            for column in range(size)
            if reference.after_move(size, game.stones, game.ko, colour, (row, column))
        }
        assert set(np.flatnonzero(board.legal_points(colour))) == legal
    for point in stones:
        chain = reference.chain_of(size, game.stones, point)
        flat = point[0] * size + point[1]
        assert board.chain(flat) == sorted(row * size + column for row, column in chain)
        assert board.liberties(flat) == len(reference.liberties_of(size, game.stones, chain))
    assert turned(board, symmetry).area_score() == board.area_score()
    assert board.hash == Board.from_moves(board.moves, size=size).hash
