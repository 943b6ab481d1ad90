"""What GoGui shows on its board when it is asked to analyse: the map, and what the network is fed with."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from honte.engine.commands.session import Session, command, read_integer
from honte.engine.gtp import GtpError
from honte.features.coordinates import point_to_vertex

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


RED, GREEN = (213, 62, 0), (46, 158, 79)


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
    from honte.engine.dialects import gogui
    from honte.engine.drawing.colours import LABELLED, SHOWN, colour_of
    from honte.engine.movemap.words import percent

    shown = [(vertex, p) for vertex, p in _ranking(session) if p >= SHOWN]
    lines = gogui.colours((vertex, colour_of(p)) for vertex, p in shown)
    lines += gogui.labels((vertex, percent(p)) for vertex, p in shown if p >= LABELLED)
    return "\n".join([*lines, _status(session)])


@command("honte-probabilities")
def honte_probabilities(session: Session) -> str:
    """The probabilities of the points in per cent."""
    from honte.engine.dialects import gogui
    from honte.engine.drawing.colours import SHOWN
    from honte.engine.movemap.words import percent

    return gogui.pairs((vertex, percent(p)) for vertex, p in _ranking(session) if p >= SHOWN)


@command("honte-best_moves")
def honte_best_moves(session: Session) -> str:
    """The ten most probable moves, numbered in their order."""
    from honte.engine.dialects import gogui

    best = [vertex for vertex, p in _ranking(session)[:10] if p > 0]
    return "\n".join([*gogui.labels((vertex, rank) for rank, vertex in enumerate(best, 1)), _status(session)])


@command("honte-liberties")
def honte_liberties(session: Session) -> str:
    """The liberties of every stone's chain."""
    from honte.engine.dialects import gogui

    board = session.board
    return gogui.pairs(
        (point_to_vertex(point, board.size), liberties)
        for point in range(board.size**2)
        if (liberties := board.liberties(point))
    )


@command("honte-ladders")
def honte_ladders(session: Session) -> str:
    """Where the side to move catches a chain in a ladder (red), and where it escapes from one (green)."""
    from honte.engine.dialects import gogui
    from honte.features.plane_table import LADDER_CAPTURE, LADDER_ESCAPE

    planes = _planes(session)
    lines = [
        line
        for plane, colour in ((LADDER_CAPTURE, RED), (LADDER_ESCAPE, GREEN))
        for line in gogui.colours((vertex, colour) for vertex in _vertices(planes[plane]))
    ]
    return "\n".join([*lines, gogui.text("Red catches in a ladder, green escapes from one")])


@command("honte-ownership")
def honte_ownership(session: Session) -> str:
    """Who owns what, Black's side positive: as counted when the game is over, else at the end of random playouts."""
    from honte.engine.dialects import gogui
    from honte.engine.dialects.seen import opinion
    from honte.features.board import BLACK

    board = session.board
    mover = board.to_move
    seen, _ = opinion(board, mover, komi=session.komi, rules=session.rules)
    blacks = seen if mover == BLACK else seen.reversed()
    assert blacks.ownership is not None and blacks.lead is not None
    leader = "Black" if blacks.lead > 0 else "White"
    words = f"{leader} leads by {abs(blacks.lead):.1f} points"
    return f"{gogui.influence(blacks.ownership, board.size)}\n{gogui.text(words)}"


@command("honte-plane")
def honte_plane(session: Session, index: str) -> str:
    """One of the 48 planes, a row of the board a line."""
    from honte.engine.dialects import gogui
    from honte.features import PLANE_COUNT

    plane = read_integer(index)
    if not 0 <= plane < PLANE_COUNT:
        raise GtpError("syntax error", detail=f"planes are 0 to {PLANE_COUNT - 1}")
    return gogui.board(_planes(session)[plane])


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
    from honte.engine.dialects import gogui
    from honte.features.board import COLOUR_NAMES

    return gogui.text(f"{COLOUR_NAMES[session.board.to_move]} to play")

