"""A game looked at move by move: how likely the network thought each, and what it would rather have played."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from honte.data.record import GameRecord
from honte.data.sgf import point_table
from honte.data.tree import Node
from honte.engine.movemap import COLOUR_NAMES, MoveMap, percent
from honte.features.board import BLACK, WHITE
from honte.features.coordinates import point_to_vertex
from honte.features.errors import HonteError
from honte.policy.evaluation import PHASES
from honte.policy.predictor import Predictor

SURPRISES = 5
"""Most surprising moves that a summary lists."""
LABELS = 5
"""Points that get the network's percentage as a label."""
VARIATIONS = 3
"""Better-liked moves that get a variation."""
LEAST = 0.01
"""Of the probability of what is worth a label or a variation."""


@dataclass(frozen=True)
class Predictability:
    """How well some moves were foretold."""

    moves: int
    top1: float
    """Share of the moves that were the network's first choice."""
    top5: float
    """Share that were among its first five."""
    probability: float
    """Mean probability of the moves."""
    cross_entropy: float
    """Mean of -ln of the probability, 0 counted as one in a million."""

    @classmethod
    def of(cls, maps: list[MoveMap]) -> "Predictability":
        """Of moves that were made, passes not among them; at least one."""
        p = np.array([moves.probabilities[moves.played] for moves in maps], np.float64)
        ranks = np.array([moves.rank(moves.played) for moves in maps if moves.played is not None])
        return cls(
            moves=len(maps),
            top1=float((ranks == 1).mean()),
            top5=float((ranks <= 5).mean()),
            probability=float(p.mean()),
            cross_entropy=float(-np.log(np.maximum(p, 1e-6)).mean()),
        )


class Review:
    """A record and the map before each of its moves. Raises HonteError when they cannot be made."""

    def __init__(self, record: GameRecord, predictor: Predictor) -> None:
        self.record = record
        try:
            record.board()  # the last move must be legal too, though no map is behind it
            self.maps = MoveMap.of_game(record, range(len(record.moves)), predictor)
        except HonteError as error:
            raise HonteError(f"{record.source}: {error}") from None

    @property
    def played(self) -> list[MoveMap]:
        """The maps where something other than a pass was played."""
        return [moves for moves in self.maps if moves.played != self.record.size**2]

    @property
    def surprises(self) -> list[MoveMap]:
        """The moves with the lowest probability, the lowest first."""
        return sorted(self.played, key=lambda moves: float(moves.probabilities[moves.played]))[:SURPRISES]

    def predictability(self) -> dict[int, dict[str, Predictability]]:
        """By colour, then by phase (`1-50`, …, as far as there are moves) and for the whole game (`all`)."""
        found: dict[int, dict[str, Predictability]] = {}
        for colour in (BLACK, WHITE):
            own = [moves for moves in self.played if moves.colour == colour]
            parts: dict[str, list[MoveMap]] = defaultdict(list)
            for moves in own:
                parts[phase(moves.number)].append(moves)
            if own:
                parts["all"] = own
            found[colour] = {name: Predictability.of(maps) for name, maps in parts.items()}
        return found

    def as_json(self) -> dict[str, Any]:
        """The review as one JSON-able object."""
        record = self.record
        documents = [moves.as_json() for moves in self.maps]
        return {
            "source": record.source,
            "black": record.black,
            "white": record.white,
            "predictability": {
                COLOUR_NAMES[colour].lower(): {name: asdict(figures) for name, figures in phases.items()}
                for colour, phases in self.predictability().items()
            },
            "surprises": [moves.number for moves in self.surprises],
            "moves": [
                {key: document[key] for key in ("move_number", "to_move", "played", "best")} for document in documents
            ],
        }


def phase(number: int) -> str:
    """The name of the phase that a move of that number belongs to."""
    for first, last in PHASES:
        if last is None or number <= last:
            return f"{first}-{last}" if last else f"{first}-"
    raise AssertionError("the last phase has no end")


def annotate(game: Node, review: Review) -> None:
    """Write a review into the tree of its game.

    Before each move the network's favourites are labelled with their percentages; the move's comment says how likely
    it was and what the network prefers; up to three better-liked moves become variations. All that is there stays.
    """
    names = {point: name for name, point in reversed(point_table(review.record.size).items())}
    moves_of = [(node, place) for node in game.main_line() for place in range(len(node.moves()))]
    steps = moves_of[len(moves_of) - len(review.maps) :]  # handicap stones may stand as moves before them
    for (node, place), moves in zip(steps, review.maps, strict=True):
        _comment(node, "\n".join(moves.captions()[1:]))
        before = node.parent
        if before is None or place:
            continue
        labels = [names[p] + b":" + percent(float(moves.probabilities[p])).encode() for p in _labelled(moves)]
        taken = {value.partition(b":")[0] for value in before.properties.get("LB", [])}
        if labels := [label for label in labels if label.partition(b":")[0] not in taken]:
            before.properties.setdefault("LB", []).extend(labels)
        known = [child.moves()[:1] for child in before.children]
        for variation in _variations(moves, names):
            if Node(variation).moves() not in known:
                before.follow(variation)
    _comment(game, summary(review))


def summary(review: Review) -> str:
    """The review in a few sentences."""
    lines = []
    for colour, phases in review.predictability().items():
        if "all" in phases:
            of = phases["all"]
            lines.append(
                f"{COLOUR_NAMES[colour]}: {100 * of.top1:.0f} % of {of.moves} moves were the network's first choice,"
                f" {100 * of.top5:.0f} % among its first five."
            )
    if review.surprises:
        told = [f"{moves.number} ({point_to_vertex(moves.played or 0, moves.size)})" for moves in review.surprises]
        lines.append(f"Most surprising moves: {', '.join(told)}.")
    return "\n".join(lines)


def _labelled(moves: MoveMap) -> list[int]:
    return [point for point in moves.best(LABELS) if moves.probabilities[point] >= LEAST]


def _variations(moves: MoveMap, names: dict[int, bytes]) -> Iterator[dict[str, list[bytes]]]:
    """Moves that the network likes better than the one played, as nodes."""
    points = moves.size**2
    played = float(moves.probabilities[moves.played]) if moves.played is not None and moves.played < points else 0.0
    for rank, point in enumerate(moves.best(VARIATIONS), start=1):
        p = float(moves.probabilities[point])
        if p >= LEAST and p > played:
            yield {"BW"[moves.colour - 1]: [names[point]], "C": [b"%.1f %%, choice %d" % (100 * p, rank)]}


def _comment(node: Node, text: str) -> None:
    """Add to the comment of a node."""
    node.set_text("C", "\n\n".join(part for part in (node.text("C"), text) if part))
