"""SGF: bytes to GameRecord and back.

Only the main line is read: the properties up to the first closing parenthesis, however deep. They are walked
in one pass over the bytes and little but the moves is kept, so neither nesting nor size costs memory. The
grammar is the one `sgfmill` accepts. Where that gives up, the reader goes on as long as it can tell what
was meant, and says so in the record's warnings.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

import numpy as np
import numpy.typing as npt
from sgfmill import sgf_grammar

from honte.data.encoding import to_utf8
from honte.data.fields import komi_points, number
from honte.data.grammar import (
    LOWER,
    MOVES,
    PROPERTY,
    STRAY,
    VALUE,
    SgfError,
    identifier_of,
    next_game,
    no_game,
    rest_of_text,
    written,
)
from honte.data.record import GameRecord
from honte.data.tree import Node, write_trees
from honte.features.board import BLACK, EMPTY, WHITE
from honte.features.errors import NO_REASON, Reason

PLAIN_MOVES = re.compile(rb"(?:\s*+;\s*+[BW]\[[a-y]{2}\]){1,400}")
"""Nodes of one move and nothing else, as most are; read at once for speed."""
BETWEEN = b";[] \t\n\v\f\r"
"""What stands in them besides colours and points."""
POINT = re.compile(rb"[a-z]{2}")
PASS = b"``"
"""How a pass is kept among the points: one before `a` both ways."""
NODES = rb"[^()\[]*+(?:\[" + VALUE + rb"\][^()\[]*+){0,400}"
PARENTHESIS = re.compile(NODES + rb"(?:\(" + NODES + rb"\)" + NODES + rb"){0,400}([()]?)", re.DOTALL)
"""Up to the next parenthesis outside of values, past variations that have none of their own.

It ends after some hundred values or variations, parenthesis or not, since each costs memory until the match ends.
"""
UNCLEAN = re.compile(rb"[\\\t\n\v\f\r]")

MAX_PLIES = 10_000
"""The most moves and the most setup stones of a game; plies are kept in 16 bits."""
TURNS = {b"B": BLACK, b"1": BLACK, b"W": WHITE, b"2": WHITE}
"""How the values of PL begin."""
SETUP = {b"AB": BLACK, b"AW": WHITE, b"AE": EMPTY}
TEXTS = {
    "rules": b"RU", "result": b"RE", "black": b"PB", "white": b"PW", "black_rank": b"BR", "white_rank": b"WR",
    "date": b"DT", "event": b"EV", "place": b"PC",
}
"""Fields of a record that are text, and the properties they come from."""
FIELDS = frozenset([b"SZ", b"GM", b"KM", b"KO", b"HA", *TEXTS.values()])
MAX_PROPERTIES = 200_000
"""The most properties on a main line."""


@dataclass
class MainLine:
    """The main line of a game, not yet understood."""

    colours: bytearray = field(default_factory=bytearray)
    """`B` or `W`, one a move."""
    points: bytearray = field(default_factory=bytearray)
    """Two letters a move."""
    setup: list[tuple[int, bytes, bytes]] = field(default_factory=list)
    """(ply, identifier, point as written)."""
    turns: list[tuple[int, bytes]] = field(default_factory=list)
    """(ply, value) of each PL."""
    fault: Reason = NO_REASON
    """What is wrong with a move or a setup stone."""
    sound: int = MAX_PLIES
    """How many moves stand before that."""
    fields: dict[bytes, bytes] = field(default_factory=dict)
    """The first value of each property of FIELDS."""
    warnings: dict[str, Reason] = field(default_factory=dict)
    """By kind, so that each kind is told once."""


def parse(data: bytes, *, source: str = "") -> GameRecord:
    """The first game of SGF data. Raises SgfError."""
    game = next(iter_games(data, source=source))
    if isinstance(game, SgfError):
        raise game
    return game


def parse_collection(data: bytes, *, source: str = "") -> list[GameRecord]:
    """All games of SGF data. Raises SgfError when one of them cannot be read."""
    games = []
    for game in iter_games(data, source=source):
        if isinstance(game, SgfError):
            raise game
        games.append(game)
    return games


def iter_games(
    data: bytes, *, source: str = "", keep_before_fault: bool = False
) -> Iterator[GameRecord | SgfError]:
    """The games of SGF data one by one, and an error in place of each that cannot be read; at least one.

    The source of the second game is `source#2`, and so on. Where a move or a setup stone is off the board,
    `keep_before_fault` gives what stands before it, and the record's `fault` says what it is.
    """
    source = source or "SGF data"
    data, warning = to_utf8(data)
    games = position = end = 0
    while True:
        start, end = next_game(data, position, end)
        if start < 0:
            break
        games += 1
        name = source if games == 1 else f"{source}#{games}"
        position, depth = start + 1, 1
        try:
            line, position, depth = scan(data, start, end, name)
            record = understand(line, name, [warning] if warning else [])
            yield record if keep_before_fault or not record.fault else SgfError(name, record.fault)
        except SgfError as error:
            yield error
        position = end_of_tree(data, position, end, depth)
    if not games:
        yield no_game(source)


def scan(data: bytes, position: int, end: int, source: str) -> tuple[MainLine, int, int]:
    """The main line that begins at a position, where it ends, and how many parentheses are open there.

    It ends at `end` at the latest. Raises SgfError for what is too long.
    """
    line = MainLine()
    colours, points, setup, warnings = line.colours, line.points, line.setup, line.warnings
    plain_moves, match_property = PLAIN_MOVES.match, PROPERTY.match
    depth = ply = 0
    identifier = b""
    start = closed = 0  # of the last value that is text, where it may go on
    for _ in range(MAX_PROPERTIES):
        if plain := plain_moves(data, position, end):
            colours += plain.group().translate(None, BETWEEN + LOWER)
            points += plain.group().translate(None, BETWEEN + b"BW")
            ply = len(colours) - 1
            identifier = bytes(colours[-1:])
            position = plain.end()
            closed = 0
        if len(colours) > MAX_PLIES or len(setup) > MAX_PLIES:
            break

        found = match_property(data, position, end)
        assert found is not None
        delimiters, name, value = found.groups()
        if value is None and closed:
            if rest := rest_of_text(data, start, closed, end):
                warnings.setdefault("bracket", Reason("a bracket without a backslash is read as part of its text"))
                if line.fields.get(identifier) == data[start : closed - 1]:
                    line.fields[identifier] = data[start : rest - 1]
                position = closed = rest
                continue
            closed = 0
        position = found.end()
        if delimiters.strip():
            ply = len(colours)
            identifier = b""
            depth += delimiters.count(b"(")
        if name:
            identifier = name if name.isupper() else identifier_of(name)

        if value is None:
            following = data[position : position + 1] if position < end else b""
            if following in (b"", b"["):
                what = "file ends" if end == len(data) else "next game begins"
                warnings["end"] = Reason(f"the {what} before the game is closed")
                return line, end, 0
            if name:
                warnings.setdefault("bare", Reason("property {} without a value is passed over", name[:20].decode()))
            elif following == b")":
                return line, position + 1, depth - 1
            elif stray := STRAY.match(data, position, end):
                warnings.setdefault("stray", Reason("text outside of any value is passed over at byte {}", position))
                position = stray.end()
        elif identifier in MOVES:
            if not name:
                warnings.setdefault("second", Reason("a second point of move {} is passed over", len(colours)))
                continue
            colours += identifier
            point = value.strip()
            if point and not POINT.fullmatch(point):
                line.fault = Reason("move {}, {}, names no point", len(colours), str(written(identifier, value)))
                line.sound = len(colours) - 1
                del colours[-1]
                return line, position, depth
            points += point or PASS
            closed = 0
        elif identifier in SETUP:
            setup.append((ply, identifier, value))
            closed = 0
        else:
            start, closed = found.start(3), found.end()
            if identifier == b"PL":
                line.turns.append((len(colours), value))
            elif identifier in FIELDS:
                line.fields.setdefault(identifier, value)
    limits = f"{MAX_PLIES} moves or setup stones or {MAX_PROPERTIES} properties"
    raise SgfError(source, Reason(f"the main line has more than {limits}, like no game of Go"))


def end_of_tree(data: bytes, position: int, end: int, depth: int) -> int:
    """Where that many open parentheses are closed, `end` at the latest."""
    while depth > 0:
        found = PARENTHESIS.match(data, position, end)
        assert found is not None
        if found.end() == position:
            return end
        depth += (found[1] == b"(") - (found[1] == b")")
        position = found.end()
    return position


def understand(line: MainLine, source: str, warnings: list[Reason]) -> GameRecord:
    """The record of a main line. Raises SgfError."""

    def text(name: bytes) -> str:
        value = line.fields.get(name, b"")
        if UNCLEAN.search(value):
            value = sgf_grammar.simpletext_value(value)
        return value.decode().strip()

    warnings.extend(line.warnings.values())
    if text(b"GM").casefold() not in ("", "1", "go"):
        raise SgfError(source, Reason("{} is another game than Go", written(b"GM", text(b"GM"))))
    size = board_size(text(b"SZ"), source)
    moves = _move_codes(line, size)
    setup = setup_stones(line, size, source, len(moves))
    if line.fault:
        moves = moves[: line.sound]

    handicap = shift = 0
    if said := text(b"HA"):
        if len(said) <= 3 and said.isdecimal():
            handicap = int(said)
        else:
            warnings.append(Reason("{} is no number of handicap stones", written(b"HA", said)))
    if handicap >= 2:
        placed, setup, warning = _place_handicap(handicap, moves, setup, size)
        moves, shift = placed, len(moves) - len(placed)
        warnings.extend([warning] if warning else [])

    komi = None
    name = b"KM" if text(b"KM") or number(text(b"KO")) is None else b"KO"  # as Japanese and Chinese news sites have it
    if said := text(name):
        stated = number(said)
        komi = None if stated is None else komi_points(stated, size)
        if komi is None or komi != stated:
            meant = Reason("no komi") if komi is None else f"{komi:g}"
            warnings.append(Reason("{} is read as {}", written(name, said), meant))
    said_turns = [(max(ply - shift, 0), TURNS.get(value.strip()[:1].upper(), 0)) for ply, value in line.turns]
    return GameRecord(
        size=size, moves=moves, setup=setup, turns=tuple(turn for turn in said_turns if turn[1]), komi=komi,
        handicap=handicap, source=source, warnings=tuple(warnings), fault=line.fault,
        **{attribute: text(name) for attribute, name in TEXTS.items() if name in line.fields},
    )


def board_size(text: str, source: str) -> int:
    """The board size that SZ says; 19 where it says nothing."""
    columns, _, rows = (part.strip() for part in (text or "19").replace("x", ":").partition(":"))
    if rows and rows != columns:
        raise SgfError(source, Reason("{}: the board is not square", written(b"SZ", text)))
    if not (len(columns) <= 2 and columns.isdecimal() and 2 <= int(columns) <= 25):
        raise SgfError(source, Reason("{}: board sizes are 2 to 25", written(b"SZ", text)))
    return int(columns)


@cache
def point_table(size: int) -> dict[bytes, int]:
    """The points of a board, and the pass, by their names in SGF."""
    names = list(enumerate(LOWER[:size]))
    table = {bytes([column, row]): y * size + x for y, row in names for x, column in names}
    table[b""] = size * size
    if size <= 19:
        table[b"tt"] = size * size
    return table


@cache
def move_table(size: int) -> npt.NDArray[np.int16]:
    """Twice the point, or the pass, that two letters stand for, by both as a little-endian number; -1 off the board."""
    table = np.full(1 << 16, -1, np.int16)
    for name, point in point_table(size).items():
        table[int.from_bytes(name or PASS, "little")] = 2 * point
    return table


def _move_codes(line: MainLine, size: int) -> npt.NDArray[np.uint16]:
    """The moves of a main line, uint16; where one is off the board, which is a fault, those before it."""
    codes: npt.NDArray[np.int16] = move_table(size)[np.frombuffer(line.points, "<u2")]
    codes |= np.frombuffer(line.colours, np.uint8) == ord("W")
    if codes.min(initial=0) < 0:
        line.sound = int((codes < 0).argmax())
        move = written(line.colours[line.sound : line.sound + 1], line.points[2 * line.sound : 2 * line.sound + 2])
        line.fault = Reason("move {}, {}, is off the {} board", line.sound + 1, str(move), f"{size}x{size}")
        codes = codes[: line.sound]
    return codes.astype(np.uint16)


def setup_stones(line: MainLine, size: int, source: str, moves: int) -> npt.NDArray[np.int16]:
    """The setup rows of a main line of so many moves, int16 (k, 3); `aa:cc` is a rectangle.

    Where a stone is off the board, which is a fault, those before it. Raises SgfError for too many.
    """
    rows: list[tuple[int, int, int]] = []
    for ply, identifier, value in line.setup:
        if not value.strip():
            continue
        if ply > moves:
            break
        points = rectangle(value, size)
        if points is None:
            line.sound = ply
            where = Reason(" before move {}", ply + 1) if ply else NO_REASON
            stone = written(identifier, value)
            line.fault = Reason("the setup stone {}{} is off the {} board", stone, where, f"{size}x{size}")
            break
        rows.extend((ply, point, SETUP[identifier]) for point in points)
        if len(rows) > MAX_PLIES:
            raise SgfError(source, Reason(f"it has more than {MAX_PLIES} setup stones, like no game of Go"))
    return np.array(rows, np.int16).reshape(-1, 3)


def rectangle(value: bytes, size: int) -> list[int] | None:
    """The points that `aa`, or the rectangle `aa:cc`, stands for; None where it is off the board."""
    table = point_table(size)
    corners = [table.get(corner.strip(), size * size) for corner in value.split(b":")]
    if len(corners) > 2 or size * size in corners:
        return None
    (top, left), (bottom, right) = divmod(corners[0], size), divmod(corners[-1], size)
    rows = range(min(top, bottom), max(top, bottom) + 1)
    columns = range(min(left, right), max(left, right) + 1)
    return [row * size + column for row in rows for column in columns]


def _place_handicap(
    handicap: int, moves: npt.NDArray[np.uint16], setup: npt.NDArray[np.int16], size: int
) -> tuple[npt.NDArray[np.uint16], npt.NDArray[np.int16], Reason]:
    """The moves and setup of a handicap game, and a warning, empty where there is none to give.

    Some servers write the handicap stones as Black's first moves. They become setup stones, so that the game
    is the same however it was written. Stones that are not in the file are not made up.
    """
    placed = int(((setup[:, 0] == 0) & (setup[:, 2] == BLACK)).sum())
    if placed == handicap:
        return moves, setup, NO_REASON
    colours, points = (moves[: handicap + 1] & 1) + BLACK, moves[:handicap] >> 1
    if (
        len(setup) == 0
        and colours.tolist() == [BLACK] * handicap + [WHITE]
        and len(set(points[points < size * size])) == handicap
    ):
        stones = np.array([(0, point, BLACK) for point in points], np.int16)
        return moves[handicap:], stones, Reason("Black's first {} moves are the handicap stones", handicap)
    return moves, setup, Reason("a handicap of {} is named but {} stones are set up", handicap, placed)


def serialise(record: GameRecord) -> bytes:
    """The record as SGF: one game in FF[4], UTF-8, without variations."""
    return write_trees([to_tree(record)])


def to_tree(record: GameRecord) -> Node:
    """The first node of the game that `serialise` writes."""
    root = {"FF": b"4", "GM": b"1", "CA": b"UTF-8", "AP": b"Honte", "SZ": b"%d" % record.size}
    if record.komi is not None:
        root["KM"] = f"{record.komi:g}".encode()
    if record.handicap:
        root["HA"] = b"%d" % record.handicap
    for attribute, name in TEXTS.items():
        if value := getattr(record, attribute):
            root[name.decode()] = sgf_grammar.escape_text(value.encode())
    game = node = Node({name: [value] for name, value in root.items()})
    names = {point: name for name, point in reversed(point_table(record.size).items())}
    for ply in range(len(record.moves) + 1):
        stones = {point: colour for at, point, colour in record.setup.tolist() if at == ply}
        said = [colour for at, colour in record.turns if at == ply]
        if (stones or said) and ply:
            node = node.follow()
        for point, colour in stones.items():
            node.properties.setdefault(("AE", "AB", "AW")[colour], []).append(names[point])
        if said:
            node.properties["PL"] = [b"BW"[said[-1] - 1 : said[-1]]]
        if ply < len(record.moves):
            code = int(record.moves[ply])
            node = node.follow({"BW"[code & 1]: [names[code >> 1]]})
    return game
