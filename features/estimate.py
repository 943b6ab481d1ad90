"""Who is ahead in a position: random playouts, as a policy network itself has no opinion of it."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from honte.features.board import BLACK, Board
from honte.features.playout import playouts
from honte.features.rules import CHINESE, Rules
from honte.features.scoring import area_komi

PLAYOUTS = 400
"""Enough to know a win rate to 0.025, in less time than the network takes."""


@dataclass(frozen=True, eq=False)
class Estimate:
    """Who is ahead, seen by one side; by default nobody, as when nothing is known."""

    win_rate: float = 0.5
    lead: float | None = None
    """Points by the rules' way of counting, komi counted."""
    ownership: npt.NDArray[np.float32] | None = None
    """Of each point (N²,), from -1, the other side's, to 1."""
    deviation: float = 0.0
    """The standard deviation of the lead in playouts, in points."""

    def reversed(self) -> "Estimate":
        """The same as the other side sees it."""
        return Estimate(
            1 - self.win_rate,
            None if self.lead is None else -self.lead,
            None if self.ownership is None else -self.ownership,
            self.deviation,
        )


def estimate(board: Board, colour: int, *, komi: float, rules: Rules = CHINESE) -> Estimate:
    """What playouts say of a position with `colour` to move, seen by it; always the same for the same position."""
    played = playouts(board, colour, count=PLAYOUTS)
    komi = area_komi(board, komi=komi, rules=rules)
    blacks = Estimate(
        played.win_rate(komi=komi), float(played.leads.mean()) - komi, played.ownership, float(played.leads.std())
    )
    return blacks if colour == BLACK else blacks.reversed()
