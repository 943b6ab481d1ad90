"""`honte gtp`: the engine for GTP clients."""

import logging
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter
from cyclopts.validators import Number

from engine.commands import Session
from engine.gtp import LineReader, serve
from features.errors import HonteError

if TYPE_CHECKING:
    from engine.player import Player


def gtp(
    *,
    network: str = "default",
    temperature: Annotated[float, Parameter(validator=Number(gte=0))] = 0.0,
    symmetries: Literal[1, 8] = 1,
) -> None:
    """Play over the Go Text Protocol, for Sabaki, GoGui and other clients.

    Parameters
    ----------
    network
        Folder of the network; "default" is the one that comes with Honte.
    temperature
        0 plays the most probable move; 1 draws from the network's own probabilities.
    symmetries
        8 averages the network over all turns and reflections of the board, for eight times the work.
    """
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="honte: %(message)s")
    stdin = open(0, "rb", buffering=0, closefd=False)  # noqa: SIM115 - its reader outlives us
    with ThreadPoolExecutor(1, "network") as background:
        player = background.submit(_load, network, temperature, symmetries)
        serve(LineReader(stdin), sys.stdout.buffer, Session(player).answer)


def _load(network: str, temperature: float, symmetries: Literal[1, 8]) -> "Player":
    """Import, read and warm up what a move needs."""
    from engine.player import Player
    from features.board import BLACK, Board
    from policy.checkpoint import load
    from policy.predictor import Predictor

    try:
        player = Player(Predictor(load(network), symmetries=symmetries), temperature=temperature)
        player.choose(Board(player.predictor.board_size), BLACK, komi=0)
    except HonteError as error:
        logging.getLogger(__name__).warning("%s", error)
        raise
    return player
