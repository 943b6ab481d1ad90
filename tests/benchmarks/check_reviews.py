"""Reviewed files against what went in, node by node: `python -m tests.benchmarks.check_reviews [files]`.

Files are taken from the archives by turns, reviewed by the command with a network so small that it is done soon, and
what went in and what was written are read by sgfmill. Every node, every property and every value of it must be there
still, in its order; a review may add labels, comments after those there are, and variations behind those there are, and
says in CA that it is UTF-8. Prints the names of files that have lost something, and how many had nothing said of it on
stderr: status 1 where there is one. The archives are those of HONTE_DATASETS.
"""

import io
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

from sgfmill.sgf_grammar import Coarse_game_tree, parse_sgf_collection, text_value

from honte.data.encoding import to_utf8
from honte.data.sources import SgfFile, iter_sgf
from honte.engine.cli.review import review
from honte.features.errors import HonteError
from tests.benchmarks.check_encodings import by_turns
from tests.engine.stubs import save_tiny_network


def main(count: int = 1_000) -> int:
    """Review so many files and compare them."""
    folder = Path(os.environ.get("HONTE_DATASETS", Path(__file__).resolve().parents[3] / "shared" / "datasets"))
    given_up = refused = compared = games = nodes = told = silent = 0
    with tempfile.TemporaryDirectory() as place:
        network = save_tiny_network(Path(place, "network"), 19)
        for file in by_turns(map(_files, sorted(folder.iterdir()))):
            if compared == count:
                break
            try:
                before = parse_sgf_collection(to_utf8(file.data)[0])
            except ValueError:
                given_up += 1
                continue
            try:
                written, said = _reviewed(file.data, Path(place), network)
            except HonteError:
                refused += 1
                continue
            compared, games = compared + 1, games + len(before)
            nodes += sum(_count(game) for game in before)
            after = parse_sgf_collection(written)
            if compared % 100 == 0:
                print(compared, file=sys.stderr, flush=True)
            missing = [f"{len(before)} games, now {len(after)}"] * (len(before) != len(after))
            for old, new in zip(before, after, strict=False):
                missing += lost(old, new)
            if missing:
                told, silent = told + bool(said), silent + (not said)
                print(f"{file.name}: {'; '.join(missing[:3])}{f' ({said.strip()})' if said else ''}", flush=True)
    print(f"{compared:,} files compared: {games:,} games, {nodes:,} nodes; {told + silent:,} lost something,")
    print(f"{silent:,} of them in silence; sgfmill gave up on {given_up:,} others, Honte on {refused:,}")
    return 1 if silent else 0


def _files(archive: Path) -> Iterator[SgfFile]:
    return (file for file in iter_sgf([archive]) if isinstance(file, SgfFile))


def _reviewed(data: bytes, place: Path, network: Path) -> tuple[bytes, str]:
    """What the command writes of a file, and what it says on stderr of what it cannot keep."""
    source, output, said = place / "game.sgf", place / "reviewed.sgf", io.StringIO()
    source.write_bytes(data)
    with redirect_stdout(io.StringIO()), redirect_stderr(said):
        review([source], output=output, network=[str(network)], json_=True)
    return output.read_bytes(), said.getvalue()


Place = tuple[Coarse_game_tree, int]
"""A node: sgfmill's trees are of sequences of nodes."""


def lost(before: Coarse_game_tree, after: Coarse_game_tree) -> list[str]:
    """What a game has not any more: properties, values, nodes, variations, in words."""
    missing = []
    waiting: list[tuple[Place, Place]] = [((before, 0), (after, 0))]
    while waiting:
        old, new = waiting.pop()
        there = new[0].sequence[new[1]]
        for name, values in old[0].sequence[old[1]].items():
            kept = there.get(name, [])
            if name == "C":
                whole = _text(kept).startswith(_text(values))
            elif name == "LB":
                whole = kept[: len(values)] == values
            else:
                whole = kept == values or name == "CA"
            if not whole:
                missing.append(f"{name}{values} is {kept}")
        mine, its = _following(*old), _following(*new)
        if len(its) < len(mine):
            missing.append(f"{len(mine)} nodes follow, now {len(its)}")
        waiting += zip(mine, its, strict=False)
    return missing


def _following(tree: Coarse_game_tree, place: int) -> list[Place]:
    if place + 1 < len(tree.sequence):
        return [(tree, place + 1)]
    return [(child, 0) for child in tree.children]


def _count(game: Coarse_game_tree) -> int:
    waiting, count = [game], 0
    while waiting:
        tree = waiting.pop()
        count += len(tree.sequence)
        waiting += tree.children
    return count


def _text(values: list[bytes]) -> bytes:
    return b"\n".join(map(text_value, values))


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
