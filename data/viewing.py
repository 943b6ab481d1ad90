"""A game with its variations, as a viewer that walks through it wants to have it."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sgfmill import sgf_grammar

from honte.data.grammar import SgfError, written
from honte.data.record import GameRecord
from honte.data.sgf import SETUP, TURNS, iter_games, point_table, rectangle
from honte.data.tree import Node, read_trees, write_trees
from honte.features.board import BLACK, WHITE
from honte.features.errors import Reason

SHAPES = ("TR", "SQ", "CR", "MA", "SL", "TB", "TW")
"""Markup of points without words: triangle, square, circle, cross, selected, Black's and White's territory."""
LINES = ("AR", "LN")
"""Markup from one point to another: arrow, line."""
MAX_NODES = 20_000
MAX_TITLE = 120
"""Characters by which a list names a game."""
MAX_STONES = 100_000
"""Stones set up and marks, in the whole tree."""


@dataclass
class GameView:
    """A game of a file to look at, and what else of the file is to be written again."""

    record: GameRecord
    """Its main line."""
    games: list[str]
    """What each game of the file is, in words."""
    number: int
    """Which of them this one is, from 1."""
    nodes: list[dict[str, Any]]
    """What is to be seen at each node; parents stand before children, main lines first.

    `parent` is the place of the node before, -1 at first; `move` a colour and a point, size² being a pass, or None;
    `setup` points and the colours that they get before the move; `turn` who is to move after it, 0 where it does not
    say so; `marks` points, one of SHAPES, LB or LINES, and the words of a label or the other point; `dim` the points
    that are dimmed from here on, where it says so; `comment` a text; `properties` all that stands in SGF, values by
    identifier.
    """
    before: str
    """The games before it, as SGF."""
    after: str
    """The games after it, as SGF."""
    warnings: list[Reason]
    name: str
    """GN of the file."""
    comment: str
    """GC of the file."""

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
            "game_name": self.name,
            "game_comment": self.comment,
            "games": self.games,
            "number": self.number,
            "warnings": self.warnings,
            "nodes": self.nodes,
            "before": self.before,
            "after": self.after,
        }


def view(data: bytes, *, source: str = "", number: int = 1) -> GameView:
    """A game of SGF data with its variations, by its number in the file, from 1. Raises SgfError."""
    records = list(iter_games(data, source=source))
    trees = read_trees(data, source=source, limit=MAX_NODES)
    if not 1 <= number <= min(len(records), len(trees.games)):
        raise SgfError(source or "SGF data", Reason("it has {} games, and no game {}", len(records), number))
    record, game = records[number - 1], trees.games[number - 1]
    if isinstance(record, SgfError):
        raise record
    warnings = list(record.warnings)
    warnings += [sentence for sentence in trees.lost if sentence not in warnings]
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
    before, after = (write_trees(games).decode() for games in (trees.games[: number - 1], trees.games[number:]))
    return GameView(
        record=record,
        games=[_title(one) for one in records],
        number=number,
        nodes=nodes,
        before=before,
        after=after,
        warnings=list(dict.fromkeys(warnings)),
        name=game.text("GN"),
        comment=game.text("GC"),
    )


def _title(record: GameRecord | SgfError) -> str:
    """A game in a list of games."""
    if isinstance(record, SgfError):
        return "cannot be read"
    facts = (f"{record.black or 'Black'} - {record.white or 'White'}", record.event, record.date, record.result)
    return ", ".join(fact for fact in facts if fact)[:MAX_TITLE]


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
        "dim": _dimmed(node, size),
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


def _dimmed(node: Node, size: int) -> list[int] | None:
    """The points that a node dims for itself and what follows; None where it leaves them as they were."""
    values = node.properties.get("DD")
    return None if values is None else [point for value in values for point in rectangle(value, size) or []]


def _marks(node: Node, size: int) -> Iterator[tuple[int, str, str | int]]:
    """What a node marks. What is off the board is nowhere to be seen, so it is passed over."""
    for name in SHAPES:
        for value in node.properties.get(name, []):
            for point in rectangle(value, size) or []:
                yield point, name, ""
    for value in node.properties.get("LB", []):
        corner, _, words = value.partition(b":")
        for point in rectangle(corner, size) or []:
            yield point, "LB", sgf_grammar.simpletext_value(words).decode()
    for name in LINES:
        for value in node.properties.get(name, []):
            ends = [point_table(size).get(end.strip()) for end in value.split(b":")]
            match ends:
                case [int(start), int(end)] if max(start, end) < size * size:
                    yield start, name, end
