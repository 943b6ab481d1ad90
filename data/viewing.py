"""A game with its variations, as a viewer that walks through it wants to have it."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sgfmill import sgf_grammar

from honte.data.grammar import SgfError, written
from honte.data.record import GameRecord
from honte.data.sgf import SETUP, TURNS, parse, point_table, rectangle
from honte.data.tree import Node, read_trees, write_trees
from honte.features.board import BLACK, WHITE
from honte.features.errors import Reason

SHAPES = ("TR", "SQ", "CR", "MA")
"""Markup without words: triangle, square, circle, cross."""
MAX_NODES = 20_000
MAX_STONES = 100_000
"""Stones set up and marks, in the whole tree."""


@dataclass
class GameView:
    """The first game of a file to look at, and what else of the file is to be written again."""

    record: GameRecord
    """Its main line."""
    nodes: list[dict[str, Any]]
    """What is to be seen at each node; parents stand before children, main lines first.

    `parent` is the place of the node before, -1 at first; `move` a colour and a point, size² being a pass, or None;
    `setup` points and the colours that they get before the move; `turn` who is to move after it, 0 where it does not
    say so; `marks` points, one of SHAPES or LB, and the words of a label; `comment` a text; `properties` all that
    stands in SGF, values by identifier.
    """
    others: str
    """The games after it, as SGF."""
    warnings: list[Reason]

    def as_json(self) -> dict[str, Any]:
        """All of it as one JSON-able object."""
        record = self.record
        names = ("black", "white", "black_rank", "white_rank", "result", "date", "event", "place", "rules")
        return {
            "size": record.size,
            "komi": record.komi,
            "handicap": record.handicap,
            "to_move": record.to_move(0),
            **{name: getattr(record, name) for name in names},
            "warnings": self.warnings,
            "nodes": self.nodes,
            "others": self.others,
        }


def view(data: bytes, *, source: str = "") -> GameView:
    """The first game of SGF data with its variations. Raises SgfError."""
    record = parse(data, source=source)
    trees = read_trees(data, source=record.source, limit=MAX_NODES)
    game, *others = trees.games
    warnings = list(record.warnings)
    warnings += [sentence for sentence in trees.lost if sentence not in warnings]
    if others:
        warnings.append(Reason("the first of {} games in the file", len(others) + 1))
    nodes: list[dict[str, Any]] = []
    stones = 0
    waiting = [(game, -1)]
    while waiting:
        node, parent = waiting.pop()
        for seen in _seen(node, record.size, warnings):
            nodes.append({"parent": parent, **seen})
            parent = len(nodes) - 1
            stones += len(seen["setup"]) + len(seen["marks"])
            if stones > MAX_STONES:
                reason = Reason(f"it has more than {MAX_STONES:,} setup stones and marks")
                raise SgfError(record.source, reason)
        waiting.extend((child, parent) for child in reversed(node.children))
    return GameView(record, nodes, write_trees(others).decode(), list(dict.fromkeys(warnings)))


def _seen(node: Node, size: int, warnings: list[Reason]) -> Iterator[dict[str, Any]]:
    """What is to be seen at a node; a second move in it, which there should not be, is a node of its own."""
    moves: list[tuple[str, tuple[int, int] | None]] = []
    for name, point in node.moves():
        place = point_table(size).get(point)
        if place is None:
            shown = written(name.encode(), point)
            warnings.append(Reason("the move {} is off the board and not shown", shown))
        moves.append((name, None if place is None else (BLACK if name == "B" else WHITE, place)))
    properties = {name: [value.decode() for value in values] for name, values in node.properties.items()}
    yield {
        "move": moves[0][1] if moves else None,
        "setup": list(islice(_setup(node, size, warnings), MAX_STONES + 1)),
        "marks": list(islice(_marks(node, size), MAX_STONES + 1)),
        "comment": node.text("C"),
        "turn": TURNS.get(b"".join(node.properties.get("PL", [])).strip()[:1].upper(), 0),
        "properties": {name: values for name, values in properties.items() if name not in dict(moves[1:])},
    }
    for name, move in moves[1:]:
        yield {"move": move, "setup": [], "marks": [], "comment": "", "turn": 0, "properties": {name: properties[name]}}


def _setup(node: Node, size: int, warnings: list[Reason]) -> Iterator[tuple[int, int]]:
    """The points that a node sets up, and their colours."""
    for name, values in node.properties.items():
        for value in values if name.encode() in SETUP else []:
            points = rectangle(value, size)
            if points is None and value.strip():
                stone = written(name.encode(), value)
                warnings.append(Reason("the setup stone {} is off the board and not shown", stone))
            for point in points or []:
                yield point, SETUP[name.encode()]


def _marks(node: Node, size: int) -> Iterator[tuple[int, str, str]]:
    """What a node marks. What is off the board is nowhere to be seen, so it is passed over."""
    for name in SHAPES:
        for value in node.properties.get(name, []):
            for point in rectangle(value, size) or []:
                yield point, name, ""
    for value in node.properties.get("LB", []):
        corner, _, words = value.partition(b":")
        for point in rectangle(corner, size) or []:
            yield point, "LB", sgf_grammar.simpletext_value(words).decode()
