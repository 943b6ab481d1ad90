"""Positions of many requests through the network together."""

import copy
import hashlib
import threading
from collections import OrderedDict, deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from enum import IntEnum
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from honte.features.planes import hide_ages
from honte.policy.family import Family
from honte.policy.network import PolicyNetwork
from honte.policy.predictor import Predictor


class Urgency(IntEnum):
    """What is asked first; within the network's call that goes on, everything waits."""

    NOW = 0
    """A click, which wants its map at once."""
    SOON = 1
    """What someone waits for who knows that it takes a while."""
    LATER = 2
    """What nobody looks at yet."""


LARGEST_BATCH = {Urgency.NOW: 16, Urgency.SOON: 8, Urgency.LATER: 4}
"""Positions at once: more would make a click that comes meanwhile wait longer than it gains."""

REMEMBERED = 8192
"""Answers, those that were asked for last; each is about 2 KB."""

Planes = npt.NDArray[np.uint8]
Probabilities = npt.NDArray[np.float32]
Key = tuple[int, str, bool, tuple[int, ...], bytes]
"""What is the same for all that have the same answer: how it is asked, and a digest of the planes."""


class Asked(NamedTuple):
    """A position that waits."""

    planes: Planes
    """(48, N, N)."""
    symmetries: int
    predictor: Predictor
    """At the level that is asked for."""
    over_all: bool
    """Whether logarithms over all points are asked for, in the place of probabilities over the legal ones."""
    key: Key
    answer: "Future[Probabilities]"

    def goes_with(self, other: "Asked") -> bool:
        """Whether one call of the network can answer both."""
        return self.key[:-1] == other.key[:-1]

    def answers(self, planes: Planes) -> Probabilities:
        """Of planes (B, 48, N, N) that are asked about in the same way: (B, N²)."""
        if self.over_all:
            logarithms = self.predictor.log_probabilities(planes, symmetries=self.symmetries)
            return np.asarray(logarithms.cpu())
        return self.predictor.maps(planes, symmetries=self.symmetries)


class Batcher:
    """A predictor behind queues: what waits when the network gets free is predicted in batches, the urgent first.

    What it answered is remembered, so that a move of a game that has been read through is shown without the network.
    """

    def __init__(self, predictor: Predictor) -> None:
        self.predictor = predictor
        self.board_size = predictor.board_size
        self._waiting: dict[Urgency, deque[Asked]] = {urgency: deque() for urgency in Urgency}
        self._remembered: OrderedDict[Key, Probabilities] = OrderedDict()
        self._changed = threading.Condition()
        self._alone = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="network", daemon=True)
        self._thread.start()

    def submit(
        self, planes: Planes, *, symmetries: int = 1, urgency: Urgency = Urgency.NOW, over_all: bool = False
    ) -> "list[Future[Probabilities]]":
        """The maps (N²,) of planes (B, 48, N, N), over so many symmetries, later; not to be written to.

        With `over_all` they are the logarithms of probabilities over all points, illegal ones too.
        """
        how = symmetries, self.predictor.level, over_all, planes.shape[1:]
        keys = [(*how, hashlib.blake2b(one.tobytes(), digest_size=16).digest()) for one in planes]
        asked = [
            Asked(one, symmetries, self.predictor, over_all, key, Future())
            for one, key in zip(planes, keys, strict=True)
        ]
        with self._changed:
            for entry in asked:
                if entry.key in self._remembered:
                    self._remembered.move_to_end(entry.key)
                    entry.answer.set_result(self._remembered[entry.key])
                else:
                    self._waiting[urgency].append(entry)
            self._changed.notify()
        return [entry.answer for entry in asked]

    def with_level(self, level: str) -> "Batcher":
        """The same queues, for the predictor told another level, or none; HonteError where no network knows it."""
        told = copy.copy(self)
        told.predictor = self.predictor.with_level(level)
        return told

    @contextmanager
    def alone(self) -> Iterator[Predictor]:
        """The predictor, for what no queue can ask it. The queues wait: two calls at once would hinder each other."""
        with self._alone:
            yield self.predictor

    def close(self) -> None:
        """End the thread after what waits now."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()

    def _work(self) -> None:
        while batch := self._next_batch():
            asked = [entry for entry in batch if entry.answer.set_running_or_notify_cancel()]
            try:
                found = self._answers(asked)
            except Exception as error:  # whatever it is, those who wait must hear of it
                for entry in asked:
                    entry.answer.set_exception(error)
                continue
            for entry in asked:
                entry.answer.set_result(found[entry.key])

    def _answers(self, asked: Sequence[Asked]) -> dict[Key, Probabilities]:
        """By key. What was answered since it was asked, or is asked twice, is no more work for the network."""
        with self._changed:
            found = {entry.key: self._remembered[entry.key] for entry in asked if entry.key in self._remembered}
        left = {entry.key: entry for entry in asked if entry.key not in found}
        if left:
            planes = np.stack([entry.planes for entry in left.values()])
            with self._alone:
                answers = next(iter(left.values())).answers(planes)
            answers.flags.writeable = False
            found.update(zip(left, answers, strict=True))
        with self._changed:
            self._remembered.update(found)
            while len(self._remembered) > REMEMBERED:
                self._remembered.popitem(last=False)
        return found

    def _next_batch(self) -> list[Asked]:
        """What is to be predicted next, all of one size and asked in the same way; empty at the end."""
        with self._changed:
            self._changed.wait_for(lambda: any(self._waiting.values()) or self._closed)
            urgency = next((urgency for urgency, queue in self._waiting.items() if queue), Urgency.NOW)
            queue, room = self._waiting[urgency], LARGEST_BATCH[urgency]
            batch: list[Asked] = []
            while queue and room > 0 and (not batch or queue[0].goes_with(batch[0])):
                batch.append(queue.popleft())
                room -= batch[-1].symmetries
            return batch


class Averaging:
    """A batcher over so many symmetries, in the place of a predictor; `hidden` keeps the last moves from it."""

    def __init__(
        self, batcher: Batcher, symmetries: int, *, hidden: bool = False, urgency: Urgency = Urgency.NOW
    ) -> None:
        self.board_size = batcher.board_size
        self._batcher = batcher
        self._symmetries = symmetries
        self._hidden = hidden
        self._urgency = urgency
        self._answers: list[Future[Probabilities]] = []
        self._is_given_up = False

    def give_up(self) -> None:
        """Nobody waits any more: what is not yet in the network stays out, and `maps` raises CancelledError."""
        self._is_given_up = True
        for answer in self._answers:
            answer.cancel()

    def at(self, size: int) -> PolicyNetwork:
        """The network that answers on boards of a size."""
        return self._batcher.predictor.at(size)

    def told(self, planes: Planes) -> Planes:
        """Planes (B, 48, N, N) with those of the level, where the network knows bands."""
        return self._batcher.predictor.told(planes)

    def maps(self, planes: Planes) -> Probabilities:
        """Planes uint8 (B, 48, N, N) to maps (B, N²); waits for them."""
        if self._hidden:
            planes = planes.copy()
            hide_ages(planes)
        return self._wait_for(planes)

    @property
    def family(self) -> Family:
        """The networks that answer."""
        return self._batcher.predictor.family

    def with_level(self, level: str) -> "Averaging":
        """The same for the networks told another level, or none; HonteError where no network knows it."""
        return Averaging(self._batcher.with_level(level), self._symmetries, hidden=self._hidden, urgency=self._urgency)

    def log_probabilities(self, planes: Planes) -> Tensor:
        """Planes uint8 (B, 48, N, N) to logarithms of probabilities over all points (B, N²); waits for them."""
        return torch.from_numpy(self._wait_for(planes, over_all=True))

    def _wait_for(self, planes: Planes, *, over_all: bool = False) -> Probabilities:
        self._answers = self._batcher.submit(
            planes, symmetries=self._symmetries, urgency=self._urgency, over_all=over_all
        )
        if self._is_given_up:
            self.give_up()
        return np.stack([answer.result() for answer in self._answers])
