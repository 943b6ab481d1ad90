"""Main lines of all games of archives, as Honte and as sgfmill read them: `python tests/benchmarks/check_readers.py`.

Prints the names of games that differ, and how many were compared; ends with status 1 where one differs. Files that
sgfmill gives up on are counted apart. The archives are those of HONTE_DATASETS.
"""

import os
import sys
from pathlib import Path

from sgfmill import sgf_grammar

from honte.data.encoding import to_utf8
from honte.data.grammar import SgfError
from honte.data.sgf import parse
from honte.data.sources import SgfFile, iter_sgf


def sgfmill_moves(data: bytes) -> list[int]:
    """The moves of the main line as sgfmill parses it, in Honte's codes. Raises ValueError where it gives up."""
    nodes = list(sgf_grammar.main_sequence_iter(sgf_grammar.parse_sgf_game(data)))
    size = int(nodes[0].get("SZ", [b"19"])[0].split(b":")[0])
    found = []
    for node in nodes:
        for name in ("B", "W"):
            if name in node:
                point = node[name][0]
                at = size * size
                if point and not (point == b"tt" and size <= 19):
                    at = (point[1] - ord("a")) * size + point[0] - ord("a")
                found.append(2 * at + (name == "W"))
    return found


def main() -> int:
    """Compare all games of the archives."""
    folder = Path(os.environ.get("HONTE_DATASETS", Path(__file__).resolve().parents[3] / "shared" / "datasets"))
    compared = given_up = refused = differing = 0
    for file in iter_sgf([folder]):
        if not isinstance(file, SgfFile):
            continue
        try:
            theirs = sgfmill_moves(to_utf8(file.data)[0])
        except ValueError:
            given_up += 1
            continue
        try:
            record = parse(file.data, source=file.name)
        except SgfError:
            refused += 1
            continue
        ours = record.moves.tolist()
        compared += 1
        if theirs[len(theirs) - len(ours) :] != ours or len(theirs) - len(ours) not in (0, record.handicap):
            differing += 1
            print(f"differs: {file.name}", flush=True)
        if compared % 10_000 == 0:
            print(compared, file=sys.stderr, flush=True)
    print(f"{compared:,} games compared, {differing:,} differ")
    print(f"sgfmill gave up on {given_up:,} others, Honte on {refused:,} of those it read")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
