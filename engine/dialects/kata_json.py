"""KataGo's JSON analysis protocol, as far as a network without search can serve it.

A query is a JSON object on one line, and each of its turns gets a response on one line; which turns of which queries
are computed together does not show. Fields of search (visits, time, priorities) are accepted and change nothing.
"""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt

from honte import __version__
from honte.engine.dialects.seen import VISITS, Analysis
from honte.features.board import BLACK, WHITE, Board, decode_move, encode_move, setup_rows
from honte.features.coordinates import point_to_vertex, vertex_to_point
from honte.features.errors import HonteError
from honte.features.estimate import Estimate, estimate
from honte.features.planes import check_game, extract
from honte.features.rules import Rules, changed, from_json, named
from honte.features.turn import side_to_move
from honte.policy.predictor import Predictor

Response = dict[str, Any]

COLOURS = {"b": BLACK, "black": BLACK, "w": WHITE, "white": WHITE}
PERSPECTIVES = {"BLACK": BLACK, "WHITE": WHITE, "SIDETOMOVE": 0}

BATCH = 32
"""Positions that go through the network at once; their playouts, too, are waited for before the first is answered."""

OF_SEARCH = frozenset({
    "analysisPVLen", "firstReportDuringSearchAfter", "maxVisits", "priorities", "priority", "reportDuringSearchEvery",
    "rootFpuReductionMax", "rootPolicyTemperature",
})  # fmt: skip
SERVED = frozenset({
    "allowMoves", "analyzeTurns", "avoidMoves", "boardXSize", "boardYSize", "id", "includeOwnership", "includePolicy",
    "initialPlayer", "initialStones", "komi", "moves", "overrideSettings", "rules", "whiteHandicapBonus",
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
    """Who is said to move first, or 0."""
    turns: list[int]
    """Ascending."""
    komi: float
    rules: Rules
    perspective: int
    """BLACK, WHITE, or 0 for the side to move: who is meant by win rates, leads and ownership."""
    policy: bool
    ownership: bool
    allowed: dict[int, npt.NDArray[np.bool_]]
    """For each colour, where it may look (N²,)."""


@dataclass(frozen=True, eq=False)
class Turn:
    """One position of a query, ready for the network."""

    query: Query
    number: int
    colour: int
    planes: npt.NDArray[np.uint8]
    legal: npt.NDArray[np.bool_]
    estimate: Estimate


class Analyst:
    """Answers queries with one network, positions of several queries at a time."""

    def __init__(self, predictor: Predictor, *, win_rate: bool = True) -> None:
        self.predictor = predictor
        self.win_rate = win_rate

    def answer(self, lines: Iterable[bytes]) -> Iterator[Response]:
        """The responses to lines of queries, in their order; a query at fault gets an error instead."""
        waiting = (item for line in lines for item in self._read(line))
        while batch := list(islice(waiting, BATCH)):
            turns = [item for item in batch if isinstance(item, Turn)]
            maps = iter(self.predictor.maps(np.stack([turn.planes for turn in turns])) if turns else ())
            for item in batch:
                yield response(item, next(maps)) if isinstance(item, Turn) else item

    def _read(self, line: bytes) -> Iterator[Turn | Response]:
        """The turns of a query, or what there is to say about it."""
        if not line.strip():
            return
        fields: Any = None
        try:
            fields = json.loads(line, parse_constant=_no_constant)
            if not isinstance(fields, dict):
                raise HonteError("a query must be a JSON object")
            if "action" in fields:
                yield act(fields)
                return
            query = read_query(fields)
            if query.size != self.predictor.board_size:
                playable = self.predictor.board_size
                raise QueryError(
                    f"the network is for {playable}x{playable} boards, not for {query.size}x{query.size}",
                    field="boardXSize",
                )
        except HonteError as error:
            yield failure(fields, str(error), error.field if isinstance(error, QueryError) else None)
        except (ValueError, RecursionError) as error:
            yield {"error": f"a line that is no JSON: {error}"}
        else:
            for name in sorted(fields.keys() - SERVED - OF_SEARCH):
                if fields[name]:
                    yield {"warning": "this is not served and was passed over", "field": name, "id": query.id}
            yield from self._turns(query)

    def _turns(self, query: Query) -> Iterator[Turn]:
        board = Board.from_moves([], size=query.size, setup=query.setup)
        for number in query.turns:
            for ply in range(len(board.moves), number):
                board.play(*decode_move(int(query.moves[ply])))
            said = ((0, query.first_colour),) if query.first_colour else ()
            colour = side_to_move(query.moves, number, setup=query.setup, turns=said)
            yield Turn(
                query=query,
                number=number,
                colour=colour,
                planes=extract(board, colour),
                legal=board.legal_points(colour),
                estimate=estimate(board, colour, komi=query.komi, rules=query.rules) if self.win_rate else Estimate(),
            )


def response(turn: Turn, probabilities: npt.NDArray[np.float32]) -> Response:
    """What is said about a position, from the network's probabilities over its legal points (N²,)."""
    query = turn.query
    analysis = Analysis(query.size, turn.colour, probabilities, turn.estimate)
    seen = turn.estimate
    if query.perspective not in (0, turn.colour):
        seen = seen.reversed()
    lead = seen.lead or 0.0
    value = {
        "winrate": round(seen.win_rate, 6),
        "scoreLead": round(lead, 3),
        "scoreMean": round(lead, 3),
        "scoreSelfplay": round(lead, 3),
        "utility": round(2 * seen.win_rate - 1, 6),
    }
    candidates = analysis.candidates(allowed=query.allowed[turn.colour], most=query.size**2)
    result: Response = {
        "id": query.id,
        "isDuringSearch": False,
        "turnNumber": turn.number,
        "moveInfos": [
            {
                "move": point_to_vertex(point, query.size),
                "visits": analysis.visits(point),
                "prior": round(analysis.probability(point), 6),
                "lcb": value["winrate"],
                "order": order,
                "pv": [point_to_vertex(point, query.size)],
                **value,
            }
            for order, point in enumerate(candidates)
        ],
        "rootInfo": {"currentPlayer": " BW"[turn.colour], "visits": VISITS, **value},
    }
    if query.policy:
        policy = np.where(turn.legal, analysis.probabilities, -1)
        result["policy"] = [*(round(float(p), 6) for p in policy), float(not turn.legal.any())]
    if query.ownership and seen.ownership is not None:
        result["ownership"] = [round(float(owner), 4) for owner in seen.ownership]
    return result


def act(fields: dict[str, Any]) -> Response:
    """The response to what is no question about a game. Nothing is ever under way that could be terminated."""
    match fields["action"]:
        case "query_version":
            return {**fields, "version": __version__, "git_hash": ""}
        case "clear_cache" | "terminate" | "terminate_all":
            return fields
    return failure(fields, "known actions are query_version, clear_cache, terminate and terminate_all", "action")


def failure(fields: Any, sentence: str, field: str | None) -> Response:
    """An error in KataGo's form."""
    result = {"error": sentence}
    if field:
        result["field"] = field
    if isinstance(fields, dict) and isinstance(fields.get("id"), str):
        result["id"] = fields["id"]
    return result


def read_query(fields: dict[str, Any]) -> Query:
    """A query from its fields. Raises QueryError naming the field that is wrong."""
    identifier = _get(fields, "id", str)
    size = _get(fields, "boardXSize", int)
    if _get(fields, "boardYSize", int) != size:
        raise QueryError("the board must be square", field="boardYSize")
    with _blaming("boardXSize"):
        Board(size)
    stones = _moves(fields, "initialStones", size) if "initialStones" in fields else []
    setup = setup_rows([(0, point, colour) for colour, point in stones])
    with _blaming("initialStones"):
        Board.from_moves([], size=size, setup=setup)
    moves = _moves(fields, "moves", size)
    codes = np.array([encode_move(*move) for move in moves], np.uint16)
    if (illegal := check_game(codes, size=size, setup=setup)) >= 0:
        raise QueryError(f"move {illegal + 1}, {' '.join(fields['moves'][illegal])}, is illegal", field="moves")
    turns = _get(fields, "analyzeTurns", list, default=[len(moves)])
    if not turns or not all(type(turn) is int and 0 <= turn <= len(moves) for turn in turns):
        raise QueryError(f"this must be a list of turns from 0 to {len(moves)}", field="analyzeTurns")
    first = _colour(fields["initialPlayer"], "initialPlayer") if "initialPlayer" in fields else 0
    rules = _rules(fields)
    perspective = _get(fields, "overrideSettings", dict, default={}).get("reportAnalysisWinratesAs", "BLACK")
    if perspective not in list(PERSPECTIVES):
        raise QueryError(f"reportAnalysisWinratesAs is one of {', '.join(PERSPECTIVES)}", field="overrideSettings")
    return Query(
        id=identifier,
        size=size,
        moves=codes,
        setup=setup,
        first_colour=first,
        turns=sorted(set(turns)),
        komi=_komi(fields, rules),
        rules=rules,
        perspective=PERSPECTIVES[perspective],
        policy=_get(fields, "includePolicy", bool, default=False),
        ownership=_get(fields, "includeOwnership", bool, default=False),
        allowed=_allowed(fields, size),
    )


def _no_constant(name: str) -> None:
    """Python would read NaN and Infinity, which are no JSON, and write them back."""
    raise ValueError(f"{name} is no number of JSON")


def _get(fields: dict[str, Any], name: str, kind: type, *, default: Any = None) -> Any:
    """A field of the right type; without a default it must be there."""
    value = fields.get(name, default)
    if type(value) is not kind:
        words = {str: "a string", int: "a whole number", bool: "true or false", list: "a list", dict: "an object"}
        raise QueryError(f"this must be {words[kind]}", field=name)
    return value


def _rules(fields: dict[str, Any]) -> Rules:
    """The rules given, by default Chinese, with the points for handicap stones that may be given beside them."""
    rules = fields.get("rules", "chinese")
    with _blaming("rules"):
        chosen = from_json(rules) if isinstance(rules, dict) else named(str(rules))
    if "whiteHandicapBonus" not in fields:
        return chosen
    with _blaming("whiteHandicapBonus"):
        return changed(chosen, {"whiteHandicapBonus": fields["whiteHandicapBonus"]})


def _komi(fields: dict[str, Any], rules: Rules) -> float:
    """The komi given, or what is usual under the rules."""
    komi = fields.get("komi", 7.5 if rules.scoring == "AREA" else 6.5)
    if type(komi) not in (int, float) or not abs(komi) <= 1e6:
        raise QueryError("this must be a number of points", field="komi")
    return float(komi)


def _colour(value: Any, field: str) -> int:
    try:
        return COLOURS[value.lower()]
    except (AttributeError, KeyError):
        raise QueryError("a colour must be B or W", field=field) from None


def _moves(fields: dict[str, Any], name: str, size: int) -> list[tuple[int, int]]:
    """A list of pairs such as ["B", "Q16"] as colours and points."""
    moves = []
    for pair in _get(fields, name, list):
        if not (isinstance(pair, list) and len(pair) == 2 and isinstance(pair[1], str)):
            raise QueryError('this must be a list of pairs such as ["B", "Q16"]', field=name)
        with _blaming(name):
            moves.append((_colour(pair[0], name), vertex_to_point(pair[1], size)))
    return moves


def _allowed(fields: dict[str, Any], size: int) -> dict[int, npt.NDArray[np.bool_]]:
    """Where each colour may look, bool (N²,), by `avoidMoves` and `allowMoves`."""
    allowed = {colour: np.ones(size**2 + 1, np.bool_) for colour in (BLACK, WHITE)}
    for name in ("avoidMoves", "allowMoves"):
        for entry in _get(fields, name, list, default=[]):
            vertices = entry.get("moves") if isinstance(entry, dict) else None
            if not isinstance(vertices, list) or not all(isinstance(vertex, str) for vertex in vertices):
                raise QueryError("this must be a list of objects with player, moves and untilDepth", field=name)
            points = np.zeros(size**2 + 1, np.bool_)
            with _blaming(name):
                points[[vertex_to_point(vertex, size) for vertex in vertices]] = True
            allowed[_colour(entry.get("player"), name)] &= points if name == "allowMoves" else ~points
    return {colour: points[:-1] for colour, points in allowed.items()}


@contextmanager
def _blaming(field: str) -> Iterator[None]:
    """Failures inside are the fault of the field."""
    try:
        yield
    except HonteError as error:
        raise QueryError(str(error), field=field) from None
