"""Positions to probability maps."""

import copy

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from honte.features.board import Board
from honte.features.errors import HonteError
from honte.features.planes import extract
from honte.features.symmetry import SYMMETRIES, point_map
from honte.policy.network import PolicyNetwork
from honte.policy.precision import choose_dtype

LARGEST_BATCH = 256
"""Positions, symmetries counted, that go through the network at once: bounds the memory."""


class Predictor:
    """A network ready for use: on its device, in a type the device is good at, over one or all symmetries.

    With `symmetries=8` a map is the mean of the eight maps of the position's images, each turned back. The position
    last asked for by itself is remembered, so that its map and the move in it cost one call of the network together.
    """

    def __init__(
        self,
        network: PolicyNetwork,
        *,
        device: torch.device | str = "cpu",
        dtype: torch.dtype | None = None,
        symmetries: int = 1,
    ) -> None:
        if symmetries not in (1, SYMMETRIES):
            raise HonteError(f"a prediction is over 1 symmetry or over 8, not {symmetries}")
        self.device = torch.device(device)
        self.dtype = dtype or choose_dtype(self.device)[0]
        self.network = copy.deepcopy(network).to(self.device).eval().requires_grad_(False)
        self.network.trunk.to(self.dtype)
        self.board_size = network.config.board_size
        points = torch.tensor(point_map(self.board_size)[:symmetries, :-1], device=self.device)
        self._image_of = points.long()  # (symmetries, N²): where a point goes
        self._source_of = self._image_of.argsort(1)  # (symmetries, N²): where it comes from
        self._last: tuple[npt.NDArray[np.uint8], Tensor] | None = None

    def log_probabilities(self, planes: npt.NDArray[np.uint8]) -> Tensor:
        """Planes (B, planes, N, N) to logarithms of probabilities (B, N²), float32 on the device."""
        size = self.board_size
        rows, columns = planes.shape[-2:]
        if (rows, columns) != (size, size):
            raise HonteError(f"the network is for {size}x{size} boards, not for {rows}x{columns}")
        last, symmetries = self._last, len(self._image_of)
        if last is not None and np.array_equal(planes, last[0]):
            return last[1]
        with torch.inference_mode():
            flat = torch.from_numpy(planes).to(self.device).flatten(2)  # (B, planes, N²)
            images = flat[:, :, self._source_of].movedim(2, 0).reshape(-1, planes.shape[1], size, size)
            maps = torch.cat(
                [
                    self.network(part.to(self.dtype, memory_format=torch.channels_last))
                    for part in torch.split(images, LARGEST_BATCH)
                ]
            )
            maps = maps.log_softmax(1).view(symmetries, len(planes), -1)
            turned_back = maps.gather(2, self._image_of[:, None].expand_as(maps))
            mean: Tensor = turned_back.logsumexp(0) - np.log(symmetries)
        if len(planes) == 1:
            self._last = planes.copy(), mean
        return mean

    def predict(self, planes: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Planes uint8 (B, planes, N, N) to probabilities (B, N²) of all points, illegal ones included."""
        probabilities: npt.NDArray[np.float32] = self.log_probabilities(planes).exp().cpu().numpy()
        return probabilities

    def probabilities(self, board: Board, colour: int) -> npt.NDArray[np.float32]:
        """Return the probabilities (N²,) of a colour's legal moves on a board; all zero where it has none."""
        legal = board.legal_points(colour)
        if not legal.any():
            return np.zeros(len(legal), np.float32)
        planes = extract(board, colour)[None]
        logits = np.where(legal, self.log_probabilities(planes)[0].cpu().numpy(), -np.inf)
        weights: npt.NDArray[np.float32] = np.exp(logits - logits.max())
        weights /= weights.sum()
        return weights
