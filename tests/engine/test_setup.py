"""Where a game begins: positions, handicaps, undo, files, and what else clients ask of the board."""

import json
import os
import random
import re
from pathlib import Path

import pytest

from honte.data.sgf import parse
from honte.engine.play.player import Player
from honte.features.board import BLACK, WHITE
from honte.features.handicap import handicap_of
from honte.features.rules import JAPANESE, NEW_ZEALAND
from tests.engine.stubs import new_session, talk, uniform


def transcript(sent: str, size: int = 9) -> list[str]:
    return talk(sent.encode(), new_session(Player(uniform(size)))).split("\n\n")[:-1]


@pytest.mark.parametrize(
    ("sent", "reply"),
    [
        ("boardsize 19 19", "? unacceptable size"),
        ("boardsize 9 9", "? unacceptable size"),
        ("boardsize 9 nine", "? syntax error"),
        ("boardsize", "? syntax error"),
        ("rectangular_boardsize 9 13", "? unacceptable size"),
        ("rectangular_boardsize 13 13", "? unacceptable size"),
        ("rectangular_boardsize 9 9", "="),
        ("boardsize 0x9", "? syntax error"),
        ("boardsize 1_9", "? syntax error"),
        ("boardsize ٩", "? syntax error"),
        ("komi 1_0", "? syntax error"),
        ("komi ٦", "? syntax error"),
        ("komi infinity", "? syntax error"),
        ("komi +5.5", "="),
        ("komi .5", "="),
        ("gogui-setup b", "? syntax error"),
        ("gogui-setup grey A1", "? invalid color or coordinate"),
        ("gogui-setup b A1 w A1", "? illegal position"),
        ("gogui-setup empty A1", "="),
        ("gogui-setup_player x", "? invalid color or coordinate"),
        ("gogui-play_sequence b", "? syntax error"),
        ("gogui-play_sequence b A1 w A1", "? illegal move"),
        ("list_stones", "? syntax error"),
        ("list_stones b", "="),
        ("last_move", "? no previous move known"),
        ("move_history", "="),
        ("captures w", "= 0"),
        ("is_legal b A1", "= 1"),
        ("all_legal b", "= " + " ".join(f"{c}{r}" for r in range(9, 0, -1) for c in "ABCDEFGHJ")),
        ("clear_cache", "="),
        ("stop", "="),
        ("kata-list_time_settings", "= none absolute byoyomi canadian fischer fischer-capped"),
        ("kata-time_settings fischer 60 5", "="),
        ("kata-time_settings fischer 60", "? syntax error"),
        ("kata-set-rule ko SIMPLE", "="),
        ("kata-set-rule ko SOMETIMES", "? unknown rules"),
        ("kata-set-rule hasButton true", "="),
        ("lz-setoption name visits value 100", "="),
        ("lz-setoption name pondering value false", "="),
        ("lz-setoption name pondering value 7x", "? syntax error"),
    ],
)
def test_one_command(sent: str, reply: str) -> None:
    assert transcript(f"{sent}\n") == [reply]


def test_komi_comes_back_as_a_number() -> None:
    sent = "".join(f"komi {komi}\nget_komi\n" for komi in ("-0", "+7.50", ".5", "1e1", "-100.25"))
    assert transcript(sent)[1::2] == ["= 0", "= 7.5", "= 0.5", "= 10", "= -100.25"]


def test_undo_takes_back_moves_alone() -> None:
    """As in KataGo and GNU Go: a position that was set is where the game begins."""
    sent = "set_position b C3 w G7\nundo\nplay b E5\ngogui-setup w A1\nundo\n"
    replies = transcript(f"{sent}list_stones w\nlist_stones b\n")
    assert replies == ["=", "? cannot undo", "=", "=", "=", "= G7", "= C3"]


def test_undo_after_a_handicap_is_gnu_gos(gnugo: list[str]) -> None:
    from honte.engine.match.client import Engine

    sent = ["boardsize 9", "set_free_handicap C3 G7", "undo", "play w E5", "undo", "undo", "list_stones black"]
    ours = transcript("\n".join(sent) + "\n")
    with Engine(gnugo) as engine:
        for line, reply in zip(sent, ours, strict=True):
            try:
                theirs = engine.send(line)
                assert reply[0] == "=" and set(reply[1:].split()) == set(theirs.split()), line
            except Exception as error:
                assert reply == f"? {error}", line


def test_gogui_sets_up_a_position() -> None:
    session = new_session(Player(uniform(9)))
    sent = "gogui-setup b C3 b D3 w E5\ngogui-setup_player w\ngogui-setup e D3\nlist_stones b\nhonte-best_moves\n"
    replies = talk(sent.encode(), session).split("\n\n")
    assert replies[:4] == ["=", "=", "=", "= C3"]
    assert talk(b"gogui-setup_player w\n", session) == "=\n\n" and session.board.to_move == WHITE
    assert talk(b"gogui-play_sequence w C4 b pass\nmove_history\nlast_move\n", session).split("\n\n")[1:3] == [
        "= black pass\nwhite C4", "= black pass"
    ]  # fmt: skip


def test_a_sequence_is_played_whole_or_not_at_all() -> None:
    replies = transcript("gogui-play_sequence b C3 w D4\ngogui-play_sequence b E5 w C3\nmove_history\n")
    assert replies == ["=", "? illegal move", "= white D4\nblack C3"]


@pytest.mark.parametrize(("rules", "legal"), [("new-zealand", True), ("tromp-taylor", True), ("aga", False)])
def test_suicide_is_taken_where_the_rules_allow_it(rules: str, legal: bool) -> None:
    """White's pair A1 and B1 has no liberty among A2, B2 and C1."""
    sent = f"kata-set-rules {rules}\ngogui-setup b A2 b B2 b C1\nplay w B1\nis_legal w A1\nall_legal w\n"
    asked = transcript(f"{sent}play w A1\nlist_stones w\ncaptures b\nundo\nlist_stones w\n")[3:]
    assert asked[0] == f"= {int(legal)}" and ("A1" in asked[1].split()) == legal
    assert asked[2:] == (["=", "=", "= 2", "=", "= B1"] if legal else ["? illegal move", "= B1", "= 0", "=", "="])
    sequence = transcript(f"{sent}gogui-play_sequence b J9 w A1\nlist_stones w\n")[5:]
    assert sequence == (["=", "="] if legal else ["? illegal move", "= B1"])


@pytest.mark.parametrize("rules", ["NZ", "Tromp-Taylor"])
@pytest.mark.parametrize(
    ("moves", "taken"),
    [(";B[ah];W[bi];B[bh];W[dd];B[ci];W[ai];B[ee]", 2), (";B[ah];W[dd];B[bi];W[ai];B[ee]", 1)],
    ids=["two stones", "one stone"],
)
def test_files_with_suicide_are_loaded_where_their_rules_allow_it(
    tmp_path: Path, rules: str, moves: str, taken: int
) -> None:
    file = tmp_path / "game.sgf"
    file.write_text(f"(;SZ[9]RU[{rules}]{moves})")
    sent = f"loadsgf {file}\ncaptures b\nlist_stones w\nundo\nundo\nlist_stones w\nprintsgf {file}\nloadsgf {file}\n"
    before = "= D6 B1" if taken == 2 else "= D6"
    assert transcript(sent) == ["=", f"= {taken}", "= D6", "=", "=", before, "=", "="]
    for other in ("Japanese", "Chinese", "AGA"):
        file.write_text(f"(;SZ[9]RU[{other}]{moves})")
        assert transcript(f"loadsgf {file}\nmove_history\n") == ["? cannot load file", "="]


WALL = "".join(f"play w F{row}\nplay b E{row}\n" for row in range(1, 10))


@pytest.mark.parametrize(
    ("begin", "points"),
    [
        ("play b A1\nplay b B1\n", 2),
        ("set_free_handicap A1 B1\n", 2),
        ("play b A1\nplay b B1\nplay b C1\n", 3),
        ("play b A1\nplay w pass\nplay b B1\n", 0),
        ("set_position b A1 b B1 w J9\n", 0),
        ("set_position b A1 b B1\n", 0),
        ("gogui-setup b A1 b B1\n", 0),
    ],
)
def test_handicap_is_counted_as_clients_send_it(begin: str, points: int) -> None:
    """By Chinese rules White is given a point a stone; Black owns five columns of nine."""
    assert transcript(f"komi 0\n{begin}{WALL}final_score\n")[-1] == f"= B+{45 - 36 - points}"


def test_black_moves_and_then_white_moves_are_a_diagram() -> None:
    """Sabaki and GoGui replay a position so: first all of Black's stones, then all of White's."""
    diagram = "".join(f"play b E{row}\n" for row in range(1, 10)) + "".join(f"play w F{row}\n" for row in range(1, 10))
    assert transcript(f"komi 0\n{diagram}final_score\n")[-1] == "= B+9"


@pytest.mark.parametrize(("size", "stones"), [(19, 10), (19, 13), (9, 12), (13, 20), (8, 6), (5, 3), (2, 3)])
def test_every_handicap_is_placed(size: int, stones: int) -> None:
    """gtp2ogs resigns when it gets fewer stones than it asked for."""
    placed, listed = transcript(f"place_free_handicap {stones}\nlist_stones b\n", size)
    vertices = placed[2:].split()
    assert len(set(vertices)) == len(vertices) == stones and set(vertices) == set(listed[2:].split())
    assert all(re.fullmatch(r"[A-HJ-T]\d+", vertex) for vertex in vertices)


@pytest.mark.parametrize("stones", [0, 1, 81, 999])
def test_no_handicap_of(stones: int) -> None:
    assert transcript(f"place_free_handicap {stones}\nlist_stones b\n") == ["? invalid number of stones", "="]


def test_a_file_brings_its_rules_komi_turn_and_handicap(tmp_path: Path) -> None:
    file = tmp_path / "game.sgf"
    file.write_text("(;SZ[9]KM[0.5]RU[NZ]HA[2]AB[cc][gg]PL[W])")
    session = new_session(Player(uniform(9)))
    assert talk(f"loadsgf {file}\n".encode(), session) == "=\n\n"
    assert (session.rules, session.komi, session.board.to_move) == (NEW_ZEALAND, 0.5, WHITE)
    file.write_text("(;SZ[9]RU[koPOSITIONALscoreTERRITORYtaxSEKIsui0];B[ee])")
    talk(f"loadsgf {file}\nkata-set-rules new-zealand\n".encode(), kata := new_session(Player(uniform(9))))
    assert kata.rules == NEW_ZEALAND
    talk(f"loadsgf {file}\n".encode(), kata)
    assert (kata.rules.ko, kata.rules.scoring, kata.rules.suicide) == ("POSITIONAL", "TERRITORY", False)
    file.write_text("(;SZ[9]RU[Calvinball];B[ee])")
    talk(f"loadsgf {file}\n".encode(), session)
    assert (session.rules, session.komi) == (NEW_ZEALAND, 0.5)


def test_what_is_in_doubt_in_a_file_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "game.sgf").write_text("(;SZ[9]KM[50]RU[Calvinball]HA[some];B[ee])")
    assert transcript(f"loadsgf {tmp_path}/game.sgf\nget_komi\n") == ["=", "= 0.5"]
    said = [record.getMessage() for record in caplog.records]
    assert len(said) == 3 and all(line.startswith("loadsgf: ") for line in said)
    assert all(any(word in line for line in said) for word in ("50", "Calvinball", "some")), said


def test_a_stone_set_up_twice_is_printed_as_it_was_set_up_last(tmp_path: Path) -> None:
    file = tmp_path / "game.sgf"
    file.write_text("(;SZ[9];AB[cc];AW[cc];AB[cc];B[dd])")
    printed = talk(f"loadsgf {file}\nprintsgf\n".encode(), new_session(Player(uniform(9)))).split("\n\n")[1]
    assert "AB[cc]" in printed and "AW" not in printed


def test_what_is_printed_is_loaded_again(tmp_path: Path) -> None:
    file = tmp_path / "game.sgf"
    sent = f"kata-set-rules japanese\nkomi 0.5\nset_free_handicap C3 G7\nplay w E5\nprintsgf\nprintsgf {file}\n"
    replies = transcript(f"{sent}printsgf {file}/game.sgf\n")
    assert replies[-2:] == ["=", "? cannot write file"] and file.read_text().rstrip() == replies[-3][2:].rstrip()
    record = parse(file.read_bytes())
    assert (record.rules, record.komi, record.handicap, record.to_move()) == ("Japanese", 0.5, 2, BLACK)
    session = new_session(Player(uniform(9)))
    talk(f"loadsgf {file}\n".encode(), session)
    assert session.rules == JAPANESE and session.board.to_move == BLACK
    position = transcript("set_position b C3 w G7\ngogui-setup_player w\nprintsgf\n")[-1]
    assert "PL[W]" in position and parse(position[2:].encode()).to_move() == WHITE


@pytest.mark.parametrize("seed", range(8))
def test_any_game_that_is_printed_is_loaded_again(tmp_path: Path, seed: int) -> None:
    """Moves, passes, stones set up amid a game, turns that are said, games begun anew, and moves taken back."""
    dice = random.Random(seed)
    session, file = new_session(Player(uniform(5))), tmp_path / "game.sgf"

    def stones(*colours: str) -> str:
        return " ".join(f"{dice.choice(colours)} {dice.choice('ABCDE')}{dice.randrange(1, 6)}" for _ in range(4))

    for _ in range(60):
        commands = ["undo", f"gogui-setup {stones('b', 'w', 'e')}", f"gogui-setup_player {dice.choice('bw')}",
                    f"set_position {stones('b', 'w')}", "set_free_handicap A1 B2 E5", f"play {dice.choice('bw')} pass",
                    f"gogui-play_sequence {stones('b', 'w')}", "kata-set-rules new-zealand", "clear_board",
                    *(f"play {stones('b', 'w')[:4]}" for _ in range(12))]  # fmt: skip
        talk(f"{dice.choice(commands)}\n".encode(), session)
        again = new_session(Player(uniform(5)))
        assert talk(f"printsgf {file}\n".encode(), session) == talk(f"loadsgf {file}\n".encode(), again) == "=\n\n"
        here, there = session.board, again.board
        assert str(here) == str(there) and here.to_move == there.to_move and here.ko_point == there.ko_point
        assert here.captures == there.captures and handicap_of(here) == handicap_of(there)
        # A handicap that came as moves is read as stones.
        assert here.moves[len(here.moves) - len(there.moves) :] == there.moves


def test_a_suicide_that_was_legal_when_it_was_made_is_printed_and_loaded_again(tmp_path: Path) -> None:
    file = tmp_path / "game.sgf"
    sent = "kata-set-rules new-zealand\nplay b A2\nplay w E5\nplay b B1\nplay w A1\nkata-set-rules chinese\n"
    replies = transcript(f"{sent}printsgf {file}\nclear_board\nloadsgf {file}\ncaptures b\nlast_move\n")
    assert replies == [*["="] * 9, "= 1", "= white A1"]
    assert "RU[Chinese]" in transcript(f"{sent}undo\nprintsgf\n")[-1]


OWN_KO = ";B[ce];W[fe];B[dd];W[ed];B[df];W[ef];B[aa];W[de];B[ee]"
"""Black has taken the stone at D5."""
FALSE_EYES = (
    "AB[ca][ea][ga][ia][cb][db][eb][fb][gb][hb][ib][cc][ec][gc][ic][cd][dd][ed][fd][gd][hd][id][ce][ee][ge][ie][cf][df]"
    "[ef][ff][gf][hf][if][cg][eg][gg][ig][ch][dh][eh][fh][gh][hh][ih][bi][di][fi][hi]"
    "AW[ba][bb][ac][bc][bd][be][af][bf][ag][bg][ah][bh]"
)


@pytest.mark.parametrize(
    ("game", "sent", "replies"),
    [
        (f"{OWN_KO};B[de];W[gg];B[gc]", "last_move\nis_legal w D5", ["= black G7", "= 0"]),
        (OWN_KO, "play w D5\nplay b D5\nlist_stones w", ["? illegal move", "=", "= E6 F5 E4"]),
        (OWN_KO, "play w pass\nplay w D5\nlist_stones b", ["=", "=", "= A9 D6 C5 D4"]),
        ("AB[dd]AW[dd]AB[dd];B[cc]", "list_stones b\nlist_stones w", ["= C7 D6", "="]),
        (f"KM[0]PL[B]{FALSE_EYES}", "kata-set-rules japanese\nfinal_score", ["=", "= B+11"]),
    ],
)
def test_files_that_went_wrong(tmp_path: Path, game: str, sent: str, replies: list[str]) -> None:
    """One's own ko filled, the other's not retaken; a point set up twice; points in false eyes."""
    (tmp_path / "game.sgf").write_text(f"(;SZ[9]{game})")
    loaded, *answers = transcript(f"loadsgf {tmp_path}/game.sgf\n{sent}\n")
    assert loaded == "=" and answers == replies


def test_a_point_set_up_twice_is_printed_as_the_stone_that_stands(tmp_path: Path) -> None:
    (tmp_path / "game.sgf").write_text("(;SZ[9];AB[dd]AW[dd]AB[dd];B[cc])")
    printed = transcript(f"loadsgf {tmp_path}/game.sgf\nprintsgf\n")[1]
    assert "AB[dd]" in printed and "AW" not in printed


@pytest.mark.parametrize(
    ("game", "colour"),
    [(";B[dd];W[ff];AB[cc]PL[W]", WHITE), (";B[dd];W[ff];B[cc];W[gg]PL[W]", WHITE), (";B[dd];W[ff];AB[cc]", BLACK)],
)
def test_whose_turn_a_file_says_it_is_counts_at_every_node(tmp_path: Path, game: str, colour: int) -> None:
    (tmp_path / "game.sgf").write_text(f"(;SZ[9]{game})")
    session = new_session(Player(uniform(9)))
    assert talk(f"loadsgf {tmp_path}/game.sgf\n".encode(), session) == "=\n\n"
    assert session.board.to_move == colour
    assert parse(talk(b"printsgf\n", session)[2:].encode()).to_move() == colour


def test_what_is_no_file_is_neither_read_nor_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for place in (pipe, tmp_path, "/dev/null"):
        assert transcript(f"loadsgf {place}\nprintsgf {place}\n") == ["? cannot load file", "? cannot write file"]
    assert pipe.is_fifo() and Path("/dev/null").is_char_device()


def test_questions_about_the_board() -> None:
    sent = "play b A2\nplay w A1\nplay b B1\n"
    replies = transcript(f"{sent}captures b\nis_legal w A1\nis_legal b A1\nis_legal b A2\nlast_move\nestimate_score\n")
    assert replies[3:8] == ["= 1", "= 0", "= 1", "= 0", "= black B1"]
    assert re.fullmatch(r"= ([BW]\+[\d.]+|0)", replies[8])


def test_katago_tells_its_settings_and_its_network() -> None:
    params, models = transcript("kata-get-params\nkata-get-models\n")
    assert json.loads(params[2:])["temperature"] == 0.0 and json.loads(models[2:])[0]["name"]
    search, cancellable, cputime = transcript("kata-search b\nkata-search_cancellable b\ncputime\n")
    assert search == cancellable and float(cputime[2:]) > 0
    assert "info move" in transcript("kata-search_analyze_cancellable b\n")[0]
    assert transcript("lz-analyze avoid w pass,resign 1\n")[0].startswith("=\ninfo move")
