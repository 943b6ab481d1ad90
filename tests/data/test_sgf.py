"""SGF: what it means, what is written is read again, and sgfmill as the peer."""

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
from honte.data.sgf import iter_games, parse, serialise
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
