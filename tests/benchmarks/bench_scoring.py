"""How often a counted game is scored as its players counted it.

`python tests/benchmarks/bench_scoring.py [--gnugo] [-v] GAMES ARCHIVE …`

Even games since 2001 with a counted result are replayed, an equal share from each archive, and `final_margin` is held
against the result: the same score, and the same winner, by rules, with Wilson's intervals of 95 %. With `--gnugo` GNU
Go's `final_score` stands beside it, and its dead stones beside ours; `-v` lists the games scored otherwise.
"""

import os
import re
import shutil
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from gtp import FailedCommand

from honte.data.record import GameRecord
from honte.data.sgf import iter_games
from honte.data.sources import Refusal, iter_sgf
from honte.engine.match.client import Engine
from honte.features.board import Board, decode_move
from honte.features.coordinates import point_to_vertex, vertex_to_point
from honte.features.errors import HonteError
from honte.features.rules import JAPANESE, Rules, named
from honte.features.scoring import final_margin, final_status

COUNTED = re.compile(r"([BW])\+(\d+(?:\.\d+)?)")
Z = 1.96


def counted(archive: Path) -> Iterator[tuple[GameRecord, Board, float, Rules]]:
    """The games of an archive that were counted: with the board at the end, Black's lead, and the rules."""
    for file in iter_sgf([archive]):
        record = None if isinstance(file, Refusal) else next(iter_games(file.data, source=file.name))
        if not isinstance(record, GameRecord) or record.handicap or record.komi is None or record.date < "2001":
            continue
        if len(record.moves) < record.size**2 / 8:
            continue
        if result := COUNTED.fullmatch(record.result):
            try:
                rules, board = named(record.rules or "japanese"), record.board()
            except HonteError:
                continue
            yield record, board, float(result[2]) * (1 if result[1] == "B" else -1), rules


def by_gnugo(command: list[str], record: GameRecord, rules: Rules) -> tuple[float, set[int]]:
    """Black's lead as GNU Go has it, and the points of dead stones."""
    flag = "--japanese-rules" if rules.scoring == "TERRITORY" else "--chinese-rules"
    with Engine([*command, flag]) as engine:
        engine.boardsize(record.size)
        engine.send(f"komi {record.komi}")
        for colour, point in map(decode_move, record.moves.tolist()):
            engine.play("bw"[colour - 1], point_to_vertex(point, record.size))
        score = engine.send("final_score")
        dead = {vertex_to_point(vertex, record.size) for vertex in engine.send("final_status_list dead").split()}
    return float(score[2:]) * (1 if score[0] == "B" else -1) if "+" in score else 0.0, dead


def share(hits: list[bool]) -> str:
    """A share in per cents with its interval."""
    n, p = len(hits), sum(hits) / len(hits)
    middle, half = (p + Z * Z / 2 / n), Z * (p * (1 - p) / n + Z * Z / 4 / n / n) ** 0.5
    low, high = ((middle + sign * half) / (1 + Z * Z / n) for sign in (-1, 1))
    return f"{sum(hits)} of {n}, {100 * p:.1f} % ({100 * low:.1f} … {100 * high:.1f})"


def halved_board() -> tuple[GameRecord, Board, float, Rules]:
    """A game of two walls, for a run without archives."""
    moves = [code for row in range(9) for code in (2 * (9 * row + 3), 2 * (9 * row + 4) + 1)]
    board = Board.from_moves(moves, size=9)
    return GameRecord(size=9, komi=6.5), board, 27 - 36 - 6.5, JAPANESE


def main() -> None:
    words = [word for word in sys.argv[1:] if not word.startswith("-")]
    games = int(words[0]) if words else 1
    sources = [counted(Path(word)) for word in words[1:]]
    each = -(-games // max(len(sources), 1))
    path = shutil.which("gnugo", path=f"{os.environ['PATH']}{os.pathsep}/usr/games") if "--gnugo" in sys.argv else None
    rows: dict[tuple[str, str], list[tuple[float, float]]] = defaultdict(list)
    seconds, chains = [], list[bool]()
    for source in sources or [iter([halved_board()])]:
        for (record, board, wanted, rules), _ in zip(source, range(each), strict=False):
            started = time.perf_counter()
            found = {"Honte": final_margin(board, komi=record.komi or 0, rules=rules)}
            seconds.append(time.perf_counter() - started)
            if path:
                with suppress(HonteError, FailedCommand):
                    found["GNU Go"], dead = by_gnugo([path, "--mode", "gtp", "--level", "1"], record, rules)
                    for status in ("alive", "dead", "seki"):
                        agreed = ((chain[0] in dead) == (status == "dead") for chain in final_status(board, status))
                        chains.extend(agreed)
            for who, margin in found.items():
                rows[who, rules.scoring.lower()].append((margin, wanted))
                if "-v" in sys.argv and margin != wanted:
                    winner = "wrong winner" if (margin > 0) != (wanted > 0) else ""
                    print(f"{record.source}: {who} {margin:+g}, counted {wanted:+g} {winner}", flush=True)
    for (who, scoring), scores in sorted(rows.items()):
        exact = share([abs(margin - wanted) < 0.01 for margin, wanted in scores])
        right = share([(margin > 0) == (wanted > 0) and (margin < 0) == (wanted < 0) for margin, wanted in scores])
        print(f"{who}, {scoring}: exact {exact}; right winner {right}")
    if chains:
        print(f"chains as GNU Go has them: {share(chains)}")
    print(f"final_score: {sorted(seconds)[len(seconds) // 2]:.2f} s in the median, at most {max(seconds):.2f} s")


if __name__ == "__main__":
    main()
