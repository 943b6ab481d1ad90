"""How the bar for resigning does in games of people: `python tests/benchmarks/bench_resigning.py GAMES ARCHIVE …`.

The games are those of `bench_scoring.py`, which were counted. Each is replayed as if both sides were Honte's: whoever
has met the bar three moves in a row would have resigned. By size of board: how many games would have ended so, how many
of them before a defeat that was none, and how early.
"""

import sys
from collections import defaultdict
from pathlib import Path

from bench_scoring import counted, halved_board, share

from honte.data.record import GameRecord
from honte.engine.play.ending import ending
from honte.engine.play.player import DOUBT, HOPELESS_MOVES
from honte.engine.play.settings import PlaySettings
from honte.features.board import BLACK, decode_move
from honte.features.rules import Rules

BAR = PlaySettings().resign_threshold


def resignation(record: GameRecord, rules: Rules) -> tuple[int, int] | None:
    """Who would have resigned first, and at which ply; None for nobody."""
    board = record.board(0)
    hopeless: dict[int, list[int]] = defaultdict(list)
    for ply, (colour, point) in enumerate(map(decode_move, record.moves.tolist())):
        end = ending(board, colour, komi=record.komi or 0, rules=rules, hope=BAR + DOUBT)
        if end is not None:
            before = hopeless[colour][-1:] == [ply - 2]
            hopeless[colour] = [*hopeless[colour] * before, ply] if end.chance <= BAR else []
            if len(hopeless[colour]) == HOPELESS_MOVES:
                return colour, ply
        board.play(colour, point, suicide=True)
    return None


def main() -> None:
    words = [word for word in sys.argv[1:] if not word.startswith("-")]
    games = int(words[0]) if words else 1
    sources = [counted(Path(word)) for word in words[1:]] or [iter([halved_board()])]
    met: dict[int, list[bool]] = defaultdict(list)
    wrong: dict[int, list[bool]] = defaultdict(list)
    early: dict[int, list[int]] = defaultdict(list)
    for source in sources:
        for (record, _, lead, rules), _ in zip(source, range(-(-games // len(sources))), strict=False):
            found = resignation(record, rules)
            met[record.size].append(found is not None)
            if found is not None:
                colour, ply = found
                wrong[record.size].append((lead > 0) == (colour == BLACK))
                early[record.size].append(len(record.moves) - ply)
                if wrong[record.size][-1]:
                    print(f"{record.source}: {' BW'[colour]} would resign at move {ply + 1}, counted {lead:+g}")
    for size in sorted(met):
        print(f"{size}x{size}: somebody resigns in {share(met[size])}")
        if early[size]:
            middle = sorted(early[size])[len(early[size]) // 2]
            print(f"  who had not lost in {share(wrong[size])}; {middle} moves before the end in the median")


if __name__ == "__main__":
    main()
