"""KataGo's JSON analysis protocol: what is read of a query, and what is refused."""

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from honte.features.rules import NAMED, from_json, parse
from tests.engine.dialects.asking import KATRAIN, KO, SPLIT, ask, query
from tests.engine.stubs import StubPredictor, uniform


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
    junk: list[Any] = [b"hello", b"\xff\xfe", b"[1]", b"7", b"", b" ", b"[" * 9999, b'{"id": NaN}']
    junk += [b'{"id": "x", "action": "clear_cache", "much": 1e999}', b'{"id": "x"}']
    *errors, last = ask(*junk, query())
    assert len(errors) == len(junk) - 2 and all("error" in each for each in errors) and last["turnNumber"] == 0
    assert errors[-1]["id"] == "x"


def test_what_is_not_served_is_warned_of() -> None:
    warning, response = ask(query(humanModel="rank_9d", includeNoResultValue=True, maxVisits=7))
    assert warning["field"] == "humanModel" and warning["id"] == "q" and warning["warning"]
    assert "warning" not in response and response["turnNumber"] == 0


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


def test_a_line_that_is_too_long_is_refused_once() -> None:
    error, answer = ask(b'{"id": "' + b"x" * 70_000 + b'"}', query())
    assert "at most 65536 bytes" in error["error"] and answer["id"] == "q"


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


def test_a_pass_may_be_avoided() -> None:
    """Of a finished game, where it comes first; the policy is the network's, whatever is avoided."""
    over = query(initialStones=SPLIT, moves=[["B", "pass"], ["W", "pass"]], includePolicy=True)
    entries = [{"player": player, "moves": ["pass"], "untilDepth": 1} for player in "BW"]
    plain, without, other = ask(over, *({**over, "avoidMoves": [entry]} for entry in entries))
    assert plain["moveInfos"][0]["move"] == other["moveInfos"][0]["move"] == "pass"
    assert without["moveInfos"] and all(move["move"] != "pass" for move in without["moveInfos"])
    assert plain["moveInfos"][0]["prior"] == plain["policy"][81] == without["policy"][81] == 0.9
    assert without["moveInfos"][0]["prior"] == pytest.approx(10 * plain["moveInfos"][1]["prior"], rel=1e-3)


def test_moves_are_avoided_by_several_entries_to_any_depth() -> None:
    entries = [{"player": "B", "moves": [move], "untilDepth": depth} for move, depth in (("E5", 1), ("F5", 10**9))]
    favourite = np.full(81, 0.001)
    favourite[[40, 41, 42]] = 3, 2, 1
    (response,) = ask(query(avoidMoves=entries), predictor=StubPredictor(favourite))
    assert response["moveInfos"][0]["move"] == "G5"


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


def test_ko_retakes_and_suicides_are_replayed_as_katago_does() -> None:
    (response,) = ask(query(moves=KO, includePolicy=True, rules="japanese"))
    policy = np.array(response["policy"][:81]).reshape(9, 9)
    assert response["turnNumber"] == 10 and policy[4, 4] == -1 and policy[4, 5] == -1  # White's stone, and the ko
    (response,) = ask(query(moves=[*KO[:9], ["B", "E5"]], includePolicy=True))  # Black fills the ko that he took
    assert (np.array(response["policy"][:81]).reshape(9, 9)[4, 3:6] == -1).all()
    wall = [["B", vertex] for vertex in ("C1", "C2", "B3", "A3")]
    inside = [["W", "A1"], ["W", "B1"], ["W", "B2"], ["W", "A2"]]
    (response,) = ask(query(moves=[*wall, *inside], includePolicy=True))
    assert all(response["policy"][point] >= 0 for point in (63, 64, 72, 73)), "four stones have gone"
    single = [["B", "A2"], ["B", "B1"], ["W", "A1"]]
    for rules in ("chinese", "tromp-taylor", "new-zealand"):
        (error,) = ask(query(moves=single, rules=rules))
        assert error["field"] == "moves" and error["error"] == "Illegal move 3: W A1"


STONES = [["B", "C3"], ["W", "G7"]]


@pytest.mark.parametrize(
    ("fields", "colours"),
    [
        ({}, "B"),
        ({"initialPlayer": "W"}, "W"),
        ({"initialStones": [["B", "C3"]]}, "B"),  # one stone is no handicap
        ({"initialStones": [["B", "C3"], ["B", "G7"]]}, "W"),
        ({"initialStones": [["W", "C3"]]}, "B"),
        ({"initialStones": STONES}, "B"),
        ({"initialStones": STONES, "moves": [["B", "pass"]]}, "BW"),
        ({"initialStones": STONES, "moves": [["W", "pass"]]}, "WB"),
        ({"initialStones": [["B", "C3"]], "moves": [["W", "pass"], ["B", "pass"]]}, "WBW"),
        ({"initialStones": STONES, "initialPlayer": "W", "moves": [["W", "pass"], ["W", "E5"]]}, "WBB"),
        ({"initialPlayer": "W", "moves": [["B", "C3"], ["W", "pass"]]}, "WWB"),
        ({"initialPlayer": "B", "moves": [["W", "C3"], ["W", "D4"], ["B", "E5"]]}, "BBBW"),
        ({"moves": [["B", "C3"], ["B", "G7"], ["W", "E5"]]}, "BWWB"),
    ],
)
def test_the_side_to_move_is_katagos(fields: dict[str, Any], colours: str) -> None:
    """First who is said to move, else who does, else White after a handicap; later the side that has not moved last."""
    turns = list(range(len(fields.get("moves", [])) + 1))
    answers = ask(query(**fields, analyzeTurns=turns), predictor=uniform(9), win_rate=False)
    assert "".join(answer["rootInfo"]["currentPlayer"] for answer in answers) == colours
    for turn in turns:
        (alone,) = ask(query(**fields, analyzeTurns=[turn]), predictor=uniform(9), win_rate=False)
        assert alone == answers[turn]


@pytest.mark.parametrize(
    ("stones", "sentence"),
    [
        ([["B", "pass"]], "a stone is set up on a point of the board, and a pass is none"),
        ([["B", "C3"], ["W", "PASS"]], "a stone is set up on a point of the board, and a pass is none"),
        ([["B", "A2"], ["B", "B1"], ["W", "A1"]], "the setup stones would leave a chain without liberties"),
        ([["B", "T19"]], "invalid coordinate 'T19' on a 9x9 board; write A1 … J9 or pass"),
        ([["E", "C3"]], "a colour must be B or W"),
    ],
)
def test_what_is_wrong_with_a_stone_is_said_of_the_stone(stones: list[list[str]], sentence: str) -> None:
    (error,) = ask(query(initialStones=stones, moves=[["B", "pass"]]))
    assert (error["field"], error["error"]) == ("initialStones", sentence)


def test_a_stone_named_twice_is_the_last_one() -> None:
    stones = [["B", "E5"], ["W", "E5"], ["W", "E5"]]
    (response,) = ask(query(initialStones=stones, includeOwnership=True, overrideSettings={}))
    assert response["policy" if "policy" in response else "ownership"][40] < 0
