"""Matches between engines that play a script: every way a game can end, and what a killed match comes back to."""

import contextlib
import json
import math
import os
import pty
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from honte.data.record import GameRecord
from honte.data.sgf import parse, serialise
from honte.data.tree import read_trees
from honte.engine.match.referee import Clock, Outcome
from honte.engine.match.series import Game, Standing, elo, load_outcome, play_match, read_openings, written
from honte.engine.match.settings import MatchSettings
from honte.features.board import BLACK, WHITE, decode_move
from honte.features.coordinates import point_to_vertex
from honte.features.errors import HonteError
from honte.features.rules import NEW_ZEALAND
from honte.features.scoring import MOVES_PER_POINT, final_margin, format_result
from tests.engine.stubs import save_tiny_network, tiny_network
from tests.waiting import PATIENCE

SCRIPTED = Path(__file__).with_name("scripted.py")
HONTE = [sys.executable, "-c", "import sys; from honte.engine.cli import main; sys.exit(main())"]
SPLIT = {"b": ["C1", "C2", "C3", "C4", "C5"], "w": ["D1", "D2", "D3", "D4", "D5"]}
"""On 5x5 Black owns three columns and White two: Black leads by five points."""


def scripted(**script: Any) -> str:
    return shlex.join([sys.executable, str(SCRIPTED), json.dumps(script)])


def settings(**changes: Any) -> MatchSettings:
    return MatchSettings(**{"games": 1, "size": 5, "komi": 0.5, "timeout": PATIENCE, **changes})


def only_game(first: str, second: str, folder: Path, **changes: Any) -> tuple[GameRecord, str]:
    standing = play_match((first, second), settings(**changes), folder)
    (game,) = standing.games
    assert parse(next(folder.glob("*.sgf")).read_bytes()).result == game.outcome.record.result
    return game.outcome.record, "; ".join(game.outcome.notes)


@pytest.mark.parametrize(("komi", "result"), [(0.5, "B+4.5"), (5.0, "0"), (7.5, "W+2.5")])
def test_the_referee_scores(tmp_path: Path, komi: float, result: str) -> None:
    first, second = scripted(**SPLIT, score="B+4.5"), scripted(**SPLIT, score="W+2.50")
    record, notes = only_game(first, second, tmp_path, komi=komi)
    assert (record.result, len(record.moves), record.komi) == (result, 12, komi)
    assert notes == "black scores B+4.5; white scores W+2.50"
    (game,) = read_trees(next(tmp_path.glob("*.sgf")).read_bytes()).games
    assert (game.text("BCLAIM"), game.text("WCLAIM"), game.text("FAULT")) == ("B+4.5", "W+2.50", "")
    assert float(game.text("LEAD")) == 5.0 - komi
    standing = play_match((first, second), settings(komi=komi), tmp_path)
    assert standing.as_json()["scores_as_the_referee"] == (0 if result == "0" else 1)


def test_dead_stones_come_off_except_by_the_rules_of_tromp_and_taylor(tmp_path: Path) -> None:
    invader = {"b": SPLIT["b"], "w": [*SPLIT["w"], "A3"]}
    first, second = scripted(**SPLIT), scripted(**invader)
    assert only_game(first, second, tmp_path / "chinese")[0].result == "B+4.5"
    assert only_game(first, second, tmp_path / "tromp-taylor", rules="tromp-taylor")[0].result == "W+6.5"


@pytest.mark.parametrize(
    ("moves", "changes", "result", "said"),
    [
        (["C3", "C3"], {}, "W+F", "black plays the illegal move C3"),
        (["C3", "Z9"], {}, "W+F", "black answers genmove with 'Z9'"),
        (["C3", "go away"], {}, "W+F", "black answers genmove with 'go away'"),
        (["C3", "resign"], {}, "W+R", ""),
        (["C3", "RESIGN"], {}, "W+R", ""),
        (["C3", "die"], {}, "W+F", "status 1 at 'genmove black': this is the end"),
        (["C3", "hang"], {"timeout": 1.0}, "W+F", "did not answer 'genmove black' within 1 seconds"),
    ],
)
def test_how_an_engine_loses(
    tmp_path: Path, moves: list[str], changes: dict[str, Any], result: str, said: str
) -> None:
    record, notes = only_game(scripted(b=moves), scripted(w=["D3"]), tmp_path, **changes)
    assert record.result == result and said in notes
    assert [point_to_vertex(decode_move(code)[1], 5) for code in record.moves.tolist()] == ["C3", "D3"]


@pytest.mark.parametrize(("rules", "legal"), [("new-zealand", True), ("tromp-taylor", True), ("chinese", False)])
def test_suicide_is_what_the_rules_have_it(tmp_path: Path, rules: str, legal: bool) -> None:
    """White's stones at B1 and A1 have no liberty left; a single stone's suicide would bring the position back."""
    black, white = scripted(b=["A2", "B2", "C1", "D5"]), scripted(w=["B1", "E5", "A1"])
    record, notes = only_game(black, white, tmp_path, rules=rules)
    assert len(record.moves) == (9 if legal else 5) and ("white plays the illegal move A1" in notes) != legal
    if legal:
        (file,) = tmp_path.glob("*.sgf")
        assert parse(file.read_bytes()).board(6).captures[BLACK] == 2


def test_a_refusal_of_a_legal_move_loses(tmp_path: Path) -> None:
    record, notes = only_game(scripted(b=["C3"]), scripted(refuse="play black C3"), tmp_path)
    assert record.result == "B+F" and notes == "white refuses 'play black C3': no"


def test_the_match_goes_on_with_an_engine_that_died_or_hung(tmp_path: Path) -> None:
    """The engine dies as Black and not as White, and so it plays on after each death."""
    commands = scripted(b=["C3", "die"], w=["D3", "D4"]), scripted(b=["C3"], w=["D3"])
    standing = play_match(commands, settings(games=4), tmp_path)
    assert [game.forfeit for game in standing.games] == [True, False, True, False]
    assert standing.forfeits(0) == 2 and standing.forfeits(1) == 0


def test_time_is_kept_and_told(tmp_path: Path) -> None:
    log = tmp_path / "log"
    slow, quick = scripted(b=["C3", "C4", "C5"], delay=0.4), scripted(w=["D3", "D4", "D5"], log=str(log))
    record, notes = only_game(slow, quick, tmp_path / "games", main_time=1.0)
    assert record.result == "W+T" and notes == "black has no time left" and len(record.moves) == 4
    heard = log.read_text().splitlines()
    assert "time_settings 1 0 0" in heard and "kgs-rules chinese" in heard
    assert [line.rsplit(" ", 1)[1] for line in heard if line.startswith("time_left white ")] == ["0", "0"]


def test_byo_yomi() -> None:
    clock = Clock(10, 5, 2)
    seen = []
    for seconds in (9, 2, 3.5, 1, 4.5, 0, 2.0, 3.5):
        in_time = clock.spend(seconds)
        seen.append((in_time, clock.seconds, clock.stones))
    assert seen == [
        (True, 1, 0),
        (True, 4, 1),  # a second over the main time is the first of a period
        (True, 5, 2),
        (True, 4, 1),
        (False, 5, 2),
        (True, 5, 1),
        (True, 5, 2),
        (True, 1.5, 1),
    ]
    absolute = Clock(1, 0, 1)
    assert absolute.spend(1) and not absolute.spend(0.01)


def test_a_game_without_end_is_ended(tmp_path: Path) -> None:
    """On 2x2 the stones of both sides are taken again and again, which a simple ko does not forbid."""
    forever = scripted(b=["A1", "B1"] * 9, w=["B2", "A2", "B1"] + ["A2"] * 9)
    record, notes = only_game(forever, forever, tmp_path, size=2)
    assert len(record.moves) == MOVES_PER_POINT * 4 and record.result[2:] not in ("F", "R") and "scores" in notes


def test_colours_alternate_and_openings_come_in_pairs(tmp_path: Path) -> None:
    commands = scripted(b=["A1"], score="first"), scripted(b=["A1"], score="second")
    standing = play_match(commands, settings(games=6, size=9, opening_plies=4, seed=3), tmp_path)
    records = [game.outcome.record for game in standing.games]
    assert [record.black for record in records] == [*commands] * 3
    openings = [record.moves[:4].tolist() for record in records]
    assert openings[0] == openings[1] != openings[2] == openings[3] != openings[4] == openings[5]
    rows, columns = np.divmod(np.array(openings) >> 1, 9)
    assert rows.min() >= 2 <= columns.min() and rows.max() <= 6 >= columns.max()


def test_openings_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "openings.sgf"
    file.write_text("(;SZ[5];B[cc];W[dd];B[bb])(;SZ[5];B[aa])")
    terms = settings(games=5, openings=file, opening_plies=2)
    standing = play_match((scripted(), scripted()), terms, tmp_path / "games")
    played = [[decode_move(code) for code in game.outcome.record.moves.tolist()] for game in standing.games]
    assert [moves[:2] for moves in (played[0], played[1], played[4])] == [[(1, 12), (2, 18)]] * 3
    assert [moves[:2] for moves in played[2:4]] == [[(1, 0), (2, 25)]] * 2


def test_handicap_stones_are_set_and_counted(tmp_path: Path) -> None:
    """White moves first, and by Chinese rules is given a point for each of Black's stones."""
    log = tmp_path / "log"
    terms = settings(handicap=2, size=9, opening_plies=2, komi=0.5, games=2)
    standing = play_match((scripted(log=str(log)), scripted()), terms, tmp_path / "games")
    record = parse((tmp_path / "games" / "00000.sgf").read_bytes())
    heard = log.read_text().splitlines()
    assert heard.count("set_free_handicap C3 G7") == 2
    assert [line.split()[1] for line in heard if line.startswith("play ")][:2] == ["white", "black"]
    assert record.handicap == 2 == len(record.setup) and record.moves[0] & 1 == WHITE - BLACK
    board = record.board()
    expected = format_result(final_margin(board, komi=2.5, rules=NEW_ZEALAND))
    assert record.result == expected == standing.games[0].outcome.record.result
    with pytest.raises(HonteError, match="its handicap is 2, not 3"):
        play_match((scripted(log=str(log)), scripted()), settings(handicap=3, size=9, games=1), tmp_path / "games")


def test_handicap_openings_from_a_file(tmp_path: Path) -> None:
    file, log = tmp_path / "openings.sgf", tmp_path / "log"
    file.write_text("(;SZ[5]HA[2]AB[bb][dd];W[cc])")
    play_match((scripted(log=str(log)), scripted()), settings(openings=file), tmp_path / "games")
    assert "set_free_handicap B4 D2\nplay white C3" in log.read_text()
    with pytest.raises(HonteError, match="without --handicap"):
        read_openings(settings(openings=file, handicap=2))


@pytest.mark.parametrize("text", ["", "(;SZ[9];B[aa])", "(;SZ[5]AW[aa];B[bb])", "(;SZ[5];B[aa];W[aa])"])
def test_openings_that_cannot_be_played(tmp_path: Path, text: str) -> None:
    file = tmp_path / "openings.sgf"
    file.write_text(text)
    with pytest.raises(HonteError, match=r"openings\.sgf"):
        read_openings(settings(openings=file))
    with pytest.raises(HonteError, match="no SGF file"):
        read_openings(settings(openings=tmp_path / "none.sgf"))


@pytest.mark.parametrize(
    ("first", "changes", "said"),
    [
        ("no-such-engine", {}, "cannot start the engine 'no-such-engine'"),
        (scripted(refuse="boardsize"), {}, "refuses 'boardsize 5': no"),
        (scripted(refuse="list_commands"), {}, "refuses 'list_commands': no"),
        (scripted(refuse="time_settings"), {"main_time": 5.0}, "refuses 'time_settings 5 0 0': no"),
        (scripted(refuse="set_free_handicap"), {"handicap": 2, "size": 9}, "refuses 'set_free_handicap C3 G7': no"),
        (scripted(), {"handicap": 5}, "has no places for a fixed handicap"),
        (scripted(), {"rules": "house"}, "unknown rules 'house'"),
    ],
)
def test_a_match_that_cannot_begin(tmp_path: Path, first: str, changes: dict[str, Any], said: str) -> None:
    with pytest.raises(HonteError, match=said):
        play_match((first, scripted()), settings(**changes), tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("changes", [{"komi": 6.5}, {"size": 7}, {"rules": "japanese"}])
def test_another_match_in_the_folder(tmp_path: Path, changes: dict[str, Any]) -> None:
    play_match((scripted(), scripted()), settings(), tmp_path)
    (name,) = changes
    with pytest.raises(HonteError, match=f"of another match: its {name} is"):
        play_match((scripted(), scripted()), settings(**changes), tmp_path)
    with pytest.raises(HonteError, match="of another match: its white is"):
        play_match((scripted(), scripted(delay=0.1)), settings(), tmp_path)


def test_a_killed_match_goes_on(tmp_path: Path) -> None:
    folder = tmp_path / "games"
    script = {**SPLIT, "delay": 0.02, "score": "B+4.5"}
    command = [*HONTE, "match", scripted(**script), scripted(**script, name="other"), "-o", str(folder), "--json"]
    command += ["--games", "6", "--size", "5", "--komi", "0.5"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    deadline = time.monotonic() + PATIENCE
    while len(list(folder.glob("*.sgf"))) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.glob("*.sgf")}
    assert 2 <= len(before) < 6
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert all((path.read_bytes(), path.stat().st_mtime_ns) == was for path, was in before.items())
    figures = json.loads(result.stdout)
    assert (figures["games"], figures["wins"], figures["losses"], figures["draws"]) == (6, 3, 3, 0)
    assert (figures["scores"], figures["scores_as_the_referee"]) == (12, 12)
    assert figures["longest_game"] == 12 and figures["elo"] == 0
    assert "game 6 of 6: B+4.5 after 12 moves; 3 : 3" in result.stderr


def test_a_terminal_shows_a_table(tmp_path: Path) -> None:
    """And stdout has the figures, which tell of the forfeit."""
    ours, theirs = pty.openpty()
    command = [*HONTE, "match", scripted(b=["C3", "C3"], delay=0.3), scripted(w=["D3"]), "-o", str(tmp_path)]
    result = subprocess.run(
        [*command, "--games", "1", "--size", "5"], stdout=subprocess.PIPE, stderr=theirs, text=True, check=True
    )
    os.close(theirs)
    shown = b""
    with contextlib.suppress(OSError):
        while part := os.read(ours, 1 << 16):
            shown += part
    os.close(ours)
    assert b"game 1 of 1, move" in shown and b"forfeits" in shown
    assert "0% (0% … 79%)" in result.stdout and "100% (21% … 100%)" in result.stdout and "-∞" in result.stdout


def standing_of(wins: int, losses: int, draws: int = 0) -> Standing:
    """The first engine wins as Black in even games and as White in odd ones."""
    winners = [0] * wins + [1] * losses + [None] * draws
    return Standing(
        tuple(
            Game(number, Outcome(GameRecord(result="0" if won is None else f"{'BW'[(won + number) % 2]}+1")))
            for number, won in enumerate(winners)
        )
    )


@pytest.mark.parametrize(
    ("wins", "losses", "low", "high"),
    [(0, 10, 0.0, 0.2775), (8, 2, 0.4902, 0.9433), (10, 0, 0.7225, 1.0), (50, 50, 0.4038, 0.5962)],
)
def test_intervals(wins: int, losses: int, low: float, high: float) -> None:
    """Against published tables of Wilson's interval."""
    standing = standing_of(wins, losses)
    assert (standing.wins(0), standing.wins(1), standing.draws) == (wins, losses, 0)
    assert standing.interval == pytest.approx((low, high), abs=1e-4)


TEXTS = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=20).map(str.strip)


LEADS = st.none() | st.floats(allow_nan=False, allow_infinity=False)


@given(LEADS, TEXTS, st.dictionaries(st.sampled_from([BLACK, WHITE]), TEXTS))
def test_an_outcome_is_read_as_it_was_written(lead: float | None, fault: str, claims: dict[int, str]) -> None:
    """Whatever engines say of a score, in lines or not, it is the same in the file's properties."""
    outcome = Outcome(GameRecord(size=5), lead, fault, claims)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "game.sgf"
        path.write_bytes(written(outcome))
        again = load_outcome(path)
    assert (again.lead, again.fault, again.claims) == (outcome.lead, outcome.fault, outcome.claims)


@pytest.mark.parametrize(
    ("lead", "claims", "agree"),
    [
        (-2.3, ["W+2.3", "w+2.30", "B+2.3", "I cannot score"], [True, True, False, False]),
        (5 - 7.3, ["W+2.3"], [True]),
        (0.0, ["0", "Draw", "B+0.5"], [True, True, False]),
        (None, ["W+2.3"], []),
    ],
)
def test_claims_are_held_against_the_count_and_not_against_its_words(
    lead: float | None, claims: list[str], agree: list[bool]
) -> None:
    for claim, right in zip(claims, agree or [None] * len(claims), strict=True):
        game = Game(0, Outcome(GameRecord(result="in words that nobody reads"), lead, claims={BLACK: claim}))
        assert game.claims() == ([] if right is None else [right])


def test_a_file_that_is_no_game_of_a_match(tmp_path: Path) -> None:
    path = tmp_path / "game.sgf"
    path.write_text("(;SZ[5]LEAD[much])")
    with pytest.raises(HonteError, match="its LEAD is no number"):
        load_outcome(path)


def test_draws_are_half_a_win() -> None:
    assert standing_of(1, 0, 1).rate == 0.75 and standing_of(1, 0, 1).draws == 1
    assert Standing().rate is None and Standing().interval == (0, 1) and Standing().as_json()["elo"] is None


def test_elo() -> None:
    assert elo(0.5) == 0 and elo(1.0) is elo(0.0) is None
    assert elo(10 / 11) == pytest.approx(400) and elo(0.25) == pytest.approx(-elo(0.75) or math.nan)


def test_the_levels_of_a_match_are_in_its_results(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from honte.engine.cli.match import match
    from honte.policy.checkpoint import save

    save(tiny_network(5, bands=("15k", "1d")), tmp_path / "told")
    honte = [*HONTE, "gtp", "--network", str(tmp_path / "told"), "--level"]
    sides = [shlex.join([*honte, level]) for level in ("9k", "1d")]
    match(*sides, output=tmp_path / "games", settings=settings(games=1, size=5), json_=True)
    document = json.loads(capsys.readouterr().out)
    assert [document["first"], document["second"]] == sides
    assert (document["games"], document["forfeits"]) == (1, [0, 0])
    assert parse((tmp_path / "games" / "00000.sgf").read_bytes()).black == sides[0]


def test_a_match_against_gnu_go(gnugo: list[str], tmp_path: Path) -> None:
    network = save_tiny_network(tmp_path / "network", 7)
    honte = shlex.join([*HONTE, "gtp", "--network", str(network), "--temperature", "1", "--seed", "1"])
    rival = shlex.join([*gnugo, "--chinese-rules"])
    standing = play_match((honte, rival), settings(games=4, size=7, opening_plies=2), tmp_path / "games")
    assert not any(game.forfeit for game in standing.games)
    for game in standing.games:
        record = parse(serialise(game.outcome.record))
        assert np.array_equal(record.moves, game.outcome.record.moves) and record.to_move(0) == BLACK
        assert len(record.moves) <= MOVES_PER_POINT * 49
