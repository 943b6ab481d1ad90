"""What clients ask about the state of the game, in the words of GNU Go and Leela Zero."""

from honte.engine.commands.session import Session, command, read_colour, read_point
from honte.engine.gtp import GtpError
from honte.features.coordinates import point_to_vertex

NAMES = {1: "black", 2: "white"}


@command("list_stones")
def list_stones(session: Session, colour: str) -> str:
    """The vertices of a colour's stones."""
    mover, board = read_colour(colour), session.board
    return " ".join(point_to_vertex(int(point), board.size) for point in (board.stones.ravel() == mover).nonzero()[0])


@command("captures")
def captures(session: Session, colour: str) -> str:
    """The stones that a colour has taken."""
    return str(session.board.captures[read_colour(colour)])


@command("last_move")
def last_move(session: Session) -> str:
    history = _history(session)
    if not history:
        raise GtpError("no previous move known")
    return history[-1]


@command("move_history")
def move_history(session: Session) -> str:
    """The moves a line each, the last first."""
    return "\n".join(_history(session)[::-1])


@command("is_legal")
def is_legal(session: Session, colour: str, vertex: str) -> str:
    """1 or 0: whether `play` would take the move."""
    move = read_colour(colour), read_point(vertex, session.board)
    return str(int(session.board.is_legal(*move, suicide=session.rules.suicide)))


@command("all_legal")
def all_legal(session: Session, colour: str) -> str:
    """The vertices where `play` would take a colour's move."""
    mover, board, suicide = read_colour(colour), session.board, session.rules.suicide
    legal = [point for point in range(board.size**2) if board.is_legal(mover, point, suicide=suicide)]
    return " ".join(point_to_vertex(point, board.size) for point in legal)


@command("estimate_score")
def estimate_score(session: Session) -> str:
    """Who is ahead by how much: counted when the game is over, else by random playouts."""
    from honte.engine.dialects.seen import opinion
    from honte.features.board import BLACK
    from honte.features.scoring import format_result

    board = session.board
    seen, _ = opinion(board, board.to_move, komi=session.komi, rules=session.rules)
    assert seen.lead is not None
    return format_result(round(seen.lead if board.to_move == BLACK else -seen.lead, 1))


def _history(session: Session) -> list[str]:
    from honte.features.board import decode_move

    board = session.board
    return [
        f"{NAMES[colour]} {point_to_vertex(point, board.size)}" for colour, point in map(decode_move, board.moves)
    ]
