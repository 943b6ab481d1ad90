"""One look at a position: what every dialect is made of.

Clients expect a search: moves with visits and a win rate each. A policy network has one probability a move and no
opinion of its own on who wins, so visits are the probability in ten-thousandths and every move has the win rate of
the position. Overlays then colour moves by their probability, and graphs of win rates are not led astray.
"""

from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from honte.engine.play.ending import ending
from honte.features.board import BLACK, Board, opponent
from honte.features.estimate import Estimate, estimate
from honte.features.playout import playouts
from honte.features.rules import Rules

VISITS = 10_000
"""Visits of a move of probability 1."""

LEAST_WIN_RATE = 0.0001
"""What a lost game is said to be won with."""

SHOWN = 0.005
"""Less probable moves are left out: clients paint every move that they are told of."""
MOST_SHOWN = 20

AFTER_MOVES = 50
"""Playouts after each move whose ownership is asked for: clients ask of many moves at every position."""

PASSING = 0.9
"""The share of the pass where the engine would pass: the network knows no passes, but clients that go by its moves do
as the engine does, and still see what it thinks of the others."""


@dataclass(frozen=True, eq=False)
class Look:
    """What there is to say about one position."""

    size: int
    colour: int
    """The side to move."""
    probabilities: npt.NDArray[np.float32]
    """Of each point, (N²,); they sum to 1 over the legal points and are 0 elsewhere."""
    estimate: Estimate
    """Who is ahead, seen by the side to move."""
    passing: float = 0.0
    """The share of the pass; the rest is the points'."""
    ownership_after: dict[int, npt.NDArray[np.float32]] = field(default_factory=dict)
    """Where it was asked for: the ownership (N²,) after a move, seen by the side to move."""

    @property
    def win_rate(self) -> float:
        """That of the estimate, but never quite 0: Sabaki divides by the greatest, and would paint nothing."""
        return max(self.estimate.win_rate, LEAST_WIN_RATE)

    def among(self, allowed: npt.NDArray[np.bool_]) -> "Look":
        """What is seen of these moves alone, bool (N² + 1,) with the pass last."""
        passing = self.passing if allowed[-1] else 0.0
        return replace(self, probabilities=self.probabilities * allowed[:-1], passing=passing)

    def candidates(self, *, least: int = 0, most: int = MOST_SHOWN) -> list[int]:
        """The moves worth showing in order: those of `SHOWN` and more, but `least` to `most` of them.

        The pass is shown where the engine would pass, and when it is the only move.
        """
        probabilities = self.probabilities
        passes = [self.size**2] if self.passing else []
        order = np.argsort(-probabilities, kind="stable")[: max(most, 1) - len(passes)]
        shown = [
            int(point)
            for rank, point in enumerate(order)
            if probabilities[point] > 0 and (rank < max(least, 1) or probabilities[point] >= SHOWN)
        ]
        return [*passes, *shown] or [self.size**2]

    def probability(self, point: int) -> float:
        """Of a candidate; the pass has all of it when nothing else is there."""
        if point == self.size**2:
            return self.passing if self.probabilities.any() else 1.0
        return (1 - self.passing) * float(self.probabilities[point])

    def visits(self, point: int) -> int:
        """The probability of a candidate in ten-thousandths, at least one."""
        return max(round(VISITS * self.probability(point)), 1)


def opinion(
    board: Board, colour: int, *, komi: float, rules: Rules, win_rate: bool = True
) -> tuple[Estimate, bool]:
    """Who is ahead, seen by `colour`, which is to move, and whether the engine would pass.

    A game that is over, by two passes or because nothing is left to play for, is counted as `final_score` counts it;
    else playouts say who is ahead, or without `win_rate` nobody.
    """
    passes = len(board.moves) > 1 and all(code >> 1 == board.size**2 for code in board.moves[-2:])
    end = ending(board, colour, komi=komi, rules=rules, always=passes)
    if not win_rate:
        seen = Estimate()
    elif end is not None and (passes or end.settled):
        seen = end.estimate(rules=rules)
    else:
        seen = estimate(board, colour, komi=komi, rules=rules)
    return seen, end is not None and (passes or end.to_pass)


def look(
    board: Board,
    colour: int,
    probabilities: npt.NDArray[np.float32],
    *,
    komi: float,
    rules: Rules,
    win_rate: bool = True,
    after_moves: bool = False,
) -> Look:
    """Put together what is seen of a board with `colour` to move.

    With `after_moves` the ownership after each of the candidates is seen, too.
    """
    seen, passes = opinion(board, colour, komi=komi, rules=rules, win_rate=win_rate)
    its = Look(board.size, colour, probabilities, seen, PASSING if passes else 0.0)
    if after_moves and win_rate:
        for move in its.candidates():
            after = board.copy()
            after.play(colour, move)
            blacks = playouts(after, opponent(colour), count=AFTER_MOVES).ownership
            its.ownership_after[move] = blacks if colour == BLACK else -blacks
    return its
