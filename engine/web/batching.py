"""Positions of many requests through the network together."""

import itertools
import queue
import threading
from concurrent.futures import Future
from typing import Any

import numpy as np
import numpy.typing as npt

from features.errors import HonteError
from policy.predictor import Predictor

LARGEST_BATCH = 16
"""Positions at once: more would make the next one wait longer than it gains."""

Probabilities = npt.NDArray[np.float32]


class Batcher:
    """A predictor behind a queue: what waits when the network gets free is predicted in one batch.

    It may stand for the predictor: `predict` and `board_size` are the same.
    """

    def __init__(self, predictor: Predictor) -> None:
        self.predictor = predictor
        self.board_size = predictor.board_size
        self._count = itertools.count()
        self._waiting: queue.PriorityQueue[tuple[int, int, Any]] = queue.PriorityQueue()
        self._thread = threading.Thread(target=self._work, name="network", daemon=True)
        self._thread.start()

    def submit(self, planes: npt.NDArray[np.uint8], *, background: bool = False) -> "Future[Probabilities]":
        """The probabilities (N²,) of planes (48, N, N), later; what is asked in the background comes last.

        Raises HonteError when the network is for another size.
        """
        if planes.shape[-1] != self.board_size:
            size, other = self.board_size, planes.shape[-1]
            raise HonteError(f"the network is for {size}x{size} boards, not for {other}x{other}")
        future: Future[Probabilities] = Future()
        self._waiting.put((int(background), next(self._count), (planes, future)))
        return future

    def predict(self, planes: npt.NDArray[np.uint8]) -> Probabilities:
        """Planes uint8 (B, 48, N, N) to probabilities (B, N²); waits for them."""
        return np.stack([future.result() for future in [self.submit(one) for one in planes]])

    def close(self) -> None:
        """End the thread after what waits now."""
        self._waiting.put((2, next(self._count), None))
        self._thread.join()

    def _work(self) -> None:
        while True:
            batch = [self._waiting.get()[2]]
            while len(batch) < LARGEST_BATCH and not self._waiting.empty():
                batch.append(self._waiting.get()[2])
            asked = [entry for entry in batch if entry is not None and entry[1].set_running_or_notify_cancel()]
            if asked:
                try:
                    answers = self.predictor.predict(np.stack([planes for planes, _ in asked]))
                except Exception as error:  # whatever it is, those who wait must hear of it
                    for _, future in asked:
                        future.set_exception(error)
                else:
                    for (_, future), answer in zip(asked, answers, strict=True):
                        future.set_result(answer)
            if None in batch:
                return
