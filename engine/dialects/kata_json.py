"""Responses of KataGo's JSON analysis protocol, as far as a network without search can give them."""

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from honte.engine.dialects.kata_query import Query
from honte.engine.dialects.seen import VISITS, Look, look
from honte.features.board import Board
from honte.features.coordinates import point_to_vertex
from honte.features.estimate import Estimate
from honte.features.symmetry import SYMMETRIES, transform

Response = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Turn:
    """One position of a query, ready for the network."""

    query: Query
    number: int
    board: Board
    colour: int

    def look(self, probabilities: npt.NDArray[np.float32], *, win_rate: bool) -> Look:
        """What is seen, from the network's probabilities over the legal points (N²,)."""
        query = self.query
        return look(
            self.board,
            self.colour,
            probabilities,
            komi=query.komi,
            rules=query.rules,
            win_rate=win_rate,
            after_moves=query.moves_ownership,
        )


def response(turn: Turn, its: Look) -> Response:
    """What is said about a position."""
    query = turn.query
    turned = query.perspective not in (0, turn.colour)
    seen = its.estimate.reversed() if turned else its.estimate
    value = _value(seen)
    shown = its.among(query.allowed[turn.colour])
    candidates = enumerate(shown.candidates(most=query.size**2))
    result: Response = {
        "id": query.id,
        "isDuringSearch": False,
        "turnNumber": turn.number,
        "moveInfos": [_move(query, shown, point, order, value, turned) for order, point in candidates],
        "rootInfo": {
            "currentPlayer": " BW"[turn.colour],
            "visits": VISITS,
            "weight": float(VISITS),
            "rawWinrate": value["winrate"],
            "rawLead": value["scoreLead"],
            "rawScoreSelfplay": value["scoreLead"],
            "rawScoreSelfplayStdev": value["scoreStdev"],
            "rawNoResultProb": 0.0,
            **value,
            **_hashes(turn),
        },
    }
    if query.policy:
        legal = turn.board.legal_points(turn.colour)
        shares = np.where(legal, (1 - its.passing) * its.probabilities, -1)
        result["policy"] = [round(float(share), 6) for share in (*shares, its.probability(query.size**2))]
        if query.profiled:
            result["humanPolicy"] = result["policy"]
    if query.ownership and seen.ownership is not None:
        result["ownership"] = _shares(seen.ownership)
    if query.ownership_stdev and seen.ownership is not None:
        result["ownershipStdev"] = _no_deviation(query)
    return result


def no_results(query: Query, turn: int) -> Response:
    """What is said of a turn that was given up before it was looked at."""
    return {"id": query.id, "isDuringSearch": False, "noResults": True, "turnNumber": turn}


def failure(fields: Any, sentence: str, field: str | None = None) -> Response:
    """An error in KataGo's form."""
    result = {"error": sentence}
    if field:
        result["field"] = field
    if isinstance(fields, dict) and isinstance(fields.get("id"), str):
        result["id"] = fields["id"]
    return result


def _move(
    query: Query, its: Look, point: int, order: int, value: dict[str, float], turned: bool
) -> dict[str, Any]:
    vertex, visits = point_to_vertex(point, query.size), its.visits(point)
    info = {
        "move": vertex,
        "visits": visits,
        "edgeVisits": visits,
        "weight": float(visits),
        "edgeWeight": float(visits),
        "playSelectionValue": float(visits),
        "prior": round(its.probability(point), 6),
        "lcb": value["winrate"],
        "utilityLcb": value["utility"],
        "order": order,
        "pv": [vertex],
        **value,
    }
    if query.profiled:
        info["humanPrior"] = info["prior"]
    if query.pv_visits:
        info |= {"pvVisits": [visits], "pvEdgeVisits": [visits]}
    if query.no_result:
        info["noResultValue"] = 0.0  # every game of Honte's has a result
    if point in its.ownership_after:
        after = its.ownership_after[point]
        info["ownership"] = _shares(-after if turned else after)
    if query.moves_ownership_stdev:
        info["ownershipStdev"] = _no_deviation(query)
    return info


def _no_deviation(query: Query) -> list[float]:
    """How far the positions of a search differ in whose each point is: as KataGo has it where it searched but one."""
    return [0.0] * query.size**2


def _value(seen: Estimate) -> dict[str, float]:
    lead = round(seen.lead or 0.0, 3)
    return {
        "winrate": round(seen.win_rate, 6),
        "scoreLead": lead,
        "scoreMean": lead,
        "scoreSelfplay": lead,
        "scoreStdev": round(seen.deviation, 3),
        "utility": round(2 * seen.win_rate - 1, 6),
    }


def _shares(values: npt.NDArray[np.floating]) -> list[float]:
    return [round(float(value), 4) for value in values]


def _hashes(turn: Turn) -> dict[str, str]:
    """Names of the position, its ko included, and of all its images, by which clients know one again."""
    stones = turn.board.stones
    if turn.board.ko_point is not None:
        stones.flat[turn.board.ko_point] = 3
    images = [transform(stones, symmetry).tobytes() for symmetry in range(SYMMETRIES)]
    return {
        name: hashlib.blake2b(bytes([turn.colour, len(stones)]) + data, digest_size=16).hexdigest().upper()
        for name, data in (("thisHash", images[0]), ("symHash", min(images)))
    }
