"""KataGo's JSON analysis protocol as a queue: queries come as lines, and wait by priority to be answered or given up.

A query is a JSON object on one line, and each of its turns gets a response on one line; which turns of which queries
are computed together does not show.
"""

import heapq
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from honte import __version__
from honte.engine.dialects.kata_json import Response, Turn, failure, no_results, response
from honte.engine.dialects.kata_query import Query, QueryError, get, read_object, read_query, replay, unserved
from honte.engine.gtp import LINE_LIMIT
from honte.features.board import Board, decode_move
from honte.features.errors import HonteError
from honte.features.planes import extract
from honte.policy.predictor import Predictor

BATCH = 4
"""Positions that are looked at together: what came in meanwhile, such as a query to give up, waits for so many."""

ACTIONS = ("query_version", "query_models", "clear_cache", "terminate", "terminate_all")


_Entry = tuple[int, int, int, Query]
"""A turn that waits: the priority negated, the number of the query, the turn, the query."""


class Analyst:
    """Answers queries with one predictor."""

    def __init__(self, predictor: Predictor, *, win_rate: bool = True) -> None:
        self.predictor = predictor
        self.win_rate = win_rate
        self._waiting: list[_Entry] = []
        """A heap."""
        self._count = 0

    @property
    def idle(self) -> bool:
        """Whether no turn waits."""
        return not self._waiting

    def submit(self, line: bytes) -> list[Response]:
        """Take a line, and return what can be said at once: errors, warnings, answers to what is no question."""
        if not line.strip():
            return []
        fields: Any = None
        try:
            if len(line) > LINE_LIMIT:
                raise HonteError(f"a query must be a line of at most {LINE_LIMIT} bytes")
            fields = read_object(line)
            if "action" in fields:
                return self._act(fields)
            query = read_query(fields)
            self._check(query)
        except HonteError as error:
            return [failure(fields, str(error), error.field if isinstance(error, QueryError) else None)]
        except (ValueError, RecursionError) as error:
            return [failure(None, f"a line that is no JSON: {error}")]
        self._count += 1
        for turn, priority in zip(query.turns, query.priorities, strict=True):
            heapq.heappush(self._waiting, (-priority, self._count, turn, query))
        return [
            {"warning": "this is not served and was passed over", "field": name, "id": query.id}
            for name in unserved(fields)
        ]

    def step(self) -> list[Response]:
        """Look at the first of the turns that wait, of one query or several; what there is to say about them.

        They are of one size of board and one level.
        """
        turns: list[Turn] = []
        while self._waiting and len(turns) < BATCH:
            if turns and self._kind(self._waiting[0][-1]) != self._kind(turns[0].query):
                break
            _, _, number, query = heapq.heappop(self._waiting)
            before = turns[-1] if turns and turns[-1].query is query else None
            turns.append(_turn(query, number, before))
        if not turns:
            return []
        predictor = self._told(turns[0].query)
        maps = predictor.maps(np.stack([extract(turn.board, turn.colour) for turn in turns]))
        return [
            response(turn, turn.look(probabilities, win_rate=self.win_rate))
            for turn, probabilities in zip(turns, maps, strict=True)
        ]

    def answer(self, lines: Iterable[bytes]) -> Iterator[Response]:
        """All responses to some lines, those that can be given at once first."""
        for line in lines:
            yield from self.submit(line)
        while not self.idle:
            yield from self.step()

    def _told(self, query: Query) -> Predictor:
        """The predictor at the level that a query asks for."""
        return self.predictor if query.level is None else self.predictor.with_level(query.level)

    def _kind(self, query: Query) -> tuple[int, str]:
        """What positions must have in common to be looked at together."""
        return query.size, self.predictor.level if query.level is None else query.level

    def _check(self, query: Query) -> None:
        """Have the network for a query's size read; QueryError where none answers, or none knows the level."""
        field = "overrideSettings"
        try:
            predictor = self._told(query)
            field = "boardXSize"
            predictor.at(query.size)
        except HonteError as error:
            raise QueryError(str(error), field=field) from None

    def _act(self, fields: dict[str, Any]) -> list[Response]:
        """The response to what is no question about a game."""
        get(fields, "id", str)
        match fields["action"]:
            case "query_version":
                return [{**fields, "version": __version__, "git_hash": ""}]
            case "query_models":
                models = (
                    {"internalName": f"Honte {__version__} {size}x{size}", "usesHumanSLProfile": bool(bands)}
                    for size, bands in sorted(self.predictor.family.bands().items())
                )
                same = {"name": "Honte", "maxBatchSize": BATCH}
                return [{**fields, "models": [{**same, **each} for each in models]}]
            case "clear_cache":
                return [fields]
            case "terminate":
                return [fields, *self._give_up(get(fields, "terminateId", str), fields)]
            case "terminate_all":
                return [fields, *self._give_up(None, fields)]
        raise QueryError(f"known actions are {', '.join(ACTIONS)}", field="action")

    def _give_up(self, identifier: str | None, fields: dict[str, Any]) -> list[Response]:
        """Take turns that wait out of the queue: those of one query or of all, or only `turnNumbers` of them."""
        numbers = get(fields, "turnNumbers", list) if "turnNumbers" in fields else None
        if not all(type(number) is int for number in numbers or ()):
            raise QueryError("this must be a list of turns", field="turnNumbers")
        given_up: list[_Entry] = []
        kept: list[_Entry] = []
        for entry in self._waiting:
            _, _, turn, query = entry
            named = identifier in (None, query.id) and (numbers is None or turn in numbers)
            (given_up if named else kept).append(entry)
        heapq.heapify(kept)
        self._waiting = kept
        return [no_results(query, turn) for _, _, turn, query in sorted(given_up, key=lambda entry: entry[:3])]


def _turn(query: Query, number: int, before: Turn | None) -> Turn:
    """The position of a turn, played on from an earlier one of the query.

    As in KataGo the side that has not moved last is to move, whichever makes the next of the query's moves.
    """
    if before:
        board = before.board.copy()
    else:
        board = Board.from_moves([], size=query.size, setup=query.setup, turns=query.said)
    for ply in range(len(board.moves), number):
        replay(board, *decode_move(int(query.moves[ply])))
    return Turn(query, number, board, board.to_move if number else query.first_colour)
