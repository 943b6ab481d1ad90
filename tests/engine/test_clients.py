"""What graphical clients send when they start and analyse, and how each reads what comes back."""

import math
import re

import pytest

from honte.engine.cli.gtp import LEELA_ZERO
from honte.engine.commands import COMMANDS, Session
from honte.engine.play.player import Player
from honte.policy.predictor import Predictor
from tests.engine.stubs import new_session, talk, tiny_network

PLAYER = Player(Predictor(tiny_network(9)))
PREDICTOR = PLAYER.predictor


def exchange(sent: list[str], session: Session | None = None) -> list[str]:
    """One reply for each line, all of which are sent at once."""
    replies = talk("".join(f"{line}\n" for line in sent).encode(), session or new_session(PLAYER)).split("\n\n")
    assert replies.pop() == "" and len(replies) == len(sent)
    return replies


def probabilities(session: Session, colour: int) -> dict[str, float]:
    from honte.features.coordinates import point_to_vertex

    policy = PREDICTOR.probabilities(session.board, colour)
    return {point_to_vertex(point, 9): float(p) for point, p in enumerate(policy)}


# All of them


@pytest.mark.parametrize(
    "sent",
    [
        "gogui-setup b C3 w D4", "gogui-setup_player w", "gogui-play_sequence b C3 w pass", "list_stones black",
        "kata-set-rule ko SIMPLE", "kata-set-rule scoring TERRITORY", "kata-get-params", "kata-get-models",
        "kata-time_settings byoyomi 600 30 5", "kata-list_time_settings", "kata-search_cancellable b",
        "kata-search_analyze_cancellable b 50", "clear_cache", "stop", "cputime", "lz-setoption name visits value 100",
        "last_move", "move_history", "is_legal b A1", "all_legal white", "captures white", "estimate_score",
        "rectangular_boardsize 9 9",
    ],
)  # fmt: skip
def test_what_clients_ask_for_is_listed_and_answered(sent: str) -> None:
    name = sent.split()[0]
    listed, known, _, reply = exchange(["list_commands", f"known_command {name}", "play b E5", f"7 {sent}"])
    assert name in listed.split("\n") and known == "= true"
    assert re.match(r"=7( |$)", reply)


# Sabaki


def sabaki_variations(line: str, command: str) -> list[tuple[str, float, float]]:
    """Move, visits and win rate in per cent, as Sabaki reads a line of analysis."""
    variations = []
    for part in re.split(r"\s*info\s+", line.strip())[1:]:
        match = re.fullmatch(r"(.*?)((?:\s+(?:[A-Za-z]\d+|pass))+)", part.strip(), re.I)
        assert match, part
        words = match[1].split()[:-1]  # the last is pv
        pairs = dict(zip(words[::2], words[1::2], strict=True))
        if not re.fullmatch(r"[A-Za-z]\d+", pairs.get("move", "")) or "winrate" not in pairs:
            continue
        percent = float(pairs["winrate"]) * 100 if command.startswith("kata") else float(pairs["winrate"]) / 100
        assert ("." in pairs["winrate"]) == command.startswith("kata")  # how Sabaki 0.52 tells them apart
        variations.append((pairs["move"], float(pairs["visits"]), percent))
    return variations


@pytest.mark.parametrize("command", ["analyze", "kata-analyze", "lz-analyze"])
@pytest.mark.parametrize("win_rate", [True, False])
def test_sabaki_paints_the_map(command: str, win_rate: bool) -> None:
    session = new_session(PLAYER)
    session.win_rate = win_rate
    replies = exchange(["play B E5", f"{command} W 50", "protocol_version"], session)
    assert replies[2] == "= 2"
    first, line = replies[1].split("\n")
    assert first == "="
    variations = sabaki_variations(line, command)
    policy = probabilities(session, 2)
    assert len(variations) == line.count("info move ") and variations[0][0] == max(policy, key=policy.__getitem__)
    assert len({percent for _, _, percent in variations}) == 1 and variations[0][2] > 0
    most = max(visits * percent for _, visits, percent in variations)
    assert most > 0
    best = max(policy.values())
    for move, visits, percent in variations:
        assert visits >= 10, "Sabaki leaves the label out"
        strength = round(visits * percent * 8 / most) + 1
        assert abs(strength - 1 - 8 * policy[move] / best) <= 0.51 and not math.isnan(strength)


@pytest.mark.parametrize("command", ["analyze", "kata-analyze", "lz-analyze"])
def test_sabaki_paints_a_lost_game(command: str) -> None:
    """It divides by the greatest product of visits and win rate."""
    line = exchange(["komi 200", f"{command} B 50", "protocol_version"])[1].split("\n")[1]
    assert max(visits * percent for _, visits, percent in sabaki_variations(line, command)) > 0


def test_sabaki_starts_and_synchronises() -> None:
    session = new_session(PLAYER)
    name, _, protocol, commands = exchange(["name", "version", "protocol_version", "list_commands"], session)
    assert (name, protocol) == ("= Honte", "= 2")
    listed = commands.removeprefix("= ").split("\n")
    wanted = ["analyze", "genmove_analyze", "undo", "set_free_handicap"]
    assert all(command in listed for command in wanted)
    assert exchange(
        ["komi 0.5", "boardsize 9", "clear_board", "set_free_handicap C3 G7", "play W E5", "play B D4"], session
    ) == ["="] * 6
    reply = exchange(["genmove_analyze W 50"], session)[0]
    move = next(line for line in reply.split("\n") if line.startswith("play ")).removeprefix("play ")
    # Back to before the move and on along another line, without waiting for anything.
    assert exchange(["undo", "undo", "play B D6", "analyze W 50", "protocol_version"], session)[-1] == "= 2"
    assert exchange(["clear_board", "play B C3", "play B G7", f"play W {move}"], session) == ["="] * 4


def test_sabaki_reads_leads() -> None:
    line = exchange(["analyze B 50", "protocol_version"])[0].split("\n")[1]
    assert re.search(r" scoreLead -?\d+\.\d+ ", line) and sabaki_variations(line, "analyze")


# GoGui


def gogui_response(reply: str) -> str:
    """The response as GoGui's GTP client cuts it out of a reply: it wants `= `, and takes the rest as it stands."""
    assert reply[:1] == "="
    index = reply.find(" ")
    assert index >= 0, "malformed response"
    return reply[index + 1 :]


def gogui_double_board(response: str, size: int) -> list[list[float]]:
    """A `dboard` as GoGui parses it: lines from the first on, none of them empty, each of numbers."""
    rows = [[float(word) for word in line.split()] for line in response.split("\n")]
    assert len(rows) == size and all(len(row) == size for row in rows), "Incomplete string board"
    return rows


def test_gogui_reads_every_plane() -> None:
    from honte.features.planes import extract

    session = new_session(PLAYER)
    exchange(["play b C3", "play w D3", "play b E2"], session)
    planes = extract(session.board, 2)
    for index, plane in enumerate(planes):
        (reply,) = exchange([f"honte-plane {index}"], session)
        assert gogui_double_board(gogui_response(reply), 9) == plane.tolist()


@pytest.mark.parametrize("number", ["", "17 "])
def test_gogui_reads_the_whole_of_every_reply(number: str) -> None:
    """What begins below the sign, too: nothing but the sign and the number stands before the first space."""
    session = new_session(PLAYER)
    streamed = {"analyze", "kata-analyze", "lz-analyze"}  # which begin as KataGo's do, and GoGui does not ask for
    for name in COMMANDS.keys() - streamed - {"quit"}:
        (reply,) = exchange([f"{number}{name}"], session)
        assert " " not in reply or reply.index(" ") == 1 + len(number.strip()), name
    (reply,) = exchange([f"{number}showboard"], session)
    assert gogui_response(reply).startswith("\n   A B C")


# q5Go


def test_q5go_takes_no_question_mark_and_wants_its_numbers_back() -> None:
    session = new_session(PLAYER)
    sent = [
        "1 name", "2 version", "3 protocol_version", "4 boardsize 9", "5 clear_board", "6 komi 6.5",
        "7 known_command lz-analyze", "8 known_command kata-analyze", "9 known_command kata-set-rules",
        "10 kata-set-rules japanese", "11 fixed_handicap 2", "12 kata-genmove_analyze white",
        "13  lz-genmove_analyze black 100", "14 kata-analyze white 100", "15 known_command known_command",
    ]  # fmt: skip
    replies = exchange(sent, session)
    for number, reply in enumerate(replies, 1):
        assert re.match(rf"={number}(\s|$)", reply), reply
    assert replies[2] == "=3 2" and replies[6:9] == ["=7 true", "=8 true", "=9 true"] and replies[14] == "=15 true"
    for reply in replies[11:14]:
        assert reply.split("\n")[1].startswith("info move ")
    assert all(reply.split("\n")[2].startswith("play ") for reply in replies[11:13])
    assert len(session.board.moves) == 2


def test_q5go_reads_scores_where_their_deviation_is_told() -> None:
    line = exchange(["kata-analyze black 100", "name"])[0].split("\n")[1]
    for move in line.split("info move ")[1:]:
        score, deviation = (re.search(rf"\s+{key}\s+([^\s]+)\s+", move) for key in ("scoreMean", "scoreStdev"))
        assert score and deviation and math.isfinite(float(score[1])) and float(deviation[1]) > 0


def test_q5go_may_put_spaces_first() -> None:
    assert exchange([" lz-genmove_analyze black 100"])[0].startswith("= \ninfo move ")


# Lizzie and LizzieYzy


def lizzie_session() -> Session:
    session = new_session(PLAYER)
    session.name, session.version = LEELA_ZERO["name"], LEELA_ZERO["version"]
    return session


def test_lizzie_takes_it_for_leela_zero() -> None:
    sent = [
        "1 name", "2 version", "3 boardsize 9", "4 komi 7.5", "5 fixed_handicap 2", "6 time_settings 0 5 1",
        "7 play W E5", "8 lz-analyze 10", "9 name", "10 undo", "11 lz-analyze B 10", "12 name",
    ]  # fmt: skip
    replies = exchange(sent, lizzie_session())
    assert all(re.match(rf"={number}(\s|$)", reply) for number, reply in enumerate(replies, 1))
    assert not replies[0].removeprefix("=1 ").startswith("KataGo")
    assert int(replies[1].removeprefix("=2 ").split(".")[1]) >= 15
    for reply in (replies[7], replies[10]):
        moves = reply.split("\n")[1].split("info ")[1:]
        for order, move in enumerate(moves):
            words = move.split()
            fields = dict(zip(words[:-2:2], words[1:-2:2], strict=True))
            # Integer.parseInt of Java takes no dot
            numbers = {name: int(fields[name]) for name in ("visits", "winrate", "prior", "lcb", "order")}
            assert numbers["order"] == order and words[-2:] == ["pv", fields["move"]]


@pytest.mark.parametrize("which", ["", " average", " 3"])
def test_lizzieyzy_reads_the_heat_map(which: str) -> None:
    first, *lines = exchange([f"7 heatmap{which}"], lizzie_session())[0].split("\n")
    assert first == "=7 "
    rows = [[int(cell) for cell in line.split()] for line in lines[:9]]
    assert {len(row) for row in rows} == {9} and abs(sum(map(sum, rows)) - 1000) <= 41
    assert "pass:" in lines[9] and "winrate:" in lines[10]


def lizzieyzy_katago_move(info: str) -> dict[str, list[str]]:
    """A move as LizzieYzy reads KataGo's: pairs up to `pv`, then vertices, then lists that run to the next name."""
    head, tail = info.split(" pv ")
    words = head.split()
    move = {name: [value] for name, value in zip(words[::2], words[1::2], strict=True)}
    rest = tail.split()
    ownership = rest.index("movesOwnership")
    visits = rest.index("pvVisits")
    return move | {"pv": rest[:visits], "pvVisits": rest[visits + 1 : ownership], "ownership": rest[ownership + 1 :]}


def test_lizzieyzy_reads_it_as_katago() -> None:
    sent = "kata-analyze B 10 ownership true pvVisits true movesOwnership true"
    line, ownership = exchange([sent, "name"])[0].split("\n")[1].split("ownership")
    assert len([float(value) for value in ownership.split()]) == 81
    for order, info in enumerate(line.split("info ")[1:]):
        move = lizzieyzy_katago_move(info)
        assert move["pv"] == move["move"] and move["order"] == [str(order)]
        assert move["pvVisits"] == move["visits"] and int(move["visits"][0]) > 0
        assert len([float(value) for value in move["ownership"]]) == 81
        assert all(math.isfinite(float(move[key][0])) for key in ("lcb", "prior", "winrate", "scoreMean", "scoreStdev"))


# gtp2ogs


def gtp2ogs_replies(output: str) -> list[str]:
    """What gtp2ogs resolves its commands with: it parts replies at empty lines, and takes any but `=` for a failure."""
    assert re.search(r"(\r?\n){2}$", output)
    replies = [part for part in re.split(r"(?:\r?\n){2}", output) if part.strip()]
    assert all(reply[0] == "=" for reply in replies), replies
    return [reply[1:].strip() for reply in replies]


def test_gtp2ogs_plays_with_clocks_and_handicaps() -> None:
    sent = [
        "list_commands", "kata-list_time_settings", "boardsize 9", "clear_board", "komi 0.5",
        "set_free_handicap c3 g7 c7", "play white e5", "kata-time_settings fischer-capped 300 10 600 -1",
        "time_left black 279 0", "genmove black", "clear_board", "kgs-time_settings byoyomi 300 30 5",
        "time_settings 0 1 0", "kgs-time_settings none", "place_free_handicap 13", "quit",
    ]  # fmt: skip
    replies = gtp2ogs_replies(talk("".join(f"{line}\r\n" for line in sent).encode(), new_session(PLAYER)))
    assert len(replies) == len(sent) and "fischer-capped" in replies[1]
    moves = replies[14].lower().split(" ")
    assert len(set(moves)) == 13 and all(re.fullmatch(r"[a-hj][1-9]", move) for move in moves)


# lizgoban


def test_lizgoban_probes_by_trying() -> None:
    session = new_session(PLAYER)
    refused = [
        "set_free_handicap A1", "kata-analyze 1 ownershipStdev true", "lizgoban_stop_startup_log", "peek",
        "kata-raw-human-nn 0",
    ]  # fmt: skip
    analysed = [
        "kata-analyze interval 1", "lz-analyze interval 1 minmoves 30", "kata-analyze 1 rootInfo true",
        "kata-analyze 1 ownership true", "lz-analyze 1 allow B D4 1", "kata-analyze 1 pvVisits true",
        "kata-analyze 1 movesOwnership true", "kata-analyze 1 noResultValue true",
    ]  # fmt: skip
    answered = [
        "lz-setoption name visits value 0", "clear_cache", "name", "kata-set-rules chinese", "set_position",
        "kata-raw-nn 0",
    ]  # fmt: skip
    sent = [line for lines in zip(analysed, refused, strict=False) for line in lines]
    sent = ["name", *sent, *answered, *refused]
    for line, reply in zip(sent, exchange(sent, session), strict=True):
        if line in refused:
            assert reply.startswith("?"), line
        else:
            assert reply.startswith("="), line
        if line in analysed:
            assert reply.split("\n")[1].startswith("info move "), line
    assert exchange(["lz-analyze interval 1 minmoves 30", "name"], session)[0].count("info move ") >= 30
