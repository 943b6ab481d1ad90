"""What game servers ask, and GoGui's maps."""

import json
import re

import pytest

from honte.engine.commands import COMMANDS, Session
from honte.engine.play.player import Player
from honte.features import PLANE_COUNT
from honte.features.planes import extract
from honte.features.rules import NAMED, from_json
from honte.policy.predictor import Predictor
from tests.engine.stubs import new_session, talk, tiny_network, uniform


def transcript(sent: str, size: int = 9) -> list[str]:
    return talk(sent.encode(), new_session(Player(uniform(size)))).split("\n\n")[:-1]


UNKNOWN = "unknown parameter; known are temperature, top_p, random_plies, safe, resign_threshold, level, humanSLProfile"


@pytest.mark.parametrize(
    ("sent", "reply"),
    [
        *((f"kgs-rules {name}", "=") for name in ("chinese", "aga", "japanese", "new_zealand")),
        ("kgs-rules calvinball", "? unknown rules"),
        ("kgs-rules", "? syntax error"),
        *((f"kata-set-rules {name}", "=") for name in NAMED),
        ('kata-set-rules {"ko": "POSITIONAL", "scoring": "AREA", "tax": "NONE", "suicide": true}', "="),
        ('kata-set-rules {"ko": "SOMETIMES"}', "? unknown rules"),
        ('kata-set-rules {"scoring": ["AREA"]}', "? unknown rules"),
        ('kata-set-rules {"whiteHandicapBonus": 1}', "? unknown rules"),
        ("kata-list-params", "= temperature top_p random_plies safe resign_threshold level humanSLProfile"),
        ("kata-get-param resign_threshold", "= 0.15"),
        ("kata-get-param random_plies", "= null"),
        ("kata-get-param maxVisits", f"? {UNKNOWN}"),
        ("kata-set-param maxVisits 100", f"? {UNKNOWN}"),
        ("kata-set-param top_p 2", "? top_p is 2.0; it must be more than 0 and at most 1"),
        ("kata-set-param safe perhaps", "? syntax error"),
        ("kata-set-param safe", "? syntax error"),
        ("gomill-explain_last_move", "="),
        ("kata-set-rules {", "? unknown rules"),
        ("kata-set-rules " + 9_999 * '{"a":', "? unknown rules"),
        ("kata-set-rules", "? unknown rules"),
        ("kata-set-rules scoreTERRITORY koSIMPLE  sui0", "="),
        ("kata-set-rules koSPIGHT", "="),
        ("kata-set-rules koSIMPLEkomi7.5", "? unknown rules"),
        ('kata-set-rules {"komi": 7.5}', "? unknown rules"),
        ("kata-set-rule ko simple", "="),
        ("kata-set-rule score territory", "="),
        ("kata-set-rule suicide TRUE", "="),
        ("kata-set-rule suicide 1", "? unknown rules"),
        ("kata-set-rule komi 6", "? unknown rules"),
        ("kgs-time_settings none", "="),
        ("kgs-time_settings absolute 1800", "="),
        ("kgs-time_settings byoyomi 1800 30 5", "="),
        ("kgs-time_settings canadian 1800 300 25", "="),
        ("kgs-time_settings canadian 1800", "? syntax error"),
        ("kgs-time_settings absolute soon", "? syntax error"),
        ("kgs-time_settings hourglass", "? syntax error"),
        ("kgs-game_over W+Resign", "="),
        ("kgs-chat game", "? syntax error"),
        ("cgos-opponent_name GNU Go", "="),
        ("cgos-opponent_rating 1800", "="),
        ("cgos-gameover 2026-01-01 B+3.5", "="),
        ("get_komi", "= 7.5"),
        ("gogui-interrupt", "="),
        ("honte-plane 48", "? syntax error"),
        ("honte-plane -1", "? syntax error"),
        ("honte-plane x", "? syntax error"),
    ],
)
def test_one_command(sent: str, reply: str) -> None:
    assert transcript(f"{sent}\n") == [reply]


def test_rules_are_kept() -> None:
    sent = 'kata-set-rules japanese\nkata-get-rules\nkata-set-rules {"ko":"POSITIONAL"}\nkata-get-rules\n'
    _, japanese, _, given = transcript(sent)
    assert json.loads(japanese[2:]) == {
        "hasButton": False, "suicide": False,
        "ko": "SIMPLE", "scoring": "TERRITORY", "tax": "SEKI", "whiteHandicapBonus": "0", "friendlyPassOk": False,
    }  # fmt: skip
    assert json.loads(given[2:]) == {  # as KataGo has what is left out
        "hasButton": False, "suicide": True,
        "ko": "POSITIONAL", "scoring": "AREA", "tax": "NONE", "whiteHandicapBonus": "0", "friendlyPassOk": False,
    }  # fmt: skip


@pytest.mark.parametrize("name", NAMED)
def test_rules_come_back_as_they_were_given(name: str) -> None:
    assert from_json(NAMED[name].as_json()) == NAMED[name]


def test_chinese_rules_are_those_of_kgs_on_kgs() -> None:
    assert json.loads(transcript("kgs-rules chinese\nkata-get-rules\n")[1][2:])["ko"] == "POSITIONAL"


def test_rules_decide_how_the_end_is_scored() -> None:
    """White's stone alone in Black's half is dead, but by the rules of Tromp and Taylor it stands and spoils it."""
    wall = "".join(f"play b E{row}\nplay w F{row}\n" for row in range(1, 10)) + "play w B5\nkomi 0\n"
    ends = [
        transcript(f"{wall}kata-set-rules {rules}\nfinal_score\nfinal_status_list dead\n")[-2:]
        for rules in ("chinese", "tromp-taylor", "japanese")
    ]
    assert ends == [["= B+9", "= B5"], ["= W+28", "="], ["= B+10", "= B5"]]


def test_chat_is_answered_in_one_line() -> None:
    (reply,) = transcript("7 kgs-chat private someone who are you?\n")
    assert reply.startswith("=7 I am Honte") and "\n" not in reply


def test_cgos_analysis_is_one_line_of_json_and_the_move() -> None:
    first, line, play = transcript("cgos-genmove_analyze b 1000\n")[0].split("\n")
    document = json.loads(line)
    assert first == "= " and re.fullmatch(r"play [A-J]\d", play)
    assert document["moves"][0]["move"] and 0 <= document["winrate"] <= 1 and "score" in document
    assert {move["winrate"] for move in document["moves"]} == {document["winrate"]}


def test_positions_are_set_at_once_or_not_at_all() -> None:
    replies = transcript(
        "play b A1\nset_position b D4 white E5\nhonte-liberties\nset_position b D4 w\nset_position b D4 w D4\n"
        "set_position b A1 w B1 w A2\nset_position x D4\nhonte-liberties\nset_position\nhonte-liberties\n"
    )
    assert replies == [
        "=", "=", "= E5 4\nD4 4", "? syntax error", "? illegal position", "? illegal position",
        "? invalid color or coordinate", "= E5 4\nD4 4", "=", "=",
    ]  # fmt: skip


def test_the_game_is_printed_as_sgf() -> None:
    reply = transcript("komi 5.5\nset_free_handicap C3 G7\nplay w E5\nplay b pass\nprintsgf\n")[-1]
    assert reply.startswith("= (;") and "KM[5.5]" in reply and "AB[gc][cg]" in reply.replace("AB[cg][gc]", "AB[gc][cg]")
    assert ";W[ee]" in reply and ";B[]" in reply.replace("B[tt]", "B[]")


def test_gogui_is_told_of_commands_that_answer() -> None:
    session = new_session(Player(Predictor(tiny_network(9))))
    talk(b"play b C3\nplay w D3\nplay b E2\nplay w C4\n", session)
    listed = talk(b"gogui-analyze_commands\n", session)[2:-2].split("\n")
    assert len(listed) == len(set(listed)) and sum(line.startswith("dboard/") for line in listed) == PLANE_COUNT
    for line in listed:
        kind, label, command = line.split("/")
        assert kind in ("dboard", "gfx", "pspairs", "none", "string") and label and command.split()[0] in COMMANDS
        reply = talk(f"{command}\n".encode(), session)
        assert reply.startswith("="), command
        check_drawing(kind, reply[1:].strip("\n"))


VERTEX = r"[A-HJ][1-9]"
GFX = re.compile(
    rf"COLOR #[0-9a-f]{{6}}( {VERTEX})+|LABEL {VERTEX} \S+|INFLUENCE( {VERTEX} -?\d+\.\d+)+|TEXT .+"
)


def check_drawing(kind: str, body: str) -> None:
    lines = body.strip().split("\n")
    match kind:
        case "gfx":
            assert all(GFX.fullmatch(line) for line in lines), body
        case "dboard":
            rows = [[float(cell) for cell in line.split()] for line in lines]
            assert len(rows) == 9 and {len(row) for row in rows} == {9}
            assert all(-1 <= cell <= 1 for row in rows for cell in row)
        case "pspairs":
            assert all(re.fullmatch(rf"{VERTEX} \S+", line) for line in lines), body


def test_gogui_sees_the_planes_as_they_are() -> None:
    session = new_session(Player(uniform(9)))
    talk(b"play b C3\nplay w D3\n", session)
    planes = extract(session.board, 1)
    for index in (0, 1, 2, 5, 14, 47):
        rows = talk(f"honte-plane {index}\n".encode(), session)[2:-2].split("\n")
        assert [[int(cell) for cell in row.split()] for row in rows] == planes[index].tolist()


def test_gogui_sees_ladders_and_the_order_of_moves() -> None:
    session = new_session(Player(uniform(9)))
    talk(b"set_position b C5 b D4 b E4 w D5\nplay b A1\nplay w A2\n", session)
    ladders, best = talk(b"honte-ladders\nhonte-best_moves\n", session).split("\n\n")[:2]
    assert re.search(rf"^COLOR #d53e00( {VERTEX})*( D6)", ladders.removeprefix("= "), re.M)
    assert [line.split()[2] for line in best.removeprefix("= ").split("\n")[:-1]] == [str(n) for n in range(1, 11)]


def test_settings_change_during_a_game() -> None:
    sent = "kata-set-param temperature 1\nkata-set-param safe TRUE\nkata-set-param random_plies 10\n"
    replies = transcript(f"{sent}kata-get-param temperature\nkata-get-param safe\ngomill-describe_engine\n")
    assert replies[3:5] == ["= 1.0", "= true"]
    assert "for 9x9\ntemperature 1.0, top_p 1.0, random_plies 10, " in replies[5]
    moves = transcript("kata-set-param temperature 1\n" + "kata-search b\n" * 20)[1:]
    assert len(set(moves)) > 1 and len(set(transcript("kata-search b\n" * 20))) == 1


def told_session() -> Session:
    """One with a network that was told ranks from 15k and from 1d on."""
    return new_session(Player(Predictor(tiny_network(9, bands=("15k", "1d")))))


def test_the_level_changes_during_a_game() -> None:
    session = told_session()
    seen = {}
    for sent, level, profile in (
        ("level 5k", "5k", "rank_5k"), ("level _", "", ""), ("humanSLProfile rank_15k", "15k", "rank_15k"),
        ("humanSLProfile preaz_9d", "9d", "rank_9d"), ('humanSLProfile ""', "", ""), ("level 1p", "1p", "rank_9d"),
    ):  # fmt: skip
        said = talk(f"kata-set-param {sent}\nkata-get-params\nkata-raw-nn 0\n".encode(), session)
        reply, parameters, raw = said.split("\n\n")[:3]
        assert reply == "="
        known = json.loads(parameters[2:])
        assert (known["level"], known["humanSLProfile"], known["temperature"]) == (level, profile, float(level != ""))
        seen[level] = raw
    assert seen["5k"] == seen["15k"] and seen["9d"] == seen["1p"] and len({seen["5k"], seen["9d"], seen[""]}) == 3
    talk(b"kata-set-param level 5k\nkata-set-param temperature 0.5\nkata-set-param level _\n", session)
    assert talk(b"kata-get-param temperature\n", session).endswith("= 0.5\n\n")
    assert 'level ""' in talk(b"gomill-describe_engine\n", session)


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ("level strong", "level 'strong' is no rank: write 3k, 6d or 9p"),
        ("level 12d", "level '12d' is no rank"),
        ("level 16k", "no network here plays like 16k; the lowest ranks of its bands are 15k 1d on 9x9"),
        ("humanSLProfile 5k", "humanSLProfile '5k' is no profile: write rank_5k or preaz_5k"),
        ("humanSLProfile rank_20k", "no network here plays like 20k"),
        ("humanSLProfile proyear_1950", "names a year, and networks are told ranks alone"),
    ],
)
def test_a_level_that_there_is_not(sent: str, words: str) -> None:
    session = told_session()
    assert talk(f"kata-set-param {sent}\n".encode(), session).startswith("? ") and session.player.predictor.level == ""
    assert words in talk(f"kata-set-param {sent}\n".encode(), session)


def test_a_search_makes_no_move() -> None:
    searched, analysed, explained = transcript("kata-search b\nkata-search_analyze b\ngomill-explain_last_move\n")
    assert re.fullmatch(r"= [A-J]\d", searched) and analysed.endswith(f"\nplay {searched[2:]}")
    assert "info move" in analysed and explained == "="


def test_the_last_move_is_explained() -> None:
    session = new_session(Player(Predictor(tiny_network(9))))
    best = talk(b"genmove b\n", session).strip("= \n")
    reply = talk(b"gomill-explain_last_move\n", session)
    assert re.fullmatch(rf"= choice 1 of the network, [\d.]+ %; its best: {best} [\d.]+ %(, \w\d [\d.]+ %)*\n\n", reply)
    assert talk(b"play w pass\ngomill-explain_last_move\n", session).startswith("=\n\n= a pass; ")


def test_cpu_time_passes() -> None:
    first, *_, second = transcript("gomill-cpu_time\n" + "genmove b\n" * 20 + "gomill-cpu_time\n")
    assert 0 < float(first[2:]) < float(second[2:])
