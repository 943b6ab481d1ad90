"""Batches of boards of several sizes, each batch of one."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from honte.data.batches import Batch, BatchStream, Census
from honte.data.corpus import Corpus
from honte.data.order import permute
from honte.data.settings import BatchConfig


class Mixture:
    """Streams of one size of board each as one: sizes are drawn by their positions.

    A batch depends on the seed and its step alone. In an epoch each stream has as many batches as its positions fill,
    in an order of its own, and the streams' batches come in one that is permuted.
    """

    def __init__(self, streams: Sequence[BatchStream]) -> None:
        """Of one corpus and with the same settings but for the size."""
        self.streams = streams
        self.corpus = streams[0].corpus
        self.fingerprint = streams[0].fingerprint
        self.positions = sum(stream.positions for stream in streams)
        """Of all streams together."""
        counts = [max(1, round(stream.positions / stream.config.batch_size)) for stream in streams]
        self._starts = np.cumsum([0, *counts])

    def batch(self, step: int, *, part: int = 0, parts: int = 1) -> Batch:
        """The batch of a training step, or one of its equal parts."""
        epoch, place = divmod(step, int(self._starts[-1]))
        key = self.streams[0].config.seed, epoch
        (drawn,) = permute(np.array([place], np.uint64), int(self._starts[-1]), key=key)
        which = int(np.searchsorted(self._starts, drawn, side="right")) - 1
        first, end = self._starts[which : which + 2]
        return self.streams[which].batch(int(epoch * (end - first) + drawn - first), part=part, parts=parts)

    def census(self) -> Census:
        """What becomes of the games of the corpus."""
        each = [stream.census() for stream in self.streams]
        games, positions, _, filtered, other_side = map(sum, zip(*each, strict=True))
        other_size = self.corpus.games - games - filtered - other_side
        return Census(games, positions, other_size, filtered, other_side)


Stream = BatchStream | Mixture


def stream_of(corpus: Corpus, config: BatchConfig, sizes: Sequence[int]) -> Stream:
    """The positions on boards of these sizes, at least one. Raises CorpusError for a size without any."""
    return mixed([BatchStream(corpus, replace(config, board_size=size)) for size in sizes])


def mixed(streams: Sequence[BatchStream]) -> Stream:
    """Streams of one size of board each, at least one, as one."""
    return Mixture(streams) if len(streams) > 1 else streams[0]
