"""SGF as sites and programs really write it: odd, damaged, hostile."""

import re

import pytest

from honte.data.grammar import SgfError
from honte.data.record import GameRecord
from honte.data.sgf import MAX_PLIES, MAX_PROPERTIES, iter_games, parse, parse_collection, serialise
from honte.features.board import BLACK, EMPTY, WHITE
from tests.data.test_sgf import ONE_MOVE, TWO_MOVES, code, moves


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


@pytest.mark.parametrize("size", ["19", "19:19", " 19 ", "19 : 19", "19x19"])
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
