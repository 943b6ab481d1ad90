"""What one client plays on, the register of the commands, and how their arguments are read."""

import inspect
import math
import re
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from honte import __version__
from honte.engine.gtp import Command, GtpError, Reply
from honte.features.coordinates import point_to_vertex, vertex_to_point
from honte.features.errors import HonteError
from honte.features.rules import CHINESE, Rules

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from honte.engine.dialects.seen import Look
    from honte.engine.play.player import Player
    from honte.features.board import Board
    from honte.policy.predictor import Predictor

Handler = Callable[..., Reply]
COMMANDS: dict[str, Handler] = {}

INTEGER = re.compile(r"[+-]?[0-9]{1,99}")
NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")


def command(name: str) -> Callable[[Handler], Handler]:
    """Register a function as a command: it takes the session and the arguments and returns the reply."""

    def register(handler: Handler) -> Handler:
        COMMANDS[name] = handler
        return handler

    return register


class Session:
    """What one client plays on: a board, the komi, the rules, and a player that may still be loading."""

    def __init__(
        self,
        player: "Future[Player]",
        *,
        name: str = "Honte",
        version: str = __version__,
        win_rate: bool = True,
        komi: float = 7.5,
        rules: Rules = CHINESE,
    ) -> None:
        self._player = player
        self._board: Board | None = None
        self.komi = komi
        self.rules = rules
        self.name, self.version = name, version
        self.win_rate = win_rate

    @property
    def player(self) -> "Player":
        """Waits until the player is there; raises the HonteError that kept it from loading."""
        return self._player.result()

    @property
    def board(self) -> "Board":
        if self._board is None:
            self._board = self.new_board(self.usual_size())
        return self._board

    @board.setter
    def board(self, board: "Board") -> None:
        self._board = board

    def stand_in(self) -> str:
        """Who answers on the board, where no network is trained for it; else nothing. Waits for nothing."""
        if self._board is not None and self._player.done():
            with suppress(HonteError):
                size, family = self._board.size, self.player.predictor.family
                return "" if family.trained_for(size) == size else f"on {size}x{size} {family.words(size)}"
        return ""

    def usual_size(self) -> int:
        """Lines of the board until the client says how many."""
        predictor = self._predictor()
        return 19 if predictor is None else predictor.board_size

    def read_network(self, size: int) -> None:
        """Have the network for boards of a size read; HonteError where none answers, though there is one."""
        if (predictor := self._predictor()) is not None:
            predictor.at(size)

    def _predictor(self) -> "Predictor | None":
        """What the player plays by, if it could be loaded."""
        try:
            return self.player.predictor
        except HonteError:
            return None

    @staticmethod
    def new_board(size: int) -> "Board":
        """An empty board; HonteError for a size that there is not."""
        from honte.features.board import Board

        return Board(size)

    def choose(
        self,
        colour: int,
        *,
        cleanup: bool = False,
        allowed: "npt.NDArray[np.bool_] | None" = None,
        resigns: bool = True,
    ) -> int:
        """What the player would play, as `honte.engine.play.player.Player.choose` has it."""
        return self.player.choose(
            self.board, colour, komi=self.komi, rules=self.rules, cleanup=cleanup, allowed=allowed, resigns=resigns
        )

    def play(self, colour: int, point: int) -> str:
        """Make a move that was chosen, if it is not to resign; what it is called."""
        vertex = self.called(point)
        if vertex != "resign":
            self.board.play(colour, point)
        return vertex

    def called(self, point: int) -> str:
        """A move that was chosen in GTP's words: its vertex, `pass` or `resign`."""
        from honte.engine.play.player import RESIGN

        return "resign" if point == RESIGN else point_to_vertex(point, self.board.size)

    def look(
        self,
        colour: int,
        *,
        probabilities: "npt.NDArray[np.float32] | None" = None,
        after_moves: bool = False,
    ) -> "Look":
        """What is seen with `colour` to move; HonteError when no network answers on the size of the board.

        `probabilities` (N²,) are in place of the player's own; `after_moves` asks for the ownership after each move.
        """
        from honte.engine.dialects.seen import look

        if probabilities is None:
            probabilities = self.player.predictor.probabilities(self.board, colour)
        return look(
            self.board,
            colour,
            probabilities,
            komi=self.komi,
            rules=self.rules,
            win_rate=self.win_rate,
            after_moves=after_moves,
        )

    def answer(self, command: Command) -> Reply:
        """The reply to a command; raises HonteError, with the session as it was, when the command fails."""
        handler = COMMANDS.get(command.name)
        if handler is None:
            raise GtpError("unknown command")
        try:
            inspect.signature(handler).bind(self, *command.arguments)
        except TypeError as error:
            raise GtpError("syntax error", detail=str(error)) from None
        return handler(self, *command.arguments)


@contextmanager
def failing_as(words: str) -> Iterator[None]:
    """Failures inside become the reply that GTP prescribes; what they say goes to the log."""
    try:
        yield
    except GtpError:  # it has its words
        raise
    except (HonteError, OSError) as error:
        raise GtpError(words, detail=str(error)) from error


def read_colour(text: str) -> int:
    """BLACK or WHITE."""
    try:
        return {"b": 1, "black": 1, "w": 2, "white": 2}[text.lower()]
    except KeyError:
        raise GtpError("invalid color or coordinate") from None


def read_point(text: str, board: "Board") -> int:
    """A point of the board, or its pass."""
    with failing_as("invalid color or coordinate"):
        return vertex_to_point(text, board.size)


def read_integer(text: str) -> int:
    """A whole number in plain digits."""
    if not INTEGER.fullmatch(text):
        raise GtpError("syntax error", detail=f"{text[:40]!r} is not a whole number")
    return int(text)


def read_number(text: str) -> float:
    """A finite number in plain digits."""
    value = float(text) if NUMBER.fullmatch(text) else math.nan
    if not math.isfinite(value):
        raise GtpError("syntax error", detail=f"{text[:40]!r} is not a number")
    return value + 0.0  # which has no sign where it is nought


def read_truth(text: str) -> bool:
    """`true` or `false`."""
    try:
        return {"true": True, "false": False}[text.lower()]
    except KeyError:
        raise GtpError("syntax error", detail=f"{text[:40]!r} is neither true nor false") from None
