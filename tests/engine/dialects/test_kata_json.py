"""KataGo's JSON analysis protocol: what is answered, in what form, and what is refused."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from honte.engine.dialects.kata_queue import BATCH, Analyst
from honte.features.board import BLACK, WHITE, Board
from honte.features.coordinates import vertex_to_point
from honte.features.rules import NAMED, from_json, parse
from honte.policy.predictor import Predictor
from tests.engine.stubs import StubPredictor, save_tiny_network, tiny_network, uniform
from tests.waiting import PATIENCE

PREDICTOR = Predictor(tiny_network(9))

# What KaTrain asks about a position: every field that it sends.
KATRAIN: dict[str, Any] = {
    "id": "QUERY:7",
    "rules": "japanese",
    "priority": 0,
    "analyzeTurns": [2],
    "maxVisits": 500,
    "komi": 6.5,
    "boardXSize": 9,
    "boardYSize": 9,
    "includeOwnership": True,
    "includeMovesOwnership": False,
    "includePolicy": True,
    "initialStones": [["B", "C3"], ["B", "G7"]],
    "initialPlayer": "W",
    "moves": [["W", "E5"], ["B", "D4"]],
    "overrideSettings": {"reportAnalysisWinratesAs": "BLACK", "wideRootNoise": 0.0, "maxTime": 8.0},
    "reportDuringSearchEvery": 1.0,
}


def ask(*queries: Any, predictor: Any = PREDICTOR, win_rate: bool = True) -> list[dict[str, Any]]:
    lines = [query if isinstance(query, bytes) else json.dumps(query).encode() for query in queries]
    return list(Analyst(predictor, win_rate=win_rate).answer(lines))


def query(**fields: Any) -> dict[str, Any]:
    return {"id": "q", "boardXSize": 9, "boardYSize": 9, "rules": "chinese", "moves": [], **fields}


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


def test_moves_may_be_allowed_and_avoided() -> None:
    favourite = np.full(81, 0.001)
    favourite[[40, 41]] = 2, 1
    predictor = StubPredictor(favourite)
    entry = {"player": "B", "moves": ["E5", "pass"], "untilDepth": 1}
    first, second, only, other = ask(
        query(),
        query(avoidMoves=[entry]),
        query(allowMoves=[entry]),
        query(avoidMoves=[{**entry, "player": "W"}]),
        predictor=predictor,
    )
    assert [each["moveInfos"][0]["move"] for each in (first, second, only, other)] == ["E5", "F5", "E5", "E5"]
    assert len(only["moveInfos"]) == 1


def test_moves_are_avoided_by_several_entries_to_any_depth() -> None:
    entries = [{"player": "B", "moves": [move], "untilDepth": depth} for move, depth in (("E5", 1), ("F5", 10**9))]
    favourite = np.full(81, 0.001)
    favourite[[40, 41, 42]] = 3, 2, 1
    (response,) = ask(query(avoidMoves=entries), predictor=StubPredictor(favourite))
    assert response["moveInfos"][0]["move"] == "G5"


def test_deviations_of_ownership_are_those_of_a_search_of_one_position() -> None:
    fields = ("includeOwnership", "includeOwnershipStdev", "includeMovesOwnershipStdev")
    plain, asked = ask(query(), query(**dict.fromkeys(fields, True)))
    assert asked["ownershipStdev"] == [0] * 81 and len(asked["ownership"]) == 81
    assert all(move["ownershipStdev"] == [0] * 81 for move in asked["moveInfos"])
    assert "ownershipStdev" not in plain and not any("ownershipStdev" in move for move in plain["moveInfos"])


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"id": 7}, "id"),
        ({"boardXSize": "9"}, "boardXSize"),
        ({"boardXSize": 4, "boardYSize": 4}, "boardXSize"),
        ({"boardYSize": 13}, "boardYSize"),
        ({"boardXSize": 99, "boardYSize": 99}, "boardXSize"),
        ({"boardXSize": True, "boardYSize": True}, "boardXSize"),
        ({"moves": None}, "moves"),
        ({"moves": [["B"]]}, "moves"),
        ({"moves": [["B", "Z9"]]}, "moves"),
        ({"moves": [["grey", "A1"]]}, "moves"),
        ({"moves": [["B", "A1"], ["W", "A1"]]}, "moves"),
        ({"initialStones": [["B", "pass"]]}, "initialStones"),
        ({"initialStones": [["B", "A2"], ["B", "B1"], ["W", "A1"]]}, "initialStones"),
        ({"initialPlayer": 1}, "initialPlayer"),
        ({"analyzeTurns": [0, 1]}, "analyzeTurns"),
        ({"analyzeTurns": [-1]}, "analyzeTurns"),
        ({"analyzeTurns": ["0"]}, "analyzeTurns"),
        ({"analyzeTurns": []}, "analyzeTurns"),
        ({"rules": "calvinball"}, "rules"),
        ({"rules": {"scoring": "STONES"}}, "rules"),
        ({"whiteHandicapBonus": 2}, "whiteHandicapBonus"),
        ({"komi": "much"}, "komi"),
        ({"komi": 10**400}, "komi"),
        ({"includePolicy": "yes"}, "includePolicy"),
        ({"overrideSettings": {"reportAnalysisWinratesAs": "MINE"}}, "overrideSettings"),
        ({"avoidMoves": [{"player": "B"}]}, "avoidMoves"),
        ({"avoidMoves": [{"moves": ["A1"], "untilDepth": 1}]}, "avoidMoves"),
        ({"avoidMoves": [{"player": "B", "moves": ["A1"]}]}, "avoidMoves"),
        ({"avoidMoves": [{"player": "B", "moves": ["A1"], "untilDepth": 0}]}, "avoidMoves"),
        ({"avoidMoves": [{"player": "B", "moves": ["A1"], "untilDepth": 1.5}]}, "avoidMoves"),
        ({"allowMoves": [{"player": "B", "moves": ["A1"], "untilDepth": True}]}, "allowMoves"),
        ({"allowMoves": [{"player": "B", "moves": ["A1"], "untilDepth": 1}] * 2}, "allowMoves"),
        ({"allowMoves": [], "avoidMoves": []}, "allowMoves"),
        ({"includeOwnershipStdev": 1}, "includeOwnershipStdev"),
        ({"includeMovesOwnershipStdev": "no"}, "includeMovesOwnershipStdev"),
        ({"action": "dance"}, "action"),
    ],
)
def test_an_error_names_the_field(fields: dict[str, Any], field: str) -> None:
    (response,) = ask({**query(), **fields})
    assert response["field"] == field and response["error"]
    assert response.get("id", 7) == fields.get("id", "q") or "id" not in response


def test_what_is_no_query_gets_an_error_and_the_next_is_answered() -> None:
    junk: list[Any] = [b"hello", b"\xff\xfe", b"[1]", b"7", b"", b" ", b"[" * 9999, b'{"id": NaN}', b'{"id": "x"}']
    *errors, last = ask(*junk, query())
    assert len(errors) == len(junk) - 2 and all("error" in each for each in errors) and last["turnNumber"] == 0
    assert errors[-1]["id"] == "x"


def test_what_is_not_served_is_warned_of() -> None:
    warning, response = ask(query(humanModel="rank_9d", includeNoResultValue=True, maxVisits=7))
    assert warning["field"] == "humanModel" and warning["id"] == "q" and warning["warning"]
    assert "warning" not in response and response["turnNumber"] == 0


def test_actions() -> None:
    version, terminate, cache = ask(
        {"id": "a", "action": "query_version"},
        {"id": "b", "action": "terminate", "terminateId": "q"},
        {"id": "c", "action": "clear_cache"},
    )
    assert version["id"] == "a" and version["version"]
    assert terminate == {"id": "b", "action": "terminate", "terminateId": "q"} and cache["id"] == "c"


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4) | st.sampled_from(["B", "W", "C3"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from([*KATRAIN, "avoidMoves", "allowMoves", "action"]), values, max_size=4))
@settings(max_examples=200)
def test_no_query_is_too_odd(fields: dict[str, Any]) -> None:
    responses = ask({**query(), **fields}, query(id="after"), predictor=uniform(9), win_rate=False)
    assert len(responses) >= 2 and any(each.get("id") == "after" for each in responses)
    json.dumps(responses, allow_nan=False)


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


@pytest.mark.parametrize(
    "rules",
    [
        "stone-scoring", "stone_scoring", "aga-button", "newzealand", "new zealand", "NZ", "tromptaylor", "jp",
        "koSIMPLEscoreTERRITORYtaxSEKIsui0", "kopositionalscoreareataxnonesui1button1whbN-1fpok1",
        '{"ko":"SIMPLE","scoring":"AREA","tax":"ALL","suicide":false,"hasButton":true}', {"score": "AREA"}, {},
    ],
)  # fmt: skip
def test_rules_in_every_form(rules: Any) -> None:
    assert "moveInfos" in ask(query(rules=rules))[0]


@pytest.mark.parametrize("rules", [{"kos": "SIMPLE"}, {"tax": "SOME"}, {"hasButton": 1}, "koSIMPLEx", '{"ko":', 7])
def test_rules_that_katago_refuses(rules: Any) -> None:
    assert ask(query(rules=rules))[0]["field"] == "rules"


def test_rules_left_out_are_katagos() -> None:
    assert from_json({}) == NAMED["tromp-taylor"] and from_json({"scoring": "TERRITORY"}).tax == "SEKI"
    assert parse("koSIMPLEscoreTERRITORYtaxSEKIsui0whb0") == NAMED["japanese"]
    assert parse("koSIMPLEscoreAREAtaxNONEsui0button0whbNfpok1") == NAMED["chinese"]


KO = [["B", "D5"], ["W", "E5"], ["B", "E6"], ["W", "F6"], ["B", "E4"], ["W", "F4"], ["B", "A1"], ["W", "G5"],
      ["B", "F5"], ["W", "E5"]]  # fmt: skip
"""Black takes E5 by F5, and White retakes."""


def test_ko_retakes_and_suicides_are_replayed_as_katago_does() -> None:
    (response,) = ask(query(moves=KO, includePolicy=True, rules="japanese"))
    policy = np.array(response["policy"][:81]).reshape(9, 9)
    assert response["turnNumber"] == 10 and policy[4, 4] == -1 and policy[4, 5] == -1  # White's stone, and the ko
    wall = [["B", vertex] for vertex in ("C1", "C2", "B3", "A3")]
    inside = [["W", "A1"], ["W", "B1"], ["W", "B2"], ["W", "A2"]]
    (response,) = ask(query(moves=[*wall, *inside], includePolicy=True))
    assert all(response["policy"][point] >= 0 for point in (63, 64, 72, 73)), "four stones have gone"
    single = [["B", "A2"], ["B", "B1"], ["W", "A1"]]
    for rules in ("chinese", "tromp-taylor", "new-zealand"):
        (error,) = ask(query(moves=single, rules=rules))
        assert error["field"] == "moves" and error["error"] == "Illegal move 3: W A1"


def test_a_stone_named_twice_is_the_last_one() -> None:
    stones = [["B", "E5"], ["W", "E5"], ["W", "E5"]]
    (response,) = ask(query(initialStones=stones, includeOwnership=True, overrideSettings={}))
    assert response["policy" if "policy" in response else "ownership"][40] < 0


def test_komi_is_a_half_number_and_that_of_the_rules_by_default() -> None:
    board = {"initialStones": SPLIT, "moves": [["B", "pass"], ["W", "pass"]]}

    def komi(**fields: Any) -> float:
        (response,) = ask(query(**board, **fields))
        return 9 - float(response["rootInfo"]["scoreLead"])

    assert komi(rules="tromp-taylor") == 7.5 and komi(rules="new-zealand") == 7 and komi(rules={"komi": 0.5}) == 0.5
    assert komi(rules={"komi": 0.5}, komi=-200) == -200 and komi(rules="koSIMPLEkomi3", komi=4) == 4
    for wrong in (6.75, 400.5, "6.5", True):
        (error,) = ask(query(komi=wrong))
        assert error["field"] == "komi"


def test_territory_takes_dead_stones_off_whatever_the_object_leaves_out() -> None:
    """The W at B5 is dead: five columns of Black's less the wall, and two points for the stone."""
    end = [*[["B", f"E{row}"] for row in range(1, 10)], *[["W", f"F{row}"] for row in range(1, 10)], ["W", "B5"]]
    rules = {"ko": "SIMPLE", "scoring": "TERRITORY", "tax": "SEKI", "suicide": False}
    over = {"initialStones": end, "moves": [["B", "pass"], ["W", "pass"]], "komi": 0}
    (response,) = ask(query(**over, rules=rules))
    assert response["rootInfo"]["scoreLead"] == 36 + 1 - 27


def test_a_line_that_is_too_long_is_refused_once() -> None:
    error, answer = ask(b'{"id": "' + b"x" * 70_000 + b'"}', query())
    assert "at most 65536 bytes" in error["error"] and answer["id"] == "q"


def over(moves: list[list[str]]) -> list[list[str]]:
    return [*moves, ["B", "pass"], ["W", "pass"]]


SPLIT = [[colour, f"{column}{row}"] for row in range(1, 10) for colour, column in (("B", "E"), ("W", "F"))]


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


def test_ownership_after_each_move_is_seen_as_the_root_is() -> None:
    for perspective in ("BLACK", "WHITE", "SIDETOMOVE"):
        (response,) = ask(
            query(
                moves=[["B", "E5"]],
                includeMovesOwnership=True,
                includePVVisits=True,
                includeNoResultValue=True,
                overrideSettings={"reportAnalysisWinratesAs": perspective},
            )
        )
        best = response["moveInfos"][0]
        point = vertex_to_point(best["move"], 9)
        assert best["noResultValue"] == 0 and len(best["ownership"]) == 81 and best["pvVisits"] == [best["visits"]]
        assert best["ownership"][point] * (1 if perspective != "BLACK" else -1) > 0  # White's stone, just played


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


def test_models_are_named() -> None:
    (models,) = ask({"id": "m", "action": "query_models"})
    assert models["id"] == "m" and models["models"][0]["name"]
