import subprocess

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from honte.features.board import BLACK, EMPTY, WHITE, Board, decode_move, encode_move
from honte.features.coordinates import point_to_vertex, vertex_to_point
from honte.features.errors import HonteError, IllegalMove
from honte.features.planes import check_game, extract, extract_plies
from honte.features.rules import allows_suicide
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


KO = ". X O . .\nX O . O .\n. X O . .\n. . . . .\n. . . . ."
"""Black takes at 7, and White may not retake at 6."""


def test_ones_own_ko_may_be_filled_at_once():
    board = drawn(KO)
    board.play(BLACK, 7)
    assert board.ko_point == 6
    assert board.is_legal(BLACK, 6) and not board.is_legal(WHITE, 6)
    assert board.legal_points(BLACK)[6] and not board.legal_points(WHITE)[6]
    planes = extract(board, BLACK)
    assert planes[20, 1, 1] and not planes[21:28, 1, 1].any() and not extract(board, WHITE)[20:47, 1, 1].any()
    board.play(BLACK, 6)
    assert board.chain(6) == [1, 5, 6, 7, 11] and board.ko_point is None


@pytest.mark.parametrize("between", [(WHITE, 25), (WHITE, 24), (BLACK, 24), (BLACK, 25)])
def test_after_any_other_move_the_ko_is_open_to_both(between):
    board = drawn(KO)
    board.play(BLACK, 7)
    board.play(*between)
    for colour in COLOURS:
        assert board.is_legal(colour, 6) and board.legal_points(colour)[6]
    board.play(WHITE, 6)
    assert board.ko_point == 7 and board.is_legal(WHITE, 7) and not board.is_legal(BLACK, 7)


def test_who_may_move_where_is_what_gnu_go_says(gnugo):
    """Random games that take and fill kos whenever they can, all points, both sides, a side moving twice at times."""
    kos = filled = 0
    script, expected = [], []
    for seed in range(12):
        chance = np.random.default_rng(seed)
        board, colour = Board(5), BLACK
        script += ["boardsize 5", "clear_board"]
        for _ in range(90):
            legal = np.flatnonzero(board.legal_points(colour))
            filling = [point for point in legal if point == board.ko_point]
            taking = [point for point in legal if extract(board, colour)[21].flat[point]]
            point = int(chance.choice(filling or taking or legal)) if len(legal) and chance.random() < 0.97 else 25
            filled += point == board.ko_point
            board.play(colour, point)
            script.append(f"play {' bw'[colour]} {point_to_vertex(point, 5)}")
            kos += board.ko_point is not None
            for side in COLOURS:
                script.append(f"all_legal {' bw'[side]}")
                expected.append({point_to_vertex(int(p), 5) for p in np.flatnonzero(board.legal_points(side))})
            colour = colour if chance.random() < 0.2 else 3 - colour
    answers = subprocess.run(
        gnugo, input="\n".join([*script, "quit\n"]), capture_output=True, text=True, check=True
    ).stdout.split("\n\n")
    assert all(answer.startswith("=") for answer in answers[: len(script)])
    theirs = [set(a[1:].split()) for a, asked in zip(answers, script, strict=False) if asked.startswith("all_legal")]
    assert theirs == expected
    assert kos > 30 and filled > 3


def test_ones_own_ko_is_filled_on_a_side_that_moves_twice():
    board = played(9, "B C5 B D6 B D4 W D5 W F5 W E6 W E4 W C9 B E5")
    assert board.ko_point == vertex_to_point("D5", 9)
    board.play(BLACK, vertex_to_point("D5", 9))
    assert board.chain(board.size * 4 + 4) == [vertex_to_point(v, 9) for v in ("D6", "C5", "D5", "E5", "D4")]


@pytest.mark.parametrize("stones", [1, 3])
def test_suicide_where_the_rules_allow_it(stones):
    board = drawn(
        """
        . X O . .
        X X O . .
        O O O . .
        . . . O .
        . . O . O
        """
    )
    point, colour, chain = {1: (23, BLACK, {23}), 3: (0, BLACK, {0, 1, 5, 6})}[stones]
    before, count = board.stones.ravel().tolist(), len(chain)
    assert not board.is_legal(colour, point) and not board.legal_points(colour)[point]
    assert board.is_legal(colour, point, suicide=True)
    assert board.is_legal(colour, point, suicide=True, superko=True) is (stones == 3)
    board.play(colour, point, suicide=True)
    assert board.stones.ravel().tolist() == [0 if p in chain else c for p, c in enumerate(before)]
    assert board.captures == {BLACK: 0, WHITE: count} and board.ko_point is None
    rebuilt = Board(5)
    rebuilt.place_all([(int(c), p) for p, c in enumerate(board.stones.ravel()) if c])
    assert (board.hash, [board.liberties(p) for p in range(25)]) == (
        rebuilt.hash, [rebuilt.liberties(p) for p in range(25)],
    )
    board.play(WHITE, 24 - 1 if stones == 1 else 0)
    again = Board.from_moves(board.moves, size=5, setup=board.setup, suicide=True)
    assert str(again) == str(board) and again.captures == board.captures
    with pytest.raises(IllegalMove, match="suicide"):
        Board.from_moves(board.moves, size=5, setup=board.setup)
    board.undo(), board.undo()
    assert board.stones.ravel().tolist() == before and not board.captures[WHITE]


def test_games_with_suicide_are_checked_by_their_rules_and_replayed():
    moves = np.array([2 * point + colour for colour, point in ((0, 1), (1, 80), (0, 9), (1, 0), (0, 40))], np.uint16)
    assert check_game(moves, size=9) == 3 and check_game(moves, size=9, suicide=True) == -1
    planes = extract_plies(moves, range(6), size=9)
    board = Board(9)
    for ply, code in enumerate(moves):
        colour, point = decode_move(int(code))
        assert (planes[ply] == extract(board, colour)).all()
        board.play(colour, point, suicide=True)
    assert (planes[5] == extract(board, WHITE)).all() and not board.stones[0, 0]
    assert board.captures[BLACK] == 1
    names = ["NZ", "New Zealand", "new-zealand", "NewZealand", "Tromp-Taylor", "Japanese", "Chinese", "AGA", "", "?"]
    assert [name for name in names if allows_suicide(name)] == names[:5]


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
