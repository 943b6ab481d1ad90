"""The commands of the standard, and what clients ask about the state of the game."""

from typing import TYPE_CHECKING

from honte.engine.commands.session import (
    COMMANDS,
    Session,
    command,
    failing_as,
    read_colour,
    read_integer,
    read_number,
    read_point,
)
from honte.engine.gtp import GtpError
from honte.features.coordinates import point_to_vertex, vertex_to_point
from honte.features.errors import HonteError

if TYPE_CHECKING:
    from honte.features.board import Board


@command("protocol_version")
def protocol_version(session: Session) -> str:
    return "2"


@command("name")
def name(session: Session) -> str:
    return session.name


@command("version")
def version(session: Session) -> str:
    return session.version


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
    wanted, playable = read_integer(size), session.network_size()
    if playable not in (None, wanted):
        raise GtpError(
            "unacceptable size",
            detail=f"the network plays on {playable}x{playable} only; give --network one for {size}x{size}",
        )
    with failing_as("unacceptable size"):
        session.board = session.new_board(wanted)
    return ""


@command("clear_board")
def clear_board(session: Session) -> str:
    session.board = session.new_board(session.board.size)
    return ""


@command("get_komi")
def get_komi(session: Session) -> str:
    return f"{session.komi:.10g}"


@command("komi")
def komi(session: Session, points: str) -> str:
    session.komi = read_number(points)
    return ""


@command("fixed_handicap")
def fixed_handicap(session: Session, stones: str) -> str:
    return _place_fixed(session, read_integer(stones))


@command("place_free_handicap")
def place_free_handicap(session: Session, stones: str) -> str:
    """On the fixed points too: the games that networks learn from know no other handicaps."""
    from honte.features.handicap import max_fixed_handicap

    return _place_fixed(session, min(read_integer(stones), max_fixed_handicap(session.board.size)))


@command("set_free_handicap")
def set_free_handicap(session: Session, *vertices: str) -> str:
    _require_empty(session.board)
    with failing_as("bad vertex list"):
        points = [vertex_to_point(vertex, session.board.size) for vertex in vertices]
        if not 2 <= len(points) == len(set(points)):
            raise HonteError("a handicap is two or more different points")
        _place(session.board, points)
    return ""


@command("set_position")
def set_position(session: Session, *stones: str) -> str:
    """A new board with these stones, given as colour and vertex in turn."""
    board = session.new_board(session.board.size)
    if len(stones) % 2:
        raise GtpError("syntax error")
    colours = [read_colour(word) for word in stones[::2]]
    points = [read_point(word, board) for word in stones[1::2]]
    with failing_as("illegal position"):
        if len(points) != len(set(points)):
            raise HonteError("a point is named twice")
        board.place_all(zip(colours, points, strict=True))
    session.board = board
    return ""


@command("play")
def play(session: Session, colour: str, vertex: str) -> str:
    move = read_colour(colour), read_point(vertex, session.board)
    with failing_as("illegal move"):
        session.board.play(*move)
    return ""


@command("genmove")
def genmove(session: Session, colour: str) -> str:
    mover = read_colour(colour)
    return session.play(mover, session.choose(mover))


@command("reg_genmove")
@command("kata-search")
def reg_genmove(session: Session, colour: str) -> str:
    return session.called(session.choose(read_colour(colour)))


@command("undo")
def undo(session: Session) -> str:
    with failing_as("cannot undo"):
        session.board.undo()
    return ""


@command("showboard")
def showboard(session: Session) -> str:
    return f"\n{session.board}"


@command("loadsgf")
def loadsgf(session: Session, file: str, move: str = "") -> str:
    """The position before the move of that number, the first being 1, or after the last move."""
    from honte.data.load import load

    number = read_integer(move) if move else None
    with failing_as("cannot load file"):
        record = load(file)
        ply = len(record.moves) if number is None else min(max(number - 1, 0), len(record.moves))
        session.board = record.board(ply)
    if record.komi is not None:
        session.komi = record.komi
    return ""


@command("printsgf")
def printsgf(session: Session) -> str:
    import numpy as np

    from honte.data.record import GameRecord
    from honte.data.sgf import serialise

    board = session.board
    record = GameRecord(
        size=board.size,
        moves=np.array(board.moves, np.uint16),
        setup=board.setup,
        first_colour=dict(board.turns).get(0, 0),
        komi=session.komi,
    )
    return serialise(record).decode()


@command("time_settings")
def time_settings(session: Session, main_time: str, byo_yomi_time: str, byo_yomi_stones: str) -> str:
    """Checked and forgotten: a move takes a small fraction of a second."""
    for argument in (main_time, byo_yomi_time, byo_yomi_stones):
        read_number(argument)
    return ""


@command("time_left")
def time_left(session: Session, colour: str, time: str, stones: str) -> str:
    read_colour(colour), read_number(time), read_number(stones)
    return ""


@command("final_score")
def final_score(session: Session) -> str:
    """By the rules in force: most take dead stones off, those of Tromp and Taylor do not."""
    from honte.features.scoring import final_margin, format_result

    return format_result(final_margin(session.board, komi=session.komi, rules=session.rules))


@command("final_status_list")
def final_status_list(session: Session, status: str) -> str:
    """The chains that are alive, dead or in seki, a line each; by the rules of Tromp and Taylor none is dead."""
    from honte.features.scoring import final_status

    board = session.board
    match status:
        case "alive" | "dead" | "seki":
            chains = final_status(board, status, rules=session.rules)
        case _:
            raise GtpError("syntax error")
    return "\n".join(" ".join(point_to_vertex(point, board.size) for point in chain) for chain in chains)


def _place_fixed(session: Session, stones: int) -> str:
    from honte.features.handicap import fixed_handicap

    board = session.board
    _require_empty(board)
    with failing_as("invalid number of stones"):
        points = fixed_handicap(board.size, stones)
    _place(board, points)
    return " ".join(point_to_vertex(point, board.size) for point in points)


def _place(board: "Board", points: list[int]) -> None:
    from honte.features.board import BLACK

    board.place_all([(BLACK, point) for point in points])


def _require_empty(board: "Board") -> None:
    if board.stones.any():
        raise GtpError("board not empty")
