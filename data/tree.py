"""Games of SGF with all that is in them: variations, comments, markup, properties that Honte knows nothing of.

Where a game is only to be played through, `data.sgf` reads its main line, which is many times faster; both tell the
same main line.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from sgfmill import sgf_grammar

from honte.data.encoding import to_utf8
from honte.data.grammar import PROPERTY, STRAY, SgfError, identifier_of, next_game, no_game, rest_of_text, written
from honte.features.errors import Reason

_MOVES = ("B", "W")
_POINTS = ("B", "W", "AB", "AW", "AE")
_OF_A_GAME = ("GM", "FF")
"""By these in the first node of a variation a reader knows that a game begins."""
_BARE = re.compile(rb"\\.|\]", re.DOTALL)
"""A bracket, or a character that a backslash stands before."""
MAX_NODES = 1_000_000
"""The most nodes of a file that are read; each takes about half a kilobyte of memory."""


@dataclass(eq=False)
class Node:
    """A node of a game, and through it the game's tree."""

    properties: dict[str, list[bytes]] = field(default_factory=dict)
    """The values by identifier, as they stand in SGF: with backslashes before `]` and `\\`, and always in UTF-8."""
    parent: "Node | None" = field(default=None, repr=False)
    children: "list[Node]" = field(default_factory=list, repr=False)
    """The nodes that follow, that of the main line first."""

    def follow(self, properties: dict[str, list[bytes]] | None = None) -> "Node":
        """A new node after this one, behind those that are there."""
        node = Node({} if properties is None else properties, parent=self)
        self.children.append(node)
        return node

    def main_line(self) -> Iterator["Node"]:
        """This node, the first that follows it, and so on."""
        node: Node | None = self
        while node:
            yield node
            node = node.children[0] if node.children else None

    def moves(self) -> list[tuple[str, bytes]]:
        """The moves of the node, `B` or `W` and a point, in their order; there should be one at most."""
        return [(name, values[0].strip()) for name, values in self.properties.items() if name in _MOVES]

    def text(self, name: str) -> str:
        """The text of a property, empty where it is missing, the values of several one a line."""
        return "\n".join(sgf_grammar.text_value(value).decode() for value in self.properties.get(name, []))

    def set_text(self, name: str, text: str) -> None:
        """Give a property this text."""
        self.properties[name] = [sgf_grammar.escape_text(text.encode())]


@dataclass
class Collection:
    """The games of a file."""

    games: list[Node]
    """The first node of each."""
    lost: list[Reason]
    """What of the file is in none of them, in sentences; each kind is told once."""


def read_trees(data: bytes, *, source: str = "", limit: int = MAX_NODES) -> Collection:
    """All games of SGF data, whole. Raises SgfError for what holds none, and for more than `limit` nodes."""
    source = source or "SGF data"
    data, warning = to_utf8(data)
    games: list[Node] = []
    lost = {"encoding": warning} if warning else {}
    position = end = nodes = 0
    while True:
        start, end = next_game(data, position, end)
        between = data[position : start if start >= 0 else len(data)]
        if games and between.strip(b" \t\n\v\f\r\0"):
            lost.setdefault("between", Reason("text outside of any game is passed over at byte {}", position))
        if start < 0:
            break
        root, position, count = _read_game(data, start, end, lost, limit - nodes, source)
        nodes += count
        games.append(root)
    if not games:
        raise no_game(source)
    return Collection(games, list(lost.values()))


def _read_game(
    data: bytes, position: int, end: int, lost: dict[str, Reason], limit: int, source: str
) -> tuple[Node, int, int]:
    """The first node of the game that begins at a position, where the game ends, and how many nodes it has."""
    top = node = home = Node()
    forks: list[Node] = []
    """The node before each parenthesis that is open."""
    count = 0
    between = True
    """Whether the next property begins a node, semicolon or not."""
    identifier = ""
    start = closed = 0
    """Of the last value that is text, where it may go on."""

    while True:
        found = PROPERTY.match(data, position, end)
        assert found is not None
        delimiters, name, value = found.groups()
        if value is None and closed:
            if rest := rest_of_text(data, start, closed, end):
                values = home.properties[identifier]
                values[-1] += _BARE.sub(_escaped, data[closed - 1 : rest - 1])
                position = closed = rest
                continue
            closed = 0
        position = found.end()
        for delimiter in delimiters.split():
            for character in delimiter.decode():
                if character == "(":
                    forks.append(node)
                else:
                    node = home = node.follow()
                    count += 1
                between, identifier = character == "(", ""
        if count > limit:
            raise SgfError(source, Reason(f"it has more than {limit:,} nodes, variations counted"))
        if name:
            identifier = identifier_of(name).decode()

        if value is None:
            following = data[position : position + 1] if position < end else b""
            if following in (b"", b"["):
                what = "file ends" if end == len(data) else "next game begins"
                lost.setdefault("end", Reason(f"the {what} before the game is closed"))
                break
            if name:
                lost.setdefault("bare", Reason("property {} without a value is passed over", name[:20].decode()))
            elif following == b")":
                position += 1
                if between and not node.children:
                    node.follow()  # parentheses with nothing in them, which are the main line nevertheless
                    count += 1
                node, between = forks.pop(), True
                if not forks:
                    break
            elif stray := STRAY.match(data, position, end):
                lost.setdefault("stray", Reason("text outside of any value is passed over at byte {}", position))
                position = stray.end()
            continue

        if between:
            node = home = node.follow()
            count += 1
            between = False
        elif name and identifier in _MOVES and identifier in node.properties:
            node = node.follow()  # a second move of a colour in a node; the node's other properties stay at home
            count += 1
        if identifier in _OF_A_GAME and home.parent is not top:
            closed = 0
            shown = written(identifier.encode(), value)
            lost.setdefault("root", Reason("{} after the first node is passed over", shown))
        elif identifier:
            (node if identifier in _MOVES else home).properties.setdefault(identifier, []).append(value)
            start, closed = found.start(3), 0 if identifier in _POINTS else found.end()
        else:
            closed = 0
            lost.setdefault("nameless", Reason("a value without a property is passed over at byte {}", found.start(3)))

    root = top.children[0] if top.children else top
    root.parent = None
    root.properties = {"CA": [b"UTF-8"]} | {name: values for name, values in root.properties.items() if name != "CA"}
    return root, position if forks == [] else end, count


def _escaped(found: re.Match[bytes]) -> bytes:
    return b"\\]" if found[0] == b"]" else found[0]


def write_trees(games: Iterable[Node]) -> bytes:
    """The games as SGF, a node a line."""
    parts = []
    for game in games:
        waiting: list[Node | bytes] = [b")\n", game, b"("]
        while waiting:
            at = waiting.pop()
            if isinstance(at, bytes):
                parts.append(at)
                continue
            parts.append(b";" if parts[-1] == b"(" else b"\n;")
            for name, values in at.properties.items():
                parts.append(name.encode() + b"".join(b"[" + value + b"]" for value in values))
            if len(at.children) == 1:
                waiting.append(at.children[0])
            else:
                for child in reversed(at.children):
                    waiting += [b")", child, b"\n("]
    return b"".join(parts)
