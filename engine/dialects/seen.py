"""One look at a position, and the dialects of GTP in which clients read it.

Clients expect a search: moves with visits and a win rate each. A policy network has one probability a move and no
opinion of its own on who wins, so visits are the probability in ten-thousandths and every move has the win rate of
the position. Overlays then colour moves by their probability, and graphs of win rates are not led astray.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from honte.features.board import WHITE
from honte.features.coordinates import point_to_vertex
from honte.features.estimate import Estimate

VISITS = 10_000
"""Visits of a move of probability 1."""

SHOWN = 0.005
"""Less probable moves are left out: clients paint every move that they are told of."""
MOST_SHOWN = 20


@dataclass(frozen=True, eq=False)
class Analysis:
    """What the network sees in one position."""

    size: int
    colour: int
    """The side to move."""
    probabilities: npt.NDArray[np.float32]
    """Of each point, (N²,); they sum to 1 over the legal points and are 0 elsewhere."""
    estimate: Estimate
    """Who is ahead, seen by the side to move."""

    def candidates(
        self, *, allowed: npt.NDArray[np.bool_] | None = None, least: int = 0, most: int = MOST_SHOWN
    ) -> list[int]:
        """The moves worth showing in order: those of `SHOWN` and more, but `least` to `most` of them.

        `allowed` is bool (N²,). The pass is shown when it is the only move.
        """
        probabilities = self.probabilities if allowed is None else self.probabilities * allowed
        order = np.argsort(-probabilities, kind="stable")[: max(most, 1)]
        shown = [
            int(point)
            for rank, point in enumerate(order)
            if probabilities[point] > 0 and (rank < max(least, 1) or probabilities[point] >= SHOWN)
        ]
        return shown or [self.size**2]

    def probability(self, point: int) -> float:
        """Of a candidate; the pass is one only when nothing else is."""
        return float(self.probabilities[point]) if point < self.size**2 else 1.0

    def visits(self, point: int) -> int:
        return max(round(VISITS * self.probability(point)), 1)


def leela_line(analysis: Analysis, points: list[int]) -> str:
    """The moves as `lz-analyze` prints them: everything in whole ten-thousandths."""
    rate = round(10_000 * analysis.estimate.win_rate)
    infos = []
    for order, point in enumerate(points):
        vertex = point_to_vertex(point, analysis.size)
        prior = round(10_000 * analysis.probability(point))
        infos.append(
            f"info move {vertex} visits {analysis.visits(point)} winrate {rate} prior {prior} lcb {rate} "
            f"order {order} pv {vertex}"
        )
    return " ".join(infos)


def kata_line(analysis: Analysis, points: list[int], *, root_info: bool = False, ownership: bool = False) -> str:
    """The moves as `kata-analyze` prints them: shares of 1, always with a dot, by which clients tell them apart.

    Ownership, from the side to move and row by row from the top, is left out where there is no estimate of it.
    """
    value = _kata_value(analysis.estimate)
    infos = []
    for order, point in enumerate(points):
        vertex, prior = point_to_vertex(point, analysis.size), analysis.probability(point)
        infos.append(
            f"info move {vertex} visits {analysis.visits(point)} {value} prior {prior:.6f} "
            f"lcb {analysis.estimate.win_rate:.6f} order {order} pv {vertex}"
        )
    if root_info:
        infos.append(f"rootInfo visits {VISITS} {value}")
    if ownership and analysis.estimate.ownership is not None:
        infos.append("ownership " + " ".join(f"{owner:.4f}" for owner in analysis.estimate.ownership))
    return " ".join(infos)


def raw_network(analysis: Analysis, symmetry: int, legal: npt.NDArray[np.bool_]) -> str:
    """What `kata-raw-nn` prints: win rates as White's, the probabilities, NAN where there is no legal move."""
    seen = analysis.estimate if analysis.colour == WHITE else analysis.estimate.reversed()
    lines = [f"symmetry {symmetry}", f"whiteWin {seen.win_rate:.6f}", f"whiteLoss {1 - seen.win_rate:.6f}"]
    lines.append("noResult 0.000000")
    if seen.lead is not None:
        lines.append(f"whiteLead {seen.lead:.3f}")
    lines += ["policy", *_rows(np.where(legal, analysis.probabilities, np.nan), analysis.size)]
    lines.append(f"policyPass {0 if legal.any() else 1:.6f}")
    if seen.ownership is not None:
        lines += ["whiteOwnership", *_rows(seen.ownership, analysis.size)]
    return "\n".join(lines)


def _rows(values: npt.NDArray[np.floating], size: int) -> list[str]:
    return [" ".join(f"{value:9.6f}".upper() for value in row) for row in values.reshape(size, size)]


def _kata_value(estimate: Estimate) -> str:
    value = f"utility {2 * estimate.win_rate - 1:.6f} winrate {estimate.win_rate:.6f}"
    if estimate.lead is None:
        return value
    return f"{value} scoreMean {estimate.lead:.3f} scoreLead {estimate.lead:.3f}"
