"""What game servers ask, and GoGui's maps."""

import json
import re

import pytest

from engine.commands import COMMANDS
from engine.player import Player
from engine.rules import NAMED
from features.planes import PLANE_COUNT, extract
from policy.predictor import Predictor
from tests.engine.stubs import new_session, talk, tiny_network, uniform


def transcript(sent: str, size: int = 9) -> list[str]:
    return talk(sent.encode(), new_session(Player(uniform(size)))).split("\n\n")[:-1]


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
        ("kata-set-rules {", "? unknown rules"),
        ("kata-set-rules " + 9_999 * '{"a":', "? unknown rules"),
        ("kata-set-rules", "? unknown rules"),
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
    assert json.loads(japanese[2:]) == {"ko": "SIMPLE", "scoring": "TERRITORY", "suicide": False}
    assert json.loads(given[2:]) == {"ko": "POSITIONAL", "scoring": "AREA", "suicide": False}


def test_chat_is_answered_in_one_line() -> None:
    (reply,) = transcript("7 kgs-chat private someone who are you?\n")
    assert reply.startswith("=7 I am Honte") and "\n" not in reply


def test_cgos_analysis_is_one_line_of_json_and_the_move() -> None:
    first, line, play = transcript("cgos-genmove_analyze b 1000\n")[0].split("\n")
    document = json.loads(line)
    assert first == "=" and re.fullmatch(r"play [A-J]\d", play)
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
