"""Queries of KataGo's JSON analysis protocol: what is asked, read and checked.

Fields of search (visits, time) are accepted and change nothing.
"""

import json
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from honte.engine.dialects.kata_profile import NOBODY, level_named, level_of
from honte.features.board import BLACK, WHITE, Board, opponent
from honte.features.coordinates import vertex_to_point
from honte.features.errors import HonteError
from honte.features.handicap import handicap_of
from honte.features.rules import Rules, changed, from_json, parse, read_komi

COLOURS = {"b": BLACK, "black": BLACK, "w": WHITE, "white": WHITE}
PERSPECTIVES = {"BLACK": BLACK, "WHITE": WHITE, "SIDETOMOVE": 0}

OF_SEARCH = frozenset({
    "analysisPVLen", "firstReportDuringSearchAfter", "maxVisits", "reportDuringSearchEvery", "rootFpuReductionMax",
    "rootPolicyTemperature",
})  # fmt: skip
SERVED = frozenset({
    "allowMoves", "analyzeTurns", "avoidMoves", "boardXSize", "boardYSize", "id", "includeMovesOwnership",
    "includeMovesOwnershipStdev", "includeNoResultValue", "includeOwnership", "includeOwnershipStdev",
    "includePVVisits", "includePolicy", "initialPlayer", "initialStones", "komi", "moves", "overrideSettings",
    "priorities", "priority", "rules", "whiteHandicapBonus",
})  # fmt: skip


class QueryError(HonteError):
    """A query that cannot be answered, and the field to blame."""

    def __init__(self, sentence: str, *, field: str) -> None:
        super().__init__(sentence)
        self.field = field


@dataclass(frozen=True, eq=False)
class Query:
    """A game and what is asked about it."""

    id: str
    size: int
    moves: npt.NDArray[np.uint16]
    setup: npt.NDArray[np.int16]
    first_colour: int
    """Who moves first."""
    said: tuple[tuple[int, int], ...]
    """What the query says of that, as `Board.turns` has it: stones before a move of Black's are then no handicap."""
    turns: list[int]
    """Ascending."""
    priorities: list[int]
    """Of the turns: the higher come first."""
    komi: float
    rules: Rules
    perspective: int
    """BLACK, WHITE, or 0 for the side to move: who is meant by win rates, leads and ownership."""
    policy: bool
    ownership: bool
    ownership_stdev: bool
    moves_ownership: bool
    moves_ownership_stdev: bool
    pv_visits: bool
    no_result: bool
    allowed: dict[int, npt.NDArray[np.bool_]]
    """For each colour, which moves it may look at, (N² + 1,) with the pass last."""
    level: str | None
    """Whom the network is to play like, empty for itself; None where that is not said."""
    profiled: bool
    """Whether that is said in KataGo's words, so that the map is to bear its names for one of people."""


def read_object(line: bytes) -> dict[str, Any]:
    """The JSON object of a line; ValueError or HonteError when it is none."""
    fields = json.loads(line, parse_constant=_no_constant, parse_float=_finite)
    if not isinstance(fields, dict):
        raise HonteError("a query must be a JSON object")
    return fields


def read_query(fields: dict[str, Any]) -> Query:
    """A query from its fields. Raises QueryError naming the field that is wrong."""
    identifier = get(fields, "id", str)
    size = get(fields, "boardXSize", int)
    if get(fields, "boardYSize", int) != size:
        raise QueryError("the board must be square", field="boardYSize")
    with _blaming("boardXSize"):
        board = Board(size)
    with _blaming("initialStones"):
        board.place_all(_stones(fields, size))
    setup = board.setup
    moves = _moves(fields, "moves", size)
    first = _first_colour(fields, board, moves)
    with _blaming("moves"):
        for number, move in enumerate(moves, 1):
            try:
                replay(board, *move)
            except HonteError:
                raise HonteError(f"Illegal move {number}: {' '.join(fields['moves'][number - 1])}") from None
    turns = get(fields, "analyzeTurns", list, default=[len(moves)])
    if not turns or not all(type(turn) is int and 0 <= turn <= len(moves) for turn in turns):
        raise QueryError(f"this must be a list of turns from 0 to {len(moves)}", field="analyzeTurns")
    rules = _rules(fields)
    override = get(fields, "overrideSettings", dict, default={})
    perspective = override.get("reportAnalysisWinratesAs", "BLACK")
    if perspective not in list(PERSPECTIVES):
        raise QueryError(f"reportAnalysisWinratesAs is one of {', '.join(PERSPECTIVES)}", field="overrideSettings")
    order = _priorities(fields, turns)
    return Query(
        id=identifier,
        size=size,
        moves=np.array(board.moves, np.uint16),
        setup=setup,
        first_colour=first,
        said=((0, first),) if "initialPlayer" in fields else (),
        turns=sorted(order),
        priorities=[order[turn] for turn in sorted(order)],
        komi=_komi(fields, rules),
        rules=rules,
        perspective=PERSPECTIVES[perspective],
        policy=get(fields, "includePolicy", bool, default=False),
        ownership=get(fields, "includeOwnership", bool, default=False),
        ownership_stdev=get(fields, "includeOwnershipStdev", bool, default=False),
        moves_ownership=get(fields, "includeMovesOwnership", bool, default=False),
        moves_ownership_stdev=get(fields, "includeMovesOwnershipStdev", bool, default=False),
        pv_visits=get(fields, "includePVVisits", bool, default=False),
        no_result=get(fields, "includeNoResultValue", bool, default=False),
        allowed=_allowed(fields, size),
        level=_level(override),
        profiled="humanSLProfile" in override and override["humanSLProfile"] not in NOBODY,
    )


def replay(board: Board, colour: int, point: int) -> None:
    """Make a move of a query's as KataGo does, whatever the rules say of ko and of the suicide of several stones.

    Raises HonteError for any other illegal move; the board is then of no use.
    """
    before = board.captures[opponent(colour)]
    board.play(colour, point, suicide=True, retake=True)
    if board.captures[opponent(colour)] == before + 1:
        raise HonteError("a single stone without liberties")


def unserved(fields: dict[str, Any]) -> list[str]:
    """The fields of a query that are set and nobody knows."""
    return [name for name in sorted(fields.keys() - SERVED - OF_SEARCH) if fields[name]]


def get(fields: dict[str, Any], name: str, kind: type, *, default: Any = None) -> Any:
    """A field of the right type; without a default it must be there."""
    value = fields.get(name, default)
    if type(value) is not kind:
        words = {str: "a string", int: "a whole number", bool: "true or false", list: "a list", dict: "an object"}
        raise QueryError(f"this must be {words[kind]}", field=name)
    return value


def _no_constant(name: str) -> None:
    """Python would read NaN and Infinity, which are no JSON, and write them back."""
    raise ValueError(f"{name} is no number of JSON")


def _finite(digits: str) -> float:
    """Python would read 1e999 as an infinity, and write that back as a word that is no JSON; KataGo refuses it too."""
    value = float(digits)
    if not math.isfinite(value):
        raise ValueError("a number in it is too large")
    return value


def _level(override: dict[str, Any]) -> str | None:
    """The level that settings ask for; KataGo's name for it goes before Honte's."""
    for name, read in (("humanSLProfile", level_of), ("level", level_named)):
        if name in override:
            if not isinstance(override[name], str):
                raise QueryError(f"{name} must be a string", field="overrideSettings")
            with _blaming("overrideSettings"):
                return read(override[name])
    return None


def _priorities(fields: dict[str, Any], turns: list[int]) -> dict[int, int]:
    """The turns and their priorities: one for all, or a list beside `analyzeTurns`."""
    priority = get(fields, "priority", int, default=0)
    each = get(fields, "priorities", list, default=[priority] * len(turns))
    if len(each) != len(turns) or not all(type(one) is int for one in each):
        raise QueryError("this must be a list of whole numbers, one for each of analyzeTurns", field="priorities")
    return dict(zip(turns, each, strict=True))


def _rules(fields: dict[str, Any]) -> Rules:
    """The rules given, by default Chinese, with the points for handicap stones that may be given beside them."""
    rules = fields.get("rules", "chinese")
    with _blaming("rules"):
        chosen = from_json(rules, komi=True) if isinstance(rules, dict) else parse(str(rules), komi=True)
    if "whiteHandicapBonus" not in fields:
        return chosen
    with _blaming("whiteHandicapBonus"):
        return changed(chosen, {"whiteHandicapBonus": fields["whiteHandicapBonus"]})


def _komi(fields: dict[str, Any], rules: Rules) -> float:
    """The komi given, or that of the rules."""
    with _blaming("komi"):
        return read_komi(fields["komi"]) if "komi" in fields else rules.komi


def _colour(value: Any, field: str) -> int:
    try:
        return COLOURS[value.lower()]
    except (AttributeError, KeyError):
        raise QueryError("a colour must be B or W", field=field) from None


def _moves(fields: dict[str, Any], name: str, size: int) -> list[tuple[int, int]]:
    """A list of pairs such as ["B", "Q16"] as colours and points."""
    moves = []
    for pair in get(fields, name, list):
        if not (isinstance(pair, list) and len(pair) == 2 and isinstance(pair[1], str)):
            raise QueryError('this must be a list of pairs such as ["B", "Q16"]', field=name)
        with _blaming(name):
            moves.append((_colour(pair[0], name), vertex_to_point(pair[1], size)))
    return moves


def _stones(fields: dict[str, Any], size: int) -> list[tuple[int, int]]:
    """The colours and points of `initialStones`; of a point that is named twice the last counts."""
    stones = _moves(fields, "initialStones", size) if "initialStones" in fields else []
    if any(point == size**2 for _, point in stones):
        raise QueryError("a stone is set up on a point of the board, and a pass is none", field="initialStones")
    return [(colour, point) for point, colour in {point: colour for colour, point in stones}.items()]


def _first_colour(fields: dict[str, Any], board: Board, moves: list[tuple[int, int]]) -> int:
    """Who moves first as KataGo has it: who is said to, who does, or White after two or more handicap stones."""
    if "initialPlayer" in fields:
        return _colour(fields["initialPlayer"], "initialPlayer")
    return moves[0][0] if moves else WHITE if handicap_of(board) else BLACK


def _allowed(fields: dict[str, Any], size: int) -> dict[int, npt.NDArray[np.bool_]]:
    """Which moves each colour may look at, bool (N² + 1,) with the pass last, by `avoidMoves` or `allowMoves`.

    Only the next move is looked for, so that every `untilDepth` reaches it; a list that KataGo refuses is refused.
    """
    allowed = {colour: np.ones(size**2 + 1, np.bool_) for colour in (BLACK, WHITE)}
    if "avoidMoves" in fields and "allowMoves" in fields:
        raise QueryError("this cannot be given beside avoidMoves", field="allowMoves")
    name = "allowMoves" if "allowMoves" in fields else "avoidMoves"
    told = set()
    for entry in get(fields, name, list, default=[]):
        if not isinstance(entry, dict) or not entry.keys() >= {"player", "moves", "untilDepth"}:
            raise QueryError("this must be a list of objects with player, moves and untilDepth", field=name)
        vertices, depth = entry["moves"], entry["untilDepth"]
        if not isinstance(vertices, list) or not all(isinstance(vertex, str) for vertex in vertices):
            raise QueryError("its moves must be a list of points", field=name)
        if type(depth) is not int or not 1 <= depth <= 10**9:
            raise QueryError("its untilDepth must be a whole number from 1 to 1000000000", field=name)
        colour = _colour(entry["player"], name)
        if name == "allowMoves" and colour in told:
            raise QueryError("this may be given once for each player", field=name)
        told.add(colour)
        points = np.zeros(size**2 + 1, np.bool_)
        with _blaming(name):
            points[[vertex_to_point(vertex, size) for vertex in vertices]] = True
        allowed[colour] &= points if name == "allowMoves" else ~points
    return allowed


@contextmanager
def _blaming(field: str) -> Iterator[None]:
    """Failures inside are the fault of the field."""
    try:
        yield
    except HonteError as error:
        raise QueryError(str(error), field=field) from None
