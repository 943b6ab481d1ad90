"""What the analysis commands print, and what they refuse."""

import math
import re

import numpy as np
import pytest

from honte.engine.commands import Session
from honte.engine.dialects import kata_gtp, leela_zero
from honte.engine.dialects.seen import Look
from honte.engine.gtp import GtpError, Stream, parse
from honte.engine.play.player import Player
from honte.features.board import BLACK, WHITE, Board
from honte.features.coordinates import vertex_to_point
from honte.features.errors import HonteError
from honte.features.estimate import PLAYOUTS, Estimate, estimate
from honte.policy.predictor import Predictor
from tests.engine.stubs import StubPredictor, new_session, talk, tiny_network, uniform
from tests.features.boards import SETTLED
from tests.features.games import drawn

SIZE = 5
FAVOURITES = {"C3": 0.5, "D2": 0.25, "B4": 0.125, "A1": 0.006, "E5": 0.004}


def favouring() -> StubPredictor:
    probabilities = np.full(SIZE**2, (1 - sum(FAVOURITES.values())) / (SIZE**2 - len(FAVOURITES)))
    for vertex, probability in FAVOURITES.items():
        probabilities[vertex_to_point(vertex, SIZE)] = probability
    return StubPredictor(probabilities)


def session() -> Session:
    return new_session(Player(favouring()))


def answer(line: str, session: Session) -> str:
    """A reply, or a stream's line."""
    command = parse(line.encode())
    assert command is not None
    reply = session.answer(command)
    return reply.line if isinstance(reply, Stream) else reply


def infos(line: str) -> list[dict[str, str]]:
    """The moves of a line, as pairs of words; the pv is one word here."""
    moves = [part.split() for part in line.split("info ")[1:]]
    return [dict(zip(words[::2], words[1::2], strict=True)) for words in moves]


def test_the_map_as_leela_zero_prints_it() -> None:
    best, second, third, *_ = infos(answer("lz-analyze", session()))
    rate = best["winrate"]
    assert [best["move"], second["move"], third["move"]] == ["C3", "D2", "B4"]
    assert best == {
        "move": "C3", "visits": "5000", "winrate": rate, "prior": "5000", "lcb": rate, "order": "0", "pv": "C3"
    }  # fmt: skip
    assert second["visits"] == second["prior"] == "2500" and third["order"] == "2"


@pytest.mark.parametrize("name", ["analyze", "lz-analyze", "kata-analyze"])
def test_the_win_rate_is_the_positions_and_the_side_to_moves(name: str) -> None:
    mine = session()
    answer("komi -15.5", mine)
    blacks = {float(info["winrate"]) for info in infos(answer(f"{name} b", mine))}
    whites = {float(info["winrate"]) for info in infos(answer(f"{name} w", mine))}
    assert len(blacks) == len(whites) == 1
    scale = 1 if name.startswith("kata") else 10_000
    assert min(blacks) / scale > 0.5 > max(whites) / scale


def test_only_probable_moves_are_shown() -> None:
    shown = [info["move"] for info in infos(answer("lz-analyze", session()))]
    assert "A1" in shown and "E5" not in shown
    assert len(infos(answer("lz-analyze maxmoves 2", session()))) == 2
    assert len(infos(answer("lz-analyze minmoves 25", session()))) == 25
    assert len(infos(answer("lz-analyze minmoves 25 maxmoves 7", session()))) == 7
    assert len(infos(answer("lz-analyze maxmoves 0", session()))) == 1
    assert len(infos(answer("lz-analyze maxmoves -5 minmoves 99999999999999999999", session()))) == 1


def test_every_shown_move_has_a_visit() -> None:
    for line in ("lz-analyze minmoves 25", "kata-analyze minmoves 25"):
        assert min(int(info["visits"]) for info in infos(answer(line, session()))) >= 1


@pytest.mark.parametrize(
    ("arguments", "moves"),
    [
        ("allow b C3,E5 1 minmoves 9", ["C3", "E5"]),
        ("avoid b C3 1 avoid b D2,pass 5 maxmoves 1", ["B4"]),
        ("allow w E5 1 maxmoves 1", ["C3"]),
        ("avoid b C3 0 maxmoves 1", ["C3"]),
        ("allow b pass 1", ["pass"]),
        ("allow b C3,D2 1 avoid b C3 1", ["D2"]),
        ("w allow w E5 1 maxmoves 1", ["E5"]),
    ],
)
def test_moves_may_be_allowed_and_avoided(arguments: str, moves: list[str]) -> None:
    assert [info["move"] for info in infos(answer(f"lz-analyze {arguments}", session()))] == moves


@pytest.mark.parametrize("name", ["analyze", "lz-analyze", "kata-analyze"])
def test_pass_and_resign_may_be_avoided(name: str) -> None:
    """On a finished board the pass comes first, with nine tenths of the visits, unless the side is to avoid it."""
    mine = new_session(Player(uniform(9)))
    mine.board = drawn(SETTLED)
    genmove = name.replace("analyze", "genmove_analyze")
    plain = infos(answer(f"{name} b", mine))
    assert plain[0]["move"] == "pass" and int(plain[0]["visits"]) == 9000
    for avoided in ("pass,resign", "resign,PASS", "pass"):
        without = infos(answer(f"{name} b avoid b {avoided} 1", mine))
        assert without and all(info["move"] != "pass" for info in without)
        assert int(without[0]["visits"]) == pytest.approx(10 * int(plain[1]["visits"]), abs=10)
        assert re.search(r"\nplay [A-J]\d$", answer(f"{genmove} b avoid b {avoided} 1", mine))
        mine.board.undo()
    for harmless in ("avoid b resign 1", "avoid b pass,resign 0", "avoid w pass,resign 1", "allow b pass 1"):
        assert infos(answer(f"{name} b {harmless}", mine))[0]["move"] == "pass"
    assert answer(f"{genmove} b avoid b resign 1", mine).endswith("\nplay pass")


def test_a_hopeless_game_is_not_given_up_where_that_is_avoided() -> None:
    """Nor where moves are allowed and resigning is not among them."""
    resigned = {}
    for which in ("", " avoid b resign 1", " avoid b pass,Resign 1", " allow b a1,b1,c1,d1,e1 1", " avoid w resign 1"):
        mine = new_session(Player(uniform(9)))
        answers = ["" for _ in range(3)]
        for turn in range(3):
            mine.board = drawn(SETTLED)
            for colour in (BLACK, WHITE) * turn:
                mine.board.play(colour, 81)
            mine.komi = 99.5
            answers[turn] = answer(f"lz-genmove_analyze b{which}", mine)
        resigned[which] = answers[-1].endswith("play resign")
    assert list(resigned.values()) == [True, False, False, False, True]


@pytest.mark.parametrize("name", ["lz-genmove_analyze", "kata-genmove_analyze", "genmove_analyze"])
def test_genmove_analyze_shows_and_plays(name: str) -> None:
    mine = session()
    first, line, play = answer(f"{name} b 10", mine).split("\n")
    assert first == "" and infos(line)[0]["move"] == "C3" and play == "play C3"
    assert mine.board.stones[2, 2] == BLACK
    assert answer(f"{name} w 10 avoid w D2 1", mine).endswith("\nplay B4")
    assert answer(f"{name} b allow b pass 1", mine).endswith("\nplay pass")


@pytest.mark.parametrize(
    ("arguments", "seconds"),
    [("", 1.0), ("50", 0.5), ("B 50", 0.5), ("w interval 10", 0.1), ("7 interval 2.5", 0.025), ("0", 0.01),
     ("interval 1e300", 3600.0), ("interval -4", 0.01)],
)  # fmt: skip
def test_intervals_are_in_hundredths_of_a_second(arguments: str, seconds: float) -> None:
    command = parse(f"lz-analyze {arguments}".encode())
    assert command is not None
    stream = session().answer(command)
    assert isinstance(stream, Stream) and stream.interval == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("lz-analyze fast", "syntax error"),
        ("lz-analyze interval", "syntax error"),
        ("lz-analyze interval nan", "syntax error"),
        ("lz-analyze minmoves many", "syntax error"),
        ("lz-analyze allow b", "syntax error"),
        ("lz-analyze allow b C3", "syntax error"),
        ("lz-analyze avoid b Z9 1", "invalid color or coordinate"),
        ("lz-analyze avoid x C3 1", "invalid color or coordinate"),
        ("lz-analyze blue", "invalid color or coordinate"),
        ("lz-analyze ownership true", "syntax error"),
        ("kata-analyze ownershipStdev true", "syntax error"),
        ("kata-analyze ownership perhaps", "syntax error"),
        ("genmove_analyze b allow", "syntax error"),
        ("kata-raw-nn", "syntax error"),
        ("kata-raw-nn 8", "syntax error"),
        ("kata-raw-nn x 0", "invalid color or coordinate"),
    ],
)
def test_what_is_not_served_is_refused(line: str, words: str) -> None:
    with pytest.raises(GtpError, match=words):
        answer(line, session())


def test_the_map_as_katago_prints_it() -> None:
    line = answer("kata-analyze B 50 rootInfo true ownership true", session())
    moves, ownership = line.split(" ownership ")
    moves, root = moves.split(" rootInfo ")
    best = infos(moves)[0]
    assert best["move"] == best["pv"] == "C3" and best["prior"] == "0.500000" and list(best)[-1] == "pv"
    for name in ("winrate", "utility", "scoreMean", "scoreLead", "prior", "lcb"):
        assert re.fullmatch(r"-?\d+\.\d+", best[name])
    assert root.split()[:2] == ["visits", "10000"]
    assert len(ownership.split()) == SIZE**2 and all(-1 <= float(owner) <= 1 for owner in ownership.split())


def test_shares_keep_their_dot_at_the_ends() -> None:
    sure = np.array([1, 0, 0, 0], np.float32)
    analysis = Look(2, BLACK, sure, Estimate(1.0, 12.0, np.ones(4, np.float32)))
    (info,) = infos(kata_gtp.line(analysis, [0]))
    assert info["winrate"] == "1.000000" and info["prior"] == "1.000000" and info["scoreLead"] == "12.000"
    (info,) = infos(leela_zero.line(analysis, [0]))
    assert info["winrate"] == info["prior"] == "10000"


@pytest.mark.parametrize("name", ["lz-analyze", "kata-analyze"])
def test_nothing_but_the_pass_is_shown_as_the_pass(name: str) -> None:
    mine = new_session(Player(uniform(2)))
    answer("set_position b A1 b B2", mine)
    (info,) = infos(answer(f"{name} w", mine))  # either point would be suicide
    assert info["move"] == info["pv"] == "pass" and info["visits"] == "10000"


def test_without_win_rates_nobody_is_ahead() -> None:
    mine = session()
    mine.win_rate = False
    answer("komi -8.5", mine)
    assert {info["winrate"] for info in infos(answer("analyze", mine))} == {"5000"}
    line = answer("kata-analyze ownership true", mine)
    assert "winrate 0.500000" in line and "score" not in line and "ownership" not in line
    assert "\nwinrate: 0.500000" in answer("heatmap", mine)


def test_the_raw_network_under_each_symmetry() -> None:
    mine = new_session(Player(Predictor(tiny_network(5))))
    answer("play b C3", mine)
    raw = [answer(f"kata-raw-nn {index}", mine) for index in range(8)]
    assert answer("kata-raw-nn all", mine) == "\n".join(raw)
    assert answer("kata-raw-nn w 3", mine) == raw[3]
    words = raw[5].split()
    assert words[:2] == ["symmetry", "5"]
    win, lose, none = (float(words[words.index(name) + 1]) for name in ("whiteWin", "whiteLoss", "noResult"))
    assert win + lose + none == pytest.approx(1)
    first = words.index("policy") + 1
    policy = [float(word) for word in words[first : first + 25]]
    assert math.isnan(policy[12]) and sum(p for p in policy if p == p) == pytest.approx(1, abs=1e-4)
    assert words[first + 25 : first + 28] == ["policyPass", "0.000000", "whiteOwnership"]
    assert len(words) == first + 28 + 25
    whites = [float(word) for word in words[first + 28 :]]
    assert whites[12] < 0


def test_an_estimate_is_repeatable_and_of_one_side() -> None:
    board = Board(5)
    board.place(BLACK, 12)
    black, white = (estimate(board, BLACK, komi=0.5), estimate(board, WHITE, komi=0.5))
    again = estimate(board, BLACK, komi=0.5)
    assert black.win_rate == again.win_rate > 0.5 > white.win_rate
    assert black.lead is not None and white.lead is not None and black.lead > 0 > white.lead
    assert black.win_rate * 2 * PLAYOUTS == round(black.win_rate * 2 * PLAYOUTS)
    back = black.reversed().reversed()
    assert back.win_rate == pytest.approx(black.win_rate) and back.lead == black.lead
    assert black.ownership is not None and (back.ownership == black.ownership).all()


def test_another_size_than_the_networks_is_refused_before_anything_streams() -> None:
    mine = session()
    mine.board = Board(9)
    for line in ("analyze b 50", "kata-analyze", "genmove_analyze b"):
        with pytest.raises(HonteError, match="for 5 lines, not for 9"):
            answer(line, mine)
    assert mine.board.moves == ()


def test_streams_over_the_wire_end_with_the_next_line() -> None:
    replies = talk(b"5 lz-analyze\n6 kata-analyze 10\n7 analyze B 50\n8 name\n", session()).split("\n\n")
    assert [reply.split("\n")[0] for reply in replies[:-1]] == ["=5", "=6", "=7", "=8 Honte"]
    assert all(reply.split("\n")[1].startswith("info move C3 ") for reply in replies[:3])
