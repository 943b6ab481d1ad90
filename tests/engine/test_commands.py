"""What the engine answers: transcripts, and random input that must leave the board alone when it fails."""

import re
from concurrent.futures import Future
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from honte.engine.commands import COMMANDS, Session
from honte.engine.gtp import Stream, parse
from honte.engine.play.player import RESIGN, Player
from honte.features.errors import HonteError
from honte.policy.predictor import Predictor
from tests.engine.stubs import new_session, talk, tiny_network, uniform

GAME = "(;SZ[9]KM[5.5];B[ee];W[gc];B[cg];W[gg])"

PLAYER = Player(Predictor(tiny_network(9)))

STANDARD = """protocol_version name version known_command list_commands quit boardsize clear_board komi
    fixed_handicap place_free_handicap set_free_handicap play genmove undo time_settings time_left final_score
    loadsgf reg_genmove showboard"""


def transcript(sent: str, size: int = 9) -> list[str]:
    """The replies to some lines, one each, without the empty lines between them."""
    return talk(sent.encode(), new_session(Player(uniform(size)))).split("\n\n")[:-1]


def test_the_whole_standard_is_there() -> None:
    listed = transcript("list_commands\n")[0].removeprefix("= ").split("\n")
    assert listed == list(COMMANDS)
    assert set(STANDARD.split()) <= set(listed)
    known = transcript("".join(f"known_command {name}\n" for name in [*listed, "fly"]))
    assert known == ["= true"] * len(listed) + ["= false"]


def test_greeting_needs_neither_network_nor_board() -> None:
    asleep: Future[Player] = Future()
    asleep.result = lambda timeout=None: pytest.fail("waited for the player")  # type: ignore[method-assign]
    sent = b"1 name\n2 version\n3 protocol_version\n4 list_commands\n5 known_command play\n6 komi 6.5\n7 quit\n"
    replies = talk(sent, Session(asleep)).split("\n\n")
    assert [reply[:2] for reply in replies[:-1]] == [f"={number}" for number in range(1, 8)]


@pytest.mark.parametrize(
    ("sent", "reply"),
    [
        ("protocol_version", "= 2"),
        ("0 name", "=0 Honte"),
        ("fly me", "? unknown command"),
        ("42", "?42 unknown command"),
        ("known_command", "? syntax error"),
        ("name me", "? syntax error"),
        ("boardsize 9", "="),
        ("boardsize 19", "? unacceptable size"),
        ("boardsize nine", "? syntax error"),
        ("komi 7.5", "="),
        ("komi -0.25", "="),
        ("komi 1e6", "="),
        ("komi inf", "? syntax error"),
        ("komi", "? syntax error"),
        ("play B e5", "="),
        ("play white PASS", "="),
        ("play BLACK J9", "="),
        ("play b I5", "? invalid color or coordinate"),
        ("play b k1", "? invalid color or coordinate"),
        ("play grey e5", "? invalid color or coordinate"),
        ("play b", "? syntax error"),
        ("play", "? syntax error"),
        ("genmove red", "? invalid color or coordinate"),
        ("undo", "? cannot undo"),
        ("fixed_handicap 5", "= C3 G7 C7 G3 E5"),
        ("fixed_handicap 10", "? invalid number of stones"),
        ("fixed_handicap 1", "? invalid number of stones"),
        ("fixed_handicap many", "? syntax error"),
        ("place_free_handicap 20", "= C3 G7 C7 G3 C5 G5 E7 E3 E5 D6 F6 D4 F4 D7 F7 C6 E6 G6 D5 F5"),
        ("place_free_handicap 1", "? invalid number of stones"),
        ("set_free_handicap A1 B2", "="),
        ("set_free_handicap A1", "? bad vertex list"),
        ("set_free_handicap", "? bad vertex list"),
        ("set_free_handicap A1 a1", "? bad vertex list"),
        ("set_free_handicap A1 pass", "? bad vertex list"),
        ("set_free_handicap A1 Z9", "? bad vertex list"),
        ("time_settings 1800 30 5", "="),
        ("time_settings 1800 30", "? syntax error"),
        ("time_left b 12.5 0", "="),
        ("time_left b soon 0", "? syntax error"),
        ("time_left x 10 0", "? invalid color or coordinate"),
        ("final_score", "= W+7.5"),
        ("final_status_list dead", "="),
        ("final_status_list undecided", "? syntax error"),
        ("final_status_list", "? syntax error"),
        ("loadsgf no-such-file.sgf", "? cannot load file"),
        ("loadsgf", "? syntax error"),
    ],
)
def test_one_command(sent: str, reply: str) -> None:
    assert transcript(f"{sent}\n") == [reply]


def test_a_game() -> None:
    replies = transcript("boardsize 9\nkomi 0\nplay b e5\nplay w e5\nplay b d4\nplay w pass\nfinal_score\n")
    assert replies == ["=", "=", "=", "? illegal move", "=", "=", "= B+79"]


WALLS = "set_position " + " ".join(f"b D{line} w F{line}" for line in range(1, 10))


def test_the_end_of_a_game() -> None:
    """Black has the left with a dead stone in it, White the right; column E is for nobody."""
    end = f"{WALLS} w B5\n" + "".join(f"final_status_list {status}\n" for status in ("dead", "seki", "alive"))
    replies = transcript(f"komi 6.5\n{end}final_score\nkata-set-rules japanese\nfinal_score\n")
    walls = [" ".join(f"{column}{line}" for line in range(9, 0, -1)) for column in "DF"]
    assert replies == ["=", "=", "= B5", "=", "= " + "\n".join(walls), "= W+6.5", "=", "= W+5.5"]


def test_a_cleanup_takes_dead_stones() -> None:
    session = new_session(Player(uniform(9)))
    talk(f"{WALLS} w B5\n".encode(), session)
    assert talk(b"kgs-genmove_cleanup b\nplay w pass\n" * 4, session).count("?") == 0
    assert session.board.stones[4, 1] == 0 and session.board.captures[1] == 1


def test_giving_up_is_said_and_leaves_the_board_alone() -> None:
    player = Player(uniform(9))
    player.choose = lambda *arguments, **named: RESIGN  # type: ignore[method-assign]
    sent = "genmove b\nreg_genmove b\nkgs-genmove_cleanup b\nlz-genmove_analyze b\ncgos-genmove_analyze b\nundo\n"
    replies = talk(sent.encode(), new_session(player)).split("\n\n")[:-1]
    assert [reply.split("\n")[-1].removeprefix("= ") for reply in replies] == [
        *["resign"] * 3, *["play resign"] * 2, "? cannot undo"
    ]  # fmt: skip


def test_genmove_plays_and_reg_genmove_does_not() -> None:
    first, again, played, after = transcript("reg_genmove b\nreg_genmove b\ngenmove b\nreg_genmove w\n")
    assert first == again == played != after


def test_a_game_begins_with_its_handicap() -> None:
    """As for GNU Go and KataGo, which take moves back alone."""
    replies = transcript("set_free_handicap A1 C3 E5\nplay w d4\nundo\nundo\nlist_stones b\n")
    assert replies == ["=", "=", "=", "? cannot undo", "= E5 C3 A1"]


def test_handicap_wants_an_empty_board() -> None:
    attempts = "fixed_handicap 2\nplace_free_handicap 2\nset_free_handicap C3 C4\n"
    assert transcript(f"play b a1\n{attempts}clear_board\nfixed_handicap 2\n") == [
        "=",
        *["? board not empty"] * 3,
        "=",
        "= C3 G7",
    ]


def test_handicap_after_passes_keeps_them() -> None:
    assert transcript("play b pass\nfixed_handicap 2\nundo\nundo\n") == ["=", "= C3 G7", "=", "? cannot undo"]


def test_pipelined_undo_and_replay() -> None:
    sent = "play b c3\nplay w c4\nplay b d4\n" + "undo\n" * 3 + "play w c3\nplay b c4\nshowboard\n"
    replies = transcript(sent)
    assert replies[:-1] == ["="] * 8
    assert ". . X . ." in replies[-1] or ".(X)" in replies[-1]


def test_showboard_has_no_empty_line_and_begins_on_its_own() -> None:
    (reply,) = transcript("3 showboard\n")
    first, *lines = reply.split("\n")
    assert first == "=3 " and len(lines) == 11 and all(line.strip() for line in lines)
    assert lines[0].split() == lines[-1].split() == list("ABCDEFGHJ")


def test_loadsgf(tmp_path: Path) -> None:
    file = tmp_path / "game.sgf"
    file.write_text(GAME)

    def first_undos(*arguments: object) -> int:
        """How many moves were loaded."""
        replies = transcript(f"loadsgf {file} {' '.join(map(str, arguments))}\n" + "undo\n" * 6)
        assert replies[0] == "="
        return replies[1:].count("=")

    assert [first_undos(), first_undos(1), first_undos(3), first_undos(5), first_undos(99)] == [4, 0, 2, 4, 4]
    assert transcript(f"loadsgf {file}\nfinal_score\nloadsgf {file} x\n") == [
        "=",
        "= W+5.5",
        "? syntax error",
    ]


@pytest.mark.parametrize("content", [b"", b"hello", b"(;SZ[9];B[ee];W[ee])", b"(;SZ[99];B[ee])", bytes(range(256))])
def test_a_bad_file_changes_nothing(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "bad.sgf"
    file.write_bytes(content)
    before, loaded, folder, after = transcript(f"showboard\nloadsgf {file}\nloadsgf {tmp_path}\nshowboard\n")
    assert loaded == folder == "? cannot load file"
    assert before == after


def test_another_size_than_the_networks(tmp_path: Path) -> None:
    file = tmp_path / "game.sgf"
    file.write_text(GAME)
    loaded, moved, mapped, size = transcript(f"loadsgf {file}\ngenmove b\nheatmap\nboardsize 9\n", size=13)
    assert loaded == "=" and size == "? unacceptable size"
    assert moved == mapped and moved == "? the network is for 13 lines, not for 9"


def test_without_a_network_all_but_the_moves_work() -> None:
    broken: Future[Player] = Future()
    broken.set_exception(HonteError("there is no network"))
    replies = talk(b"boardsize 13\nplay b c3\ngenmove w\nheatmap\nboardsize 26\nfinal_score\n", Session(broken))
    assert replies.split("\n\n")[:-1] == [
        "=",
        "=",
        "? there is no network",
        "? there is no network",
        "? unacceptable size",
        "= B+161.5",
    ]


def test_heatmap_is_thousandths_of_the_legal_points() -> None:
    first, *rows, passing, win_rate = transcript("play b a9\nplay w b9\nheatmap\n")[-1].split("\n")
    assert first == "= " and passing == "pass: 0" and re.fullmatch(r"winrate: [01]\.\d+", win_rate)
    assert all(re.fullmatch(r"( *\d+ *){9}", row) for row in rows)
    table = [[int(cell) for cell in row.split()] for row in rows]
    assert table[0][:2] == [0, 0]
    assert {cell for row in table for cell in row} == {0, round(1000 / 79)}


def test_heatmap_by_symmetry() -> None:
    session = new_session(PLAYER)
    sent = "play b e5\nplay w c3\n" + "".join(f"heatmap {which}\n" for which in [*range(8), "all", "average"])
    maps = [reply[: reply.index("\npass: ")] for reply in talk(sent.encode(), session).split("\n\n")[2:-1]]
    *single, every, average = maps
    assert every.split("\n")[1:] == [
        line for index, each in enumerate(single) for line in (f"symmetry {index}", *each.split("\n")[1:])
    ]
    tables = np.array([[row.split() for row in each.split("\n")[1:]] for each in [*single, average]], float)
    assert tables.shape == (9, 9, 9) and len({table.tobytes() for table in tables}) == 9
    assert np.abs(tables[:8].mean(axis=0) - tables[8]).max() <= 1
    assert (tables[:, 4, 4] == 0).all() and (tables[:, 6, 2] == 0).all()


@pytest.mark.parametrize("which", ["8", "-1", "some", "0 1"])
def test_heatmap_of_nothing(which: str) -> None:
    assert transcript(f"heatmap {which}\n") == ["? syntax error"]


words = st.one_of(
    st.sampled_from(
        ["b", "W", "black", "WHITE", "pass", "resign", "all", "average", "A1", "e5", "j9", "I5", "T19", ""]
    ),
    st.integers(-2, 26).map(str),
    st.floats().map(str),
    st.text(max_size=6),
    st.binary(max_size=6).map(lambda data: data.decode("latin-1")),
)
vertices = st.tuples(st.sampled_from("ABCDEFGHJ"), st.integers(1, 9)).map(lambda pair: f"{pair[0]}{pair[1]}")
plays = st.tuples(st.sampled_from("bw"), vertices).map(lambda move: f"play {move[0]} {move[1]}")
names = st.sampled_from([name for name in COMMANDS if name not in ("quit", "printsgf")])  # which writes files
lines = st.one_of(
    plays,
    st.just("undo"),
    st.tuples(names, st.lists(words, max_size=3)).map(lambda pair: " ".join((pair[0], *pair[1]))),
    st.lists(words, max_size=3).map(" ".join),
).map(lambda line: line.replace("\n", " ").encode())


@given(st.lists(lines, max_size=30))
@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
def test_a_failing_command_changes_nothing(sent: list[bytes]) -> None:
    session = new_session(PLAYER)
    for line in sent:
        command = parse(line)
        if command is None:
            continue
        before = str(session.board), session.board.moves, session.board.hash, session.komi
        try:
            assert isinstance(session.answer(command), str | Stream)
        except HonteError:
            assert (str(session.board), session.board.moves, session.board.hash, session.komi) == before


@given(st.lists(st.one_of(lines, st.binary(max_size=40).map(lambda line: line.replace(b"\n", b""))), max_size=30))
@settings(max_examples=75)
def test_one_reply_per_command(sent: list[bytes]) -> None:
    commands = [
        line for line in sent if re.sub(rb"[\x00-\x08\x0a-\x1f\x7f]", b"", line.partition(b"#")[0]).strip(b" \t")
    ]
    quits = [bool(re.fullmatch(rb"(\d{1,10} )?quit", line.strip())) for line in commands]
    expected = quits.index(True) + 1 if any(quits) else len(commands)
    output = talk(b"".join(line + b"\r\n" for line in sent), new_session(PLAYER))
    replies = output.split("\n\n")
    assert replies.pop() == "" and len(replies) == expected
    assert all(reply[0] in "=?" for reply in replies)
