"""Many games at once against one board each: planes, rules, endings, and what chance draws."""

import numpy as np
import pytest

from honte.features.board import BLACK, Board, decode_move, encode_move
from honte.features.chains import new_position
from honte.features.errors import HonteError, IllegalMove
from honte.features.many import AGREED, CAPPED, LATE, PASSED, PLAYING, PLAYOUTS, SETTLED, ManyGames, settled
from honte.features.plane_table import SENSIBLE
from honte.features.planes import extract
from honte.features.playout import is_reasonable, play_out
from honte.features.scoring import final_margin
from tests.features.games import random_game


def numbers(count, first=0):
    return np.arange(first, first + count, dtype=np.uint64)


def played(games, *, seed=0, temperature=1.0, rounds=10**6, watch=lambda games, chosen, planes: None):
    """Play to the end, or for so many rounds, with random logits that depend on the game and its length alone."""
    while games.live.any() and rounds:
        chosen = np.flatnonzero(games.live)
        planes = games.planes(chosen)
        watch(games, chosen, planes)
        logits = [np.random.default_rng((seed, int(games.keys[game]), games.lengths[game])).normal(size=games.size**2)
                  for game in chosen]  # fmt: skip
        games.play(chosen, planes, np.array(logits, np.float32), temperature=temperature)
        rounds -= 1
    return games


def board_of(games, game):
    board = Board(games.size)
    for code in games.moves[game, : games.lengths[game]].tolist():
        board.play(*decode_move(code))
    return board


def has_move(board, colour):
    cells = [(row + 1) * (board.size + 1) + column + 1 for row in range(board.size) for column in range(board.size)]
    return any(is_reasonable(board.position, board.size + 1, cell, colour) for cell in cells)


@pytest.mark.parametrize(("size", "seed"), [(5, 1), (7, 2), (9, 3)])
def test_every_game_is_what_a_board_makes_of_it(size, seed):
    boards = [Board(size) for _ in range(12)]

    def catch_up(games, chosen, planes):
        for game, shown in zip(chosen, planes, strict=True):
            board = boards[game]
            for code in games.moves[game, len(board.moves) : games.lengths[game]].tolist():
                colour, point = decode_move(code)
                if point == size**2:
                    sensible = extract(board, colour)[SENSIBLE].ravel() > 0
                    open_to_all = sensible & board.legal_points(colour, superko=True)
                    assert not has_move(board, colour) or not open_to_all.any()
                else:
                    assert extract(board, colour)[SENSIBLE].flat[point]
                    assert board.is_legal(colour, point, superko=True)
                board.play(colour, point)
            colour = len(board.moves) % 2 + BLACK
            assert games.to_move[game] == colour and has_move(board, colour)
            assert (shown == extract(board, colour)).all()

    games = played(ManyGames(numbers(12), size=size, seed=seed, length=3 * size**2), watch=catch_up)
    assert (games.ends != PLAYING).all()
    for game in range(12):
        board = board_of(games, game)
        assert (games.ends[game] == PASSED) == (
            len(board.moves) > 1 and all(code >> 1 == size**2 for code in board.moves[-2:])
        )
        assert (games.ends[game] == CAPPED) <= (len(board.moves) == 3 * size**2)
        if games.ends[game] == SETTLED:
            assert np.count_nonzero(board.stones) >= LATE * size**2
        else:
            assert games.leads[game] == board.area_score()


def test_a_settled_board_is_counted_as_by_many_playouts():
    """Random play leaves boards that are hard to count; those that a few playouts call settled are not among them."""
    games = played(ManyGames(numbers(40), size=9, seed=4, length=200))
    ended = np.flatnonzero(games.ends == SETTLED)
    assert len(ended) > 20
    differences = [abs(games.leads[game] - final_margin(board_of(games, game), komi=0)) for game in ended]
    assert np.mean(np.array(differences) <= 2) > 0.9


def test_a_board_is_settled_by_all_playouts_or_given_up_by_the_first():
    games = played(ManyGames(numbers(12), size=7, seed=4, length=120))
    scratch, outcomes, totals = new_position(7), np.empty(PLAYOUTS, np.int32), np.empty((2, 49), np.int64)
    verdicts, given_up = [], 0
    for game in range(12):
        board = board_of(games, game)
        for _ in range(6):
            seed = np.uint64(len(verdicts))
            whole = np.zeros((2, 49), np.int64)
            for first in range(2):
                play_out(board.position, scratch, first + 1, seed, first * PLAYOUTS, outcomes, whole)
            agreed = bool((np.maximum(abs(whole[0]), whole[1]) >= AGREED * 2 * PLAYOUTS).all())
            assert settled(board.position, scratch, seed, outcomes[:1], totals) == agreed
            assert not agreed or (totals == whole).all()
            given_up += bool((totals != whole).any())
            verdicts.append(agreed)
            for _ in range(4):
                board.undo()
    assert 10 < sum(verdicts) < len(verdicts) - 10 and given_up > 10


def test_neither_neighbours_nor_threads_change_a_game():
    def moves_of(games):
        return [games.moves[game, : games.lengths[game]].tolist() for game in range(games.count)]

    settings = {"size": 7, "seed": 5, "length": 100}
    whole = moves_of(played(ManyGames(numbers(9), **settings)))
    assert moves_of(played(ManyGames(numbers(9), **settings, threads=3))) == whole
    assert moves_of(played(ManyGames(numbers(4, first=5), **settings))) == whole[5:]
    assert moves_of(played(ManyGames(numbers(9), size=7, seed=6, length=100))) != whole


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_moves_are_drawn_by_the_softmax(temperature):
    count = 20_000
    games = ManyGames(numbers(count), size=3, seed=7, length=20)
    chosen, logits = np.arange(count), np.linspace(-2, 1, 9).astype(np.float32)
    games.play(chosen, games.planes(chosen), np.tile(logits, (count, 1)), temperature=temperature)
    expected = np.exp(logits / temperature)
    expected *= count / expected.sum()
    drawn = np.bincount(games.moves[:, 0] >> 1, minlength=9)
    assert (np.abs(drawn - expected) < 5 * np.sqrt(expected)).all()


def test_at_no_temperature_the_highest_logit_is_played():
    games = ManyGames(numbers(3), size=3, seed=7, length=20)
    logits = np.zeros((3, 9), np.float32)
    logits[[0, 1, 1, 2], [1, 4, 8, 0]] = 5, 9, 8, 1
    games.play(np.arange(3), games.planes(np.arange(3)), logits, temperature=0)
    assert (games.moves[:, 0] >> 1).tolist() == [1, 4, 0]


def test_games_go_on_from_their_openings():
    opening = np.array([encode_move(1, 40), encode_move(2, 30), encode_move(1, 81)], np.uint16)
    openings = [opening, opening[:0], opening[:1]]
    games = ManyGames(numbers(3), size=9, seed=1, length=50, openings=openings)
    assert games.lengths.tolist() == [3, 0, 1] and games.to_move.tolist() == [2, 1, 2]
    boards = [board_of(games, game) for game in range(3)]
    planes = games.planes(np.arange(3))
    assert all((planes[k] == extract(board, games.to_move[k])).all() for k, board in enumerate(boards))


@pytest.mark.parametrize("moves", [[(1, 40), (2, 40)], [(2, 40)], [(1, 40), (1, 41)], [(1, 82)]])
def test_an_opening_that_cannot_be_played_is_named(moves):
    opening = np.array([encode_move(*move) for move in moves], np.uint16)
    with pytest.raises(IllegalMove, match=f"move {len(moves)} of opening 2 is illegal"):
        ManyGames(numbers(2), size=9, seed=1, length=50, openings=[opening[:0], opening])


def test_a_game_of_the_greatest_length_is_scored_as_it_stands():
    opening = np.array(random_game(9, 30, 1, turns_kept=1, passes=0).moves, np.uint16)
    games = played(ManyGames(numbers(2), size=9, seed=1, length=32, openings=[opening, opening]))
    assert games.ends.tolist() == [CAPPED, CAPPED] and games.lengths.tolist() == [32, 32]
    assert games.leads.tolist() == [board_of(games, game).area_score() for game in range(2)]


def test_what_is_asked_of_no_game_is_refused():
    games = ManyGames(numbers(2), size=5, seed=1, length=1)
    both, logits = np.arange(2), np.zeros((2, 25), np.float32)
    planes = games.planes(both)
    with pytest.raises(HonteError, match="games must be whole numbers from 0 to 1"):
        games.planes(np.array([2]))
    for wrong in (planes[:1], planes[:, :, :4]):
        with pytest.raises(HonteError, match="have planes and logits"):
            games.play(both, wrong, logits, temperature=1)
    with pytest.raises(HonteError, match="have planes and logits"):
        games.play(both, planes, logits[:, :24], temperature=1)
    with pytest.raises(HonteError, match="once in each"):
        games.play(np.array([0, 0]), planes, logits, temperature=1)
    games.play(both, planes, logits, temperature=1)
    with pytest.raises(HonteError, match="that go on"):
        games.play(both, planes, logits, temperature=1)
