"""The grammar of SGF, as it is written and as it is found: what the readers of main lines and of trees share.

It is the one `sgfmill` accepts and more: where that gives up, the readers go on as long as it can be told what was
meant. All of it works on UTF-8.
"""

import re

from honte.features.errors import HonteError, Reason, printable

LOWER = b"abcdefghijklmnopqrstuvwxyz"
START = re.compile(rb"\([\s\0]*(?:;|[A-Z]{1,2}\s*\[)")
"""How a game begins; some sites leave out the semicolon of the first node."""
NEW_GAME = re.compile(
    rb"\(\s*;?(?:\s*[A-Z]{2}\s*\[[^\]\\]{0,200}\]){0,8}?\s*(?:GM|FF)\s*\[\s*\d+\s*\]"
)
"""What can only be the first node of a game, and inside a value would have a backslash."""
# A group that can fail halfway is possessive in VALUE only, where that ends the match whatever comes: Python before
# 3.11.5 goes on from where such a group failed.
VALUE = rb"[^\]\\]*+(?:\\.[^\]\\]*+)*+"
PROPERTY = re.compile(rb"([;(\s]*+)([A-Za-z]*+)\s*+(?:\[(" + VALUE + rb")\])?", re.DOTALL)
"""Delimiters, an identifier and a value, each of which may be missing: it matches everywhere."""
STRAY = re.compile(rb"[^;()\[A-Za-z]+")

TEXT = rb"[^\[\]\\]*+(?:\\.[^\[\]\\]*+)*+"
REST = re.compile(TEXT + rb"\]", re.DOTALL)
"""The rest of a value in which a bracket was not escaped, up to the next: outside of values none closes anything."""
NESTED_REST = re.compile(
    TEXT + rb"(?:\[" + TEXT + rb"\]" + TEXT + rb"){1,100}\](?=\s*(?:[;()\[]|[A-Za-z]{1,9}\s*\[|\Z))",
    re.DOTALL,
)
"""The same with pairs of brackets in it, where what follows is SGF again."""

NODE = re.compile(rb";\s*[A-Z]{1,2}\s*\[")
MOVES = frozenset([b"B", b"W"])


class SgfError(HonteError):
    """Bytes that hold no game, or one that Honte cannot play."""

    def __init__(self, source: str, reason: Reason) -> None:
        super().__init__(source, reason)
        self.source = source
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.source}: {self.reason}"


def identifier_of(name: bytes) -> bytes:
    """The identifier that a name stands for: old files write `Black` for `B`, some write `b`."""
    return name if name.isupper() else name.translate(None, LOWER) or name.upper()


def no_game(source: str) -> SgfError:
    """What is said of bytes that hold no game at all."""
    return SgfError(source, Reason("no game begins in it: there is no '(;'"))


def rest_of_text(data: bytes, start: int, closed: int, end: int) -> int:
    """Where a text ends that holds a bracket without a backslash; 0 where it has ended already.

    Its value began at `start`, its first bracket is before `closed`, and what follows there is no SGF.
    """
    rest = REST.match(data, closed, end)
    if rest is None and b"[" in data[start:closed]:
        rest = NESTED_REST.match(data, closed, end)
        if rest and NODE.search(rest[0]):
            return 0
    return rest.end() if rest else 0


def next_game(data: bytes, position: int, end: int) -> tuple[int, int]:
    """Where the next game begins and where it must have ended; both -1 without any.

    `end` is the last value so returned, 0 at first: only past it there is anything new to be found.
    """
    found = START.search(data, position)
    if found is None:
        return -1, -1
    if end <= found.start():
        following = NEW_GAME.search(data, found.end())
        end = following.start() if following else len(data)
    return found.start(), end


def written(identifier: bytes | bytearray, value: bytes | bytearray | str) -> Reason:
    """A property as it stands in the file, cut short, and without what a terminal would obey."""
    shown = value[:20] if isinstance(value, str) else value[:20].decode("utf-8", "replace")
    return Reason(f"{identifier.decode()}[{{}}]", printable(shown))
