"""A stream of batches with a rule that a small network can learn, without planes or a corpus."""

import numpy as np

from honte.data.batches import Batch


class RuleStream:
    """Boards with stones here and there, where nine moves of ten are as near as can be to the last stone.

    Plane 0 has the stones, plane 1 the last of them; a batch depends on nothing but the seed and its step.
    """

    def __init__(self, *, seed: int, batch_size: int = 16, size: int = 9) -> None:
        self.seed, self.batch_size, self.size = seed, batch_size, size
        self.fingerprint = f"rule {seed}"
        self.positions = 2**62

    def batch(self, step: int, *, part: int = 0, parts: int = 1) -> Batch:
        assert (part, parts) == (0, 1)
        rng = np.random.default_rng((self.seed, step))
        points = self.size**2
        rows = np.arange(self.batch_size)
        last = rng.integers(points, size=self.batch_size)
        stones = rng.random((self.batch_size, points)) < 0.3
        stones[rows, last] = True
        row, column = np.divmod(np.arange(points), self.size)
        distance = (row - row[last, None]) ** 2 + (column - column[last, None]) ** 2
        distance = np.where(rng.random((self.batch_size, 1)) < 0.1, rng.random(distance.shape), distance)
        planes = np.zeros((self.batch_size, 48, points), np.uint8)
        planes[:, 0] = stones
        planes[rows, 1, last] = 1
        moves = np.where(stones, np.inf, distance).argmin(1)
        planes = planes.reshape(self.batch_size, 48, self.size, self.size)
        return Batch(planes, moves, games=rows, plies=np.zeros_like(rows))
