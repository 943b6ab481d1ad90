"""The first moves of real games, from which games of self-play begin."""

import numpy as np
import numpy.typing as npt

from honte.data.corpus import Corpus, CorpusError
from honte.data.labels import fingerprint
from honte.features.planes import check_game

NO_MOVES = np.empty(0, np.uint16)


class Openings:
    """Draws the beginnings of the games of a corpus in which Black begins and the sides take turns."""

    def __init__(self, corpus: Corpus, *, size: int, most: int, share: float, seed: int) -> None:
        """Raises CorpusError when the corpus has no such game on boards of that size."""
        self.corpus, self.size, self.most, self.share, self.seed = corpus, size, most, share, seed
        even = (corpus.sizes == size) & (np.diff(corpus.setup_offsets) == 0) & (np.diff(corpus.offsets) > 0)
        self.games = [game for game in np.flatnonzero(even).tolist() if _alternate(corpus.moves_of(game))]
        self.fingerprint = fingerprint(corpus)
        if not len(self.games):
            raise CorpusError(
                f"the {corpus.games} games hold none on a {size}x{size} board without setup stones in which Black"
                " begins and the sides take turns: give another --corpus, or none"
            )

    def drawn(self, number: int) -> npt.NDArray[np.uint16]:
        """The moves with which the game of that number begins; none for those that begin with an empty board."""
        chance = np.random.default_rng((self.seed, number))
        if chance.random() >= self.share:
            return NO_MOVES
        moves = self.corpus.moves_of(int(chance.choice(self.games)))
        moves = moves[: chance.integers(min(self.most, len(moves)), endpoint=True)]
        passes = np.flatnonzero(moves >> 1 == self.size**2)
        moves = moves[: passes[0]] if len(passes) else moves
        illegal = check_game(moves, size=self.size)  # as suicide is, which some rules allow
        return moves if illegal < 0 else moves[:illegal]


def _alternate(moves: npt.NDArray[np.uint16]) -> bool:
    """Whether Black has the first of the moves, White the second, and so on."""
    return bool((moves & 1 == np.arange(len(moves)) & 1).all())
