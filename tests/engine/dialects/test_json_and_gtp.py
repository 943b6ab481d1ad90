"""Random games asked about by JSON and played by GTP: both see the same position."""

import json
import random
from typing import Any

import numpy as np
import pytest

from honte.engine.dialects.kata_queue import Analyst
from honte.engine.play.player import Player
from honte.features.board import Board
from honte.features.coordinates import point_to_vertex, vertex_to_point
from honte.features.rules import NAMED
from honte.policy.predictor import Predictor
from tests.engine.stubs import new_session, talk, tiny_network

PREDICTOR = Predictor(tiny_network(5))


def random_query(dice: random.Random) -> tuple[dict[str, Any], list[str]]:
    """A query, and the commands that come to the position before its first move."""
    size = dice.choice([5, 6, 7])
    board, colour = Board(size), dice.choice([1, 2])
    query = {
        "id": "q", "boardXSize": size, "boardYSize": size, "rules": dice.choice([*NAMED]),
        "komi": dice.choice([-3, 0, 6.5]), "includePolicy": True, "includeOwnership": True,
        "overrideSettings": {"reportAnalysisWinratesAs": dice.choice(["BLACK", "WHITE", "SIDETOMOVE"])},
    }  # fmt: skip
    commands = [f"boardsize {size}", f"kata-set-rules {query['rules']}", f"komi {query['komi']}"]
    vertices = [point_to_vertex(point, size) for point in dice.sample(range(size**2), 4)]
    match dice.choice(["handicap", "diagram", "nothing"]):
        case "handicap":
            query["initialStones"] = [("B", vertex) for vertex in vertices]
            commands.append(f"set_free_handicap {' '.join(vertices)}")
        case "diagram":
            query["initialStones"] = [*zip("BWBW", vertices, strict=True)]
            commands.append(f"set_position {' '.join(map(' '.join, query['initialStones']))}")
    stones = query.get("initialStones", [])
    board.place_all([(" BW".index(mark), vertex_to_point(vertex, size)) for mark, vertex in stones])
    if dice.random() < 0.3:
        query["initialPlayer"] = dice.choice("BW")
        commands.append(f"gogui-setup_player {query['initialPlayer']}")
    moves = query["moves"] = []
    for _ in range(dice.randrange(size**2)):
        legal = np.flatnonzero(board.legal_points(colour))
        point = int(dice.choice(legal.tolist())) if len(legal) and dice.random() < 0.95 else size**2
        board.play(colour, point)
        moves.append((" BW"[colour], point_to_vertex(point, size)))
        colour = colour if dice.random() < 0.05 else 3 - colour
    query["analyzeTurns"] = sorted(dice.sample(range(len(moves) + 1), min(2, len(moves) + 1)))
    return query, commands


@pytest.mark.parametrize("seed", range(40))
def test_a_query_and_a_session_see_the_same(seed: int) -> None:
    """The side to move, the legal points, the moves, the lead and whose every point is, at any of the turns."""
    query, commands = random_query(random.Random(seed))
    size, moves, (perspective,) = query["boardXSize"], query["moves"], query["overrideSettings"].values()
    answers = [*Analyst(PREDICTOR).answer([json.dumps(query).encode()])]
    assert [answer["turnNumber"] for answer in answers] == query["analyzeTurns"]
    for answer in answers:
        root, turn = answer["rootInfo"], answer["turnNumber"]
        mover = root["currentPlayer"]
        if turn:
            assert mover != moves[turn - 1][0]
        sent = [*commands, *(f"play {colour} {vertex}" for colour, vertex in moves[:turn])]
        sent += ["kata-set-rule suicide false", f"kata-analyze {mover} 100 ownership true", f"all_legal {mover}\n"]
        replies = talk("\n".join(sent).encode(), new_session(Player(PREDICTOR))).split("\n\n")
        *replies, analysis, legal = replies[:-1]
        assert replies == ["="] * len(replies)
        line, ownership = analysis.split("\n")[1].split(" ownership ")
        infos = [dict(zip(words[::2], words[1::2], strict=True)) for words in map(str.split, line.split("info ")[1:])]
        sign = 1 if perspective == "SIDETOMOVE" or perspective[0] == mover else -1
        assert float(infos[0]["scoreLead"]) == pytest.approx(sign * root["scoreLead"], abs=2e-3)
        np.testing.assert_allclose([*map(float, ownership.split())], sign * np.array(answer["ownership"]), atol=2e-4)
        shares = {move["move"]: move["prior"] for move in answer["moveInfos"]}
        for info in infos:
            assert shares[info["move"]] == pytest.approx(float(info["prior"]), abs=1e-5)
        points = {point_to_vertex(point, size) for point, share in enumerate(answer["policy"][:-1]) if share >= 0}
        assert points == set(legal[2:].split())
