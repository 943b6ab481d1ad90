import numpy as np
import pytest

from engine.player import MOVES_PER_POINT, Player, side_to_move
from features.board import BLACK, WHITE, Board, opponent
from features.coordinates import vertex_to_point
from features.errors import HonteError
from tests.engine.stubs import StubPredictor, uniform


def board_of(picture: str) -> Board:
    """A board set up from lines of X, O and dots."""
    lines = picture.split()
    board = Board(len(lines))
    board.place_all([(".XO".index(mark), point) for point, mark in enumerate("".join(lines)) if mark != "."])
    return board


def preferring(size: int, *vertices: str) -> StubPredictor:
    """Likes the vertices in this order, everything else little and equally."""
    probabilities = np.full(size * size, 0.001)
    for rank, vertex in enumerate(vertices):
        probabilities[vertex_to_point(vertex, size)] = 1 / 2**rank
    return StubPredictor(probabilities)


def choice(predictor: StubPredictor, board: Board, colour: int, komi: float = 0.0) -> int:
    return Player(predictor).choose(board, colour, komi=komi)


def test_plays_the_most_probable_move_with_one_call() -> None:
    predictor = preferring(5, "C3", "D2")
    board = Board(5)
    assert choice(predictor, board, BLACK) == vertex_to_point("C3", 5)
    board.play(BLACK, vertex_to_point("C3", 5))
    assert choice(predictor, board, WHITE) == vertex_to_point("D2", 5)
    assert predictor.calls == 2


def test_never_fills_an_own_eye_nor_commits_suicide() -> None:
    board = board_of("""
        .X...
        XX...
        .....
        ...OO
        ...O.
    """)
    predictor = preferring(5, "A5", "E1", "C3")
    assert choice(predictor, board, BLACK) == vertex_to_point("C3", 5)
    assert choice(predictor, board, WHITE) == vertex_to_point("C3", 5)


def test_passes_when_only_own_eyes_are_left() -> None:
    board = board_of("""
        .X.
        XXX
        XX.
    """)
    predictor = uniform(3)
    assert choice(predictor, board, BLACK) == 9
    assert choice(predictor, board, WHITE, komi=-99.5) == 9


def test_never_repeats_a_position() -> None:
    """On 2x2 Black could take three stones, which no ko forbids, and be back at his first move."""
    board = Board(2)
    for colour, vertex in zip((BLACK, WHITE) * 3, ("A1", "B2", "B1", "A2", "A1", "B1"), strict=True):
        board.play(colour, vertex_to_point(vertex, 2))
    assert board.is_legal(BLACK, vertex_to_point("A1", 2))
    assert choice(uniform(2), board, BLACK) == 4


@pytest.mark.parametrize(("komi", "passes"), [(0.0, True), (9.0, False), (10.5, False)])
def test_answers_a_pass_only_when_that_wins(komi: float, passes: bool) -> None:
    board = Board(3)
    board.play(BLACK, 4)
    board.play(WHITE, 9)
    assert (choice(uniform(3), board, BLACK, komi) == 9) is passes


def test_its_own_pass_is_not_the_opponents() -> None:
    board = Board(3)
    board.play(BLACK, 4)
    board.play(BLACK, 9)
    assert choice(uniform(3), board, BLACK) != 9


@pytest.mark.parametrize("size", [2, 3, 5])
@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_games_end(size: int, temperature: float) -> None:
    for seed in range(5):
        board, colour = Board(size), BLACK
        predictor = StubPredictor(np.random.default_rng(seed).random(size * size))
        player = Player(predictor, temperature=temperature, seed=seed)
        seen = {board.hash}
        passes = 0
        while passes < 2:
            point = player.choose(board, colour, komi=0.5)
            board.play(colour, point)
            passes = passes + 1 if point == size**2 else 0
            assert passes or board.hash not in seen
            seen.add(board.hash)
            colour = opponent(colour)
        assert len(board.moves) <= MOVES_PER_POINT * size**2


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_temperature_sharpens_and_flattens(temperature: float) -> None:
    """Over 4,000 draws the shares are within five standard deviations of p^(1/T) over the sensible points."""
    board = Board(3)
    board.play(WHITE, 8)
    probabilities = np.array([8, 4, 2, 1, 1, 1, 1, 1, 100.0])  # the taken point is the favourite
    player = Player(StubPredictor(probabilities), temperature=temperature, seed=1)
    draws = 4000
    counts = np.bincount([player.choose(board, BLACK, komi=0) for _ in range(draws)], minlength=9)
    expected = probabilities[:8] ** (1 / temperature)
    expected /= expected.sum()
    assert counts[8] == 0
    assert (np.abs(counts[:8] / draws - expected) <= 5 * np.sqrt(expected * (1 - expected) / draws)).all()


def test_a_seed_repeats_a_game() -> None:
    def moves(seed: int) -> list[int]:
        player = Player(uniform(9), temperature=1.0, seed=seed)
        return [player.choose(Board(9), BLACK, komi=0) for _ in range(20)]

    assert moves(1) == moves(1) != moves(2)


@pytest.mark.parametrize("temperature", [-0.1, float("nan"), float("inf")])
def test_impossible_temperatures(temperature: float) -> None:
    with pytest.raises(HonteError, match="temperature"):
        Player(uniform(9), temperature=temperature)


def test_another_size_is_refused() -> None:
    with pytest.raises(HonteError, match="for 9 lines, not for 13"):
        choice(uniform(9), Board(13), BLACK)


def test_side_to_move() -> None:
    board = Board(9)
    assert side_to_move(board) == BLACK
    board.place(BLACK, 40)
    assert side_to_move(board) == WHITE
    board.play(WHITE, 0)
    assert side_to_move(board) == BLACK
    board.play(BLACK, 81)
    assert side_to_move(board) == WHITE
