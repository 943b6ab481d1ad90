import pytest
from hypothesis import given
from hypothesis import strategies as st

from honte.data.grammar import SgfError
from honte.data.tree import read_trees
from honte.data.viewing import MAX_NODES, view


def test_variations_comments_and_stones() -> None:
    data = (
        b"(;GM[1]SZ[9]PB[A\\]b]AB[aa:ba]C[start];W[cc]C[one\\: two](;B[dd];W[])(;B[ee](;W[ff])(;W[gg]AE[aa])))"
    )
    tree = view(data, source="g")
    assert tree.record.black == "A]b"
    told = [(node["parent"], node["move"], node["setup"], node["comment"]) for node in tree.nodes]
    assert told == [
        (-1, None, [(0, 1), (1, 1)], "start"),
        (0, (2, 20), [], "one: two"),
        (1, (1, 30), [], ""),
        (2, (2, 81), [], ""),
        (1, (1, 40), [], ""),
        (4, (2, 50), [], ""),
        (4, (2, 60), [(0, 0)], ""),
    ]
    assert tree.as_json()["to_move"] == 2


def test_who_is_to_move_is_told_where_the_file_says_it() -> None:
    """And of no node before: Black begins, White is to move after move 4."""
    seen = view(b"(;SZ[19];B[pd];W[dp];B[pp];W[dd]PL[W];W[fq])")
    assert seen.as_json()["to_move"] == 1
    assert [node["turn"] for node in seen.nodes] == [0, 0, 0, 0, 2, 0]


def test_two_moves_in_a_node_are_two_nodes() -> None:
    assert [node["move"] for node in view(b"(;SZ[9]B[aa]W[bb])").nodes] == [(1, 0), (2, 10)]


def test_each_game_of_a_file_with_those_around_it() -> None:
    data = b"(;SZ[9]PB[A]PW[B]RE[B+R]DT[2001];B[aa])\n(;SZ[13];B[bb](;W[cc])(;W[dd]))(;SZ[9]PB[C];B[ee])"
    games = ["A - B, 2001, B+R", "Black - White", "C - White"]
    for number in (1, 2, 3):
        seen = view(data, number=number)
        assert (seen.games, seen.number) == (games, number)
        assert len(read_trees(seen.before.encode()).games if seen.before else []) == number - 1
        whole = read_trees(seen.before.encode() + b"(;PB[here])" + seen.after.encode()).games
        names = [b"".join(game.properties.get("PB", [])) for game in whole]
        assert names == [b"here" if place == number else name for place, name in enumerate((b"A", b"", b"C"), start=1)]
    assert view(data, number=2).nodes[1]["move"] == (1, 14)
    for number in (0, 4):
        with pytest.raises(SgfError, match="it has 3 games"):
            view(data, number=number)


def test_names_arrows_territory_and_dimmed_points() -> None:
    seen = view(b"(;SZ[9]GN[n\\]]GC[c];B[ee]AR[aa:bb][zz:aa][cc]LN[cc:dd]SL[ff]TB[aa:ba]TW[hh]DD[ii];W[cc];B[dd]DD[])")
    told = seen.as_json()
    assert (told["game_name"], told["game_comment"]) == ("n]", "c")
    marks = [(60 - 10, "SL", ""), (0, "TB", ""), (1, "TB", ""), (70, "TW", ""), (0, "AR", 10), (20, "LN", 30)]
    assert seen.nodes[1]["marks"] == marks
    assert [node["dim"] for node in seen.nodes] == [None, [80], None, []]


def test_a_damaged_variation_costs_only_itself() -> None:
    tree = view(b"(;SZ[9];B[aa](;W[bb];B[cc])(;W[zz];B[dd])(;W[ee]))")
    assert [node["move"] for node in tree.nodes[1:]] == [(1, 0), (2, 10), (1, 20), None, (1, 30), (2, 40)]
    assert tree.warnings == ["the move W[zz] is off the board and not shown"]
    assert tree.nodes[4]["properties"] == {"W": ["zz"]}


def test_marks() -> None:
    """Rectangles are spelled out, and what is off the board costs nothing else."""
    tree = view(b"(;SZ[9];B[aa]TR[bb:cb][zz]CR[aa]LB[cc:1\\] \\:2][zz:x][dd]MA[];W[bb]MA[cb])")
    shown = [(10, "TR", ""), (11, "TR", ""), (0, "CR", ""), (20, "LB", "1] :2"), (30, "LB", "")]
    assert [node["marks"] for node in tree.nodes] == [[], shown, [(11, "MA", "")]]
    assert tree.as_json()["nodes"][1]["marks"] == shown


@pytest.mark.parametrize("flood", [b"(;TR[aa:ss])" * 500, b"(;" + b"TR[aa:ss]" * 500 + b")", b"(;AB[aa:ss])" * 500])
def test_too_many_stones_and_marks(flood: bytes) -> None:
    with pytest.raises(SgfError, match="more than 100,000 setup stones and marks"):
        view(b"(;SZ[19](;B[aa])" + flood + b")")


def test_a_file_that_is_cut_off_gives_all_before() -> None:
    tree = view(b"(;SZ[9]AB[aa];W[bb];AE[aa];B[cc](;W[dd];B[ee])(;W[ff")
    assert [(node["parent"], node["move"], node["setup"]) for node in tree.nodes] == [
        (-1, None, [(0, 1)]), (0, (2, 10), []), (1, None, [(0, 0)]), (2, (1, 20), []), (3, (2, 30), []),
        (4, (1, 40), []), (3, None, []),
    ]  # fmt: skip
    assert tree.warnings == ["the file ends before the game is closed"]


@pytest.mark.parametrize(
    "data", [b"(;SZ[9]" + b"(;B[aa])" * 10_000 + b")", b"(;SZ[9]" + b"(;B[aa]" * 8_000 + b")" * 8_001]
)
def test_many_and_deep_variations(data: bytes) -> None:
    assert len(view(data).nodes) == data.count(b";")


def test_too_many_nodes() -> None:
    with pytest.raises(SgfError, match="more than 20,000 nodes"):
        view(b"(;SZ[9];B[aa]" + b"(;W[bb])" * (MAX_NODES + 1) + b")")


@given(st.binary(max_size=60), st.text("()[];BWAESZC abc\\19", max_size=80))
def test_any_bytes_give_a_tree_or_a_sentence(junk: bytes, text: str) -> None:
    for data in (junk, text.encode(), b"(;SZ[9]" + text.encode() + b")"):
        try:
            tree = view(data)
        except SgfError as error:
            assert str(error)
            continue
        assert tree.nodes[0]["parent"] == -1
        assert all(0 <= node["parent"] < index for index, node in enumerate(tree.nodes) if index)
