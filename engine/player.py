"""The choice of a move from a network's probabilities: one call of the network, no search."""

import numpy as np
import numpy.typing as npt

from engine.scoring import margin
from features.board import BLACK, WHITE, Board, encode_move, opponent
from features.errors import HonteError
from features.planes import SENSIBLE, extract
from policy.predictor import Predictor

MOVES_PER_POINT = 1.5
"""No game of two players of this kind is longer than this times the points of the board."""


def side_to_move(board: Board) -> int:
    """Whose turn it is: the other side after a move, White after handicap stones, else Black."""
    if board.last_colour is not None:
        return opponent(board.last_colour)
    stones = board.stones
    return WHITE if (stones == BLACK).any() and not (stones == WHITE).any() else BLACK


class Player:
    """Plays the most probable sensible move, or draws one at random when the temperature is above 0."""

    def __init__(self, predictor: Predictor, *, temperature: float = 0.0, seed: int | None = None) -> None:
        if not 0 <= temperature < np.inf:
            raise HonteError(f"the temperature is {temperature}; it must be 0 (always the best move) or more")
        self.predictor = predictor
        self.temperature = temperature
        self._random = np.random.default_rng(seed)

    def choose(self, board: Board, colour: int, *, komi: float) -> int:
        """The point to play, board.size² for a pass; never an own true eye, never a position seen before.

        Raises HonteError when the network is for another board size.
        """
        if self._may_end(board, colour, komi):
            return board.size**2
        planes = extract(board, colour)
        for point in self._ranking(self.predictor.predict(planes[None])[0]):
            if planes[SENSIBLE].flat[point] and board.is_legal(colour, int(point), superko=True):
                return int(point)
        return board.size**2

    def _may_end(self, board: Board, colour: int, komi: float) -> bool:
        """Whether to pass without a look at the moves: that wins the game, or it has gone on too long."""
        moves, points = board.moves, board.size**2
        if len(moves) + 3 > MOVES_PER_POINT * points:  # a move and two passes would be too much
            return True
        opponent_passed = moves[-1:] == (encode_move(opponent(colour), points),)
        return opponent_passed and margin(board, colour, komi=komi) > 0

    def _ranking(self, probabilities: npt.NDArray[np.float32]) -> npt.NDArray[np.intp]:
        """All points in the order in which to try them.

        Gumbel noise on log p / temperature makes it a draw without replacement from p^(1/temperature).
        """
        with np.errstate(divide="ignore"):
            scores = np.log(probabilities)
        if self.temperature:
            scores = scores / self.temperature + self._random.gumbel(size=scores.shape)
        return np.argsort(-scores, kind="stable")
