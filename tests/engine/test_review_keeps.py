"""What a review writes, node by node against what went in."""

from pathlib import Path

import numpy as np
import pytest

from honte.data.grammar import SgfError
from honte.data.sgf import parse
from honte.data.sources import SgfFile, iter_sgf
from honte.data.tree import Node, read_trees, write_trees
from honte.engine.cli.review import review as command
from honte.engine.review.annotation import annotate
from honte.engine.review.game import Review
from honte.features.errors import HonteError
from tests.disks import full_disk
from tests.engine.stubs import StubPredictor, save_tiny_network


def review(data: bytes, size: int) -> list[Node]:
    """The games of a file with a review in the first, written and read again."""
    chances = np.random.default_rng(0).dirichlet(np.full(size * size, 0.1))
    games = read_trees(data).games
    annotate(games[0], Review(parse(data), StubPredictor(chances)))  # type: ignore[arg-type]
    return read_trees(write_trees(games)).games


def lost(before: Node, after: Node) -> list[str]:
    """What of a game is not in another any more: properties, their values, nodes, their order."""
    missing = []
    waiting = [(before, after)]
    while waiting:
        old, new = waiting.pop()
        for name, values in old.properties.items():
            if name == "C":
                kept = new.text("C").startswith(old.text("C"))
            else:
                kept = new.properties.get(name, [])[: len(values)] == values
            if not kept:
                missing.append(f"{name}{values}")
        if len(new.children) < len(old.children):
            missing.append(f"{len(old.children) - len(new.children)} variations")
        waiting.extend(zip(old.children, new.children, strict=False))
    return missing


@pytest.mark.parametrize(
    ("data", "size"),
    [
        (
            "(;GM[1]FF[4]SZ[19]PB[古力]C[说明];B[pd]C[好](;W[dp]C[坏];B[pp];W[dd];B[fq])(;W[dd]))".encode("utf-16"),
            19,
        ),
        (
            b"(;GM[1]FF[4]SZ[19]C[root]US[me];B[pd]C[one];W[dp](;B[pp]C[two];W[dd];B[tt]W[tt])(;B[qq]C[other]))",
            19,
        ),
        (
            b"(;GM[1]SZ[19]C[root];B[pd]C[x [3k]: a];W[dp]C[kept](;B[pp]C[also kept];W[dd])(;B[qq]C[a variation]))",
            19,
        ),
        (b"(;SZ[9]C[one];B[cc];W[gg])\n(;SZ[9]C[two];B[dd](;W[ee])(;W[ff]C[x]))\n(\nTE[y];B[aa])", 9),
        (b"(;SZ[9]HA[2];B[cc];B[gg];W[dd]TR[aa]XY[\\]:];B[ee]BL[1785.3]", 9),
    ],
)
def test_all_that_is_in_a_file_is_in_its_review(data: bytes, size: int) -> None:
    before, after = read_trees(data).games, review(data, size)
    assert len(before) == len(after)
    assert [lost(old, new) for old, new in zip(before, after, strict=True)] == [[]] * len(before)
    assert write_trees(before[1:]) == write_trees(after[1:])


def test_the_command_keeps_all_games_and_says_what_is_lost(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    game, output, network = tmp_path / "g.sgf", tmp_path / "out.sgf", save_tiny_network(tmp_path / "network")
    game.write_bytes(b"(;SZ[9]C[one];B[cc] N;W[gg]) stray (;SZ[9]C[two];B[dd](;W[ee])(;W[ff]C[x]))")
    command([game], output=output, network=[str(network)])
    before, after = read_trees(game.read_bytes()).games, read_trees(output.read_bytes()).games
    assert [lost(old, new) for old, new in zip(before, after, strict=True)] == [[], []]
    assert b"LB[" in output.read_bytes()
    said = capsys.readouterr().err
    assert f"{game}: property N without a value is passed over\n" in said
    assert f"{game}: text outside of any game is passed over at byte 28\n" in said


def test_a_full_disk_leaves_the_game_that_was_to_be_replaced(tmp_path: Path) -> None:
    game, network = tmp_path / "g.sgf", save_tiny_network(tmp_path / "network")
    game.write_bytes(b"(;SZ[9];B[ee]C[mine];W[cc])")
    with full_disk(), pytest.raises(OSError, match="No space left") as raised:
        command([game], output=game, network=[str(network)])
    assert raised.value.filename == str(game) and game.read_bytes() == b"(;SZ[9];B[ee]C[mine];W[cc])"
    command([game], output=game, network=[str(network)])
    assert b"C[mine" in game.read_bytes() and b"LB[" in game.read_bytes()


def test_a_thousand_files_lose_nothing_in_review(datasets: Path) -> None:
    compared = nodes = 0
    for file in iter_sgf([datasets / "ai-games.tar.xz"]):
        assert isinstance(file, SgfFile)
        try:
            record = parse(file.data)
            after = review(file.data, record.size)
        except (SgfError, HonteError):
            continue
        before = read_trees(file.data).games
        assert [lost(old, new) for old, new in zip(before, after, strict=True)] == [[]] * len(before), file.name
        compared, nodes = compared + 1, nodes + sum(1 for game in before for _ in game.main_line())
        if compared == 1000:
            return
    raise AssertionError(f"only {compared} games, {nodes} nodes")
