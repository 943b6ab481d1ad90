"""Playouts: owners of settled boards drawn by hand, seki, what is never played, and no bias to any side."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from honte.features import chains, nakade, playout
from honte.features.board import BLACK, EMPTY, WHITE, Board
from honte.features.plane_table import SENSIBLE
from honte.features.planes import extract
from honte.features.playout import playouts
from honte.features.symmetry import INVERSE, SYMMETRIES, transform
from tests.features.boards import KILLED, SEKI, SEKI_WITH_EYES, SETTLED
from tests.features.games import drawn, points_marked, random_game, turned


@pytest.mark.parametrize("colour", [BLACK, WHITE])
def test_a_finished_board_is_owned_as_it_stands(colour):
    board = drawn(SETTLED)
    result = playouts(board, colour, count=400)
    owned = board.stones.ravel()
    assert (np.sign(result.ownership)[owned == BLACK] == 1).all()
    assert (np.sign(result.ownership)[owned == WHITE] == -1).all()
    assert abs(result.leads.mean() - board.area_score()) < 4


@pytest.mark.parametrize("colour", [BLACK, WHITE])
def test_dead_stones_are_owned_by_their_captors(colour):
    board = drawn(KILLED)
    dead = [point for point in points_marked(KILLED, "O") if point % 9 < 4]
    assert len(dead) == 4
    assert (playouts(board, colour, count=400).ownership[dead] > 0.5).all()


def test_the_lead_is_the_sum_of_the_ownership():
    result = playouts(random_game(9, 40, 3), BLACK, count=100)
    assert result.ownership.dtype == result.neutral.dtype == np.float32 and result.ownership.shape == (81,)
    assert np.isclose(result.ownership.sum(), result.leads.mean(), atol=1e-3)
    assert (np.abs(result.ownership) + result.neutral <= 1 + 1e-6).all()


def test_win_rate_counts_the_games_beyond_the_komi():
    result = playout.Playouts(np.zeros(1, np.float32), np.zeros(1, np.float32), np.array([-3, 1, 7, 7]))
    assert [result.win_rate(komi=komi) for komi in (-9.5, 0, 6.5, 7, 7.5)] == [1, 0.75, 0.5, 0.25, 0]


def test_a_seed_repeats_itself():
    board = random_game(9, 30, 1)
    one, two, other = (playouts(board, BLACK, count=101, seed=seed) for seed in (5, 5, 6))
    assert (one.ownership == two.ownership).all() and (one.leads == two.leads).all()
    assert (one.leads != other.leads).any()


def test_the_board_is_left_alone():
    board = random_game(13, 60, 2)
    before = board.hash, board.moves, str(board), board.position.tobytes()
    playouts(board, WHITE, count=20)
    assert (board.hash, board.moves, str(board), board.position.tobytes()) == before


def test_boards_of_other_sizes_leave_no_trace():
    """All playouts of a thread are played on one board."""
    boards = [random_game(size, size * size // 2, 1) for size in (9, 25, 5, 13)]
    alone = []
    for board in boards:
        with ThreadPoolExecutor(1) as fresh:
            alone.append(fresh.submit(playouts, board, BLACK, count=20).result())
    for board, wanted in [*zip(boards, alone, strict=True), (boards[0], alone[0])]:
        result = playouts(board, BLACK, count=20)
        assert (result.leads == wanted.leads).all() and (result.ownership == wanted.ownership).all()


@pytest.mark.parametrize("seed", range(3))
def test_left_and_right_are_alike(seed):
    """Over all symmetries the owners differ by no more than chance allows: six standard errors of a mean of ±1."""
    board, count = random_game(7, 20, seed), 3000
    maps = np.array([
        transform(
            playouts(turned(board, symmetry), BLACK, count=count, seed=symmetry).ownership.reshape(7, 7),
            INVERSE[symmetry],
        )
        for symmetry in range(SYMMETRIES)
    ])
    assert (np.abs(maps - maps.mean(axis=0)) < 6 / np.sqrt(count)).all()


@pytest.mark.parametrize("colour", [BLACK, WHITE])
@pytest.mark.parametrize(("drawing", "shared"), [(SEKI, [3, 12]), (SEKI_WITH_EYES, [2])])
def test_nobody_moves_in_a_seki(drawing, shared, colour):
    board = drawn(drawing)
    result = playouts(board, colour, count=50)
    owned = board.stones.ravel()
    assert (result.ownership[owned == BLACK] == 1).all() and (result.ownership[owned == WHITE] == -1).all()
    assert np.flatnonzero(result.neutral).tolist() == shared and (result.neutral[shared] == 1).all()


AROUND_THREE = """
    . O X . X . X
    X O . . X X X
    X O . X X X .
    X O . . X X X
    . O X X . X .
    O O X . X X X
    X X X X X X .
"""
"""White is dead once she takes the three stones in her eye, and Black can neither take her nor add a fourth."""


@pytest.mark.parametrize("colour", [BLACK, WHITE])
def test_nobody_takes_what_he_lives_by(colour):
    board = drawn(AROUND_THREE)
    white = board.stones.ravel() == WHITE
    result = playouts(board, colour, count=400)
    assert (result.ownership[white] < -0.9).all() and (result.neutral[[0, 28]] > 0.9).all()
    with_another_eye = drawn(AROUND_THREE.replace("X X X X X X .", ". O X X X X ."))
    result = playouts(with_another_eye, colour, count=400)
    assert (result.ownership[white] < -0.9).all() and (result.ownership[[7, 14, 21]] < -0.9).all()


SHAPES = {
    "killing": ("XX", "XXX", "XX X.", "XX XX", "XXX .X.", "XXX XX.", ".X. XXX .X.", "XX. XXX .X."),
    "living": ("XXXX", "XXX X..", ".XX XX.", "XXXXX", "XXX X.. X..", "XXX .X. .X.", "XXX XXX", "XXXX XX.",
               "XXX XXX XX."),
}


CASES = [(kind, shape) for kind, shapes in SHAPES.items() for shape in shapes]


@pytest.mark.parametrize(("kind", "shape"), CASES)
def test_which_shapes_may_be_put_into_atari(kind, shape):
    """A shape with one liberty, in a sea of white, is completed by any of its stones."""
    stones = {(r + 3, c + 3) for r, row in enumerate(shape.split()) for c, mark in enumerate(row) if mark == "X"}
    around = {(r + y, c + x) for r, c in stones for y, x in ((0, 1), (1, 0), (0, -1), (-1, 0))} - stones
    sea = {(r, c) for r in range(11) for c in range(11)} - stones - {max(around)}
    for last in stones:
        board = Board(11)
        board.place_all([(WHITE, r * 11 + c) for r, c in sea] + [(BLACK, r * 11 + c) for r, c in stones - {last}])
        cell = (last[0] + 1) * 12 + last[1] + 1
        assert playout.is_reasonable(board.position, 12, cell, BLACK) is (kind == "killing"), last
        board.place(0, 120)  # an eye elsewhere keeps White alive
        assert not playout.is_reasonable(board.position, 12, cell, BLACK)


@pytest.mark.parametrize(("kind", "shape"), CASES[1:])
def test_the_vital_point_of_an_eye(kind, shape):
    """Black's answer where a shape of his was taken is the point with the most neighbours, if one is enough."""
    for side in range(SYMMETRIES):
        board, eye = _with_an_eye(shape, side)
        last = next(near for point in eye for near in _beside(point, 11) if near not in eye)
        cell = nakade.vital_point(board.position, 12, (last // 11 + 1) * 12 + last % 11 + 1, BLACK, len(eye))
        if kind == "living":
            assert cell == 0
            continue
        point = (cell // 12 - 1) * 11 + cell % 12 - 1
        assert point in eye
        counts = {one: sum(near in eye for near in _beside(one, 11)) for one in eye}
        assert counts[point] == max(counts.values())
        assert nakade.vital_point(board.position, 12, cell, BLACK, len(eye) + 1) == 0  # not what was taken


def _beside(point, size):
    row, column = divmod(point, size)
    near = ((row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1))
    return [r * size + c for r, c in near if 0 <= r < size and 0 <= c < size]


def _with_an_eye(shape, side):
    """A board full of white stones but for a shape in it, turned, and the points of the shape."""
    empty = np.zeros((11, 11), np.uint8)
    for r, row in enumerate(shape.split()):
        empty[r + 3, 3 : 3 + len(row)] = [mark == "X" for mark in row]
    eye = set(np.flatnonzero(transform(empty, side)).tolist())
    empty[10, 10] = 1  # the white stones have a liberty whatever comes
    board = Board(11)
    board.place_all([(WHITE, int(point)) for point in np.flatnonzero(transform(empty, side) == 0)])
    return board, eye


TAKEN_AND_DEAD = """
    . O O O X O .
    X X X X X O O
    O O O O O O .
    . . O . . . .
    . O . . O . .
    . . . . . . .
    . . . . . . .
"""


def test_who_takes_three_stones_has_one_eye():
    """Black to move takes three stones, and White plays back in the middle."""
    board = drawn(TAKEN_AND_DEAD)
    assert (playouts(board, BLACK, count=400).ownership[board.stones.ravel() == BLACK] < -0.7).all()


def test_what_is_played_is_what_the_rules_of_playouts_say():
    """Against sets of points: no true eye, no false one that may be needed, nothing that gives an own eye away."""
    held = 0
    for seed in range(40):
        board = random_game(9, 45 + seed, seed)
        for colour in (BLACK, WHITE):
            sensible = extract(board, colour)[SENSIBLE].ravel()
            for point in np.flatnonzero(board.legal_points(colour)).tolist():
                wanted = _reasonable(board, point, colour) if sensible[point] else False
                if wanted is not None:
                    row, column = divmod(point, 9)
                    cell = (row + 1) * 10 + column + 1
                    assert playout.is_reasonable(board.position, 10, cell, colour) is wanted, (seed, row, column)
                    held += bool(sensible[point]) and not wanted
    assert held > 10


def _reasonable(board, point, colour):
    """What a playout makes of a legal move into no true eye; None for a self-atari of two stones and more, and for a
    move that leaves a chain of three and more in an eye one liberty of two."""
    after = board.copy()
    after.play(colour, point)
    chain, liberties = _chain(after, point)
    beside = _beside(point, board.size)
    others = [_chain(board, near) for near in beside if board.stones.flat[near] == 3 - colour]
    if any(len(its) > 2 and len(left) == 2 and _encloses(board, its, left, colour) for its, left in others):
        return None
    own = [near for near in beside if board.stones.flat[near] == colour]
    false_eye = len(own) == len(beside)
    if false_eye and len(liberties) <= 2 and not any(len(_chain(board, near)[1]) == 1 for near in own):
        return False
    if len(liberties) > 1 or after.captures[colour] > board.captures[colour]:
        return True
    if all(after.stones.flat[near] == colour for near in _beside(*liberties, board.size)):
        return False
    return True if len(chain) == 1 else None


def _encloses(board, chain, liberties, colour):
    """Whether a colour and a chain of the other one are all that lies around the chain's liberties."""
    around = {near for liberty in liberties for near in _beside(liberty, board.size)}
    return all(near in chain or board.stones.flat[near] == colour for near in around)


def _chain(board, point):
    """The stones of the chain at a point, and its liberties."""
    colour, stones, waiting, liberties = board.stones.flat[point], {point}, [point], set()
    while waiting:
        for near in _beside(waiting.pop(), board.size):
            if board.stones.flat[near] == EMPTY:
                liberties.add(near)
            elif board.stones.flat[near] == colour and near not in stones:
                stones.add(near)
                waiting.append(near)
    return stones, liberties


def test_stones_taken_become_points_to_play():
    """The list of empty points after a game is the empty points."""
    for seed in range(20):
        board = random_game(9, 60, seed)
        empties, places = np.zeros(81, np.int16), np.zeros(chains.CELLS, np.int16)
        position, count = board.position, 0
        for cell in np.flatnonzero(position["colours"] == chains.EMPTY):
            count = int(playout.add_open(empties, places, count, int(cell)))
        for colour in (BLACK, WHITE) * 10:
            chains.forget(position)
            cell = next(
                (int(cell) for cell in empties[:count] if chains.is_legal(position, 10, int(cell), colour)), None
            )
            if cell is None:
                continue
            other = empties[count - 1]
            empties[places[cell]], places[other] = other, places[cell]
            chains.play(position, 10, cell, colour)
            count = int(playout.add_taken(position, empties, places, count - 1))
            assert sorted(empties[:count].tolist()) == np.flatnonzero(position["colours"] == chains.EMPTY).tolist()
            assert (places[empties[:count]] == np.arange(count)).all()


ANSWERS = {
    "runs": (". . X . . / . X O . . / . . X . . / . . . . . / . . . . .", (0, 2), {(1, 3)}),
    "runs or takes": (". O . . . / O X O X . / . . X . . / . . . . . / . . . . .", (1, 3), {(0, 2), (2, 1)}),
    "cannot run": (". . . . . / . . . . . / . . . . . / X X . . . / O . X . .", (3, 0), set()),
    "takes what came": ("X O . . . / . . . . . / . . . . . / . . . . . / . . . . .", (0, 0), {(1, 0)}),
    "connects": (". O . O . / X X . X . / . . . . . / . . . . . / . . . . .", (1, 1), {(0, 2)}),
    "plays elsewhere": (". . . . . / . X O . . / . . . . . / . . . . . / . . . . .", (1, 1), set()),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_what_is_answered(name):
    """White's answers to a move of Black's, over many draws."""
    drawing, (row, column), wanted = ANSWERS[name]
    board = drawn(drawing.replace("/", "\n"))
    last = (row + 1) * 6 + column + 1
    seeds = np.random.default_rng(1).integers(1, 2**64, size=50, dtype=np.uint64)
    draws = {int(playout.answer(board.position, 6, last, WHITE, seed)[1]) for seed in seeds}
    assert {(cell // 6 - 1, cell % 6 - 1) for cell in draws if cell} == wanted
