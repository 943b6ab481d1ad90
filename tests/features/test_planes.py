import contextlib
import pickle
import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from honte.features import PLANE_COUNT, PLANE_NAMES, PLANES
from honte.features.board import BLACK, EMPTY, WHITE, Board, decode_move, encode_move
from honte.features.errors import HonteError, IllegalMove
from honte.features.planes import check_game, extract, extract_games, extract_plies, hide_ages
from honte.features.symmetry import SYMMETRIES, transform
from tests.features import reference
from tests.features.games import COLOURS, drawn, points_marked, random_game, turned


def assert_equals_reference(moves, size, plies, setup=()):
    """Compare these plies of a game with the reference; the number of ladder points that the reference left unread."""
    got = extract_plies(moves, plies, size=size, setup=setup or None)
    game, unread, wanted = reference.Game(size), 0, dict(zip(plies, range(len(plies)), strict=True))
    for ply in range(max(plies) + 1):
        for at, point, colour in setup:
            if at == ply:
                game.set_up(colour, divmod(point, size))
        if ply in wanted:
            colour = decode_move(int(moves[ply]))[0]
            expected = reference.planes(game, colour)
            hard = expected == reference.UNREAD
            unread += hard.sum()
            expected[hard] = got[wanted[ply]][hard]
            assert (got[wanted[ply]] == expected).all(), (
                f"planes {sorted(set(np.argwhere(got[wanted[ply]] != expected)[:, 0]))} differ at ply {ply}"
            )
        colour, point = decode_move(int(moves[ply]))
        game.play(colour, None if point == size * size else divmod(point, size))
    return unread


SAMPLES = {
    2: (100, 10), 3: (100, 22), 4: (80, 40), 5: (80, 50), 6: (40, 80), 7: (30, 100), 9: (24, 160), 13: (8, 60),
    19: (5, 40),
}
"""Random games of each size and positions of each game: 21,120 positions."""


@pytest.mark.parametrize("size", SAMPLES)
def test_planes_equal_the_reference_on_random_games(size):
    games, positions = SAMPLES[size]
    unread = 0
    for seed in range(games):
        board = random_game(size, (5 * size * size) // 2, seed)
        plies = sorted(np.random.default_rng(seed).choice(len(board.moves), positions, replace=False).tolist())
        unread += assert_equals_reference(np.array(board.moves, np.uint16), size, plies)
    assert unread <= 0.05 * games * positions


def test_planes_equal_the_reference_on_real_games(datasets, tmp_path):
    from honte.data.sgf import parse
    from honte.data.sources import iter_sgf

    compared = 0
    for file in iter_sgf([datasets / "kgs-6d-validation.tar.xz"]):
        record = parse(file.data, source=file.name)
        plies = np.arange(compared % 7, len(record.moves), 17).tolist()
        if record.size == 19 and plies:
            assert_equals_reference(record.moves, 19, plies, setup=record.setup.tolist())
            compared += len(plies)
        if compared > 600:
            return
    pytest.fail("too few games in the archive")


def test_planes_equal_the_reference_with_setup_in_the_middle_of_a_game():
    chance = np.random.default_rng(0)
    for _ in range(30):
        board, colour = Board(7), BLACK
        while len(board.moves) < 40:
            if chance.random() < 0.1:
                with contextlib.suppress(IllegalMove):
                    board.place_all([(int(chance.integers(0, 3)), int(point)) for point in chance.integers(0, 49, 3)])
            legal = np.flatnonzero(board.legal_points(colour))
            board.play(colour, int(chance.choice(legal)) if len(legal) else 49)
            colour = 3 - colour
        moves, setup = np.array(board.moves, np.uint16), board.setup.tolist()
        assert_equals_reference(moves, 7, list(range(40)), setup=setup)


@settings(max_examples=80)
@given(st.integers(2, 13), st.integers(0, 2**32), st.integers(0, SYMMETRIES - 1), st.sampled_from(COLOURS))
def test_planes_commute_with_the_symmetries(size, seed, symmetry, colour):
    board = random_game(size, 2 * size * size, seed)
    planes = extract(board, colour)
    assert (extract(turned(board, symmetry), colour) == transform(planes, symmetry)).all()
    moves = np.array(board.moves, np.uint16)
    turned_in_place = extract_plies(moves, [len(moves)], size=size, colours=[colour], symmetries=[symmetry])
    assert (turned_in_place[0] == transform(planes, symmetry)).all()


@settings(max_examples=40)
@given(st.integers(2, 9), st.integers(0, 2**32))
def test_one_replay_gives_what_a_board_for_each_ply_gives(size, seed):
    board = random_game(size, size * size, seed)
    moves = np.array(board.moves, np.uint16)
    planes = extract_plies(moves, range(len(moves) + 1), size=size)
    replayed = Board(size)
    for ply, code in enumerate(moves):
        colour, point = decode_move(int(code))
        assert (planes[ply] == extract(replayed, colour)).all()
        replayed.play(colour, point)
    assert (planes[-1] == extract(replayed, 3 - replayed.last_colour)).all()


def plane(name):
    return PLANE_NAMES.index(name)


def points(planes, name):
    return set(np.flatnonzero(planes[plane(name)]))


def test_the_table_covers_the_48_planes_once():
    starts = np.cumsum([0, *(len(group.labels) for group in PLANES)])
    assert [group.index for group in PLANES] == starts[:-1].tolist()
    assert starts[-1] == PLANE_COUNT == 48
    assert len(set(PLANE_NAMES)) == PLANE_COUNT
    assert (plane("turns since 1"), plane("liberties 8+"), plane("capture size 0")) == (4, 19, 20)
    assert (plane("self-atari size 1"), plane("liberties after 8+"), plane("ladder escape")) == (28, 43, 45)


def test_stones_ones_and_zeros():
    board = drawn("X O .\n. . .\n. . X")
    planes = extract(board, WHITE)
    assert points(planes, "stones own") == {1}
    assert points(planes, "stones opponent") == {0, 8}
    assert points(planes, "stones empty") == {2, 3, 4, 5, 6, 7}
    assert planes[3].all()
    assert not planes[47].any()


def test_ages_count_turns_passes_included_and_setup_stones_are_old():
    board = Board(5)
    board.place(BLACK, 24)
    for colour, point in ((BLACK, 0), (WHITE, 1), (BLACK, 25), (WHITE, 2)):
        board.play(colour, point)
    planes = extract(board, BLACK)
    assert points(planes, "turns since 1") == {2}
    assert points(planes, "turns since 2") == set()
    assert points(planes, "turns since 3") == {1}
    assert points(planes, "turns since 4") == {0}
    assert points(planes, "turns since 8+") == {24}
    for point in (10, 25, 12, 25):
        board.play(BLACK, point)
    assert points(extract(board, WHITE), "turns since 8+") == {0, 24}
    assert points(extract(board, WHITE), "turns since 7") == {1}


def test_a_point_played_again_has_the_younger_age():
    board = Board(3)
    for colour, point in ((WHITE, 0), (BLACK, 1), (WHITE, 8), (BLACK, 3), (WHITE, 5), (BLACK, 0)):
        board.play(colour, point)
    planes = extract(board, WHITE)
    assert points(planes, "turns since 1") == {0}
    assert points(planes, "turns since 6") == set()


def test_hidden_ages_look_like_setup_stones():
    board = random_game(9, 60, seed=2)
    planes = extract(board, BLACK)
    hide_ages(planes)
    bare = Board(9)
    stones = board.stones.ravel()
    bare.place_all([(int(stones[point]), int(point)) for point in np.flatnonzero(stones)])
    bare.position["ko"] = board.position["ko"]
    assert (planes == extract(bare, BLACK)).all()


def test_liberties_are_those_of_the_chain():
    board = drawn(
        """
        X X X . .
        X . X . .
        X X X . .
        . . . . O
        . . . O O
        """
    )
    planes = extract(board, BLACK)
    assert points(planes, "liberties 7") == {0, 1, 2, 5, 7, 10, 11, 12}
    assert points(planes, "liberties 3") == {19, 23, 24}


def test_captures_and_what_they_leave():
    board = drawn(
        """
        . O O X .
        X X X X .
        . . . . .
        . . . . .
        . . . . .
        """
    )
    planes = extract(board, BLACK)
    assert points(planes, "capture size 2") == {0}
    assert 0 in points(planes, "liberties after 8+"), "two taken, two beside, four below"
    assert 4 in points(planes, "liberties after 6")
    planes = extract(board, WHITE)
    assert 0 not in points(planes, "sensibleness"), "suicide is not legal"
    assert points(planes, "capture size 0") == set(np.flatnonzero(board.legal_points(WHITE)))


def test_a_throw_in_is_self_atari_of_one_and_a_connection_of_its_chain():
    board = drawn(
        """
        . X O . .
        . X O . .
        X X O . .
        O O O . .
        . . . . .
        """
    )
    planes = extract(board, WHITE)
    assert points(planes, "self-atari size 1") == {0, 5}
    assert points(planes, "liberties after 1") == {0, 5}
    planes = extract(board, BLACK)
    assert points(planes, "self-atari size 5") == {0, 5}


def test_snapback_takes_more_than_it_gave():
    board = drawn(
        """
        O . X . .
        O O X . .
        X X X . .
        . . . . .
        . . . . .
        """
    )
    planes = extract(board, BLACK)
    assert points(planes, "capture size 3") == {1}
    assert points(extract(board, WHITE), "capture size 0") == set(np.flatnonzero(board.legal_points(WHITE)))
    assert 1 not in np.flatnonzero(board.legal_points(WHITE))


def test_liberties_after_count_the_captured_points_the_whole_chain_touches():
    board = drawn(
        """
        . O O O X
        X X X X .
        . . . . .
        O O O O O
        . . . . .
        """
    )
    planes = extract(board, BLACK)
    assert points(planes, "capture size 3") == {0}
    assert 0 in points(planes, "liberties after 8+"), "three taken, four below, one beside"


def test_taking_two_back_is_a_capture_of_one_and_no_ko():
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
    planes = extract(board, WHITE)
    assert not planes[20:47, 1, 1].any(), "the ko may not be retaken at once"
    board.play(WHITE, 24)
    board.play(BLACK, 23)
    planes = extract(board, WHITE)
    assert points(planes, "capture size 1") == {6}
    assert 6 in points(planes, "self-atari size 1")


def test_true_eyes_are_not_sensible_and_false_ones_are():
    # `*`: filling is not sensible for Black.
    picture = """
        * X . X *
        X X . X O
        . . . . .
        X X X . .
        X * X O .
        """
    not_sensible = points_marked(picture, "*") - {4}
    board = drawn(picture)
    legal = set(np.flatnonzero(board.legal_points(BLACK)))
    assert legal - points(extract(board, BLACK), "sensibleness") == not_sensible
    inner = drawn(". X O . .\nX . X . .\n. X O . .\n. . . . .\n. . . . .")
    assert 6 in points(extract(inner, BLACK), "sensibleness"), "two hostile diagonals inside the board"
    inner = drawn(". X O . .\nX . X . .\n. X . . .\n. . . . .\n. . . . .")
    assert 6 not in points(extract(inner, BLACK), "sensibleness")


def test_setup_rows_and_colours_are_taken_as_given():
    setup = np.array([(0, 40, BLACK), (0, 41, BLACK), (1, 40, EMPTY)], np.int16)
    moves = np.array([encode_move(WHITE, 0)], np.uint16)
    planes = extract_plies(moves, [0, 1, 1], size=9, setup=setup, colours=[BLACK, WHITE, BLACK])
    assert set(np.flatnonzero(planes[0][0])) == {40, 41}
    assert set(np.flatnonzero(planes[1][0])) == {0}
    assert set(np.flatnonzero(planes[2][0])) == {41}


def test_after_the_last_move_the_side_to_move_is_everyones():
    planes = extract_plies(np.empty(0, np.uint16), [0], size=5)
    assert (planes[0] == extract(Board(5), BLACK)).all()
    board = Board(5)
    board.place_all([(BLACK, 6), (BLACK, 18)])
    alone = extract_plies([], [0], size=5, setup=board.setup)
    among = np.empty_like(alone)
    extract_games(
        [], [0, 0], [0], [0], size=5, setup=board.setup, setup_offsets=[0, 2], symmetries=[0], out=among
    )
    assert board.to_move == WHITE
    assert (alone[0] == extract(board, WHITE)).all() and (among == alone).all()


@pytest.mark.parametrize("plies", [[3], [-1], [1, 0]])
def test_plies_out_of_range_or_order_are_refused(plies):
    with pytest.raises(HonteError, match=r"ascend within 0 … 2"):
        extract_plies(np.array([0, 3], np.uint16), plies, size=9)


def test_a_game_is_checked_to_its_first_illegal_move():
    moves = np.array(random_game(9, 100, seed=4).moves, np.uint16)
    assert check_game(moves, size=9) == -1
    for ply, code in ((50, moves[49] ^ 1), (20, 2 * 82), (0, 65535)):
        broken = moves.copy()
        broken[ply] = code
        assert check_game(broken, size=9) == ply
        extract_plies(broken, [ply], size=9)
        if ply < len(moves):
            with pytest.raises(IllegalMove, match=rf"^move {ply + 1}: [BW] .+ is illegal: (occupied|not on the board)"):
                extract_plies(broken, [ply + 1], size=9)
    assert check_game(moves[:0], size=9, setup=np.array([(0, 81, BLACK)], np.int16)) == 0
    assert check_game(moves[:0], size=9, setup=np.array([(0, 0, 3)], np.int16)) == 0


def test_a_wrong_output_array_is_refused():
    board = Board(9)
    for out in (np.empty((48, 9, 8), np.uint8), np.empty((48, 9, 9), np.int8), np.empty((96, 9, 9), np.uint8)[::2]):
        with pytest.raises(HonteError, match=r"contiguous uint8 array of shape \(48, 9, 9\)"):
            extract(board, BLACK, out=out)


def test_many_games_at_once_equal_each_alone():
    boards = [random_game(9, 30 + seed, seed) for seed in range(5)]
    unused = next(point for point in range(81) if point not in {code >> 1 for code in boards[4].moves})
    games = np.array([0, 0, 3, 3, 3, 1, 4, 4], np.int64)
    plies = np.array([5, 9, 12, 12, 2, 0, 33, 34], np.int32)
    turns = np.arange(8, dtype=np.int32)
    moves = np.concatenate([np.array(board.moves, np.uint16) for board in boards])
    offsets = np.cumsum([0, *(len(board.moves) for board in boards)])
    setup, setup_offsets = np.array([(0, unused, BLACK)], np.int16), np.array([0, 0, 0, 0, 0, 1])
    out = np.empty((8, 48, 9, 9), np.uint8)
    extract_games(
        moves, offsets, games, plies, size=9, setup=setup, setup_offsets=setup_offsets, symmetries=turns, out=out
    )
    for k, (game, ply) in enumerate(zip(games, plies, strict=True)):
        rows = setup[setup_offsets[game] : setup_offsets[game + 1]]
        alone = extract_plies(np.array(boards[game].moves, np.uint16), [ply], size=9, setup=rows, symmetries=[k])
        assert (out[k] == alone[0]).all()
    moves[offsets[3] + 1] = 2 * 82
    with pytest.raises(IllegalMove, match="game 3 has an illegal move"):
        extract_games(
            moves, offsets, games, plies, size=9, setup=setup, setup_offsets=setup_offsets, symmetries=turns, out=out
        )


def test_threads_do_not_disturb_one_another():
    games = [np.array(random_game(9, 120, seed).moves, np.uint16) for seed in range(4)]
    alone = [extract_plies(moves, range(120), size=9) for moves in games]
    results = {}

    def work(index):
        results[index] = [extract_plies(games[index], range(120), size=9) for _ in range(30)]

    threads = [threading.Thread(target=work, args=(index,)) for index in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all((planes == alone[index]).all() for index, runs in results.items() for planes in runs)


def test_a_board_can_be_pickled_with_its_history():
    board = random_game(9, 40, seed=6)
    again = pickle.loads(pickle.dumps(board))
    assert (extract(again, WHITE) == extract(board, WHITE)).all()
    assert again.moves == board.moves
