from collections.abc import Sequence

import numpy as np
import pytest

from honte.engine.play.player import RESIGN, Player
from honte.engine.play.settings import PlaySettings, share_at
from honte.features.board import BLACK, EMPTY, WHITE, Board, encode_move, opponent
from honte.features.coordinates import vertex_to_point
from honte.features.errors import HonteError
from honte.features.handicap import fixed_handicap
from honte.features.plane_table import SENSIBLE
from honte.features.planes import extract
from honte.features.rules import CHINESE, JAPANESE, Rules
from honte.features.scoring import MOVES_PER_POINT, Judgement
from tests.engine.stubs import StubPredictor, uniform
from tests.features.boards import KILLED, SEKI, SEKI_WITH_EYES, SETTLED
from tests.features.games import drawn, random_game


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


@pytest.mark.parametrize("colour", [BLACK, WHITE])
@pytest.mark.parametrize("komi", [-99.5, 99.5])
@pytest.mark.parametrize("drawing", [SETTLED, SEKI, SEKI_WITH_EYES])
def test_passes_when_nothing_is_left_to_play_for(drawing: str, colour: int, komi: float) -> None:
    predictor = uniform(9)
    assert choice(predictor, drawn(drawing), colour, komi) == 81
    assert predictor.calls == 0


@pytest.mark.parametrize("colour", [BLACK, WHITE])
def test_does_not_pass_while_a_border_is_open(colour: int) -> None:
    board = drawn(SETTLED)
    board.place(EMPTY, vertex_to_point("E6", 9))
    board.place(EMPTY, vertex_to_point("E9", 9))
    assert choice(uniform(9), board, colour) != 81


@pytest.mark.parametrize(("komi", "passes"), [(-15.5, True), (9.0, False)])
def test_answers_an_early_pass_only_when_that_wins(komi: float, passes: bool) -> None:
    board = Board(7)
    for point in (24, 17, 31):
        board.play(BLACK, point)
        board.play(WHITE, 49 if point == 31 else point + 1)
    assert (choice(uniform(7), board, BLACK, komi) == 49) is passes


@pytest.mark.parametrize("size", [9, 13, 19])
@pytest.mark.parametrize("komi", [-50.5, 0.0, 7.5, 50.5])
@pytest.mark.parametrize("before", [(), ("D4",), ("D4", "pass", "F4")])
def test_a_game_does_not_end_before_it_began(size: int, komi: float, before: tuple[str, ...]) -> None:
    """GNU Go plays on after a pass at the first moves, whatever counting would say."""
    board = Board(size)
    for vertex in (*before, "pass"):
        board.play(board.to_move, vertex_to_point(vertex, size))
    assert choice(uniform(size), board, board.to_move, komi) != size**2


@pytest.mark.parametrize("size", [9, 13, 19])
@pytest.mark.parametrize("komi", [-50.5, 0.5])
@pytest.mark.parametrize("as_plays", [False, True], ids=["placed", "played"])
def test_a_pass_after_handicap_stones_ends_no_game(size: int, komi: float, as_plays: bool) -> None:
    board, stones = Board(size), fixed_handicap(size, 5)
    if as_plays:
        for point in stones:
            board.play(BLACK, point)
    else:
        board.place_all([(BLACK, point) for point in stones])
    board.play(WHITE, size**2)
    assert choice(uniform(size), board, BLACK, komi) != size**2


@pytest.mark.parametrize("size", [9, 13, 19])
def test_a_pass_is_answered_by_a_pass_only_at_the_end_or_when_what_stands_wins(size: int) -> None:
    """Black's answers during random games, behind and ahead; both answers are seen."""
    answers = set()
    for share in (0.2, 0.5, 0.8):
        board = random_game(size, int(share * size**2), size)
        if board.moves[-1] != encode_move(WHITE, size**2):
            board.play(WHITE, size**2)
        for komi in (-(size**2) + 0.5, size**2 + 0.5):
            passes = choice(uniform(size), board, BLACK, komi) == size**2
            assert not passes or board.area_score() > komi or Judgement.of(board).settled
            answers.add(passes)
    assert answers == {False, True}


def test_room_to_live_in_is_not_settled() -> None:
    """Black's wall encloses half of the board, in which there is not one stone: White may well invade."""
    board = Board(13)
    for row in range(13):
        board.play(BLACK, 13 * row + 8)
        board.play(WHITE, 13 * row + 9)
    assert choice(uniform(13), board, BLACK, 60.5) != 169
    board.play(BLACK, 169)
    assert choice(uniform(13), board, WHITE, -60.5) != 169


def test_a_game_won_with_dead_stones_off_passes_when_it_is_won_without() -> None:
    """By area Black leads KILLED by 31 when the four dead stones are off, by less while they stand."""
    standing = drawn(KILLED).area_score()
    assert standing < 20 < 31
    assert choice(uniform(9), drawn(KILLED), BLACK, standing - 0.5) == 81
    assert choice(uniform(9), drawn(KILLED), WHITE, standing - 0.5) == 81
    assert choice(uniform(9), drawn(KILLED), BLACK, 20.5) != 81


@pytest.mark.parametrize(("rules", "cleanup"), [(CHINESE, False), (CHINESE, True), (JAPANESE, True)])
def test_takes_dead_stones_before_it_passes(rules: Rules, cleanup: bool) -> None:
    """With the opponent passing all along; then the game is won with every stone counted as alive."""
    board, player = drawn(KILLED), Player(uniform(9))
    komi = 0.0 if cleanup and rules == JAPANESE else 20.5
    for _ in range(40):
        point = player.choose(board, BLACK, komi=komi, rules=rules, cleanup=cleanup)
        board.play(BLACK, point)
        if point == 81:
            break
        board.play(WHITE, 81)
    assert point == 81
    assert board.captures[BLACK] == 4 or not cleanup
    assert board.area_score() > komi


def test_leaves_dead_stones_alone_when_nothing_depends_on_them() -> None:
    point = Player(uniform(9)).choose(drawn(KILLED), BLACK, komi=20.5, rules=JAPANESE)
    assert point == 81


def test_dead_stones_can_wait_while_a_border_is_open() -> None:
    board = drawn(KILLED)
    for vertex in ("E9", "F9", "F8"):
        board.place(EMPTY, vertex_to_point(vertex, 9))
    assert choice(preferring(9, "E9"), board, BLACK, komi=20.5) == vertex_to_point("E9", 9)


def hopeless_game(threshold: float, komis: Sequence[float], size: int = 5) -> list[int]:
    """What Black chooses, move after move, on a board of which half is stones, under each of these komis."""
    board = board_of("""
        .XXO.
        X.XOO
        .XXO.
        XX.O.
        .XXOO
    """)
    player = Player(uniform(size), PlaySettings(resign_threshold=threshold))
    chosen = []
    for komi in komis:
        chosen.append(player.choose(board, BLACK, komi=komi))
        assert player.choose(board, BLACK, komi=komi) == chosen[-1]  # asking again changes nothing
        board.play(BLACK, 25)
        board.play(WHITE, 25)
    return chosen


def test_resigns_after_three_hopeless_moves_in_a_row() -> None:
    assert [point == RESIGN for point in hopeless_game(0.05, [99.5] * 5)] == [False, False, True, True, True]
    assert RESIGN not in hopeless_game(0.05, [99.5, 99.5, -99.5, 99.5, 99.5])
    assert RESIGN not in hopeless_game(0.0, [99.5] * 5)


def halves(size: int, *, columns: int) -> Board:
    """Black's half with so many columns of stones at the border, White's likewise; every other edge point is empty."""
    board, middle = Board(size), size // 2
    for row in range(size):
        for column in range(max(middle - columns + 1, row % 2 == 0), middle + 1):
            board.place(BLACK, row * size + column)
        for column in range(middle + 1, min(middle + 1 + columns, size - (row % 2 == 0))):
            board.place(WHITE, row * size + column)
    return board


@pytest.mark.parametrize("size", [9, 13, 19])
def test_the_bar_for_resigning_is_one_for_all_sizes(size: int) -> None:
    """Who is behind gives up at the third hopeless move, but not before two fifths of the board are stones."""
    for columns, resigns in ((size, True), (size // 5, False)):
        board = halves(size, columns=columns)
        assert (np.count_nonzero(board.stones) >= 0.4 * size**2) == resigns
        players = {colour: Player(uniform(size)) for colour in (BLACK, WHITE)}
        chosen: dict[int, list[int]] = {BLACK: [], WHITE: []}
        for colour in (BLACK, WHITE) * 3:
            chosen[colour].append(players[colour].choose(board, colour, komi=size + 1.5))  # Black has a column more
            board.play(colour, size**2)
        assert [point == RESIGN for point in chosen[BLACK]] == [False, False, resigns]
        assert RESIGN not in chosen[WHITE]


@pytest.mark.parametrize(
    ("how", "resigns"), [("played", True), ("placed", True), ("a diagram", False), ("a diagram, played", False)]
)
def test_giving_up_takes_a_handicap_as_clients_send_it(how: str, resigns: bool) -> None:
    """Black has nine stones more and as many points: by Chinese rules White is given these if they are a handicap."""
    stones = halves(9, columns=9).stones.ravel()
    blacks, whites = ([*map(int, np.flatnonzero(stones == colour))] for colour in (BLACK, WHITE))
    board, first = Board(9), blacks[:9]
    in_turn = [move for pair in zip(whites, blacks[9:], strict=True) for move in zip((WHITE, BLACK), pair, strict=True)]
    match how:
        case "played":
            moves = [*((BLACK, point) for point in first), *in_turn]
        case "placed":
            board.place_all([(BLACK, point) for point in first])
            moves = in_turn
        case "a diagram":
            board.place_all([(int(colour), point) for point, colour in enumerate(stones) if colour])
            moves = []
        case _:
            moves = [*((BLACK, point) for point in blacks), *((WHITE, point) for point in whites)]
    for move in moves:
        board.play(*move)
    assert (board.stones.ravel() == stones).all()
    player, chosen = Player(uniform(9)), []
    for _ in range(3):
        chosen.append(player.choose(board, BLACK, komi=0.5))
        board.play(BLACK, 81), board.play(WHITE, 81)
    assert [point == RESIGN for point in chosen] == [False, False, resigns]


def test_a_new_game_begins_with_hope() -> None:
    player = Player(uniform(5))
    for _ in range(4):
        board = Board(5)
        for point in (11, 12, 13):
            board.play(BLACK, point)
        board.play(WHITE, 25)
        assert player.choose(board, BLACK, komi=99.5) != RESIGN


def test_a_stone_in_atari_is_only_for_the_unsafe() -> None:
    """White at D3 would have a chain of two stones with one liberty."""
    board = board_of("""
        .....
        ..XX.
        ..O.X
        ..XX.
        .....
    """)
    board.place(BLACK, vertex_to_point("B3", 5))
    predictor = preferring(5, "D3", "A1")
    assert choice(predictor, board, WHITE) == vertex_to_point("A1", 5)  # D3 would be suicide
    board.place(EMPTY, vertex_to_point("B3", 5))
    safe = Player(predictor, PlaySettings(safe=True))
    assert choice(predictor, board, WHITE) == vertex_to_point("D3", 5)
    assert safe.choose(board, WHITE, komi=0) == vertex_to_point("A1", 5)


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
        player = Player(predictor, PlaySettings(temperature=temperature, seed=seed, resign_threshold=0))
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
    player = Player(StubPredictor(probabilities), PlaySettings(temperature=temperature, seed=1))
    draws = 4000
    counts = np.bincount([player.choose(board, BLACK, komi=0) for _ in range(draws)], minlength=9)
    expected = probabilities[:8] ** (1 / temperature)
    expected /= expected.sum()
    assert counts[8] == 0
    assert (np.abs(counts[:8] / draws - expected) <= 5 * np.sqrt(expected * (1 - expected) / draws)).all()


def drawn_moves(settings: PlaySettings, board: Board, count: int = 300) -> set[int]:
    player = Player(StubPredictor(np.array([8, 4, 2, 1, 1, 0, 0, 0, 0.0])), settings)
    return {player.choose(board, BLACK, komi=0) for _ in range(count)}


@pytest.mark.parametrize(("top_p", "moves"), [(0.4, 1), (0.5, 1), (0.51, 2), (0.8, 3), (1.0, 5)])
def test_top_p_draws_among_the_most_probable(top_p: float, moves: int) -> None:
    assert drawn_moves(PlaySettings(temperature=1, top_p=top_p, seed=1), Board(3)) == set(range(moves))


@pytest.mark.parametrize(
    ("level", "share"), [("30k", 1), ("12k", 1), ("9k", 0.97), ("1k", 0.8667), ("1d", 0.85), ("4d", 0.6), ("9p", 0.6)]
)
def test_stronger_levels_draw_among_fewer_moves(level: str, share: float) -> None:
    player = Player(StubPredictor(np.ones(9)))
    assert player.top_p == 1
    player.predictor.level = level
    assert player.temperature == 1 and player.top_p == pytest.approx(share, abs=1e-4)
    player.settings = PlaySettings(temperature=0.5, top_p=0.3)
    assert (player.temperature, player.top_p) == (0.5, 0.3)


def test_shares_fall_as_ranks_rise() -> None:
    ranks = [f"{kyu}k" for kyu in range(30, 0, -1)] + [f"{dan}d" for dan in range(1, 10)]
    shares = [share_at(rank) for rank in ranks]
    assert shares == sorted(shares, reverse=True) and 0.5 < shares[-1] < shares[0] == 1


def test_draws_in_the_opening_only() -> None:
    board = Board(3)
    settings = PlaySettings(temperature=1, random_plies=2, seed=1)
    assert len(drawn_moves(settings, board)) == 5
    board.play(WHITE, 8)
    assert len(drawn_moves(settings, board)) == 5
    board.play(BLACK, 7)
    assert drawn_moves(settings, board) == {0}


def test_a_seed_repeats_a_game() -> None:
    def moves(seed: int) -> list[int]:
        player = Player(uniform(9), PlaySettings(temperature=1.0, seed=seed))
        return [player.choose(Board(9), BLACK, komi=0) for _ in range(20)]

    assert moves(1) == moves(1) != moves(2)


@pytest.mark.parametrize(
    "wrong",
    [
        *({"temperature": value} for value in (-0.1, float("nan"), float("inf"))),
        *({"top_p": value} for value in (0, 1.1, float("nan"))),
        {"random_plies": -1},
        *({"resign_threshold": value} for value in (-0.1, 1, float("nan"))),
    ],
)
def test_impossible_settings(wrong: dict[str, float]) -> None:
    (name,) = wrong
    with pytest.raises(HonteError, match=f"^{name} is "):
        PlaySettings(**wrong)  # type: ignore[arg-type]


def test_plays_only_where_it_is_allowed_to() -> None:
    allowed = np.zeros(26, np.bool_)
    allowed[[vertex_to_point(vertex, 5) for vertex in ("D2", "E1")]] = True
    player = Player(preferring(5, "C3", "D2", "E1"))
    assert player.choose(Board(5), BLACK, komi=0, allowed=allowed) == vertex_to_point("D2", 5)
    assert player.choose(Board(5), BLACK, komi=0, allowed=np.zeros(26, np.bool_)) == 25


@pytest.mark.parametrize("drawing", [SETTLED, SEKI, SEKI_WITH_EYES])
def test_a_pass_that_is_not_allowed_is_made_only_when_no_other_move_is_left(drawing: str) -> None:
    player, board = Player(uniform(9)), drawn(drawing)
    allowed = np.ones(82, np.bool_)
    assert player.choose(board, BLACK, komi=0, allowed=allowed) == 81
    allowed[81] = False
    move = player.choose(board, BLACK, komi=0, allowed=allowed)
    assert move == 81 or board.is_legal(BLACK, move)
    assert (move == 81) == (not extract(board, BLACK)[SENSIBLE].any())


def test_another_size_is_refused() -> None:
    with pytest.raises(HonteError, match="for 9 lines, not for 13"):
        choice(uniform(9), Board(13), BLACK)
