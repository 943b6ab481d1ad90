"""Commands that show what the network sees: the dialects of analysis, heat maps, the bare network."""

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Literal

from honte.engine.commands.session import (
    Session,
    command,
    read_colour,
    read_integer,
    read_number,
    read_point,
    read_truth,
)
from honte.engine.gtp import GtpError, Reply, Stream

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from honte.engine.dialects.seen import Look
    from honte.features.board import Board

Dialect = Literal["lz", "kata", "sabaki"]

DEFAULT_INTERVAL = 1.0
SHORTEST_INTERVAL, LONGEST_INTERVAL = 0.01, 3600.0
"""Seconds; the longest because no thread can wait for as long as a client may ask."""

MAPS = [str(symmetry) for symmetry in range(8)]


@dataclass(frozen=True, eq=False)
class Request:
    """What the arguments of an analysis command ask for."""

    colour: int
    interval: float
    """Seconds."""
    least: int
    most: int
    allowed: "npt.NDArray[np.bool_]"
    """Which moves the side to move may look at, (N² + 1,) with the pass last."""
    resigns: bool
    """Whether it may resign."""
    extras: frozenset[str]
    """Of `honte.engine.dialects.kata_gtp.EXTRAS`, those asked for."""

    def look(self, session: Session) -> "Look":
        """What there is to print about."""
        return session.look(self.colour, after_moves="movesOwnership" in self.extras).among(self.allowed)

    def line(self, look: "Look", dialect: Dialect) -> str:
        """The line to print."""
        from honte.engine.dialects import kata_gtp, leela_zero

        points = look.candidates(least=self.least, most=self.most)
        if dialect == "kata":
            return kata_gtp.line(look, points, extras=self.extras)
        return leela_zero.line(look, points, score=dialect == "sabaki")


def _read_request(arguments: tuple[str, ...], board: "Board", *, dialect: Dialect) -> Request:
    """Read `[colour] [interval] [interval CS] [minmoves N] [maxmoves N] [avoid|allow COLOUR VERTEX,… N] [EXTRA BOOL]`.

    Intervals are in hundredths of a second.
    """
    import numpy as np

    from honte.engine.dialects.kata_gtp import EXTRAS
    from honte.engine.dialects.seen import MOST_SHOWN

    words = list(arguments[::-1])

    def word() -> str:
        if not words:
            raise GtpError("syntax error", detail="an argument is missing")
        return words.pop()

    colour = read_colour(word()) if words and words[-1][:1] in "bBwW" else board.to_move
    interval = read_number(word()) / 100 if words and words[-1][:1].isdigit() else DEFAULT_INTERVAL
    least: int = 0
    most: int | None = None
    allowed = np.ones(board.size**2 + 1, np.bool_)
    resigns = True
    extras = set()
    while words:
        match word():
            case "interval":
                interval = read_number(word()) / 100
            case "minmoves":
                least = read_integer(word())
            case "maxmoves":
                most = read_integer(word())
            case "avoid" | "allow" as verb:
                mover = read_colour(word())
                named = np.zeros_like(allowed)
                vertices = word().lower().split(",")
                named[[read_point(vertex, board) for vertex in vertices if vertex != "resign"]] = True
                if read_integer(word()) > 0 and mover == colour:
                    allowed &= named if verb == "allow" else ~named
                    resigns &= ("resign" in vertices) == (verb == "allow")
            case extra if dialect == "kata" and extra in EXTRAS:
                if read_truth(word()):
                    extras.add(extra)
            case unknown:
                raise GtpError("syntax error", detail=f"{unknown[:40]!r} is not served")
    return Request(
        colour=colour,
        interval=min(max(interval, SHORTEST_INTERVAL), LONGEST_INTERVAL),
        least=least,
        most=max(MOST_SHOWN, least) if most is None else most,
        allowed=allowed,
        resigns=resigns,
        extras=frozenset(extras),
    )


def analyze(session: Session, *arguments: str, dialect: Dialect) -> Reply:
    request = _read_request(arguments, session.board, dialect=dialect)
    return Stream(request.line(request.look(session), dialect), request.interval)


def genmove_analyze(session: Session, *arguments: str, dialect: Dialect, search_only: bool = False) -> Reply:
    """One look and the move: there is no search to watch. With `search_only` the move is not made."""
    request = _read_request(arguments, session.board, dialect=dialect)
    line = request.line(request.look(session), dialect)
    point = session.choose(request.colour, allowed=request.allowed, resigns=request.resigns)
    return f"\n{line}\nplay {session.called(point) if search_only else session.play(request.colour, point)}"


DIALECTS: dict[str, Dialect] = {"lz-": "lz", "kata-": "kata", "": "sabaki"}
"""By the prefix of the commands. Sabaki, whose have none, reads win rates as Leela Zero prints them, and leads."""
for _prefix, _dialect in DIALECTS.items():
    command(f"{_prefix}analyze")(partial(analyze, dialect=_dialect))
    command(f"{_prefix}genmove_analyze")(partial(genmove_analyze, dialect=_dialect))
for _name in ("kata-search_analyze", "kata-search_analyze_cancellable"):
    command(_name)(partial(genmove_analyze, dialect="kata", search_only=True))


@command("heatmap")
def heatmap(session: Session, which: str = "") -> str:
    """The probabilities in thousandths, as Leela Zero prints them, but in the reply.

    `which` is one of the eight symmetries to see the board under, all of them, or their average.
    """
    from honte.engine.dialects import leela_zero

    board, predictor = session.board, session.player.predictor
    colour = board.to_move
    if which not in ("", "average", "all", *MAPS):
        raise GtpError("syntax error")
    if not which:
        return f"\n{leela_zero.heatmap(session.look(colour))}"
    maps = predictor.by_symmetry(board, colour)
    if which == "all":
        return f"\n{leela_zero.heatmaps(maps, session.look(colour))}"
    shown = maps.mean(axis=0) if which == "average" else maps[int(which)]
    return f"\n{leela_zero.heatmap(session.look(colour, probabilities=shown))}"


@command("kata-raw-nn")
def kata_raw_nn(session: Session, *arguments: str) -> str:
    """The network under one of the eight symmetries, or under all of them in turn."""
    from honte.engine.dialects.kata_gtp import raw_network

    board, words = session.board, list(arguments)
    colour = read_colour(words.pop(0)) if len(words) == 2 else board.to_move
    if len(words) != 1 or words[0] not in (*MAPS, "all"):
        raise GtpError("syntax error", detail="which symmetry: 0 to 7, or all?")
    maps, legal = session.player.predictor.by_symmetry(board, colour), board.legal_points(colour)
    look = session.look(colour, probabilities=maps[0])
    symmetries = range(8) if words == ["all"] else [int(words[0])]
    return "\n".join(raw_network(replace(look, probabilities=maps[index]), index, legal) for index in symmetries)
