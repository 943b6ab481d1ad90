"""Positions of many requests through the network together."""

import copy
import threading
from collections import deque
from concurrent.futures import Future
from enum import IntEnum
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from honte.features.planes import hide_ages
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

Planes = npt.NDArray[np.uint8]
Probabilities = npt.NDArray[np.float32]


class Asked(NamedTuple):
    """A position that waits."""

    planes: Planes
    """(48, N, N)."""
    symmetries: int
    predictor: Predictor
    """At the level that is asked for."""
    answer: "Future[Probabilities]"

    def goes_with(self, other: "Asked") -> bool:
        """Whether one call of the network can answer both."""
        mine, its = ((asked.symmetries, asked.predictor.level, asked.planes.shape) for asked in (self, other))
        return mine == its


class Batcher:
    """A predictor behind queues: what waits when the network gets free is predicted in batches, the urgent first."""

    def __init__(self, predictor: Predictor) -> None:
        self.predictor = predictor
        self.board_size = predictor.board_size
        self._waiting: dict[Urgency, deque[Asked]] = {urgency: deque() for urgency in Urgency}
        self._changed = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="network", daemon=True)
        self._thread.start()

    def submit(
        self, planes: Planes, *, symmetries: int = 1, urgency: Urgency = Urgency.NOW
    ) -> "Future[Probabilities]":
        """The map (N²,) of planes (48, N, N), over so many symmetries, later."""
        asked = Asked(planes, symmetries, self.predictor, Future())
        with self._changed:
            self._waiting[urgency].append(asked)
            self._changed.notify()
        return asked.answer

    def with_level(self, level: str) -> "Batcher":
        """The same queues, for the predictor told another level, or none; HonteError where no network knows it."""
        told = copy.copy(self)
        told.predictor = self.predictor.with_level(level)
        return told

    def close(self) -> None:
        """End the thread after what waits now."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()

    def _work(self) -> None:
        while batch := self._next_batch():
            asked = [entry for entry in batch if entry.answer.set_running_or_notify_cancel()]
            if not asked:
                continue
            try:
                planes = np.stack([entry.planes for entry in asked])
                answers = asked[0].predictor.maps(planes, symmetries=asked[0].symmetries)
            except Exception as error:  # whatever it is, those who wait must hear of it
                for entry in asked:
                    entry.answer.set_exception(error)
                continue
            for entry, answer in zip(asked, answers, strict=True):
                entry.answer.set_result(answer)

    def _next_batch(self) -> list[Asked]:
        """What is to be predicted next, all of one size and over as many symmetries; empty at the end."""
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
        self._answers = [
            self._batcher.submit(one, symmetries=self._symmetries, urgency=self._urgency) for one in planes
        ]
        if self._is_given_up:
            self.give_up()
        return np.stack([answer.result() for answer in self._answers])
