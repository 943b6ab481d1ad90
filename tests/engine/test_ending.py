"""One verdict on finished boards: moves, leads, questions and the referee have the same score and owners."""

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from honte.data.load import load
from honte.engine.dialects.kata_queue import Analyst
from honte.engine.dialects.seen import opinion
from honte.engine.match.referee import Referee, Seat
from honte.engine.match.settings import MatchSettings
from honte.engine.play.ending import LATE, ending
from honte.engine.play.player import Player
from honte.engine.play.settings import PlaySettings
from honte.features.board import BLACK, WHITE, Board, decode_move, opponent
from honte.features.coordinates import point_to_vertex
from honte.features.rules import CHINESE, JAPANESE, TROMP_TAYLOR, Rules
from honte.features.scoring import Judgement, final_margin
from honte.policy.predictor import Predictor
from tests.engine.match.test_match import scripted
from tests.engine.stubs import new_session, talk, tiny_network, uniform
from tests.engine.test_setup import FALSE_EYES
from tests.features.boards import KILLED, SEKI, SEKI_WITH_EYES, SETTLED
from tests.features.games import drawn
from tests.waiting import PATIENCE


@pytest.mark.parametrize("rules", [CHINESE, JAPANESE, TROMP_TAYLOR], ids=["area", "territory", "as it stands"])
@pytest.mark.parametrize("drawing", [KILLED, SEKI, SEKI_WITH_EYES, SETTLED])
def test_a_finished_game_has_one_score(drawing: str, rules: Rules) -> None:
    board = drawn(drawing)
    for colour in (BLACK, WHITE):
        board.play(colour, board.size**2)
    wanted = final_margin(board, komi=6.5, rules=rules)
    for colour, sign in ((BLACK, 1), (WHITE, -1)):
        end = ending(board, colour, komi=6.5, rules=rules, always=True)
        seen, passes = opinion(board, colour, komi=6.5, rules=rules)
        assert end is not None and passes
        assert seen.lead == (end.agreed if rules.dead_come_off else end.standing) == sign * wanted
        assert seen.win_rate == (sign * wanted > 0)


@pytest.fixture(scope="module")
def page() -> Iterator[Any]:
    testclient = pytest.importorskip("starlette.testclient")
    from honte.engine.web.server import create_app

    app = create_app({"one": Predictor(tiny_network(9))}, hosts=["localhost"])
    with testclient.TestClient(app, base_url="http://localhost") as made:
        yield made


def as_played(board: Board) -> Board:
    """The same stones as moves of both sides in turn, of which none takes anything; who has no more passes."""
    game, left = Board(board.size), {colour: [*np.flatnonzero(board.stones == colour)] for colour in (BLACK, WHITE)}
    while any(left.values()):
        colour = game.to_move
        game.play(colour, int(left[colour].pop()) if left[colour] else board.size**2)
    return game


@pytest.mark.parametrize("rules", ["chinese", "japanese"])
@pytest.mark.parametrize(
    ("board", "leads", "dead"),
    [
        (drawn(SETTLED), (-5, -3), ""),
        (drawn(KILLED), (31, 16), "A7 B6 A5 D5"),
        (drawn(SEKI), (13, 2), ""),
        (drawn(SEKI_WITH_EYES), (16, 2), ""),
        (load(f"(;SZ[9]{FALSE_EYES.replace('AB', 'AB[ai]', 1)})").board(), (49, 11), ""),  # the neutral point filled
    ],
    ids=["settled", "killed", "seki", "seki with eyes", "false eyes"],
)
def test_all_four_judges_agree(board: Board, leads: tuple[int, int], dead: str, rules: str, page: Any) -> None:
    """GTP, JSON, the referee and the page are asked about one game, whose score is counted by hand."""
    lead = leads[rules == "japanese"] - 0.5
    seats = {colour: Seat(scripted(), PATIENCE) for colour in (BLACK, WHITE)}
    settings = MatchSettings(size=9, komi=0.5, rules=rules, timeout=PATIENCE)
    outcome = Referee(seats, settings, lambda board: None).run(as_played(board))
    for seat in seats.values():
        seat.close()
    assert outcome.lead == lead and not outcome.fault

    moves = [decode_move(int(code)) for code in outcome.record.moves]
    pairs = [(" BW"[colour], point_to_vertex(point, 9)) for colour, point in moves]
    assert pairs[-2][1] == pairs[-1][1] == "pass"
    plays = "".join(f"play {colour} {vertex}\n" for colour, vertex in pairs)
    questions = f"final_score\nfinal_status_list dead\nestimate_score\nreg_genmove {'bw'[len(moves) % 2]}\n"
    asked = f"komi 0.5\nkata-set-rules {rules}\n{plays}{questions}"
    score, killed, estimate, move = talk(asked.encode(), new_session(Player(uniform(9)))).split("\n\n")[-5:-1]
    assert score == estimate == f"= {'B' if lead > 0 else 'W'}+{abs(lead)}" and move == "= pass"
    assert set(killed.removeprefix("=").split()) == set(dead.split())

    query = {"id": "q", "boardXSize": 9, "boardYSize": 9, "rules": rules, "komi": 0.5, "moves": pairs}
    (answer,) = Analyst(uniform(9)).answer([json.dumps({**query, "includeOwnership": True}).encode()])
    assert answer["rootInfo"]["scoreLead"] == lead and answer["rootInfo"]["winrate"] == (lead > 0)
    assert answer["moveInfos"][0]["move"] == "pass"
    stones = board.stones.ravel().astype(int)
    for point in np.flatnonzero(stones):
        taken = point_to_vertex(int(point), 9) in dead.split()
        assert answer["ownership"][point] == (1 if (stones[point] == BLACK) != taken else -1)

    for count in (len(moves), len(moves) - 1):
        position = {"size": 9, "moves": outcome.record.moves[:count].tolist(), "komi": 0.5}
        assert page.post("/api/play", json=position).json()["point"] == 81


def test_dead_stones_are_owned_by_who_takes_them() -> None:
    board = drawn(KILLED)
    for colour in (BLACK, WHITE):
        board.play(colour, board.size**2)
    seen, _ = opinion(board, BLACK, komi=6.5, rules=CHINESE)
    dead = [point for chain in Judgement.of(board).chains("dead") for point in chain]
    assert seen.ownership is not None and len(dead) == 4 and np.all(seen.ownership[dead] == 1)


def test_a_glance_finds_every_end() -> None:
    """It spares most of the whole judgements, but none of a board that is settled or of a side without hope."""
    spared = settled = hopeless = 0
    for seed in range(4):
        player = Player(uniform(7), PlaySettings(temperature=1.0, resign_threshold=0.0, seed=seed))
        board, colour, point = Board(7), BLACK, 0
        while point < 49 and len(board.moves) < 70:
            whole = ending(board, colour, komi=0.5, always=True)
            assert whole is not None
            near = ending(board, colour, komi=0.5), ending(board, colour, komi=0.5, hope=0.3)
            if np.count_nonzero(board.stones) >= LATE * 49:
                assert not whole.settled or None not in near
                assert whole.chance > 0.15 or near[1] is not None
                spared += near[0] is None
                settled += whole.settled
                hopeless += whole.chance <= 0.15
            point = player.choose(board, colour, komi=0.5)
            board.play(colour, point)
            colour = opponent(colour)
    assert spared > 20 and settled and hopeless
