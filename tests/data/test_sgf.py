"""SGF: what it means, what the wild makes of it, and sgfmill as the peer."""

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sgfmill.sgf import Sgf_game

from honte.data import sgf
from honte.data.grammar import SgfError
from honte.data.record import GameRecord
from honte.data.sgf import MAX_PLIES, MAX_PROPERTIES, iter_games, parse, parse_collection, serialise
from honte.data.sources import SgfFile, iter_sgf
from honte.features.board import BLACK, EMPTY, WHITE, encode_move


def code(colour: int, point: str, size: int = 19) -> int:
    """The code of a move given by its SGF name, empty for the pass."""
    if not point:
        return encode_move(colour, size * size)
    return encode_move(colour, (ord(point[1]) - 97) * size + ord(point[0]) - 97)


def moves(data: bytes) -> list[int]:
    return parse(data).moves.tolist()


ONE_MOVE = [code(BLACK, "dd")]
TWO_MOVES = [code(BLACK, "dd"), code(WHITE, "pp")]


# What a game says


def test_the_fields_of_a_game() -> None:
    game = parse(
        b"(;GM[1]FF[4]CA[UTF-8]SZ[13]KM[6.5]HA[2]AB[dd][jj]RU[Japanese]RE[W+2.5]PB[Honinbo Shusaku]BR[7d]"
        b"PW[Gennan Inseki]WR[8d]DT[1846-09-11]EV[Ear-reddening game]PC[Osaka];W[gg];B[])",
        source="a.sgf",
    )
    assert (game.size, game.komi, game.handicap, game.source, game.warnings) == (13, 6.5, 2, "a.sgf", ())
    assert (game.rules, game.result, game.winner) == ("Japanese", "W+2.5", WHITE)
    assert (game.black, game.black_rank, game.white, game.white_rank) == (
        "Honinbo Shusaku", "7d", "Gennan Inseki", "8d",
    )
    assert (game.date, game.event, game.place) == ("1846-09-11", "Ear-reddening game", "Osaka")
    assert game.moves.dtype == np.uint16 and game.setup.dtype == np.int16
    assert game.moves.tolist() == [code(WHITE, "gg", 13), code(BLACK, "", 13)]
    assert game.setup.tolist() == [[0, 3 * 13 + 3, BLACK], [0, 9 * 13 + 9, BLACK]]


def test_a_game_that_says_nothing_is_played_on_19_lines() -> None:
    game = parse(b"(;)")
    assert (game.size, game.komi, game.handicap, game.black, len(game.moves), game.setup.shape) == (
        19, None, 0, "", 0, (0, 3),
    )


@pytest.mark.parametrize(
    ("size", "points"),
    [(19, {"": "", "tt": ""}), (9, {"": "", "tt": ""}), (21, {"": "", "tt": "tt", "uu": "uu"})],
)
def test_both_ways_to_write_a_pass(size: int, points: dict[str, str]) -> None:
    for written, meant in points.items():
        assert moves(f"(;SZ[{size}];W[{written}])".encode()) == [code(WHITE, meant, size)]


def test_setup_counts_before_the_moves_of_its_node_and_after_those_of_earlier_ones() -> None:
    game = parse(b"(;AB[aa][bb]AW[cc];B[dd];W[pp]AE[aa]AB[ee];AW[ff])")
    assert game.moves.tolist() == TWO_MOVES
    assert game.setup.tolist() == [
        [0, 0, BLACK], [0, 20, BLACK], [0, 40, WHITE], [1, 0, EMPTY], [1, 80, BLACK], [2, 100, WHITE],
    ]  # fmt: skip


def test_rectangles_of_setup_stones() -> None:
    game = parse(b"(;SZ[5]AB[ab:cc]AW[ee:de][aa])")
    assert game.setup[:, 1].tolist() == [5, 6, 7, 10, 11, 12, 23, 24, 0]
    assert game.setup[:, 2].tolist() == [BLACK] * 6 + [WHITE] * 3


def test_only_the_main_line_is_read() -> None:
    assert moves(b"(;B[dd](;W[pp](;B[qq])(;B[cc]))(;W[aa];B[bb]))") == [*TWO_MOVES, code(BLACK, "qq")]


def test_colours_need_not_alternate() -> None:
    assert moves(b"(;B[dd];B[pp])") == [code(BLACK, "dd"), code(BLACK, "pp")]


@pytest.mark.parametrize(
    ("root", "to_move"),
    [("PL[W]", WHITE), ("PL[Black]", BLACK), ("PL[2]", WHITE), ("", BLACK), ("HA[2]AB[dd][pp]", WHITE)],
)
def test_who_begins_a_game_without_moves(root: str, to_move: int) -> None:
    assert parse(f"(;{root})".encode()).to_move() == to_move


# Handicap


def test_handicap_stones_written_as_moves_are_setup_stones() -> None:
    written = parse(b"(;HA[3];B[dd];B[pp];B[pd];W[cc];B[ee])")
    placed = parse(b"(;HA[3]AB[dd][pp][pd];W[cc];B[ee])")
    assert written.key == placed.key
    assert written.setup.tolist() == placed.setup.tolist()
    assert written.warnings == ("Black's first 3 moves are the handicap stones",)
    assert not placed.warnings


@pytest.mark.parametrize(
    "moves", [";B[dd];W[pp]", ";W[dd];B[pp]", ";B[dd];B[pp]", ";B[dd];B[];W[pp]", ";B[dd];B[dd];W[pp]"]
)
def test_handicap_stones_that_are_not_there_are_not_made_up(moves: str) -> None:
    record = parse(f"(;HA[2]{moves})".encode())
    assert len(record.moves) == moves.count(";") and len(record.setup) == 0
    assert record.warnings == ("a handicap of 2 is named but 0 stones are set up",)


def test_handicap_that_differs_from_the_stones_is_told() -> None:
    game = parse(b"(;HA[4]AB[dd][pp];W[cc])")
    assert game.warnings == ("a handicap of 4 is named but 2 stones are set up",)


@pytest.mark.parametrize("handicap", ["7.5", "two", "-1", "99999"])
def test_a_handicap_that_is_no_number(handicap: str) -> None:
    game = parse(f"(;HA[{handicap}];B[dd])".encode())
    assert game.handicap == 0
    assert game.warnings == (f"HA[{handicap}] is no number of handicap stones",)


@pytest.mark.parametrize(
    ("komi", "meant"), [("375", "7.5"), ("650", "6.5"), ("50", "0.5"), ("six", "no komi"), ("1e9", "no komi")]
)
def test_komi_that_is_not_in_points_is_told(komi: str, meant: str) -> None:
    assert parse(f"(;KM[{komi}])".encode()).warnings == (f"KM[{komi}] is read as {meant}",)


# What the wild makes of it


@pytest.mark.parametrize(
    "data",
    [
        b"From: someone\n\n(see below) (; B[dd] ; W[pp] )",
        b"\xef\xbb\xbf(;B[dd];W[pp])",
        b"(\n;\n  B [dd]\r\n\t;W\n[pp]\n)\n\n",
        b"(;Black[dd];White[pp])",
        b"(;GaMe[1]SiZe[19];b[dd];w[pp])",
        b"(;B[dd]W[pp])",
        b"(;B[dd]C[an \\] escaped ; bracket \\\\];W[pp])",
        b"(;B[ dd ];W[pp\n])",
        b"(;B[dd]BL[1785.3]OB[3];W[pp]WL[1790]CR[pp])",
        b"(;CA[UTF-8][UTF-8]GN[][];B[dd];W[pp])",
        b"(;B[dd];;;W[pp];)",
        b"(;B[dd]((;W[pp])))",
    ],
)
def test_odd_but_clear(data: bytes) -> None:
    game = parse(data)
    assert game.moves.tolist() == TWO_MOVES
    assert not game.warnings


@pytest.mark.parametrize(
    ("data", "warning"),
    [
        (b"(;B[dd];W[pp]", "the file ends before the game is closed"),
        (b"(;B[dd];W[pp];B[q", "the file ends before the game is closed"),
        (b"(;B[dd];W[pp];C[never closed", "the file ends before the game is closed"),
        (b"(;B[dd];W[pp](;", "the file ends before the game is closed"),
        (b"(;B[dd]C[see [1] here];W[pp])", "a bracket without a backslash is read as part of its text"),
        (b"(;B[dd]C[so ] ?!];W[pp])", "a bracket without a backslash is read as part of its text"),
        (b"(;B[dd]C[x [3k] :) (a; b) c];W[pp])", "a bracket without a backslash is read as part of its text"),
        (b"(;B[dd]C[a [b] and so [d] e];W[pp])", "a bracket without a backslash is read as part of its text"),
        (b"(;B[dd]] !;W[pp])", "text outside of any value is passed over at byte 7"),
        (b"(;B[dd] N;W[pp])", "property N without a value is passed over"),
        (b"(;B[dd][cc];W[pp])", "a second point of move 1 is passed over"),
    ],
)
def test_damage_that_leaves_the_game_clear_is_told(data: bytes, warning: str) -> None:
    game = parse(data)
    assert game.moves.tolist() == TWO_MOVES
    assert warning in game.warnings


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "no game begins in it: there is no '(;'"),
        (b"hello (world)", "no game begins in it: there is no '(;'"),
        (b"(;SZ[9:7];B[aa])", "SZ[9:7]: the board is not square"),
        (b"(;SZ[37];B[aa])", "SZ[37]: board sizes are 2 to 25"),
        (b"(;SZ[1])", "SZ[1]: board sizes are 2 to 25"),
        (b"(;SZ[" + b"9" * 5000 + b"])", "board sizes are 2 to 25"),
        (b"(;SZ[abc])", "SZ[abc]: board sizes are 2 to 25"),
        (b"(;GM[2];B[aa])", "GM[2] is another game than Go"),
        (b"(;SZ[9];B[aa];W[kk])", "move 2, W[kk], is off the 9x9 board"),
        (b"(;SZ[9];B[tt];W[uu])", "move 2, W[uu], is off the 9x9 board"),
        (b"(;SZ[25];B[yy];W[zz])", "move 2, W[zz], is off the 25x25 board"),
        (b"(;B[Q16])", "move 1, B[Q16], names no point"),
        (b"(;B[dd]W[aaa])", "move 2, W[aaa], names no point"),
        (b"(;AB[zz])", "the setup stone AB[zz] is off the 19x19 board"),
        (b"(;AB[aa:])", "the setup stone AB[aa:] is off the 19x19 board"),
        (b"(;AB[aa:bb:cc])", "the setup stone AB[aa:bb:cc] is off the 19x19 board"),
    ],
)
def test_what_is_no_game_is_refused_with_its_source_and_reason(data: bytes, reason: str) -> None:
    with pytest.raises(SgfError) as error:
        parse(data, source="some.sgf")
    assert str(error.value).startswith("some.sgf: ")
    assert str(error.value).endswith(reason)


@pytest.mark.parametrize("size", ["19", "19:19", " 19 ", "19 : 19"])
def test_square_sizes(size: str) -> None:
    assert parse(f"(;SZ[{size}];B[dd])".encode()).moves.tolist() == ONE_MOVE


def test_games_of_a_collection_are_read_one_by_one() -> None:
    data = b"junk (;B[dd](;W[pp])(;W[qq]))\n text (;SZ[99];B[aa])(;B[dd]) (;B[dd"
    games = list(iter_games(data, source="all.sgf"))
    assert [game.source for game in games] == ["all.sgf", "all.sgf#2", "all.sgf#3", "all.sgf#4"]
    assert [type(game) for game in games] == [GameRecord, SgfError, GameRecord, GameRecord]
    assert str(games[1]) == "all.sgf#2: SZ[99]: board sizes are 2 to 25"
    assert games[0].moves.tolist() == TWO_MOVES  # type: ignore[union-attr]


def test_a_collection_with_a_bad_game_is_refused_as_a_whole() -> None:
    assert len(parse_collection(b"(;B[dd])(;W[pp])")) == 2
    with pytest.raises(SgfError, match="#2: GM"):
        parse_collection(b"(;B[dd])(;GM[3])")


def test_the_next_game_does_not_run_into_one_that_is_not_closed() -> None:
    first, second = parse_collection(b"(;GM[1]FF[4];B[dd];W[pp]\n(;GM[1]FF[4];B[cc])")
    assert first.moves.tolist() == TWO_MOVES
    assert first.warnings == ("the next game begins before the game is closed",)
    assert second.moves.tolist() == [code(BLACK, "cc")]


def test_a_variation_that_is_not_closed_does_not_take_the_next_game_with_it() -> None:
    data = b"(;FF[4];B[dd](;W[pp])(;W[qq]\n(;CA[UTF-8]AP[x]GM[1];B[cc]) (;SZ[9]GM[1];B[aa])"
    assert [game.moves.tolist() for game in parse_collection(data)] == [TWO_MOVES, [code(BLACK, "cc")], [0]]


def test_a_game_quoted_in_a_comment_is_not_the_next_game() -> None:
    assert moves(b"(;GM[1];B[dd]C[see (;GM[1\\];B[aa\\]) there];W[pp])") == TWO_MOVES


@pytest.mark.parametrize(
    "data",
    [
        b"(;B[aa](;W[bb]" * 50_000 + b")" * 100_000,
        b"(;C[x]" * 100_000,
        b"(;B[aa]" + b"(;W[bb])" * 200_000 + b")",
        b"(;" + b";B[aa];W[bb]" * 200_000,
        b"(;" + b"AB[aa:ss]" * 200_000 + b")",
        b"(;" + b"(" * 2_000_000,
        b"(;" * 1_000_000,
        b"(;CA[" * 400_000,
        b"(;" + b"[" * 2_000_000,
        b"(;" + b"a" * 2_000_000,
        b"(;B[aa]" + b"]" * 2_000_000,
        b"(;B[aa]" + b"] a" * 700_000,
        b"(;C[" + b"\\]" * 1_000_000,
        b"(" + b" " * 2_000_000,
        b"( " * 1_000_000,
        b"(;" + b"XX[y]" * 400_000 + b")",
        b"(;C[" + "白".encode("gbk") * 1_000_000 + b"])",
        bytes(range(256)) * 8000 + b"(;" + bytes(range(256)) * 8000,
    ],
    ids=range(18),
)
def test_hostile_files_end_in_a_game_or_a_sentence(data: bytes) -> None:
    # Quadratic time or recursion would show as a test that never ends or a crash.
    for game in iter_games(data, source="hostile.sgf"):
        if isinstance(game, SgfError):
            assert "\n" not in str(game) and len(str(game)) < 200
        else:
            assert len(game.moves) <= MAX_PLIES


def test_limits_are_those_of_the_main_line_only() -> None:
    within = b"(;" + b";C[x]" * (MAX_PROPERTIES - 10) + b";B[dd])"
    assert moves(within) == ONE_MOVE
    assert len(parse(b"(" + b";B[aa];W[bb]" * (MAX_PLIES // 2) + b")").moves) == MAX_PLIES
    with pytest.raises(SgfError, match="more than 10000 moves"):
        parse(b"(" + b";B[aa];W[bb]" * (MAX_PLIES // 2) + b";B[aa])")


@pytest.mark.parametrize(
    ("data", "plays"),
    [
        ("(\r\nTE[x]\r\nKO[6.5]\r\nPB[甲]\r\n\r\n;B[pd];W[dp];B[pp])", [["pd", "dp", "pp"]]),
        ("(\r\nTE[x]\r\n;B[pd];W[dp](;B[pp];W[dd])(;B[qq];W[cc];B[dd]))", [["pd", "dp", "pp", "dd"]]),
        ("(B[pd];W[dp];B[qq])\n(;GM[1]SZ[19];B[aa];W[dd])", [["pd", "dp", "qq"], ["aa", "dd"]]),
        ("(;GM[1];B[aa])\n( B[pd](W[dp])(W[qq]))", [["aa"], ["pd", "dp"]]),
        ("(GM[1]FF[1];B[aa]\n(GM[1]FF[1];B[bb])", [["aa"], ["bb"]]),
        ("(;B[aa](W[bb];B[cc])(C[x];W[dd]))", [["aa", "bb", "cc"]]),
    ],
)
def test_a_node_may_begin_without_its_semicolon(data: str, plays: list[list[str]]) -> None:
    games = parse_collection(data.encode())
    assert [game.moves.tolist() for game in games] == [
        [code(1 + index % 2, point) for index, point in enumerate(points)] for points in plays
    ]
    if "KO" in data:
        assert (games[0].komi, games[0].black) == (6.5, "甲")


def test_a_komi_in_KO_is_one_only_where_KM_is_missing_and_it_is_a_number() -> None:
    assert parse(b"(;KO[6.5]KM[7.5])").komi == 7.5
    assert parse(b"(;B[aa]KO[])").komi is None and not parse(b"(;B[aa]KO[])").warnings


@pytest.mark.parametrize(
    ("data", "turns", "at_the_end"),
    [
        (b"(;B[pd];W[dp];AB[pp]PL[W])", ((2, WHITE),), WHITE),
        (b"(;B[pd];W[dp];B[pp];W[dd]PL[W];W[fq])", ((4, WHITE),), BLACK),
        (b"(;B[pd];PL[B]C[x];PL[w])", ((1, BLACK), (1, WHITE)), WHITE),
        (b"(;PL[x];B[pd])", (), WHITE),
        (b"(;HA[2];B[pd];B[dp];PL[B];W[dd];PL[2])", ((0, BLACK), (1, WHITE)), WHITE),
    ],
)
def test_who_is_to_move_is_said_anywhere(data: bytes, turns: tuple[tuple[int, int], ...], at_the_end: int) -> None:
    record = parse(data)
    assert record.turns == turns
    assert record.to_move() == record.board().to_move == at_the_end
    assert parse(serialise(record)).to_move() == at_the_end


def test_a_late_statement_says_nothing_of_the_beginning() -> None:
    record = parse(b"(;B[pd];W[dp];B[pp];W[dd]PL[W];W[fq])")
    assert [record.to_move(ply) for ply in range(6)] == [BLACK, WHITE, BLACK, WHITE, WHITE, BLACK]


def test_stones_set_up_twice_are_what_they_were_last() -> None:
    record = parse(b"(;SZ[19];AB[pd][aa];AW[pd];AB[pd];AE[aa];B[dd])")
    written = parse(serialise(record))
    assert {(point, colour) for _, point, colour in written.setup.tolist()} == {(72, BLACK), (0, EMPTY)}
    assert str(written.board()) == str(record.board())


@pytest.mark.parametrize(
    ("data", "kept", "fault"),
    [
        (b"(;B[pd];W[dp];B[pp];W[dd];B[fq];W[dundefined];B[qq])", 5, "move 6, W[dundefined], names no point"),
        (b"(;SZ[9];B[aa];W[bb];B[kk];W[cc])", 2, "move 3, B[kk], is off the 9x9 board"),
        (b"(;SZ[9];B[aa];W[bb];AB[kk];B[cc])", 2, "the setup stone AB[kk] before move 3 is off the 9x9 board"),
        (b"(;SZ[9];B[aa];AB[kk];W[bb];B[zz])", 1, "the setup stone AB[kk] before move 2 is off the 9x9 board"),
        (b"(;B[Q16])", 0, "move 1, B[Q16], names no point"),
    ],
)
def test_what_stands_before_a_fault_can_be_kept(data: bytes, kept: int, fault: str) -> None:
    with pytest.raises(SgfError, match=re.escape(fault)):
        parse(data)
    (game,) = iter_games(data, keep_before_fault=True)
    assert isinstance(game, GameRecord) and (len(game.moves), game.fault) == (kept, fault)


def test_a_size_that_is_not_played_is_refused_before_its_points() -> None:
    with pytest.raises(SgfError, match=r"SZ\[50\]: board sizes are 2 to 25"):
        parse(b"(;GM[1]FF[4]SZ[50];B[cc];W[Cd])")


# Round trips and peers

texts = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp", "Zs"])).map(str.strip)


@st.composite
def records(draw: st.DrawFn) -> GameRecord:
    size = draw(st.integers(2, 25))
    moves = draw(st.lists(st.integers(0, 2 * size * size + 1), max_size=30))
    rows = draw(
        st.lists(
            st.tuples(st.integers(0, len(moves)), st.integers(0, size * size - 1), st.integers(0, 2)),
            max_size=12, unique_by=lambda row: row[:2],
        )
    )  # fmt: skip
    turns = st.dictionaries(st.integers(0, len(moves)), st.integers(1, 2), max_size=3)
    fields = draw(st.fixed_dictionaries({name: texts for name in sgf.TEXTS}))
    return GameRecord(
        size=size, moves=np.array(moves, np.uint16), setup=np.array(sorted(rows), np.int16).reshape(-1, 3),
        komi=draw(st.none() | st.integers(-2 * size, 2 * size).map(lambda halves: halves / 2)),
        turns=tuple(sorted(draw(turns).items())), handicap=draw(st.integers(0, 1)), **fields,
    )


@given(records())
def test_what_is_written_is_read_again(record: GameRecord) -> None:
    again = parse(serialise(record))
    for name in ("size", "komi", "handicap", "turns", *sgf.TEXTS):
        assert getattr(again, name) == getattr(record, name)
    assert again.moves.tolist() == record.moves.tolist()
    assert sorted(again.setup.tolist()) == record.setup.tolist()
    assert not again.warnings


@given(records())
def test_sgfmill_reads_what_is_written(record: GameRecord) -> None:
    game = Sgf_game.from_bytes(serialise(record))
    assert game.get_size() == record.size
    assert sgfmill_moves(game) == record.moves.tolist()


def sgfmill_moves(game: Sgf_game) -> list[int]:
    """The main line as sgfmill sees it, in our codes."""
    size = game.get_size()
    found = []
    for node in game.get_main_sequence():
        colour, point = node.get_move()
        if colour is not None:
            at = size * size if point is None else (size - 1 - point[0]) * size + point[1]
            found.append(encode_move(BLACK if colour == "b" else WHITE, at))
    return found


NODES = [";B[aa]", ";W[bb]", ";B[]", ";W[tt]\n", ";C[(;\\]]", ";", ";TB[aa][bb]W[cc]", ";W[ee]C[x]", ";AB[ff]"]
sequences = st.lists(st.sampled_from(NODES), min_size=1).map("".join)
trees = st.recursive(
    sequences,
    lambda inner: st.builds(
        lambda before, variations: before + "".join(f"({variation})" for variation in variations),
        sequences,
        st.lists(inner, min_size=1, max_size=3),
    ),
    max_leaves=8,
)


@given(trees)
def test_the_main_line_of_any_tree_is_that_of_sgfmill(tree: str) -> None:
    data = f"({tree})".encode()
    assert moves(data) == sgfmill_moves(Sgf_game.from_bytes(data))


PIECES = ["(", ")", ";", "B[aa]", ";B[dd]", ";W[pp]", ";B[", "]", "[cc]", "\\", "AB[aa:cc]", "GM[1]", "x", " ", "é"]


@given(st.lists(st.sampled_from(PIECES), max_size=40))
@settings(max_examples=300)
def test_reading_moves_in_runs_changes_nothing(parts: list[str]) -> None:
    data = "".join(["(;", *parts]).encode()
    fast = [outcome(game) for game in iter_games(data)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sgf, "PLAIN_MOVES", re.compile(rb"(?!)"))
        assert [outcome(game) for game in iter_games(data)] == fast


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join), st.integers(1, 3))
@example("B[)]" * 1000 + ");x", 1)
@example("(;B[aa])" * 1000 + ");x", 1)
@example("(" + "B[aa]" * 1000 + "(;x)" * 1000 + "));x", 1)
@example("(" + "B[aa]" * 1000 + "[)", 1)
@settings(max_examples=300)
def test_the_end_of_a_tree_is_where_its_parentheses_are_closed(text: str, depth: int) -> None:
    data = text.encode()
    assert sgf.end_of_tree(data, 0, len(data), depth) == end_by_characters(text, depth)


def end_by_characters(text: str, depth: int) -> int:
    """Where as many parentheses are closed, in bytes, reading one character after the other."""
    inside = escaped = False
    for number, character in enumerate(text):
        if inside:
            inside = escaped or character != "]"
            escaped = character == "\\" and not escaped
        else:
            inside = character == "["
            depth += (character == "(") - (character == ")")
            if depth == 0:
                return len(text[: number + 1].encode())
    return len(text.encode())


@pytest.mark.parametrize("pattern", [sgf.PROPERTY, sgf.PLAIN_MOVES, sgf.PARENTHESIS])
@given(data=st.lists(st.sampled_from(PIECES), max_size=20).map(lambda parts: "".join(parts).encode()))
@settings(max_examples=300)
def test_possessive_repeats_change_nothing(pattern: re.Pattern[bytes], data: bytes) -> None:
    plain = re.compile(re.sub(rb"(?<=[*+?}])\+", b"", pattern.pattern), pattern.flags)
    found, expected = pattern.match(data), plain.match(data)
    assert (found and (found.span(), found.groups())) == (expected and (expected.span(), expected.groups()))


def outcome(game: GameRecord | SgfError) -> object:
    """All there is to compare of a reading."""
    if isinstance(game, SgfError):
        return str(game)
    return {**vars(game), "moves": game.moves.tolist(), "setup": game.setup.tolist()}


@pytest.mark.parametrize("archive", ["ai-games.tar.xz", "kgs-6d-validation.tar.xz", "tygem-9d-validation.tar.xz"])
def test_real_games_are_those_of_sgfmill(datasets: Path, archive: str) -> None:
    for number, file in enumerate(iter_sgf([datasets / archive])):
        assert isinstance(file, SgfFile)
        if number % 10 == 0:
            assert moves(file.data) == sgfmill_moves(Sgf_game.from_bytes(file.data)), file.name
