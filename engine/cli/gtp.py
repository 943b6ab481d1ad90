"""`honte gtp`: the engine for GTP clients."""

import logging
import os
import threading
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from honte.engine.cli.options import Device, Flag, Level, Networks, Precision, Symmetries, Threads
from honte.engine.cli.streams import (
    DRAIN,
    ErrorStream,
    LogFile,
    end_on_interrupt,
    never_wait_for_stderr,
    standard_input,
    standard_output,
)
from honte.engine.cli.terminal import Notes
from honte.engine.commands import Session
from honte.engine.gtp import LineReader, serve
from honte.engine.play.settings import PlaySettings
from honte.features.errors import HonteError
from honte.features.rules import parse

if TYPE_CHECKING:
    from honte.engine.play.player import Player

LEELA_ZERO = {"name": "Leela Zero", "version": "0.17"}


def gtp(
    *,
    network: Networks = None,
    settings: Annotated[PlaySettings | None, Parameter(name="*")] = None,
    rules: str = "chinese",
    komi: float | None = None,
    symmetries: Symmetries = 1,
    level: Level = "",
    device: Device = None,
    precision: Precision = "auto",
    threads: Threads = None,
    winrate: bool = True,
    leela_zero: Flag = False,
    ready: Flag = False,
    log: Path | None = None,
) -> None:
    """Play over the Go Text Protocol, for Sabaki, GoGui and other clients.

    Parameters
    ----------
    rules
        Rules until the client names others, such as japanese or aga.
    komi
        Komi until the client gives another; by default what is usual under the rules.
    winrate
        Show who is ahead, by random playouts, in analysis; without, every win rate is one half.
    leela_zero
        Give name and version of Leela Zero, for clients that show the analysis of engines they know only.
    ready
        Say `GTP ready` on stderr once the network is loaded, for clients that wait for it.
    log
        Write what is asked, what is answered and what went wrong to the end of this file.
    """
    if level:
        from honte.data.settings import check_rank  # a client is greeted sooner without

        check_rank("level", level)
    end_on_interrupt()
    errors = never_wait_for_stderr()
    chosen = parse(rules)
    _set_up_logging(log, errors)
    lines, output = LineReader(standard_input()), standard_output()
    player: Future[Player] = Future()

    def load() -> None:
        try:
            player.set_result(_load(network, settings, symmetries, level, device, precision, threads))
        except BaseException as error:  # whoever asks for the player is told
            player.set_exception(error)
        if ready:
            print("GTP ready", file=errors)

    threading.Thread(target=load, name="network", daemon=True).start()
    session = Session(
        player,
        win_rate=winrate,
        rules=chosen,
        komi=chosen.komi if komi is None else komi,
        **(LEELA_ZERO if leela_zero else {}),
    )
    serve(lines, output, session.answer)
    if not player.done():
        errors.drain(DRAIN)
        os._exit(0)  # nothing is half written, and to wait for what is being loaded would take seconds


def _set_up_logging(log: Path | None, errors: ErrorStream) -> None:
    """Warnings go to stderr, everything to the file if there is one."""
    to_stderr = logging.StreamHandler(errors)
    to_stderr.setFormatter(Notes())
    to_stderr.setLevel(logging.WARNING)
    handlers: list[logging.Handler] = [to_stderr]
    if log:
        to_file = LogFile(log, encoding="utf-8", errors="backslashreplace")
        to_file.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
        handlers.insert(0, to_file)
        logging.getLogger("honte").setLevel(logging.DEBUG)
    logging.basicConfig(handlers=handlers)


def _load(
    network: list[str] | None,
    settings: PlaySettings | None,
    symmetries: Literal[1, 8],
    level: str,
    device: str | None,
    precision: Literal["auto", "float32", "bfloat16"],
    threads: int | None,
) -> "Player":
    """Import, read and warm up what moves and analysis need."""
    import torch

    from honte.engine.play.player import Player
    from honte.features.board import BLACK, Board
    from honte.features.estimate import estimate
    from honte.policy.predictor import load_network

    try:
        if threads is not None:
            torch.set_num_threads(threads)
        predictor = load_network(
            *network or (), symmetries=symmetries, level=level, device=device, precision=precision
        )
        board = Board(predictor.board_size)
        untold = predictor.with_level("")  # that a level is not known on a board is said when a game begins on it
        Player(untold).choose(board, BLACK, komi=0)
        estimate(board, BLACK, komi=0)
    except HonteError as error:
        logging.getLogger(__name__).warning("%s", error)
        raise
    return Player(predictor, settings)
