"""Building corpora: what is taken, what is refused, and what a kill leaves."""

import os
import signal
import subprocess
import sys
import textwrap
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from honte.data import build as building
from honte.data.build import build
from honte.data.corpus import Corpus, CorpusError, read_refusals, refusals_path
from honte.data.pool import WorkerError, parallel
from honte.data.record import GameRecord
from honte.data.settings import CorpusFilters, SettingError
from honte.data.sgf import parse, serialise
from honte.data.sources import SourceError
from honte.features.board import BLACK
from honte.features.errors import HonteError
from tests.data.random_games import some_games, turned
from tests.waiting import PATIENCE

ROOT = Path(__file__).parents[2]
GAMES = some_games(60)


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Sixty games in a zip."""
    return write_games(tmp_path / "games.zip", GAMES)


def write_games(path: Path, games: list[GameRecord]) -> Path:
    with zipfile.ZipFile(path, "w") as file:
        for number, game in enumerate(games):
            file.writestr(f"{number:03d}.sgf", serialise(game))
    return path


def refusals(corpus: Path) -> dict[str, tuple[str, str]]:
    """Kind and reason by the last part of the source."""
    return {refusal.source.rsplit("/", 1)[1]: (refusal.kind, refusal.reason) for refusal in read_refusals(corpus)}


def same(one: GameRecord, other: GameRecord) -> bool:
    """Whether two records are equal."""
    plain = [{**vars(game), "moves": game.moves.tolist(), "setup": game.setup.tolist()} for game in (one, other)]
    return plain[0] == plain[1]


def test_a_corpus_gives_back_every_game(tmp_path: Path, archive: Path) -> None:
    report = build([archive], tmp_path / "games.parquet", workers=1)
    corpus = Corpus.open(tmp_path / "games.parquet")
    assert report == (60, len(corpus.moves), {})
    assert corpus.games == 60
    assert corpus.positions == sum(int((game.moves >> 1 != 81).sum()) for game in GAMES)
    for number, game in enumerate(GAMES):
        assert same(corpus.record(number), parse(serialise(game), source=f"{archive}/{number:03d}.sgf"))
        assert corpus.moves_of(number).tolist() == game.moves.tolist()
    assert not list(tmp_path.glob("*.parts")) and not list(tmp_path.glob("*.draft"))


def test_setup_stones_and_warnings_are_kept(tmp_path: Path) -> None:
    (tmp_path / "a.sgf").write_bytes(b"(;SZ[9]HA[2]AB[cc][gg]KM[650];W[ee];B[dd]AE[cc];W[])")
    build([tmp_path / "a.sgf"], tmp_path / "c.parquet", workers=1)
    game = Corpus.open(tmp_path / "c.parquet").record(0)
    assert same(game, parse((tmp_path / "a.sgf").read_bytes(), source=str(tmp_path / "a.sgf")))
    assert len(game.setup) == 3 and game.warnings


def test_several_corpora_are_one_in_order(tmp_path: Path) -> None:
    for name, games in (("a", GAMES[:10]), ("b", GAMES[10:25])):
        build([write_games(tmp_path / f"{name}.zip", games)], tmp_path / f"{name}.parquet", workers=1)
    corpus = Corpus.open(tmp_path / "a.parquet", tmp_path / "b.parquet")
    assert [corpus.record(number).moves.tolist() for number in range(25)] == [g.moves.tolist() for g in GAMES[:25]]


def test_every_refusal_is_listed_with_its_reason(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for name, data in {
        "a.sgf": b"(;SZ[9];B[aa];W[bb])",
        "b-same.sgf": b"(;SZ[9]PB[x];B[ia];W[hb];B[];W[])",
        "c-occupied.sgf": b"(;SZ[9];B[aa];W[bb];B[bb])",
        "d-suicide.sgf": b"(;SZ[9];B[ba];W[ii];B[ab];W[aa])",
        "e-off.sgf": b"(;SZ[9];B[aa];W[ss])",
        "f-empty.sgf": b"(;SZ[9])",
        "g-text.sgf": b"no game",
        "h-two.sgf": b"(;SZ[9];B[ee])(;SZ[99])(;SZ[9];B[ef];W[ef])",
        "i-missing.sgf": b"(;SZ[9]HA[3];W[ee])",
        "j-setup.sgf": b"(;SZ[9]AB[aa]AW[ba][ab];B[ee])",
        "k.zip": b"not a zip",
    }.items():
        (folder / name).write_bytes(data)
    report = build([folder], tmp_path / "c.parquet", workers=1)
    assert refusals(tmp_path / "c.parquet") == {
        "b-same.sgf": ("duplicate", f"is the same game as {folder}/a.sgf"),
        "c-occupied.sgf": ("illegal", "move 3: B B8 is illegal: occupied"),
        "d-suicide.sgf": ("illegal", "move 4: W A9 is illegal: suicide"),
        "e-off.sgf": ("unreadable", "move 2, W[ss], is off the 9x9 board"),
        "f-empty.sgf": ("filtered", "has no moves"),
        "g-text.sgf": ("unreadable", "no game begins in it: there is no '(;'"),
        "h-two.sgf#2": ("unreadable", "SZ[99]: board sizes are 2 to 25"),
        "h-two.sgf#3": ("illegal", "move 2: W E4 is illegal: occupied"),
        "i-missing.sgf": ("illegal", "White begins, but the 3 handicap stones are missing"),
        "j-setup.sgf": ("illegal", "before move 1: the setup stones would leave a chain without liberties"),
        "k.zip": ("damaged", "cannot be read as an archive: File is not a zip file"),
    }
    assert report.games == 2
    assert report.refused == {"duplicate": 1, "illegal": 5, "unreadable": 3, "filtered": 1, "damaged": 1}


@pytest.mark.parametrize("rules", ["NZ", "New Zealand", "Tromp-Taylor", "koSITUATIONALscoreAREAtaxNONEsui1"])
def test_games_with_suicide_are_taken_where_their_rules_allow_it(tmp_path: Path, rules: str) -> None:
    """A corner stone that has no liberty, and two that have none."""
    one, two = ";B[ah];W[dd];B[bi];W[ai];B[ee]", ";B[ah];W[bi];B[bh];W[dd];B[ci];W[ai];B[ee]"
    games = {f"{name}-{moves.count(';')}.sgf": f"(;SZ[9]RU[{name}]{moves})"
             for name in (rules, "Japanese") for moves in (one, two)}  # fmt: skip
    for name, text in games.items():
        (tmp_path / name).write_text(text)
    assert build([tmp_path], tmp_path / "c.parquet", workers=1).games == 2
    assert {name: why for name, (_, why) in refusals(tmp_path / "c.parquet").items()} == {
        "Japanese-5.sgf": "move 4: W A1 is illegal: suicide", "Japanese-7.sgf": "move 6: W A1 is illegal: suicide",
    }  # fmt: skip
    corpus = Corpus.open(tmp_path / "c.parquet")
    assert sorted(corpus.record(number).board().captures[BLACK] for number in range(2)) == [1, 2]


def test_the_list_of_refusals_steers_no_terminal_and_loses_no_name(tmp_path: Path) -> None:
    name = "red\x1b[31m\n\u202e\x9b \u53e4\u529b\u3000.sgf"
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(name, b"(;SZ[9];B[aa])")
        archive.writestr(f"again {name}", b"(;SZ[9];B[ai])")
    build([tmp_path / "a.zip"], tmp_path / "c.parquet", workers=1)
    heading, line = refusals_path(tmp_path / "c.parquet").read_text(encoding="utf-8").splitlines()
    shown = "red\\x1b[31m\\n\\u202e\\x9b \u53e4\u529b\u3000.sgf"
    assert heading == "source,kind,reason,general"
    assert line.split(",")[:3] == [f"{tmp_path}/a.zip/again {shown}", "duplicate",
                                   f"is the same game as {tmp_path}/a.zip/{shown}"]  # fmt: skip
    assert Corpus.open(tmp_path / "c.parquet").record(0).source == f"{tmp_path}/a.zip/{name}"


def test_moves_before_a_fault_are_kept_when_asked_for_and_listed(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for name, data in {
        "a.sgf": b"(;SZ[9];B[aa];W[bb];B[cc];W[dundefined];B[ee])",
        "b.sgf": b"(;SZ[9];B[ee];W[ff];B[ee];W[cc])",
        "c.sgf": b"(;SZ[9];B[zz];W[ff])",
        "d.sgf": b"(;SZ[9];B[dd];W[ff])",
    }.items():
        (folder / name).write_bytes(data)
    refused = build([folder], tmp_path / "c.parquet", workers=1)
    assert (refused.games, refused.refused) == (1, {"unreadable": 2, "illegal": 1})
    report = build([folder], tmp_path / "c.parquet", workers=1, filters=CorpusFilters(keep_before_fault=True))
    assert (report.games, report.moves, report.refused) == (3, 7, {"filtered": 1, "cut": 2})
    assert refusals(tmp_path / "c.parquet") == {
        "a.sgf": ("cut", "kept up to move 3; move 4, W[dundefined], names no point"),
        "b.sgf": ("cut", "kept up to move 2; move 3: B E5 is illegal: occupied"),
        "c.sgf": ("filtered", "has no moves before a fault: move 1, B[zz], is off the 9x9 board"),
    }
    warnings = [Corpus.open(tmp_path / "c.parquet").record(game).warnings for game in range(3)]
    assert warnings[0] == ("kept up to move 3; move 4, W[dundefined], names no point",) and warnings[2] == ()


def test_a_disk_that_is_full_is_told_with_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    (tmp_path / "a.sgf").write_bytes(b"(;SZ[9];B[aa];W[bb])")
    for step in ("write_part", "put_together"):
        with monkeypatch.context() as patch:
            patch.setattr(f"honte.data.build.{step}", full)
            with pytest.raises(CorpusError, match=r"c\.parquet: cannot be written: No space left on device"):
                build([tmp_path / "a.sgf"], tmp_path / "c.parquet", workers=1)


def test_the_first_of_all_images_is_kept(tmp_path: Path) -> None:
    images = [turned(GAMES[0], symmetry) for symmetry in range(8)]
    archive = write_games(tmp_path / "a.zip", [GAMES[1], *images[3:], GAMES[0], *images[:3]])
    assert build([archive], tmp_path / "a.parquet", workers=1).refused == {"duplicate": 8}
    corpus = Corpus.open(tmp_path / "a.parquet")
    assert [corpus.record(game).moves.tolist() for game in range(2)] == [
        GAMES[1].moves.tolist(), images[3].moves.tolist(),
    ]


@pytest.mark.parametrize(
    ("filters", "reason"),
    [
        ({"size": 19}, "the board is 9x9"),
        ({"min_moves": 30}, "has too few moves: 29"),
        ({"min_rank": "7d"}, "has a player of 6d"),
        ({"max_rank": "5k"}, "has a player of 6d"),
        ({"min_rank": "5k", "max_rank": "5d"}, "has a player of 6d"),
        ({"max_handicap": 0}, "has a handicap of 2"),
        ({"rules": ("Chinese", "AGA")}, "is played under Japanese rules"),
        ({"player": ("carol",)}, "is a game of other players"),
        ({"since": "2010-06"}, "was played before 2010-06"),
        ({"since": "2011"}, "was played before 2011"),
        ({"until": "2010-05-16"}, "was played after 2010-05-16"),
        ({"until": "2009"}, "was played after 2009"),
    ],
)
def test_filters(filters: dict[str, object], reason: str) -> None:
    game = parse(
        b"(;SZ[9]HA[2]AB[cc][gg]RU[japanese]PB[Alice]BR[6d]PW[Bob]WR[9p]DT[2010-05-17]" + b";W[ee];B[]" * 14 + b";W[])"
    )
    assert CorpusFilters(**filters).refusal(game).casefold() == reason.casefold()  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "filters",
    [
        {"size": 9, "min_moves": 2, "min_rank": "6d", "max_rank": "9p", "max_handicap": 2, "rules": ("JAPANESE",)},
        {"player": ("x", "bob")},
        {"since": "2010-05-17", "until": "2010-05-17"},
        {"since": "2010", "until": "2010-05"},
    ],
)
def test_filters_that_let_a_game_through(filters: dict[str, object]) -> None:
    game = parse(b"(;SZ[9]HA[2]AB[cc][gg]RU[Japanese]PW[Bob]BR[6d]WR[9p]DT[2010-05-17];W[ee];B[])")
    assert CorpusFilters(**filters).refusal(game) == ""  # type: ignore[arg-type]


def test_games_without_what_is_filtered_by_are_not_let_through() -> None:
    game = parse(b"(;SZ[9];B[ee])")
    assert CorpusFilters(min_rank="5k").refusal(game) == "has a player without a rank"
    assert CorpusFilters(until="2020").refusal(game) == "has no date"
    assert CorpusFilters(rules=("Chinese",)).refusal(game) == "is played under unnamed rules"


@pytest.mark.parametrize(
    ("filters", "complaint"),
    [
        ({"min_rank": "strong"}, "write 3k"),
        ({"max_rank": ""}, "write 3k"),
        ({"min_rank": "5d", "max_rank": "3d"}, "no rank is from min_rank 5d to max_rank 3d"),
        ({"since": "May"}, "write 2010"),
        ({"until": "201"}, "write 2010"),
        ({"since": "2010-13"}, "write 2010"),
        ({"until": "2010-02-30"}, "write 2010"),
        ({"since": "2011-02", "until": "2011-01-31"}, "no date is from 2011-02 on and until 2011-01-31"),
        ({"since": "2011", "until": "2010-12"}, "no date is from 2011 on and until 2010-12"),
        ({"size": 50}, "no board of size 50"),
        ({"min_moves": -1}, "min_moves must be a whole number from 0 on, not -1"),
        ({"max_handicap": -3}, "max_handicap must be a whole number from 0 on, not -3"),
    ],
)
def test_filters_that_make_no_sense(filters: dict[str, object], complaint: str) -> None:
    with pytest.raises(HonteError, match=complaint):
        CorpusFilters(**filters)  # type: ignore[arg-type]


def test_sources_and_outputs_that_cannot_be(tmp_path: Path, archive: Path) -> None:
    with pytest.raises(SourceError, match="nowhere: no such file"):
        build([tmp_path / "nowhere"], tmp_path / "a.parquet")
    with pytest.raises(CorpusError, match="nothing can be written there: No such file or directory"):
        build([archive], tmp_path / "no" / "a.parquet")
    with pytest.raises(SettingError, match="workers -1 is less than 1"):
        build([archive], tmp_path / "a.parquet", workers=-1)
    with pytest.raises(CorpusError, match="this is a folder"):
        build([archive], tmp_path)
    with pytest.raises(CorpusError, match=r"not one game was taken; .*a\.refused\.csv says why"):
        build([archive], tmp_path / "a.parquet", workers=1, filters=CorpusFilters(size=13))
    assert len(read_refusals(tmp_path / "a.parquet")) == 60
    assert not (tmp_path / "a.parquet").exists()


def test_progress_is_told_in_bytes(tmp_path: Path, archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(building, "PART_FILES", 7)
    calls: list[tuple[int, int]] = []
    build([archive], tmp_path / "a.parquet", workers=1, progress=lambda *call: calls.append(call))
    assert calls == sorted(calls) and len(calls) == 9
    assert {total for _, total in calls} == {archive.stat().st_size}
    assert 0 < calls[0][0] < 0.3 * archive.stat().st_size
    assert 0.7 * archive.stat().st_size < calls[-1][0] <= archive.stat().st_size


SCRIPT = """
    import sys
    from pathlib import Path
    from honte.data import build as building
    building.PART_FILES = 4
    building.ROW_GROUP = 16
    if __name__ == "__main__":
        building.build([Path(sys.argv[1])], Path(sys.argv[2]), workers=2)
"""


def start_build(source: Path, output: Path) -> subprocess.Popen[bytes]:
    script = source.with_suffix(".py")
    script.write_text(textwrap.dedent(SCRIPT))
    command = [sys.executable, str(script), str(source), str(output)]
    return subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(ROOT)})


def children(pid: int) -> list[int]:
    """Processes started by a process, where /proc tells."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = stat.read_text().rsplit(")", 1)[1].split()[:2]
        except OSError:
            continue
        if int(parent) == pid and state != "Z":
            found.append(int(stat.parent.name))
    return found


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it does not come"
        time.sleep(0.005)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no kill -9 there")
def test_a_build_killed_in_the_middle_goes_on_to_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    games = some_games(240, seed=1)
    games[200] = turned(games[5], 3)
    archive = write_games(tmp_path / "many.zip", games)
    (tmp_path / "whole").mkdir()
    whole, output = tmp_path / "whole" / "games.parquet", tmp_path / "games.parquet"
    monkeypatch.setattr(building, "PART_FILES", 4)
    monkeypatch.setattr(building, "ROW_GROUP", 16)
    build([archive], whole, workers=1)
    parts = tmp_path / "games.parquet.parts"
    kept: set[str] = set()
    for least in (3, 30):
        process = start_build(archive, output)
        wait_for(lambda least=least: len(list(parts.glob("*.arrow"))) >= least)
        workers = children(process.pid)
        process.send_signal(signal.SIGKILL)
        process.wait()
        wait_for(lambda workers=workers: not any(Path(f"/proc/{worker}").exists() for worker in workers))
        assert not output.exists()
        times = {part.name: part.stat().st_mtime_ns for part in parts.glob("*.arrow")}
        assert kept <= set(times)
        kept = set(times)
    assert start_build(archive, output).wait() == 0
    assert output.read_bytes() == whole.read_bytes()
    assert refusals_path(output).read_bytes() == refusals_path(whole).read_bytes()
    assert [kind for kind, _ in refusals(output).values()] == ["duplicate"]
    assert not parts.exists()


def test_parts_are_used_again_only_for_the_same_games_and_filters(
    tmp_path: Path, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []
    real = building.read_files
    monkeypatch.setattr(building, "PART_FILES", 20)
    monkeypatch.setattr(building, "read_files", lambda files, filters: read.append(1) or real(files, filters))
    monkeypatch.setattr(building.shutil, "rmtree", lambda path: None)
    output = tmp_path / "a.parquet"

    build([archive], output, workers=1)
    assert len(read) == 3
    build([archive], output, workers=1)
    assert len(read) == 3
    build([archive], output, workers=1, filters=CorpusFilters(min_moves=30))
    assert len(read) == 6
    assert min(len(Corpus.open(output).moves_of(game)) for game in range(10)) >= 30
    write_games(archive, [*GAMES[:59], some_games(1, seed=9)[0]])
    build([archive], output, workers=1)
    assert len(read) == 7
    assert Corpus.open(output).record(59).moves.tolist() == some_games(1, seed=9)[0].moves.tolist()


def sleep_or_die(seconds: float) -> float:
    if seconds < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(seconds)
    return seconds


def fail(_: float) -> float:
    raise ValueError("no luck")


def test_results_come_from_all_workers() -> None:
    tasks = [(str(number), number / 1000) for number in range(12)]
    results = list(parallel(sleep_or_die, iter(tasks), workers=3))
    assert sorted(results, key=lambda result: result[1]) == tasks


@pytest.mark.skipif(sys.platform == "win32", reason="there is no kill -9 there")
def test_a_killed_worker_is_told_of_not_waited_for() -> None:
    with pytest.raises(WorkerError, match=r"ended with code -9: give the same command again"):
        list(parallel(sleep_or_die, iter([("a", 0.0), ("b", -1.0), ("c", 0.0)]), workers=2))


@pytest.mark.parametrize("workers", [1, 2])
def test_errors_of_the_work_reach_the_caller(workers: int) -> None:
    with pytest.raises(ValueError, match="no luck"):
        list(parallel(fail, iter([("a", 0.0), ("b", 0.0)]), workers=workers))


def test_real_archives(tmp_path: Path, datasets: Path) -> None:
    report = build([datasets / "ai-games.tar.xz"], tmp_path / "ai.parquet")
    assert report.games == 3663
    assert report.refused == {"illegal": 1, "duplicate": 2}
    corpus = Corpus.open(tmp_path / "ai.parquet")
    assert (tmp_path / "ai.parquet").stat().st_size < 2.5 * corpus.positions
