"""`honte analysis`: KataGo's JSON protocol."""

import json
import sys
from typing import Literal

from honte.engine.gtp import LineReader

QUERIES = 64
"""Lines that are answered together, where so many are waiting."""


def analysis(*, network: str = "default", symmetries: Literal[1, 8] = 1, winrate: bool = True) -> None:
    """Answer queries about games, a JSON object a line, in the protocol of KataGo's analysis engine.

    Parameters
    ----------
    network
        Folder of the network; "default" is the one that comes with Honte.
    symmetries
        8 averages the network over all turns and reflections of the board, for eight times the work.
    winrate
        Say who is ahead, by random playouts; without, every win rate is one half.
    """
    from honte.engine.dialects.kata_json import Analyst
    from honte.policy.checkpoint import load
    from honte.policy.predictor import Predictor

    analyst = Analyst(Predictor(load(network), symmetries=symmetries), win_rate=winrate)
    lines = LineReader(open(0, "rb", buffering=0, closefd=False))  # noqa: SIM115 - its reader outlives us
    while (line := lines.get()) is not None:
        queries = [line]
        while len(queries) < QUERIES and lines.wait(0) and (line := lines.get()) is not None:
            queries.append(line)
        for response in analyst.answer(queries):
            sys.stdout.write(json.dumps(response) + "\n")
            sys.stdout.flush()
