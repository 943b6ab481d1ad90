"""Where a game begins: boards and their sizes, handicaps, positions, and games as SGF."""

import logging
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from honte.engine.commands.session import (
    Session,
    command,
    failing_as,
    read_colour,
    read_integer,
    read_point,
)
from honte.engine.gtp import GtpError
from honte.features.coordinates import point_to_vertex, vertex_to_point
from honte.features.errors import HonteError

if TYPE_CHECKING:
    from honte.features.board import Board

log = logging.getLogger(__name__)


@command("boardsize")
def boardsize(session: Session, size: str, height: str = "") -> str:
    """One number; KataGo's form with two is understood and refused."""
    wanted = read_integer(size)
    with failing_as("unacceptable size"):
        if height:
            read_integer(height)
            raise HonteError("boards are square: give their size as one number")
        session.board = _empty_board(session, wanted)
    return ""


@command("rectangular_boardsize")
def rectangular_boardsize(session: Session, width: str, height: str) -> str:
    """Square boards are the only ones that there are."""
    columns, rows = read_integer(width), read_integer(height)
    with failing_as("unacceptable size"):
        if columns != rows:
            raise HonteError(f"boards are square, not {columns}x{rows}")
        session.board = _empty_board(session, columns)
    return ""


@command("clear_board")
def clear_board(session: Session) -> str:
    session.board = session.new_board(session.board.size)
    return ""


@command("fixed_handicap")
def fixed_handicap(session: Session, stones: str) -> str:
    from honte.features.handicap import fixed_handicap

    with failing_as("invalid number of stones"):
        return _place_handicap(session, fixed_handicap(session.board.size, read_integer(stones)))


@command("place_free_handicap")
def place_free_handicap(session: Session, stones: str) -> str:
    """On the fixed points as far as they go: the games that networks learn from know few other handicaps."""
    from honte.features.handicap import free_handicap

    with failing_as("invalid number of stones"):
        return _place_handicap(session, free_handicap(session.board.size, read_integer(stones)))


@command("set_free_handicap")
def set_free_handicap(session: Session, *vertices: str) -> str:
    with failing_as("bad vertex list"):
        points = [vertex_to_point(vertex, session.board.size) for vertex in vertices]
        if not 2 <= len(points) == len(set(points)):
            raise HonteError("a handicap is two or more different points")
        _place_handicap(session, points)
    return ""


@command("set_position")
def set_position(session: Session, *stones: str) -> str:
    """A new game that begins with these stones, given as colour and vertex in turn."""
    board = session.new_board(session.board.size)
    _set_up(board, stones)
    session.board = board
    return ""


@command("gogui-setup")
def gogui_setup(session: Session, *stones: str) -> str:
    """Stones, given as colour and vertex in turn, beside those that stand; `empty` takes one off."""
    board = session.board.copy()
    _set_up(board, stones, empty=True)
    session.board = board
    return ""


@command("gogui-setup_player")
def gogui_setup_player(session: Session, colour: str) -> str:
    session.board.set_to_move(read_colour(colour))
    return ""


@command("loadsgf")
def loadsgf(session: Session, file: str, move: str = "") -> str:
    """The position before the move of that number, the first being 1, or after the last move.

    The file's komi and rules are taken over, too; rules that nobody knows change nothing, and like whatever else in the
    file is in doubt they are told of in the log.
    """
    from honte.data.load import load
    from honte.features.rules import parse

    number = read_integer(move) if move else None
    with failing_as("cannot load file"):
        record = load(Path(file))
        ply = len(record.moves) if number is None else min(max(number - 1, 0), len(record.moves))
        session.board = record.board(ply)
    for warning in record.warnings:
        log.warning("loadsgf: %s", warning)
    if record.komi is not None:
        session.komi = record.komi
    if record.rules:
        try:
            session.rules = parse(record.rules)
        except HonteError as error:
            log.warning("loadsgf: %s", error)
    return ""


@command("printsgf")
def printsgf(session: Session, file: str = "-") -> str:
    """The game as SGF: as the reply, or into a file."""
    import numpy as np

    from honte.data.record import GameRecord
    from honte.data.sgf import serialise
    from honte.features.handicap import handicap_of
    from honte.features.rules import name_of
    from honte.policy.files import write_atomically

    board = session.board
    record = GameRecord(
        size=board.size,
        moves=np.array(board.moves, np.uint16),
        setup=board.setup,
        handicap=handicap_of(board),
        turns=board.turns,
        komi=session.komi,
        rules=name_of(session.rules),
    )
    try:
        record.board()
    except HonteError:  # a suicide was made under other rules; what is printed is to be read again
        record = replace(record, rules=name_of(replace(session.rules, suicide=True)))
    data = serialise(record)
    if file == "-":
        return data.decode()
    path = Path(file)
    with failing_as("cannot write file"):
        if path.exists() and not path.is_file():
            raise HonteError(f"{path} is no file")  # to write into a pipe might take for ever
        write_atomically(path, data)
    return ""


def _empty_board(session: Session, size: int) -> "Board":
    """A board that a network plays on, which is read; HonteError for a size where none does."""
    session.read_network(size)
    return session.new_board(size)


def _set_up(board: "Board", stones: tuple[str, ...], *, empty: bool = False) -> None:
    """Set up the stones of a diagram. As in KataGo it is Black's turn until something else is said."""
    from honte.features.board import BLACK, EMPTY

    if len(stones) % 2:
        raise GtpError("syntax error")
    colours = [EMPTY if empty and word.lower() in ("e", "empty") else read_colour(word) for word in stones[::2]]
    points = [read_point(word, board) for word in stones[1::2]]
    with failing_as("illegal position"):
        if len(points) != len(set(points)):
            raise HonteError("a point is named twice")
        board.place_all(zip(colours, points, strict=True))
    if stones and not board.moves:
        board.set_to_move(BLACK)


def _place_handicap(session: Session, points: list[int]) -> str:
    """Place Black's stones on a board that must be empty; their vertices."""
    from honte.features.board import BLACK

    board = session.board
    if board.stones.any():
        raise GtpError("board not empty")
    board.place_all([(BLACK, point) for point in points])
    return " ".join(point_to_vertex(point, board.size) for point in points)
