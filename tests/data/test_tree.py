"""Trees: what is read is written again, sgfmill as the peer, and the reader of main lines beside it."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sgfmill import sgf_grammar

from honte.data.grammar import SgfError
from honte.data.sgf import iter_games, parse, to_tree
from honte.data.tree import Node, read_trees, write_trees
from tests.data.test_sgf import PIECES, records, trees


def contents(data: bytes) -> list[object]:
    """The games of a file as sgfmill reads them: properties of each node, nested as the variations are."""

    def nested(tree: sgf_grammar.Coarse_game_tree) -> object:
        first, *rest = tree.sequence
        inside: object = [nested(child) for child in tree.children]
        for properties in reversed(rest):
            inside = [(properties, inside)]
        return first, inside

    return [nested(tree) for tree in sgf_grammar.parse_sgf_collection(data)]


@given(st.lists(trees, min_size=1, max_size=3))
def test_what_is_written_is_what_was_read_as_another_reader_sees_it(games: list[str]) -> None:
    data = "\n".join(f"(;CA[UTF-8]{game})" for game in games).encode()
    trees = read_trees(data)
    assert not trees.lost
    assert contents(write_trees(trees.games)) == contents(data)


@given(st.lists(st.sampled_from(PIECES), max_size=40))
@example(["(", "]", "GM[1]", "B[aa]", ")", ";"])
def test_the_main_line_is_that_of_the_reader_of_main_lines(parts: list[str]) -> None:
    """Through every kind of damage, and after it was written."""
    data = "".join(["(;", *parts]).encode()
    try:
        game = read_trees(data).games[0]
    except SgfError:
        return
    record = next(iter_games(data))
    if isinstance(record, SgfError):
        return
    again = next(iter_games(write_trees([game])))
    assert not isinstance(again, SgfError)
    assert again.moves.tolist() == record.moves.tolist() and again.setup.tolist() == record.setup.tolist()
    assert sum(len(node.moves()) for node in game.main_line()) == len(record.moves)


@given(records())
def test_a_record_is_the_main_line_of_its_tree(record) -> None:  # type: ignore[no-untyped-def]
    assert parse(write_trees([to_tree(record)])).key == record.key


def test_text_is_escaped_and_not() -> None:
    node = Node({"C": [b"a \\] b\\\\", b"c"]})
    assert node.text("C") == "a ] b\\\nc" and node.text("GC") == ""
    node.set_text("GC", "x [3k]: \\ 白")
    (again,) = read_trees(write_trees([node])).games
    assert again.text("GC") == "x [3k]: \\ 白"


@pytest.mark.parametrize(
    ("data", "lost"),
    [
        (b"(;B[dd] N;W[pp])", "property N without a value is passed over"),
        (b"(;B[dd]) and (;W[pp])", "text outside of any game is passed over at byte 8"),
        (b"(;B[dd];[ee])", "a value without a property is passed over at byte 9"),
        (b"(;B[dd]] ;C[x])", "text outside of any value is passed over at byte 7"),
        (b"(;B[dd];C[x", "the file ends before the game is closed"),
    ],
)
def test_what_is_lost_is_told(data: bytes, lost: str) -> None:
    assert read_trees(data).lost == [lost]


def test_what_is_no_game() -> None:
    with pytest.raises(SgfError, match="x: no game begins in it"):
        read_trees(b"hello", source="x")
    with pytest.raises(SgfError, match="more than 10 nodes"):
        read_trees(b"(;" + b";" * 20 + b")", limit=10)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("x [3k]: a", "x [3k]: a"), ("so ] ?!", "so ] ?!"), ("[a] (b; c) :) d", "[a] (b; c) :) d"),
        ("a [b] and so [d] e", "a [b] and so [d] e"), ("a \\] [b]] c", "a ] [b]] c"), ("open [", "open ["),
    ],
)  # fmt: skip
def test_brackets_without_backslashes_stay_in_their_text(text: str, meant: str) -> None:
    data = f"(;GM[1]C[root];B[pd]C[{text}];W[dp]C[kept](;B[pp]C[{text}];W[dd])(;B[qq]C[a variation]))".encode()
    for read in (read_trees(data), read_trees(write_trees(read_trees(data).games))):
        (game,) = read.games
        assert [node.text("C") for node in game.main_line()] == ["root", meant, "kept", meant, ""]
        assert game.children[0].children[0].children[1].text("C") == "a variation"
        assert not read.lost


def test_a_bracket_never_takes_the_nodes_that_follow_it_into_its_text() -> None:
    data = b"(;GM[1]KM[6.5]XY[U[a]?AP[x]AB[aa];B[dd];W[pp])see] that"
    assert [node.moves() for node in read_trees(data).games[0].main_line()] == [[], [("B", b"dd")], [("W", b"pp")]]
    assert len(parse(data).moves) == 2


def test_what_is_written_says_first_that_it_is_utf8() -> None:
    data = "(;PB[CA[GBK] 古力];B[dd])".encode()
    assert write_trees(read_trees(data).games).startswith(b"(;CA[UTF-8]")


@pytest.mark.parametrize("data", [b"(CA[;", b"(;", b"(B[", b"(;[x"])
def test_a_game_that_ends_before_it_says_anything(data: bytes) -> None:
    assert len(list(read_trees(data).games[0].main_line())) == 1
