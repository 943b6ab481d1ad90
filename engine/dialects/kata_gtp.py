"""What KataGo prints over GTP: shares of 1, always with a dot, by which clients tell it from Leela Zero."""

from collections.abc import Set

import numpy as np
import numpy.typing as npt

from honte.engine.dialects.seen import VISITS, Look
from honte.features.board import WHITE
from honte.features.coordinates import point_to_vertex
from honte.features.estimate import Estimate

EXTRAS = frozenset({"rootInfo", "ownership", "movesOwnership", "pvVisits", "pvEdgeVisits", "noResultValue"})
"""What a client may ask for beside the moves."""


def line(look: Look, points: list[int], *, extras: Set[str] = frozenset()) -> str:
    """The moves as `kata-analyze` prints them, with the extras asked for.

    Ownership, from the side to move and row by row from the top, is left out where there is no estimate of it.
    """
    value = _value(look.estimate, look.win_rate)
    if "noResultValue" in extras:
        value += " noResultValue 0.0"  # every game of Honte's has a result
    infos = []
    for order, point in enumerate(points):
        vertex, visits = point_to_vertex(point, look.size), look.visits(point)
        info = (
            f"info move {vertex} visits {visits} edgeVisits {visits} {value} prior {look.probability(point):.6f} "
            f"lcb {look.win_rate:.6f} utilityLcb {2 * look.estimate.win_rate - 1:.6f} "
            f"weight {visits:.1f} order {order} pv {vertex}"
        )
        if "pvVisits" in extras:
            info += f" pvVisits {visits}"
        if "pvEdgeVisits" in extras:
            info += f" pvEdgeVisits {visits}"
        if "movesOwnership" in extras and point in look.ownership_after:
            info += f" movesOwnership {_shares(look.ownership_after[point])}"
        infos.append(info)
    if "rootInfo" in extras:
        infos.append(f"rootInfo visits {VISITS} {value} weight {VISITS:.1f}")
    if "ownership" in extras and look.estimate.ownership is not None:
        infos.append(f"ownership {_shares(look.estimate.ownership)}")
    return " ".join(infos)


def raw_network(look: Look, symmetry: int, legal: npt.NDArray[np.bool_]) -> str:
    """What `kata-raw-nn` prints: win rates as White's, the probabilities, NAN where there is no legal move."""
    seen = look.estimate if look.colour == WHITE else look.estimate.reversed()
    lines = [f"symmetry {symmetry}", f"whiteWin {seen.win_rate:.6f}", f"whiteLoss {1 - seen.win_rate:.6f}"]
    lines.append("noResult 0.000000")
    if seen.lead is not None:
        lines.append(f"whiteLead {seen.lead:.3f}")
    lines += ["policy", *_rows(np.where(legal, look.probabilities, np.nan), look.size)]
    lines.append(f"policyPass {0 if legal.any() else 1:.6f}")
    if seen.ownership is not None:
        lines += ["whiteOwnership", *_rows(seen.ownership, look.size)]
    return "\n".join(lines)


def _value(estimate: Estimate, win_rate: float) -> str:
    value = f"utility {2 * estimate.win_rate - 1:.6f} winrate {win_rate:.6f}"
    if estimate.lead is None:
        return value
    lead = f"{estimate.lead:.3f}"
    return f"{value} scoreMean {lead} scoreStdev {estimate.deviation:.3f} scoreLead {lead} scoreSelfplay {lead}"


def _shares(values: npt.NDArray[np.floating]) -> str:
    return " ".join(f"{value:.4f}" for value in values)


def _rows(values: npt.NDArray[np.floating], size: int) -> list[str]:
    return [" ".join(f"{value:9.6f}".upper() for value in row) for row in values.reshape(size, size)]
