"""What a game would come to if it ended now, and whether to end it: one verdict for moves, leads and questions.

Before a tenth of the board is stones no pass is answered by a pass, whatever counting would say.
"""

from dataclasses import dataclass

import numpy as np

from honte.features.board import BLACK, EMPTY, Board, encode_move, opponent
from honte.features.estimate import Estimate
from honte.features.rules import CHINESE, Rules
from honte.features.scoring import Judgement, area_komi

EARLY = 0.1
"""No game ends while less of the board is stones."""
LATE = 0.4
"""The end may be near when so much of the board is stones."""
GLANCE = 16
"""Playouts for each side to move that tell whether the end may be near, at a twelfth of what a judgement costs."""
OWNED = 0.5
"""The mean ownership that makes an enclosed region its owner's."""


@dataclass(frozen=True, eq=False)
class Ending:
    """What one side would come to if nothing more were played."""

    judgement: Judgement
    colour: int
    settled: bool
    """Whether nothing is left to play for."""
    agreed: float
    """The side's lead once both agree on dead stones."""
    standing: float
    """The side's lead with every stone counted as alive."""
    chance: float
    """Of winning if the game goes on, by random playouts."""
    passed: bool
    """Whether the opponent has just passed."""

    @property
    def to_pass(self) -> bool:
        """Whether the game may end: the board is settled, or a pass that wins by counting what stands answers one."""
        return self.settled or (self.passed and min(self.agreed, self.standing) > 0)

    def estimate(self, *, rules: Rules = CHINESE) -> Estimate:
        """The count as an estimate, seen by the side: who has won, by how much, and whose every point is."""
        lead = self.agreed if rules.dead_come_off else self.standing
        blacks = (self.judgement.owner if rules.dead_come_off else self.judgement.owner_standing).astype(np.float32)
        return Estimate(float(np.sign(lead)) / 2 + 0.5, lead, blacks if self.colour == BLACK else -blacks)


def ending(
    board: Board, colour: int, *, komi: float, rules: Rules = CHINESE, always: bool = False, hope: float | None = None
) -> Ending | None:
    """What the end would come to for `colour`, which is to move; None where it is too early to ask.

    That is before `LATE`, and later as long as a glance sees open borders and, where one is given, a chance of winning
    above `hope`. After a pass of the opponent it is before `EARLY` only; `always` asks at any time.
    """
    points = board.size**2
    filled = np.count_nonzero(board.stones)
    passed = board.moves[-1:] == (encode_move(opponent(colour), points),)
    if not always and filled < (EARLY if passed else LATE) * points:
        return None
    if not (always or passed):
        glance = Judgement.of(board, count=GLANCE)
        if not glance.closed and (hope is None or _chance(glance, colour, komi=komi, rules=rules) > hope):
            return None
    judgement = Judgement.of(board)
    sign = 1 if colour == BLACK else -1
    return Ending(
        judgement=judgement,
        colour=colour,
        settled=bool(filled >= EARLY * points) and judgement.settled and _owned(judgement),
        agreed=sign * judgement.margin(komi=komi, rules=rules),
        standing=sign * (board.area_score() - area_komi(board, komi=komi, rules=rules)),
        chance=_chance(judgement, colour, komi=komi, rules=rules),
        passed=passed,
    )


def _chance(judgement: Judgement, colour: int, *, komi: float, rules: Rules) -> float:
    """A side's share of the playouts."""
    black = judgement.played.win_rate(komi=area_komi(judgement.board, komi=komi, rules=rules))
    return black if colour == BLACK else 1 - black


def _owned(judgement: Judgement) -> bool:
    """Whether the empty points that reach one colour only are its own in playouts, too: nobody can live in them."""
    owner = judgement.owner
    enclosed = (owner != 0) & (judgement.cleared == EMPTY)
    return not enclosed.any() or float((owner * judgement.played.ownership)[enclosed].mean()) >= OWNED
