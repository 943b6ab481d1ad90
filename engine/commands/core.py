"""The commands of the standard: who the engine is, moves, time, and the end of the game."""

from honte import __version__
from honte.engine.commands.session import (
    COMMANDS,
    Session,
    command,
    failing_as,
    read_colour,
    read_number,
    read_point,
)
from honte.engine.gtp import GtpError
from honte.features.coordinates import point_to_vertex
from honte.features.errors import HonteError


@command("protocol_version")
def protocol_version(session: Session) -> str:
    return "2"


@command("name")
def name(session: Session) -> str:
    return session.name


@command("version")
def version(session: Session) -> str:
    """Honte's with who answers on a board that no network is trained for; another engine's as it is."""
    other, stand_in = session.version != __version__, session.stand_in()
    return session.version if other or not stand_in else f"{session.version}, {stand_in}"


@command("known_command")
def known_command(session: Session, name: str) -> str:
    return "true" if name in COMMANDS else "false"


@command("list_commands")
def list_commands(session: Session) -> str:
    return "\n".join(COMMANDS)


@command("quit")
def quit(session: Session) -> str:
    return ""


@command("get_komi")
def get_komi(session: Session) -> str:
    return f"{session.komi:.10g}"


@command("komi")
def komi(session: Session, points: str) -> str:
    session.komi = read_number(points)
    return ""


@command("play")
def play(session: Session, colour: str, vertex: str) -> str:
    move = read_colour(colour), read_point(vertex, session.board)
    with failing_as("illegal move"):
        session.board.play(*move, suicide=session.rules.suicide)
    return ""


@command("gogui-play_sequence")
def gogui_play_sequence(session: Session, *moves: str) -> str:
    """Moves given as colour and vertex in turn: all of them, or none."""
    if len(moves) % 2:
        raise GtpError("syntax error")
    board = session.board.copy()
    for colour, vertex in zip(moves[::2], moves[1::2], strict=True):
        move = read_colour(colour), read_point(vertex, board)
        with failing_as("illegal move"):
            board.play(*move, suicide=session.rules.suicide)
    session.board = board
    return ""


@command("genmove")
def genmove(session: Session, colour: str) -> str:
    mover = read_colour(colour)
    return session.play(mover, session.choose(mover))


@command("reg_genmove")
@command("kata-search")
@command("kata-search_cancellable")
def reg_genmove(session: Session, colour: str) -> str:
    """The move that `genmove` would make; there is no search that could be cancelled."""
    return session.called(session.choose(read_colour(colour)))


@command("undo")
def undo(session: Session) -> str:
    """Take back the last move, with stones that were set up since.

    Handicap stones and positions that were set are where a game begins, as in KataGo and GNU Go: they stay.
    """
    board = session.board
    with failing_as("cannot undo"):
        if not board.moves:
            raise HonteError("no move was made since the position was set up")
        count = len(board.moves)
        while len(board.moves) == count:
            board.undo()
    return ""


@command("showboard")
def showboard(session: Session) -> str:
    return f"\n{session.board}"


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
