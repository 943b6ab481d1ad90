"""KataGo's JSON analysis protocol: what is answered, and in what form."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from honte.data.load import load
from honte.engine.dialects.kata_queue import BATCH
from honte.engine.play.player import Player
from honte.features.board import BLACK, WHITE, Board, decode_move
from honte.features.coordinates import point_to_vertex, vertex_to_point
from honte.features.handicap import handicap_of
from honte.features.scoring import format_result
from honte.policy.predictor import Predictor
from tests.engine.dialects.asking import KATRAIN, KO, PREDICTOR, SPLIT, ask, query
from tests.engine.stubs import new_session, save_tiny_network, talk, tiny_network, uniform
from tests.engine.test_setup import FALSE_EYES
from tests.waiting import PATIENCE


def test_a_query_of_katrain() -> None:
    (response,) = ask(KATRAIN)
    assert response["id"] == "QUERY:7" and response["turnNumber"] == 2 and response["isDuringSearch"] is False
    assert {"visits", "winrate", "scoreLead"} <= response["rootInfo"].keys()
    assert response["rootInfo"]["currentPlayer"] == "W"
    moves = response["moveInfos"]
    assert [move["order"] for move in moves] == list(range(len(moves)))
    for move in moves:
        assert {"move", "visits", "winrate", "scoreLead", "prior", "order", "pv"} <= move.keys()
        assert move["pv"] == [move["move"]] and move["winrate"] == response["rootInfo"]["winrate"]
    assert len(response["policy"]) == 82 and len(response["ownership"]) == 81
    board = Board(9)
    board.place_all([(BLACK, vertex_to_point(vertex, 9)) for vertex in ("C3", "G7")])
    board.play(WHITE, vertex_to_point("E5", 9))
    board.play(BLACK, vertex_to_point("D4", 9))
    policy = np.array(response["policy"][:81])
    assert ((policy == -1) == (board.stones != 0).ravel()).all()
    expected = PREDICTOR.probabilities(board, WHITE)
    assert np.abs(np.maximum(policy, 0) - expected).max() < 0.01  # networks may work in bfloat16
    assert moves[0]["prior"] == policy.max() and moves[0]["move"] and response["policy"][81] == 0


def lead(**fields: Any) -> float:
    (response,) = ask(query(komi=0, **fields))
    value: float = response["rootInfo"]["scoreLead"]
    return value


def test_the_lead_is_counted_by_the_rules() -> None:
    """Two stones that Black has played more are two points of area and none of territory."""
    moves = [["B", "C3"], ["W", "pass"], ["B", "G7"], ["W", "pass"]]
    by_area = lead(moves=moves)
    assert lead(moves=moves, rules="japanese") == pytest.approx(by_area - 2, abs=0.0011)  # leads have three decimals
    assert lead(moves=moves, rules="tromp-taylor") == by_area


def test_moves_of_black_before_whites_are_a_handicap() -> None:
    """As KataGo has it by default; by Chinese rules each of the stones is a point for White."""
    moves = [["B", "C3"], ["B", "G7"], ["W", "E5"]]
    assert lead(moves=moves) == pytest.approx(lead(moves=moves, rules="tromp-taylor") - 2, abs=0.0011)


@pytest.mark.parametrize(
    ("fields", "points"),
    [({}, 2), ({"rules": "aga"}, 1), ({"whiteHandicapBonus": "N-1"}, 1), ({"rules": "new-zealand"}, 0)],
)
def test_white_is_given_points_for_handicap_stones(fields: dict[str, Any], points: int) -> None:
    stones = [["B", "C3"], ["B", "G7"]]
    plain = lead(initialStones=stones, rules="tromp-taylor")
    assert lead(initialStones=stones, **fields) == pytest.approx(plain - points, abs=0.0011)


def test_turns_come_in_order_and_do_not_depend_on_the_batch() -> None:
    vertices = [f"{letter}{line}" for letter in "ABCDEFGHJ" for line in (2, 4, 6, 8)]
    moves = [["BW"[ply % 2], vertex] for ply, vertex in enumerate(vertices)]
    everything = query(moves=moves, analyzeTurns=list(range(len(moves), -1, -1)), includePolicy=True)
    together = ask(everything, query(id="other", moves=moves[:3]), predictor=uniform(9))
    assert len(together) == len(moves) + 2 > BATCH
    assert [each["turnNumber"] for each in together] == [*range(len(moves) + 1), 3]
    assert [each["rootInfo"]["currentPlayer"] for each in together[:3]] == ["B", "W", "B"]
    for turn in (0, 5, len(moves)):
        (alone,) = ask(query(moves=moves, analyzeTurns=[turn], includePolicy=True), predictor=uniform(9))
        assert alone == together[turn]


def test_whose_win_rate_it_is() -> None:
    stones = [["B", f"{letter}5"] for letter in "ABCDEFGHJ"]
    rates = {}
    for perspective in ("BLACK", "WHITE", "SIDETOMOVE"):
        override = {"reportAnalysisWinratesAs": perspective}
        (response,) = ask(query(initialStones=stones, overrideSettings=override, komi=0.5, includeOwnership=True))
        rates[perspective] = response["rootInfo"]["winrate"]
        assert response["rootInfo"]["currentPlayer"] == "W"
        assert (response["ownership"][40] > 0) == (perspective == "BLACK")
    assert rates["WHITE"] == rates["SIDETOMOVE"] < 0.5 and rates["BLACK"] == pytest.approx(1 - rates["WHITE"])


def test_without_win_rates_nobody_is_ahead() -> None:
    (response,) = ask(query(komi=-50, includeOwnership=True), win_rate=False)
    assert response["rootInfo"]["winrate"] == 0.5 and response["rootInfo"]["scoreLead"] == 0
    assert "ownership" not in response


def test_deviations_of_ownership_are_those_of_a_search_of_one_position() -> None:
    fields = ("includeOwnership", "includeOwnershipStdev", "includeMovesOwnershipStdev")
    plain, asked = ask(query(), query(**dict.fromkeys(fields, True)))
    assert asked["ownershipStdev"] == [0] * 81 and len(asked["ownership"]) == 81
    assert all(move["ownershipStdev"] == [0] * 81 for move in asked["moveInfos"])
    assert "ownershipStdev" not in plain and not any("ownershipStdev" in move for move in plain["moveInfos"])


def test_territory_takes_dead_stones_off_whatever_the_object_leaves_out() -> None:
    """The W at B5 is dead: five columns of Black's less the wall, and two points for the stone."""
    end = [*[["B", f"E{row}"] for row in range(1, 10)], *[["W", f"F{row}"] for row in range(1, 10)], ["W", "B5"]]
    rules = {"ko": "SIMPLE", "scoring": "TERRITORY", "tax": "SEKI", "suicide": False}
    over = {"initialStones": end, "moves": [["B", "pass"], ["W", "pass"]], "komi": 0}
    (response,) = ask(query(**over, rules=rules))
    assert response["rootInfo"]["scoreLead"] == 36 + 1 - 27


def over(moves: list[list[str]]) -> list[list[str]]:
    return [*moves, ["B", "pass"], ["W", "pass"]]


def test_a_finished_game_is_passed_and_counted() -> None:
    """The pass comes first, and the lead is what `final_score` says: Black has 45 points of 81."""
    for moves in ([*SPLIT, ["B", "pass"]], over(SPLIT)):
        (response,) = ask(query(moves=moves, komi=6.5, includeOwnership=True, includePolicy=True))
        first = response["moveInfos"][0]
        assert (first["move"], first["order"]) == ("pass", 0) and first["prior"] == response["policy"][81] >= 0.5
        assert sum(share for share in response["policy"] if share > 0) == pytest.approx(1, abs=1e-4)
        assert response["rootInfo"]["scoreLead"] == 45 - 36 - 6.5 and response["rootInfo"]["winrate"] == 1
        assert response["ownership"] == ([1] * 5 + [-1] * 4) * 9
    (response,) = ask(query(moves=over(SPLIT), komi=6.5, rules="japanese"))
    assert response["rootInfo"]["scoreLead"] == 36 - 27 - 6.5
    (unfinished,) = ask(query(moves=SPLIT[:4], includePolicy=True))
    assert unfinished["policy"][81] == 0 and all(move["move"] != "pass" for move in unfinished["moveInfos"])


def asked_of(sgf: str) -> tuple[dict[str, Any], str]:
    """A query of the position at the end of a game, and the same for GTP; komi 0, Japanese rules."""
    record = load(f"(;SZ[9]{sgf})")
    stones = [(" BW"[colour], point_to_vertex(point, 9)) for _, point, colour in record.setup.tolist()]
    moves = [(" BW"[colour], point_to_vertex(point, 9)) for colour, point in map(decode_move, record.moves.tolist())]
    fields = {"initialPlayer": " BW"[record.turns[0][1]]} if record.turns else {}
    query = {"id": "q", "boardXSize": 9, "boardYSize": 9, "komi": 0, "rules": "japanese", "includePolicy": True}
    if handicap_of(record.board()):
        commands = [f"set_free_handicap {' '.join(vertex for _, vertex in stones)}"]
    else:
        commands = [f"set_position {' '.join(map(' '.join, stones))}"] if stones else []
    commands += [f"gogui-setup_player {fields['initialPlayer']}"] if fields else []
    commands += [f"play {colour} {vertex}" for colour, vertex in moves]
    return query | fields | {"initialStones": stones, "moves": moves}, "\n".join(commands)


@pytest.mark.parametrize(
    ("sgf", "colour", "lead"),
    [
        (";B[ce];W[fe];B[dd];W[ed];B[df];W[ef];B[aa];W[de];B[ee];B[de];W[gg];B[gc]", "W", None),  # fills his own ko
        (";B[ce];W[fe];B[dd];W[ed];B[df];W[ef];B[aa];W[de];B[ee]", "W", None),  # which White may not retake
        (";B[ce];W[fe];B[dd];W[ed];B[df];W[ef];B[aa];W[de];B[ee];W[tt];B[gg]", "W", None),  # but after a pass
        (f"PL[B]{FALSE_EYES};B[];W[]", "B", 11),
        ("AB[dd]AW[ff]PL[W]", "W", None),
        ("AB[dd][ff]", "W", None),
        ("AB[dd]AW[ff]", "B", None),
    ],
    ids=["own ko", "ko", "ko after a pass", "false eyes", "turn", "handicap", "diagram"],
)
def test_positions_that_went_wrong_elsewhere_are_right_in_queries(sgf: str, colour: str, lead: int | None) -> None:
    """The side to move, the legal points and the score are those of GTP."""
    query, commands = asked_of(sgf)
    (response,) = ask(query, predictor=uniform(9))
    session = new_session(Player(uniform(9)))
    sent = f"kata-set-rules japanese\nkomi 0\n{commands}\nall_legal {colour}\nestimate_score\n"
    *replies, legal, score = talk(sent.encode(), session).split("\n\n")[:-1]
    assert replies == ["="] * len(replies) and response["rootInfo"]["currentPlayer"] == colour
    points = {point_to_vertex(point, 9) for point, share in enumerate(response["policy"][:81]) if share >= 0}
    assert points == set(legal[2:].split())
    seen = response["rootInfo"]["scoreLead"]
    assert score == f"= {format_result(round(seen, 1))}"
    assert lead is None or seen == lead


def test_of_a_stone_that_is_set_up_again_the_last_colour_counts() -> None:
    for colours, black in (("BWB", 1), ("WBW", -1)):
        stones = [[colour, "D6"] for colour in colours]
        (response,) = ask(query(initialStones=stones, moves=[["B", "C3"]], includeOwnership=True, includePolicy=True))
        assert response["ownership"][vertex_to_point("D6", 9)] * black > 0
        assert response["policy"][vertex_to_point("D6", 9)] == -1


def test_a_size_that_is_not_played_is_refused_before_its_points() -> None:
    (error,) = ask({**query(moves=[["B", "C48"], ["W", "c4"]]), "boardXSize": 50, "boardYSize": 50})
    assert error["field"] == "boardXSize" and "50" in error["error"]


def test_ownership_after_each_move_is_seen_as_the_root_is() -> None:
    seen = {}
    for perspective in ("BLACK", "WHITE", "SIDETOMOVE"):
        (response,) = ask(
            query(
                moves=[["B", "E5"]],
                includeMovesOwnership=True,
                includeOwnership=True,
                includePVVisits=True,
                includeNoResultValue=True,
                overrideSettings={"reportAnalysisWinratesAs": perspective},
            )
        )
        best = response["moveInfos"][0]
        assert best["noResultValue"] == 0 and len(best["ownership"]) == 81 and best["pvVisits"] == [best["visits"]]
        seen[perspective] = np.array(best["ownership"])
        assert np.corrcoef(seen[perspective], response["ownership"])[0, 1] > 0.5
    assert seen["BLACK"].any()
    np.testing.assert_array_equal(seen["WHITE"], -seen["BLACK"])
    np.testing.assert_array_equal(seen["SIDETOMOVE"], seen["WHITE"])  # White is to move


def test_every_key_that_clients_read_is_there() -> None:
    (response,) = ask(query(moves=[["B", "E5"]]))
    keys = {"edgeVisits", "scoreStdev", "utilityLcb", "weight", "playSelectionValue", "lcb", "scoreMean"}
    assert keys <= response["moveInfos"][0].keys() and response["moveInfos"][0]["scoreStdev"] > 0
    root = {"thisHash", "symHash", "scoreStdev", "weight", "utility", "rawNoResultProb", "rawScoreSelfplayStdev"}
    assert root <= response["rootInfo"].keys()
    hashes = [ask(query(moves=[["B", vertex]]))[0]["rootInfo"] for vertex in ("C3", "G7", "C4")]
    assert hashes[0]["thisHash"] != hashes[1]["thisHash"] and hashes[0]["symHash"] == hashes[1]["symHash"]
    assert hashes[0]["symHash"] != hashes[2]["symHash"]
    free = [*KO[:9], ["W", "pass"], ["B", "pass"]]  # the same stones, but White may take
    names = {ask(query(moves=moves))[0]["rootInfo"]["thisHash"] for moves in (KO[:9], free)}
    assert len(names) == 2


def test_actions() -> None:
    version, terminate, cache = ask(
        {"id": "a", "action": "query_version"},
        {"id": "b", "action": "terminate", "terminateId": "q"},
        {"id": "c", "action": "clear_cache"},
    )
    assert version["id"] == "a" and version["version"]
    assert terminate == {"id": "b", "action": "terminate", "terminateId": "q"} and cache["id"] == "c"


def test_models_are_named() -> None:
    (models,) = ask({"id": "m", "action": "query_models"})
    assert models["id"] == "m" and models["models"][0]["name"]


def test_the_command_answers_lines_until_the_end(tmp_path: Path) -> None:
    folder = save_tiny_network(tmp_path / "network")
    script = "import sys; from honte.engine.cli import main; sys.exit(main())"
    lines = [json.dumps({**KATRAIN, "id": str(number)}) for number in range(3)]
    result = subprocess.run(
        [sys.executable, "-c", script, "analysis", "--network", str(folder)],
        input="\n".join(["nothing", *lines]).encode(),
        capture_output=True,
        timeout=PATIENCE,
    )
    assert (result.returncode, result.stderr) == (0, b"")
    error, *responses = map(json.loads, result.stdout.splitlines())
    assert "error" in error and [response["id"] for response in responses] == ["0", "1", "2"]
    for response in responses[1:]:  # the three may go through the network in batches of different sizes
        assert response["policy"] == pytest.approx(responses[0]["policy"], abs=2e-6)


TOLD = Predictor(tiny_network(9, bands=("15k", "1d")))


def test_a_level_can_be_asked_for() -> None:
    asked: list[dict[str, str]] = [
        {"humanSLProfile": "rank_5k"}, {"level": "5k"}, {"level": "1d"}, {}, {"humanSLProfile": "preaz_3d"},
        {"level": "_"},
    ]  # fmt: skip
    queries = [query(id=str(place), overrideSettings=each, includePolicy=True) for place, each in enumerate(asked)]
    answers = {answer["id"]: answer for answer in ask(*queries, predictor=TOLD)}
    maps = [answers[str(place)]["policy"] for place in range(len(asked))]
    for place, level in enumerate(("5k", "5k", "1d", "", "1d", "")):
        p = TOLD.with_level(level).probabilities(Board(9), BLACK)
        np.testing.assert_allclose(maps[place][:-1], p, atol=2e-6)
    assert maps[0] == maps[1] != maps[2] == maps[4] and maps[3] == maps[5] != maps[0]
    assert ["humanPolicy" in answers[str(place)] for place in range(6)] == [True, False, False, False, True, False]
    assert answers["0"]["humanPolicy"] == maps[0] and "humanPrior" in answers["0"]["moveInfos"][0]
    (told,) = ask({"id": "m", "action": "query_models"}, predictor=TOLD)
    (untold,) = ask({"id": "m", "action": "query_models"})
    assert [each["models"][0]["usesHumanSLProfile"] for each in (told, untold)] == [True, False]


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ({"level": "25k"}, "no network here plays like 25k; the lowest ranks of its bands are 15k 1d on 9x9"),
        ({"level": 5}, "level must be a string"),
        ({"humanSLProfile": "9d"}, "is no profile"),
        ({"humanSLProfile": "proyear_2020"}, "names a year"),
    ],
)
def test_a_level_that_there_is_not(override: dict[str, Any], words: str) -> None:
    (answer,) = ask(query(overrideSettings=override), predictor=TOLD)
    assert words in answer["error"] and answer["field"] == "overrideSettings" and answer["id"] == "q"
