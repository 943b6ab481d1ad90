"""What CGOS shows of a move: one object of JSON."""

from typing import Any

from honte.engine.dialects.seen import VISITS, Look
from honte.features.coordinates import point_to_vertex


def document(look: Look) -> dict[str, Any]:
    """The object; win rate and score are those of the side to move."""
    rate = round(look.estimate.win_rate, 4)
    result: dict[str, Any] = {
        "winrate": rate,
        "visits": VISITS,
        "moves": [
            {
                "move": point_to_vertex(point, look.size),
                "winrate": rate,
                "prior": round(look.probability(point), 4),
                "visits": look.visits(point),
                "pv": point_to_vertex(point, look.size),
            }
            for point in look.candidates()
        ],
    }
    if look.estimate.lead is not None:
        result["score"] = round(look.estimate.lead, 2)
    return result
