"""`honte analysis`: KataGo's JSON protocol."""

import json
from collections.abc import Iterable
from typing import Any, BinaryIO

from honte.engine.cli.options import Device, Level, Networks, Precision, Symmetries, Threads
from honte.engine.cli.streams import end_on_interrupt, never_wait_for_stderr, standard_input, standard_output
from honte.engine.gtp import LineReader


def analysis(
    *,
    network: Networks = None,
    symmetries: Symmetries = 1,
    level: Level = "",
    device: Device = None,
    precision: Precision = "auto",
    threads: Threads = None,
    winrate: bool = True,
) -> None:
    """Answer queries about games, a JSON object a line, in the protocol of KataGo's analysis engine.

    Parameters
    ----------
    winrate
        Say who is ahead, by random playouts; without, every win rate is one half.
    """
    end_on_interrupt()
    never_wait_for_stderr()
    lines, output = LineReader(standard_input()), standard_output()

    import torch

    from honte.engine.dialects.kata_queue import Analyst
    from honte.policy.predictor import load_network

    if threads is not None:
        torch.set_num_threads(threads)
    predictor = load_network(*network or (), symmetries=symmetries, level=level, device=device, precision=precision)
    analyst = Analyst(predictor, win_rate=winrate)
    ended = False
    while not (ended and analyst.idle):
        # Everything that has come is read before the next positions are looked at, since it may give them up.
        while not ended and (analyst.idle or lines.wait(0)):
            line = lines.get()
            ended = line is None
            _write(output, analyst.submit(line or b""))
        _write(output, analyst.step())


def _write(output: BinaryIO, responses: Iterable[dict[str, Any]]) -> None:
    for response in responses:
        output.write(json.dumps(response).encode() + b"\n")
    output.flush()
