"""A corpus to batches of planes and moves: shuffled for training, in order for evaluation.

The order is a keyed permutation of all positions an epoch, computed place by place, so that a batch depends
on the seed and its step alone: nothing has to be stored to go on from any step, and each position comes once
an epoch.
"""

from collections import deque
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import NamedTuple, TypeVar, overload

import numpy as np
import numpy.typing as npt

from honte.data.bands import band_of, with_band_planes
from honte.data.corpus import Corpus, CorpusError
from honte.data.labels import eligible, eligible_movers, fingerprint, held_out, on_side, ranks_there
from honte.data.order import permute, scramble
from honte.data.settings import BatchConfig
from honte.features import PLANE_COUNT
from honte.features.checks import whole
from honte.features.planes import extract_games, hide_ages
from honte.features.symmetry import SYMMETRIES, point_map

__all__ = ["Batch", "BatchConfig", "BatchStream", "Epoch", "batches"]

Made = TypeVar("Made")


class Batch(NamedTuple):
    """Positions and the moves played in them."""

    planes: npt.NDArray[np.uint8]
    """(B, 48, N, N), with more planes where bands of rank are told."""
    moves: npt.NDArray[np.int64]
    """(B,) the points played, turned as the planes are; never a pass."""
    games: npt.NDArray[np.int64]
    """(B,) the games in the corpus."""
    plies: npt.NDArray[np.int64]
    """(B,) how many moves of the game came before."""


class Census(NamedTuple):
    """What becomes of the games of a corpus under some settings."""

    games: int
    """Games with positions in the batches."""
    positions: int
    """Their positions, which are an epoch."""
    other_size: int
    """Games left out as they are on boards of another size."""
    filtered: int
    """Games left out as no move of theirs meets the settings."""
    other_side: int
    """Games left out as they are on the other side of the split."""


class BatchStream:
    """The positions of a corpus that a configuration asks for, as batches."""

    def __init__(
        self, corpus: Corpus, config: BatchConfig, *, kept_back: npt.NDArray[np.bool_] | None = None
    ) -> None:
        """Games for validation are those of `kept_back`, bool (games,), by default of `held_out`.

        Raises CorpusError when the corpus has no such position.
        """
        self.corpus = corpus
        self.config = config
        self.kept_back = held_out(corpus, config) if kept_back is None else kept_back
        self._indices = eligible(corpus, config, self.kept_back)
        if not len(self._indices):
            raise CorpusError(
                f"the {corpus.games} games hold no position on a board of size {config.board_size} for side "
                f"{config.side!r} under these settings"
                + (f": {ranks_there(corpus)}" if config.min_rank or config.max_rank else "")
            )

    @property
    def positions(self) -> int:
        """The number of positions, which is that of an epoch."""
        return len(self._indices)

    @cached_property
    def fingerprint(self) -> str:
        return fingerprint(self.corpus, names=bool(self.config.player))

    @cached_property
    def _bands(self) -> npt.NDArray[np.int8]:
        """int8 (games, 2): the places of the bands that Black's and White's ranks are in, -1 for none."""
        columns = []
        for name in ("black_rank", "white_rank"):
            ranks = self.corpus.table[name].to_pylist()
            places = {rank: band_of(rank, self.config.bands) for rank in set(ranks)}
            columns.append([places[rank] for rank in ranks])
        return np.array(columns, np.int8).T

    def positions_by_game(self) -> npt.NDArray[np.int64]:
        """How many of the positions are of each game of the corpus, (games,)."""
        games = np.searchsorted(self.corpus.offsets, self._indices, side="right") - 1
        return np.bincount(games, minlength=self.corpus.games)

    def positions_by_band(self) -> npt.NDArray[np.int64]:
        """How many of the positions have a mover in each band that is told, (bands,)."""
        games = np.searchsorted(self.corpus.offsets, self._indices, side="right") - 1
        places = self._bands[games, self.corpus.moves[self._indices] & 1]
        return np.bincount(places[places >= 0], minlength=len(self.config.bands))

    def census(self) -> Census:
        """What becomes of the games of the corpus."""
        games = len(np.unique(np.searchsorted(self.corpus.offsets, self._indices, side="right")))
        here = int((self.corpus.sizes == self.config.board_size).sum())
        suitable = eligible_movers(self.corpus, self.config) > 0
        other_side = int((suitable & ~on_side(self.kept_back, self.config)).sum())
        return Census(
            games=games,
            positions=self.positions,
            other_size=self.corpus.games - here,
            filtered=here - other_side - games,
            other_side=other_side,
        )

    def batch(self, step: int, *, part: int = 0, parts: int = 1) -> Batch:
        """The batch of a training step, or one of its equal parts; epochs follow one another without a seam.

        HonteError for a step below 0 and for a part that there is not.
        """
        step = whole(step, name="step", low=0, high=2**40)
        part = whole(part, name="part", low=0, high=whole(parts, name="parts", low=1, high=2**20) - 1)
        size = self.config.batch_size
        return self.drawn(range(step * size + size * part // parts, step * size + size * (part + 1) // parts))

    def drawn(self, places: range) -> Batch:
        """The positions at these places of the order in which they are drawn, epoch after epoch."""
        numbers = np.arange(places.start, places.stop, dtype=np.uint64)
        epochs, places_within = np.divmod(numbers, np.uint64(self.positions))
        order = np.empty(len(numbers), np.uint64)
        for epoch in np.unique(epochs):
            now = epochs == epoch
            order[now] = permute(places_within[now], self.positions, key=(self.config.seed, int(epoch)))
        chance = scramble(numbers, self.config.seed, -1)
        symmetries = (chance % np.uint64(SYMMETRIES)).astype(np.int32) * self.config.symmetry
        hidden = (chance >> np.uint64(11)) / 2.0**53 < self.config.hide_ages
        return self._make(self._indices[order], symmetries, hidden)

    def prefetch(self, start_step: int = 0, threads: int = 1) -> Generator[Batch]:
        """The batches from a step on, in order and without end, made ahead on threads."""
        return ahead(self.batch, range(start_step, 2**40), threads)

    def in_order(self, threads: int = 1) -> Generator[Batch]:
        """Every position once, game by game, neither turned nor hidden; the last batch may be short."""

        def make(start: int) -> Batch:
            indices = self._indices[start : start + self.config.batch_size]
            return self._make(indices, np.zeros(len(indices), np.int32), np.zeros(len(indices), np.bool_))

        return ahead(make, range(0, self.positions, self.config.batch_size), threads)

    def _make(
        self,
        indices: npt.NDArray[np.uint32],
        symmetries: npt.NDArray[np.int32],
        hidden: npt.NDArray[np.bool_],
    ) -> Batch:
        """The batch of these moves of the corpus."""
        corpus, size = self.corpus, self.config.board_size
        games = np.searchsorted(corpus.offsets, indices, side="right") - 1
        plies = indices - corpus.offsets[games]
        planes = np.empty((len(indices), PLANE_COUNT, size, size), np.uint8)
        extract_games(
            corpus.moves, corpus.offsets, games, plies, size=size, setup=corpus.setup_stones,
            setup_offsets=corpus.setup_offsets, symmetries=symmetries, out=planes,
        )
        for index in np.flatnonzero(hidden):
            hide_ages(planes[index])
        if self.config.bands:
            planes = with_band_planes(planes, self._bands[games, corpus.moves[indices] & 1], len(self.config.bands))
        moves = point_map(size)[symmetries, corpus.moves[indices] >> 1].astype(np.int64)
        return Batch(planes, moves, games, plies)


class Epoch(Sequence[Batch]):
    """The batches of one epoch, in which each position comes once; the last one may be short.

    `torch.utils.data.DataLoader(epoch, batch_size=None)` gives the same batches as tensors. Iterating makes
    them ahead on threads.
    """

    def __init__(self, stream: BatchStream, number: int = 0, *, threads: int = 1) -> None:
        self.stream = stream
        self.number = number
        self.threads = threads

    def __len__(self) -> int:
        return -(-self.stream.positions // self.stream.config.batch_size)

    @overload
    def __getitem__(self, index: int) -> Batch: ...
    @overload
    def __getitem__(self, index: slice) -> list[Batch]: ...
    def __getitem__(self, index: int | slice) -> Batch | list[Batch]:
        if isinstance(index, slice):
            return [self[one] for one in range(len(self))[index]]
        positions, size = self.stream.positions, self.stream.config.batch_size
        start = range(len(self))[index] * size  # IndexError past the end, which ends a loop
        first = self.number * positions
        return self.stream.drawn(range(first + start, first + min(start + size, positions)))

    def __iter__(self) -> Generator[Batch]:
        return ahead(self.__getitem__, range(len(self)), self.threads)


def batches(
    corpus: Corpus | Path | str | Sequence[Path | str],
    config: BatchConfig | None = None,
    *,
    epoch: int = 0,
    threads: int = 1,
) -> Epoch:
    """The batches of one epoch of a corpus, or of corpus files, as a sequence with a length.

    Every epoch has an order and symmetries of its own. Raises CorpusError for a file that is no corpus, and for a
    corpus that has no position under the configuration.
    """
    if not isinstance(corpus, Corpus):
        corpus = Corpus.open(*([corpus] if isinstance(corpus, Path | str) else corpus))
    return Epoch(BatchStream(corpus, config or BatchConfig()), epoch, threads=threads)


def ahead(make: Callable[[int], Made], numbers: Iterable[int], threads: int) -> Generator[Made]:
    """make(number) for each number, in order, with twice as many on the way as there are threads."""
    waiting: deque[Future[Made]] = deque()
    with ThreadPoolExecutor(threads, thread_name_prefix="batches") as pool:
        try:
            for number in numbers:
                waiting.append(pool.submit(make, number))
                if len(waiting) > 2 * threads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
