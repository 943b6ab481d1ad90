"""What the engine answers over GTP: a function per command, whose parameters are the command's syntax.

Nothing here imports the network or compiled code when the module loads, so that a client is greeted at once;
the commands that need them wait for them.
"""

import inspect
import math
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from engine import __version__
from engine.gtp import Command, GtpError
from features.coordinates import point_to_vertex, vertex_to_point
from features.errors import HonteError

if TYPE_CHECKING:
    from engine.player import Player
    from features.board import Board

Handler = Callable[..., str]
COMMANDS: dict[str, Handler] = {}


def command(name: str) -> Callable[[Handler], Handler]:
    """Register a function as a command: it takes the session and the arguments and returns the reply."""

    def register(handler: Handler) -> Handler:
        COMMANDS[name] = handler
        return handler

    return register


class Session:
    """What one client plays on: a board, the komi, and a player that may still be loading."""

    def __init__(self, player: "Future[Player]") -> None:
        self._player = player
        self._board: Board | None = None
        self.komi = 7.5

    @property
    def player(self) -> "Player":
        """Waits until the player is there; raises the HonteError that kept it from loading."""
        return self._player.result()

    @property
    def board(self) -> "Board":
        if self._board is None:
            self._board = self.new_board(self.network_size() or 19)
        return self._board

    @board.setter
    def board(self, board: "Board") -> None:
        self._board = board

    def network_size(self) -> int | None:
        """The one board size the network plays, None when no network could be loaded."""
        try:
            return self.player.predictor.board_size
        except HonteError:
            return None

    @staticmethod
    def new_board(size: int) -> "Board":
        from features.board import Board

        return Board(size)

    def answer(self, command: Command) -> str:
        """The reply to a command; raises HonteError, with the session as it was, when the command fails."""
        handler = COMMANDS.get(command.name)
        if handler is None:
            raise GtpError("unknown command")
        try:
            inspect.signature(handler).bind(self, *command.arguments)
        except TypeError as error:
            raise GtpError("syntax error", detail=str(error)) from None
        return handler(self, *command.arguments)


@command("protocol_version")
def protocol_version(session: Session) -> str:
    return "2"


@command("name")
def name(session: Session) -> str:
    return "Honte"


@command("version")
def version(session: Session) -> str:
    return __version__


@command("known_command")
def known_command(session: Session, name: str) -> str:
    return "true" if name in COMMANDS else "false"


@command("list_commands")
def list_commands(session: Session) -> str:
    return "\n".join(COMMANDS)


@command("quit")
def quit(session: Session) -> str:
    return ""


@command("boardsize")
def boardsize(session: Session, size: str) -> str:
    wanted, playable = _integer(size), session.network_size()
    if playable not in (None, wanted):
        raise GtpError(
            "unacceptable size",
            detail=f"the network plays on {playable}x{playable} only, not on {size}x{size}",
        )
    with _failing_as("unacceptable size"):
        session.board = session.new_board(wanted)
    return ""


@command("clear_board")
def clear_board(session: Session) -> str:
    session.board = session.new_board(session.board.size)
    return ""


@command("komi")
def komi(session: Session, points: str) -> str:
    session.komi = _number(points)
    return ""


@command("fixed_handicap")
def fixed_handicap(session: Session, stones: str) -> str:
    return _place_fixed(session, _integer(stones))


@command("place_free_handicap")
def place_free_handicap(session: Session, stones: str) -> str:
    """On the fixed points too: the games that networks learn from know no other handicaps."""
    from engine.handicap import max_fixed_handicap

    return _place_fixed(session, min(_integer(stones), max_fixed_handicap(session.board.size)))


@command("set_free_handicap")
def set_free_handicap(session: Session, *vertices: str) -> str:
    _require_empty(session.board)
    with _failing_as("bad vertex list"):
        points = [vertex_to_point(vertex, session.board.size) for vertex in vertices]
        if not 2 <= len(points) == len(set(points)):
            raise HonteError("a handicap is two or more different points")
        _place(session.board, points)
    return ""


@command("play")
def play(session: Session, colour: str, vertex: str) -> str:
    move = _colour(colour), _point(vertex, session.board)
    with _failing_as("illegal move"):
        session.board.play(*move)
    return ""


@command("genmove")
def genmove(session: Session, colour: str) -> str:
    mover, board = _colour(colour), session.board
    point = session.player.choose(board, mover, komi=session.komi)
    board.play(mover, point)
    return point_to_vertex(point, board.size)


@command("reg_genmove")
def reg_genmove(session: Session, colour: str) -> str:
    board = session.board
    return point_to_vertex(session.player.choose(board, _colour(colour), komi=session.komi), board.size)


@command("undo")
def undo(session: Session) -> str:
    with _failing_as("cannot undo"):
        session.board.undo()
    return ""


@command("showboard")
def showboard(session: Session) -> str:
    return f"\n{session.board}"


@command("loadsgf")
def loadsgf(session: Session, file: str, move: str = "") -> str:
    """The position before the move of that number, the first being 1, or after the last move."""
    from engine.games import load_game

    number = _integer(move) if move else None
    with _failing_as("cannot load file"):
        record = load_game(Path(file))
        ply = len(record.moves) if number is None else min(max(number - 1, 0), len(record.moves))
        session.board = record.board(ply)
    if record.komi is not None:
        session.komi = record.komi
    return ""


@command("time_settings")
def time_settings(session: Session, main_time: str, byo_yomi_time: str, byo_yomi_stones: str) -> str:
    """Checked and forgotten: a move takes a small fraction of a second."""
    for argument in (main_time, byo_yomi_time, byo_yomi_stones):
        _number(argument)
    return ""


@command("time_left")
def time_left(session: Session, colour: str, time: str, stones: str) -> str:
    _colour(colour), _number(time), _number(stones)
    return ""


@command("final_score")
def final_score(session: Session) -> str:
    from engine.scoring import format_result, margin
    from features.board import BLACK

    return format_result(margin(session.board, BLACK, komi=session.komi))


@command("heatmap")
def heatmap(session: Session, which: str = "") -> str:
    """The probabilities in thousandths, a row of the board a line, as Leela Zero prints them.

    `which` is one of the eight symmetries to see the board under, all of them, or their average.
    """
    from engine.heatmap import by_symmetry, thousandths
    from engine.player import side_to_move

    board, predictor = session.board, session.player.predictor
    colour = side_to_move(board)
    match which:
        case "":
            return "\n" + thousandths(predictor.probabilities(board, colour))
        case "average":
            return "\n" + thousandths(by_symmetry(board, colour, predictor).mean(axis=0))
        case "all":
            maps = by_symmetry(board, colour, predictor)
            return "".join(f"\nsymmetry {index}\n{thousandths(each)}" for index, each in enumerate(maps))
        case _ if which in list("01234567"):
            return "\n" + thousandths(by_symmetry(board, colour, predictor)[int(which)])
    raise GtpError("syntax error")


@contextmanager
def _failing_as(words: str) -> Iterator[None]:
    """Failures inside become the reply that GTP prescribes; what they say goes to the log."""
    try:
        yield
    except (HonteError, OSError) as error:
        raise GtpError(words, detail=str(error)) from error


def _place_fixed(session: Session, stones: int) -> str:
    from engine.handicap import fixed_handicap

    board = session.board
    _require_empty(board)
    with _failing_as("invalid number of stones"):
        points = fixed_handicap(board.size, stones)
    _place(board, points)
    return " ".join(point_to_vertex(point, board.size) for point in points)


def _place(board: "Board", points: list[int]) -> None:
    from features.board import BLACK

    board.place_all([(BLACK, point) for point in points])


def _require_empty(board: "Board") -> None:
    if board.stones.any():
        raise GtpError("board not empty")


def _colour(text: str) -> int:
    try:
        return {"b": 1, "black": 1, "w": 2, "white": 2}[text.lower()]
    except KeyError:
        raise GtpError("invalid color or coordinate") from None


def _point(text: str, board: "Board") -> int:
    with _failing_as("invalid color or coordinate"):
        return vertex_to_point(text, board.size)


def _integer(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise GtpError("syntax error", detail=f"{text[:40]!r} is not a whole number") from None


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise GtpError("syntax error", detail=f"{text[:40]!r} is not a number")
    return value
