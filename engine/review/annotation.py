"""A review written into the tree of its game, and in a few sentences."""

from collections.abc import Iterator

from honte.data.sgf import point_table
from honte.data.tree import Node
from honte.engine.movemap import MoveMap
from honte.engine.movemap.words import favourites, percent, what_was_played
from honte.engine.review.game import Review
from honte.features.board import COLOUR_NAMES
from honte.features.coordinates import point_to_vertex

LABELS = 5
"""Points that get the network's percentage as a label."""
VARIATIONS = 3
"""Better-liked moves that get a variation."""
LEAST = 0.01
"""Of the probability of what is worth a label or a variation."""


def annotate(game: Node, review: Review) -> None:
    """Write a review into the tree of its game.

    Before each move the network's favourites are labelled with their percentages; the move's comment says how likely
    it was and what the network prefers; up to three better-liked moves become variations. All that is there stays.
    """
    names = {point: name for name, point in reversed(point_table(review.record.size).items())}
    moves_of = [(node, place) for node in game.main_line() for place in range(len(node.moves()))]
    steps = moves_of[len(moves_of) - len(review.maps) :]  # handicap stones may stand as moves before them
    for (node, place), moves in zip(steps, review.maps, strict=True):
        _comment(node, "\n".join(filter(None, (what_was_played(moves), favourites(moves)))))
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
