"""Positions of many requests through the network together."""

import copy
import hashlib
import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import CancelledError, Future
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
        self._taken: list[Asked] = []
        """What the thread has taken from the queues and not answered yet."""
        self._near = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="network", daemon=True)
        self._thread.start()

    def submit(
        self, planes: Planes, *, symmetries: int = 1, urgency: Urgency = Urgency.NOW, over_all: bool = False
    ) -> "list[Future[Probabilities]]":
        """The maps (N²,) of planes (B, 48, N, N), over so many symmetries, later; not to be written to.

        With `over_all` they are the logarithms of probabilities over all points, illegal ones too.
        """
        keys = self._keys(planes, symmetries, over_all)
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
            self._changed.notify_all()
        return [entry.answer for entry in asked]

    def near(self, base: Planes, planes: Planes, *, symmetries: int, between: Callable[[], None]) -> Probabilities:
        """The maps (B, N²) of planes (B, 48, N, N) that are a base's (48, N, N) but in a few points.

        It is the caller's thread that makes them, together; what someone waits for goes first between the parts of the
        work. `between` is called there, and ends it by raising.
        """

        def let_pass() -> None:
            self._alone.release()
            try:
                between()
                with self._changed:
                    self._changed.wait_for(lambda: self._most_urgent() is None and not self._taken)
            finally:
                self._alone.acquire()

        keys = self._keys(planes, symmetries, over_all=False)
        with self._held():
            found = self._known(keys)
            left = {key: one for key, one in zip(keys, planes, strict=True) if key not in found}
            if left:
                some = np.stack(list(left.values()))
                with self._alone:
                    answers = self.predictor.maps_near(base, some, symmetries=symmetries, between=let_pass)
                found |= self._remember(left, answers)
        return np.stack([found[key] for key in keys])

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

    @contextmanager
    def _held(self) -> Iterator[None]:
        """One after the other, as each takes much memory; what nobody looks at yet waits for the end."""
        try:
            with self._near:
                yield
        finally:
            with self._changed:
                self._changed.notify_all()

    def close(self) -> None:
        """End the thread after what waits now."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
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
        found = self._known([entry.key for entry in asked])
        left = {entry.key: entry for entry in asked if entry.key not in found}
        if left:
            planes = np.stack([entry.planes for entry in left.values()])
            with self._alone:
                answers = next(iter(left.values())).answers(planes)
            found |= self._remember(left, answers)
        return found

    def _keys(self, planes: Planes, symmetries: int, over_all: bool) -> list[Key]:
        how = symmetries, self.predictor.level, over_all, planes.shape[1:]
        return [(*how, hashlib.blake2b(one.tobytes(), digest_size=16).digest()) for one in planes]

    def _known(self, keys: Iterable[Key]) -> dict[Key, Probabilities]:
        """What is remembered of these."""
        with self._changed:
            found = {key: self._remembered[key] for key in keys if key in self._remembered}
            for key in found:
                self._remembered.move_to_end(key)
        return found

    def _remember(self, keys: Iterable[Key], answers: Probabilities) -> dict[Key, Probabilities]:
        """Remember answers (B, N²), and return them by key."""
        answers.flags.writeable = False
        found = dict(zip(keys, answers, strict=True))
        with self._changed:
            self._remembered.update(found)
            while len(self._remembered) > REMEMBERED:
                self._remembered.popitem(last=False)
        return found

    def _most_urgent(self) -> Urgency | None:
        """Of what waits to be predicted now: what nobody looks at yet waits for `near`, too."""
        held = self._near.locked() and not self._closed
        urgent = (urgency for urgency, queue in self._waiting.items() if queue)
        return next((urgency for urgency in urgent if not (held and urgency == Urgency.LATER)), None)

    def _next_batch(self) -> list[Asked]:
        """What is to be predicted next, all of one size and asked in the same way; empty at the end."""
        with self._changed:
            self._taken.clear()
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._most_urgent() is not None or self._closed)
            urgency = self._most_urgent()
            if urgency is None:
                return []
            queue, room = self._waiting[urgency], LARGEST_BATCH[urgency]
            while queue and room > 0 and (not self._taken or queue[0].goes_with(self._taken[0])):
                self._taken.append(queue.popleft())
                room -= self._taken[-1].symmetries
            return self._taken.copy()


class Averaging:
    """A batcher over so many symmetries, in the place of a predictor; `hidden` keeps the last moves from it."""

    def __init__(
        self, batcher: Batcher, symmetries: int, *, hidden: bool = False, urgency: Urgency = Urgency.NOW
    ) -> None:
        self.board_size = batcher.board_size
        self.level = batcher.predictor.level
        self._batcher = batcher
        self._symmetries = symmetries
        self._hidden = hidden
        self._urgency = urgency
        self._answers: list[Future[Probabilities]] = []
        self._is_given_up = False

    def give_up(self) -> None:
        """Nobody waits any more: what is not yet in the network stays out, and who asked gets CancelledError."""
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

    def maps_near(self, base: Planes, planes: Planes) -> Probabilities:
        """The maps (B, N²) of planes uint8 (B, 48, N, N) that are a base's (48, N, N) but in a few points."""
        if self._hidden:
            base, planes = base.copy(), planes.copy()
            hide_ages(base)
            hide_ages(planes)
        return self._batcher.near(base, planes, symmetries=self._symmetries, between=self._check)

    def _check(self) -> None:
        if self._is_given_up:
            raise CancelledError

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
