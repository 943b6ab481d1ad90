"""`honte gtp`: the engine for GTP clients."""

import logging
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from honte.engine.commands import Session
from honte.engine.gtp import LineReader, serve
from honte.engine.settings import PlaySettings
from honte.features.errors import HonteError

if TYPE_CHECKING:
    from honte.engine.player import Player

LEELA_ZERO = {"name": "Leela Zero", "version": "0.17"}


def gtp(
    *,
    network: str = "default",
    settings: Annotated[PlaySettings | None, Parameter(name="*")] = None,
    symmetries: Literal[1, 8] = 1,
    winrate: bool = True,
    leela_zero: Annotated[bool, Parameter(negative=())] = False,
    log: Path | None = None,
) -> None:
    """Play over the Go Text Protocol, for Sabaki, GoGui and other clients.

    Parameters
    ----------
    network
        Folder of the network; "default" is the one that comes with Honte.
    symmetries
        8 averages the network over all turns and reflections of the board, for eight times the work.
    winrate
        Show who is ahead, by random playouts, in analysis; without, every win rate is one half.
    leela_zero
        Give name and version of Leela Zero, for clients that show the analysis of engines they know only.
    log
        Write what is asked, what is answered and what went wrong to the end of this file.
    """
    to_stderr = logging.StreamHandler(sys.stderr)
    to_stderr.setLevel(logging.WARNING)
    to_stderr.setFormatter(logging.Formatter("honte: %(message)s"))
    handlers: list[logging.Handler] = [to_stderr]
    if log:
        to_file = logging.FileHandler(log, encoding="utf-8", errors="backslashreplace")
        to_file.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
        handlers.append(to_file)
        logging.getLogger("honte").setLevel(logging.DEBUG)
    logging.basicConfig(handlers=handlers)
    stdin = open(0, "rb", buffering=0, closefd=False)  # noqa: SIM115 - its reader outlives us
    with ThreadPoolExecutor(1, "network") as background:
        player = background.submit(_load, network, settings, symmetries)
        session = Session(player, win_rate=winrate, **(LEELA_ZERO if leela_zero else {}))
        serve(LineReader(stdin), sys.stdout.buffer, session.answer)


def _load(network: str, settings: PlaySettings | None, symmetries: Literal[1, 8]) -> "Player":
    """Import, read and warm up what moves and analysis need."""
    from honte.engine.player import Player
    from honte.features.board import BLACK, Board
    from honte.features.estimate import estimate
    from honte.policy.checkpoint import load
    from honte.policy.predictor import Predictor

    try:
        player = Player(Predictor(load(network), symmetries=symmetries), settings)
        board = Board(player.predictor.board_size)
        player.choose(board, BLACK, komi=0)
        estimate(board, BLACK, komi=0)
    except HonteError as error:
        logging.getLogger(__name__).warning("%s", error)
        raise
    return player
