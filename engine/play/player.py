"""The choice of a move from a network's probabilities: one call of the network, no search.

When the end is near, random playouts say whether to pass, whether to resign, and which stones are there to be taken.
"""

import numpy as np
import numpy.typing as npt

from honte.engine.play.ending import Ending, ending
from honte.engine.play.settings import PlaySettings, share_at
from honte.features.board import Board, opponent
from honte.features.plane_table import CAPTURES, SELF_ATARI, SENSIBLE
from honte.features.planes import extract
from honte.features.rules import CHINESE, Rules
from honte.features.scoring import MOVES_PER_POINT, Judgement
from honte.policy.predictor import Predictor

RESIGN = -1
"""What is chosen instead of a point to give the game up."""
HOPELESS_MOVES = 3
"""Moves in a row that must be hopeless before a game is given up."""
DOUBT = 0.15
"""A chance that seems so much better at a glance is not hopeless."""


class Player:
    """Plays the most probable sensible move, or draws one at random, as its settings say."""

    def __init__(self, predictor: Predictor, settings: PlaySettings | None = None) -> None:
        self.predictor = predictor
        self.settings = settings or PlaySettings()
        self._random = np.random.default_rng(self.settings.seed)
        self._hopeless: list[int] = []
        """The plies of our last moves, if all of them were hopeless."""

    @property
    def temperature(self) -> float:
        """As it is set, or else 0, and at a level 1: people of a rank do not always play what most of them play."""
        chosen = self.settings.temperature
        return float(bool(self.predictor.level)) if chosen is None else chosen

    @property
    def top_p(self) -> float:
        """As it is set, or else 1, and at a level what its players choose among."""
        chosen = self.settings.top_p
        return share_at(self.predictor.level) if chosen is None else chosen

    def choose(
        self,
        board: Board,
        colour: int,
        *,
        komi: float,
        rules: Rules = CHINESE,
        cleanup: bool = False,
        allowed: npt.NDArray[np.bool_] | None = None,
        resigns: bool = True,
    ) -> int:
        """The point to play, board.size² for a pass, RESIGN to give up if it `resigns` at all.

        Never an own true eye, never a position seen before, and as long as there is one a move that is `allowed`
        (N² + 1,), the pass being the last. With `cleanup` there is no pass while dead stones of the opponent stand.
        Raises HonteError when no network answers on the size of the board.
        """
        points, ply = board.size**2, len(board.moves)
        if ply + 3 > MOVES_PER_POINT * points:  # a move and two passes would be too much
            return points
        planes = extract(board, colour).reshape(-1, points)
        sensible = planes[SENSIBLE] > 0 if allowed is None else (planes[SENSIBLE] > 0) & allowed[:-1]
        prey = np.zeros(points, np.bool_)
        threshold = self.settings.resign_threshold
        hope = threshold + DOUBT if threshold and resigns else None
        end = ending(board, colour, komi=komi, rules=rules, always=cleanup, hope=hope)
        if end is not None:
            if resigns and self._gives_up(ply, end.chance):
                return RESIGN
            prey = _prey(end, rules, cleanup=cleanup) & sensible
            if not prey.any() and end.to_pass and (allowed is None or allowed[-1]):
                return points
        probabilities = self.predictor.maps(planes.reshape(1, -1, board.size, board.size))[0]
        for point in self._ranking(probabilities, planes, sensible, prey, ply):
            if board.is_legal(colour, int(point), superko=True):
                return int(point)
        return points

    def _gives_up(self, ply: int, chance: float) -> bool:
        """Whether this move is the last of enough hopeless ones, which came a turn of both sides apart."""
        threshold = self.settings.resign_threshold
        if chance > threshold or not threshold:
            self._hopeless = []
        elif ply not in self._hopeless:
            self._hopeless = [*self._hopeless, ply] if ply - 2 in self._hopeless else [ply]
        return len(self._hopeless) >= HOPELESS_MOVES

    def _ranking(
        self,
        probabilities: npt.NDArray[np.float32],
        planes: npt.NDArray[np.uint8],
        sensible: npt.NDArray[np.bool_],
        prey: npt.NDArray[np.bool_],
        ply: int,
    ) -> npt.NDArray[np.intp]:
        """The sensible points in the order in which to try them: prey, then the safe ones, each by the network.

        Gumbel noise on log p / temperature makes it a draw without replacement from p^(1/temperature).
        """
        settings = self.settings
        points = np.flatnonzero(sensible)
        points = points[np.argsort(-probabilities[points], kind="stable")]
        p = probabilities[points].astype(np.float64)
        with np.errstate(divide="ignore"):
            scores = np.log(p)
        if self.temperature and (settings.random_plies is None or ply < settings.random_plies):
            scores = scores / self.temperature + self._random.gumbel(size=scores.shape)
        worse = [-scores]  # the last counts first
        if self.temperature and self.top_p < 1:
            worse.append(np.cumsum(p) - p >= self.top_p * p.sum())
        if settings.safe or prey.any():
            into_atari, takes = (
                np.logical_or.reduce(planes[first + 1 : first + 8, points]) for first in (SELF_ATARI, CAPTURES)
            )
            worse += [into_atari & ~takes, ~prey[points]]
        return points[np.lexsort(worse)]


def _prey(end: Ending, rules: Rules, *, cleanup: bool) -> npt.NDArray[np.bool_]:
    """bool (N²,): where dead stones are to be taken before the game ends.

    By area it costs nothing to take them, so that a won game needs nobody's agreement.
    """
    if cleanup or (end.settled and rules.scoring == "AREA" and end.standing <= 0 < end.agreed):
        return _liberties_of_dead(end.judgement, opponent(end.colour))
    return np.zeros(end.judgement.board.size**2, np.bool_)


def _liberties_of_dead(judgement: Judgement, colour: int) -> npt.NDArray[np.bool_]:
    """bool (N²,): the liberties of a colour's dead chains."""
    stones = judgement.board.stones
    dead = np.zeros(stones.shape, np.bool_)
    for chain in judgement.chains("dead"):
        dead.flat[chain] = stones.flat[chain[0]] == colour
    wide = np.pad(dead, 1)
    beside = wide[:-2, 1:-1] | wide[2:, 1:-1] | wide[1:-1, :-2] | wide[1:-1, 2:]
    liberties: npt.NDArray[np.bool_] = (beside & (stones == 0)).ravel()
    return liberties
