"""A game with its variations, for viewers that walk through it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from sgfmill import sgf_grammar

from honte.data.encoding import to_utf8
from honte.data.record import GameRecord
from honte.data.sgf import MOVES, SETUP, MainLine, SgfError, iter_games, point_table, rectangle, setup_stones, written
from honte.features.board import BLACK, WHITE, decode_move

SHAPES = ("TR", "SQ", "CR", "MA")
"""Markup without words: triangle, square, circle, cross."""
MAX_NODES = 20_000
MAX_STONES = 100_000
"""Stones set up and marks, in the whole tree."""


@dataclass
class Node:
    """A move, or stones set up, and what is said about it."""

    parent: int
    """Index of the node before it, -1 for the first."""
    move: tuple[int, int] | None = None
    """Colour and point; the point size² is a pass."""
    setup: list[tuple[int, int]] = field(default_factory=list)
    """Points and the colours that they get before the move."""
    marks: list[tuple[int, str, str]] = field(default_factory=list)
    """Points, one of SHAPES or LB, and the words of a label."""
    comment: str = ""


@dataclass
class GameTree:
    """A record of the main line, and all nodes of all lines; parents stand before children, main lines first."""

    record: GameRecord
    nodes: list[Node]
    warnings: list[str]

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
            "nodes": [vars(node) for node in self.nodes],
        }


def read_tree(data: bytes, *, source: str = "") -> GameTree:
    """The first game of SGF data with its variations.

    Where these are too damaged to be told apart, the main line alone, with a warning. Raises SgfError.
    """
    record, *others = iter_games(data, source=source)
    if isinstance(record, SgfError):
        raise record
    warnings = list(record.warnings)
    if others:
        warnings.append(f"the first of {len(others) + 1} games in the file")
    text, _ = to_utf8(data[data.find(b"(") :])
    try:
        coarse = sgf_grammar.parse_sgf_game(text)
    except ValueError as error:
        warnings.append(f"only the main line is shown: {error}")
        return GameTree(record, _main_line(record), warnings)
    nodes: list[Node] = []
    stones = 0
    waiting = [(coarse, -1)]
    while waiting:
        tree, parent = waiting.pop()
        try:
            for properties in tree.sequence:
                for node in _nodes(properties, record.size, record.source):
                    node.parent, parent = parent, len(nodes)
                    nodes.append(node)
                    stones += len(node.setup) + len(node.marks)
                    if len(nodes) > MAX_NODES:
                        raise _TooLarge(record.source, f"it has more than {MAX_NODES:,} nodes, variations counted")
                    if stones > MAX_STONES:
                        raise _TooLarge(record.source, f"it has more than {MAX_STONES:,} setup stones and marks")
        except _TooLarge:
            raise
        except SgfError as error:
            warnings.append(f"a variation ends early: {error.reason}")
            continue
        waiting.extend((child, parent) for child in reversed(tree.children))
    return GameTree(record, nodes, warnings)


class _TooLarge(SgfError):
    """A tree beyond the limit."""


def _nodes(properties: dict[str, list[bytes]], size: int, source: str) -> list[Node]:
    """What one SGF node holds: stones, then moves, of which it should have one at most."""
    placed = [(0, name.encode(), value) for name, values in properties.items() for value in values]
    stones = setup_stones(MainLine(setup=[row for row in placed if row[1] in SETUP]), size, source)
    moves = []
    for _, name, value in placed:
        if name in MOVES:
            point = point_table(size).get(value.strip())
            if point is None:
                raise SgfError(source, f"the move {written(name, value)} is off the board")
            moves.append((BLACK if name == b"B" else WHITE, point))
    first = Node(
        parent=-1,
        setup=[(int(point), int(colour)) for _, point, colour in stones],
        marks=list(islice(_marks(properties, size), MAX_STONES + 1)),
        comment="\n".join(sgf_grammar.text_value(value).decode() for value in properties.get("C", [])),
    )
    if not moves:
        return [first]
    first.move = moves[0]
    return [first, *(Node(-1, move=move) for move in moves[1:])]


def _marks(properties: dict[str, list[bytes]], size: int) -> Iterator[tuple[int, str, str]]:
    """What an SGF node marks. What is off the board is nowhere to be seen, so it is passed over."""
    for name in SHAPES:
        for value in properties.get(name, []):
            for point in rectangle(value, size) or []:
                yield point, name, ""
    for value in properties.get("LB", []):
        corner, _, words = value.partition(b":")
        for point in rectangle(corner, size) or []:
            yield point, "LB", sgf_grammar.simpletext_value(words).decode()


def _main_line(record: GameRecord) -> list[Node]:
    nodes = [Node(-1)]
    for ply in range(len(record.moves) + 1):
        stones = [(int(point), int(colour)) for at, point, colour in record.setup if at == ply]
        if stones:
            if ply:
                nodes.append(Node(len(nodes) - 1))
            nodes[-1].setup = stones
        if ply < len(record.moves):
            nodes.append(Node(len(nodes) - 1, move=decode_move(int(record.moves[ply]))))
    return nodes
