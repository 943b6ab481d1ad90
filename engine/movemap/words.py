"""A move map in words, for captions, comments and replies."""

from collections.abc import Sequence

from honte.data.record import GameRecord
from honte.engine.movemap.map import MoveMap
from honte.features.board import COLOUR_NAMES
from honte.features.coordinates import point_to_vertex


def heading(moves: MoveMap) -> str:
    """The number of the move, and whose it is."""
    return f"Move {moves.number}, {COLOUR_NAMES[moves.colour]} to play"


def title(record: GameRecord, networks: Sequence[str] | None) -> str:
    """What a picture is of: the players, the date, the folders of the network, by default "default"."""
    sides = ((record.black, record.black_rank), (record.white, record.white_rank))
    named = (f"{name} {rank}".strip() for name, rank in sides)
    players = " \N{EN DASH} ".join(name or other for name, other in zip(named, COLOUR_NAMES.values(), strict=True))
    known, network = record.black or record.white, ", ".join(networks or ["default"])
    parts = (players if known else "", record.date, f"network {network}")
    return " \N{MIDDLE DOT} ".join(part for part in parts if part)


def what_was_played(moves: MoveMap) -> str | None:
    """The move that was made and what the network thought of it, if one was made."""
    if moves.played is None:
        return None
    if moves.played == moves.size**2:
        return "Played: pass"
    p = float(moves.probabilities[moves.played])
    return f"Played: {point_to_vertex(moves.played, moves.size)}, {100 * p:.1f} %, choice {moves.rank(moves.played)}"


def favourites(moves: MoveMap) -> str:
    """What the network prefers."""
    return f"Best, in %: {preferences(moves, 5)}"


def captions(moves: MoveMap) -> list[str]:
    """All that is to be said under a map, a line each."""
    return [line for line in (heading(moves), what_was_played(moves), favourites(moves)) if line]


def preferences(moves: MoveMap, count: int) -> str:
    """The most probable moves in order, with their probabilities in percent."""
    return ",  ".join(
        f"{point_to_vertex(point, moves.size)} {100 * float(moves.probabilities[point]):.1f}"
        for point in moves.best(count)
    )


def percent(probability: float) -> str:
    """A probability in percent in at most three characters: `4.2`, `37`, `100`."""
    share = 100 * probability
    return f"{share:.0f}" if share >= 9.95 else f"{share:.1f}"
