"""A game looked at move by move: how likely the network thought each, and what it would rather have played."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from sgfmill import sgf_grammar
from sgfmill.sgf_grammar import Coarse_game_tree

from honte.data.encoding import to_utf8
from honte.data.record import GameRecord
from honte.data.sgf import point_table, serialise
from honte.engine.movemap import COLOUR_NAMES, MoveMap, percent
from honte.features.board import BLACK, WHITE, decode_move
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


def annotate(data: bytes, review: Review) -> bytes:
    """SGF data with a review of its first game written into it.

    Before each move the network's favourites are labelled with their percentages; the move's comment says how likely
    it was and what the network prefers; up to three better-liked moves become variations. What was in the file stays;
    of a damaged one only the main line does.
    """
    tree = _tree(data, review.record)
    line = list(_main_line(tree))
    at = [index for index, (node, _, _) in enumerate(line) if "B" in node or "W" in node]
    names = {point: name for name, point in reversed(point_table(review.record.size).items())}
    steps = list(zip(at[len(at) - len(review.maps) :], review.maps, strict=True))
    for index, moves in reversed(steps):
        node, owner, place = line[index]
        _comment(node, "\n".join(moves.captions()[1:]))
        if index:
            labels = [names[p] + b":" + percent(float(moves.probabilities[p])).encode() for p in _labelled(moves)]
            before = line[index - 1][0]
            taken = {value.partition(b":")[0] for value in before.get("LB", [])}
            labels = [label for label in labels if label.partition(b":")[0] not in taken]
            if labels:
                before["LB"] = before.get("LB", []) + labels
            _branch(owner, place, line[index - 1][1], list(_variations(moves, names)))
    tree.sequence[0]["CA"] = [b"UTF-8"]
    _comment(tree.sequence[0], summary(review))
    written: bytes = sgf_grammar.serialise_game_tree(tree)
    return written


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


def _tree(data: bytes, record: GameRecord) -> Coarse_game_tree:
    """The tree of the file; of its main line alone where the file is damaged or says its moves in an odd way."""
    try:
        tree = sgf_grammar.parse_sgf_game(to_utf8(data[data.find(b"(") :])[0])
    except ValueError:
        return sgf_grammar.parse_sgf_game(serialise(record))
    table = point_table(record.size)
    codes = []
    for node, _, _ in _main_line(tree):
        for colour, name in ((BLACK, "B"), (WHITE, "W")):
            if name in node:
                codes.append((colour, table.get(node[name][0].strip())) if not {"B", "W"} <= node.keys() else None)
    moves = [decode_move(int(code)) for code in record.moves]
    agrees = codes[len(codes) - len(moves) :] == moves
    return tree if agrees else sgf_grammar.parse_sgf_game(serialise(record))


def _main_line(tree: Coarse_game_tree) -> Iterator[tuple[dict[str, list[bytes]], Coarse_game_tree, int]]:
    """Each node of the main line, with the tree that its sequence belongs to, and its place there."""
    while True:
        for place, node in enumerate(tree.sequence):
            yield node, tree, place
        if not tree.children:
            return
        tree = tree.children[0]


def _branch(owner: Coarse_game_tree, place: int, before: Coarse_game_tree, variations: list[Coarse_game_tree]) -> None:
    """Put variations beside the node at that place of its tree's sequence; `before` is the tree of the node before."""
    if place == 0:
        known = {tuple(child.sequence[0].get(name, ()))[:1] for child in before.children for name in ("B", "W")}
        before.children += [new for new in variations if tuple(next(iter(new.sequence[0].values()))) not in known]
    elif variations:
        rest = Coarse_game_tree()
        rest.sequence, rest.children = owner.sequence[place:], owner.children
        owner.sequence, owner.children = owner.sequence[:place], [rest, *variations]


def _labelled(moves: MoveMap) -> list[int]:
    return [point for point in moves.best(LABELS) if moves.probabilities[point] >= LEAST]


def _variations(moves: MoveMap, names: dict[int, bytes]) -> Iterator[Coarse_game_tree]:
    """Moves that the network likes better than the one played, each a line of its own."""
    points = moves.size**2
    played = float(moves.probabilities[moves.played]) if moves.played is not None and moves.played < points else 0.0
    for rank, point in enumerate(moves.best(VARIATIONS), start=1):
        p = float(moves.probabilities[point])
        if p >= LEAST and p > played:
            tree = Coarse_game_tree()
            tree.sequence = [{"BW"[moves.colour - 1]: [names[point]], "C": [b"%.1f %%, choice %d" % (100 * p, rank)]}]
            yield tree


def _comment(node: dict[str, list[bytes]], text: str) -> None:
    """Add to the comment of a node."""
    parts = [*node.get("C", []), sgf_grammar.escape_text(text.encode())]
    node["C"] = [b"\n\n".join(part for part in parts if part)]
