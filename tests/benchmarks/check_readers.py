"""Main lines of all games of archives, as Honte and as sgfmill read them: `python tests/benchmarks/check_readers.py`.

Prints how many games were compared and those that differ; ends with status 1 where one does. Files that sgfmill gives
up on are counted apart. The archives are those of HONTE_DATASETS.
"""

import os
import sys
from pathlib import Path

from sgfmill.sgf import Sgf_game

from honte.data.encoding import to_utf8
from honte.data.grammar import SgfError
from honte.data.sgf import parse
from honte.data.sources import SgfFile, iter_sgf
from honte.features.board import encode_move


def sgfmill_moves(data: bytes) -> list[int]:
    """The moves of the main line in Honte's codes. Raises ValueError where sgfmill gives up."""
    game = Sgf_game.from_bytes(data)
    size = game.get_size()
    found = []
    for node in game.get_main_sequence():
        colour, point = node.get_move()
        if colour is not None:
            at = size * size if point is None else (size - 1 - point[0]) * size + point[1]
            found.append(encode_move("bw".index(colour) + 1, at))
    return found


def main() -> int:
    """Compare all games of the archives."""
    folder = Path(os.environ.get("HONTE_DATASETS", Path(__file__).resolve().parents[3] / "shared" / "datasets"))
    compared = given_up = refused = 0
    differing = []
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
            differing.append(file.name)
        if compared % 20_000 == 0:
            print(compared, len(differing), file=sys.stderr, flush=True)
    print(f"{compared:,} games compared, {len(differing):,} differ")
    print(f"sgfmill gave up on {given_up:,} others, Honte on {refused:,} of those it read")
    print("\n".join(differing[:50]))
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
