"""What GoGui shows on its board when it is asked to analyse: the map, and what the network is fed with."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from honte.engine.commands.session import Session, command, read_integer
from honte.engine.gtp import GtpError
from honte.features.coordinates import point_to_vertex

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


@command("gogui-analyze_commands")
def gogui_analyze_commands(session: Session) -> str:
    """A line each: how to show it, its name in the menu, the command."""
    from honte.features import PLANE_NAMES

    lines = [
        "gfx/Move Map/honte-map",
        "pspairs/Move Probabilities/honte-probabilities",
        "gfx/Best Moves/honte-best_moves",
        "pspairs/Liberties/honte-liberties",
        "gfx/Ladders/honte-ladders",
        "gfx/Ownership/honte-ownership",
        *(f"dboard/Plane {index:02d} {name}/honte-plane {index}" for index, name in enumerate(PLANE_NAMES)),
        "none/Chinese Rules/kata-set-rules chinese",
        "none/Japanese Rules/kata-set-rules japanese",
        "string/Rules/kata-get-rules",
    ]
    return "\n".join(lines)


@command("gogui-interrupt")
def gogui_interrupt(session: Session) -> str:
    """That `# interrupt` is understood: a line of any kind ends an analysis."""
    return ""


@command("honte-map")
def honte_map(session: Session) -> str:
    """The probabilities as coloured points, the more probable ones with their per cents."""
    from honte.engine.drawing.colours import LABELLED, SHOWN, colour_of
    from honte.engine.words import percent

    shown = [(vertex, p) for vertex, p in _ranking(session) if p >= SHOWN]
    lines = [f"COLOR {_hexadecimal(colour_of(p))} {vertex}" for vertex, p in shown]
    lines += [f"LABEL {vertex} {percent(p)}" for vertex, p in shown if p >= LABELLED]
    return "\n".join([*lines, _status(session)])


@command("honte-probabilities")
def honte_probabilities(session: Session) -> str:
    from honte.engine.drawing.colours import SHOWN
    from honte.engine.words import percent

    return "\n".join(f"{vertex} {percent(p)}" for vertex, p in _ranking(session) if p >= SHOWN)


@command("honte-best_moves")
def honte_best_moves(session: Session) -> str:
    """The ten most probable moves, numbered in their order."""
    best = [vertex for vertex, p in _ranking(session)[:10] if p > 0]
    return "\n".join([*(f"LABEL {vertex} {rank}" for rank, vertex in enumerate(best, 1)), _status(session)])


@command("honte-liberties")
def honte_liberties(session: Session) -> str:
    board = session.board
    return "\n".join(
        f"{point_to_vertex(point, board.size)} {liberties}"
        for point in range(board.size**2)
        if (liberties := board.liberties(point))
    )


@command("honte-ladders")
def honte_ladders(session: Session) -> str:
    """Where the side to move catches a chain in a ladder (red), and where it escapes from one (green)."""
    from honte.features.planes import LADDER_CAPTURE, LADDER_ESCAPE

    planes = _planes(session)
    lines = [
        f"COLOR {colour} {' '.join(vertices)}"
        for plane, colour in ((LADDER_CAPTURE, "#d53e00"), (LADDER_ESCAPE, "#2e9e4f"))
        if (vertices := list(_vertices(planes[plane])))
    ]
    return "\n".join([*lines, "TEXT Red catches in a ladder, green escapes from one"])


@command("honte-ownership")
def honte_ownership(session: Session) -> str:
    """Who owns what at the end of random playouts, Black's side positive."""
    from honte.features.board import BLACK
    from honte.features.estimate import estimate

    board = session.board
    mover = board.to_move
    seen = estimate(board, mover, komi=session.komi, rules=session.rules)
    blacks = seen if mover == BLACK else seen.reversed()
    assert blacks.ownership is not None and blacks.lead is not None
    influence = " ".join(
        f"{point_to_vertex(point, board.size)} {owner:.2f}" for point, owner in enumerate(blacks.ownership)
    )
    leader = "Black" if blacks.lead > 0 else "White"
    return f"INFLUENCE {influence}\nTEXT {leader} leads by {abs(blacks.lead):.1f} points in random playouts"


@command("honte-plane")
def honte_plane(session: Session, index: str) -> str:
    """One of the 48 planes, a row of the board a line."""
    from honte.features import PLANE_COUNT

    plane = read_integer(index)
    if not 0 <= plane < PLANE_COUNT:
        raise GtpError("syntax error", detail=f"planes are 0 to {PLANE_COUNT - 1}")
    return "\n".join(["", *(" ".join(map(str, row)) for row in _planes(session)[plane].tolist())])


def _planes(session: Session) -> "npt.NDArray[np.uint8]":
    from honte.features.planes import extract

    return extract(session.board, session.board.to_move)


def _ranking(session: Session) -> list[tuple[str, float]]:
    """Vertices and probabilities of all points, the most probable first."""

    board = session.board
    probabilities = session.player.predictor.probabilities(board, board.to_move)
    order = (-probabilities).argsort(kind="stable")
    return [(point_to_vertex(int(point), board.size), float(probabilities[point])) for point in order]


def _vertices(plane: "npt.NDArray[np.uint8]") -> Iterator[str]:
    for point in plane.ravel().nonzero()[0]:
        yield point_to_vertex(int(point), len(plane))


def _status(session: Session) -> str:
    from honte.engine.movemap import COLOUR_NAMES

    return f"TEXT {COLOUR_NAMES[session.board.to_move]} to play"


def _hexadecimal(colour: tuple[int, int, int]) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)
