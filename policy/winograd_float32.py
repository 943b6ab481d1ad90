"""Winograd F(4x4, 3x3) convolution for prediction in float32 on CPUs: the algorithm of `honte.policy.winograd`.

`convolve(x, w)` is `F.conv2d(x, w, padding=1)` up to the rounding of float32. Tiles of a block of positions are
transformed by numba, multiplied by the transformed weights in PyTorch's batched matrix product, and transformed back.
"""

import numpy as np
import torch
from llvmlite import binding

from honte.features.compilation import kernel
from honte.policy.threads import in_parts
from honte.policy.winograd import AT, BT, GG, LANES, M, N, scratch, transform

BLOCK = 256
"""Tiles at once: enough for a matrix product, few enough for the cache."""
FEWEST = 64
"""Tiles of a whole batch below which the direct convolution is as fast."""
LEAST_SAVED = ((128, 2.6), (0, 3.5))
"""How many times fewer multiplications it must be, from so many channels on: they are 3.61 at 19 lines, 2.64 at 13, but
2.25 at 9, where nearly half of what the tiles give lies off the board and nothing is gained."""

_host = binding.get_host_cpu_features()
ENABLED = bool(_host.get("avx2") and _host.get("fma"))

_input, _output = transform(BT, "f", "f"), transform(AT, "f", "f")
Array = np.ndarray


def pays(x: torch.Tensor, w: torch.Tensor) -> bool:
    """Whether `convolve` is made for x (n, c, h, w) and w (k, c, 3, 3), and faster than the direct convolution.

    By what was measured (docs/experiments.md), and the same for the same shapes on the same CPU.
    """
    (n, c, height, width), k = x.shape, w.shape[0]
    tiles = _tiles_of(height, width)
    saved = 9 * height * width / (N * N * tiles)
    fits = x.dtype == w.dtype == torch.float32 and c % LANES == k % LANES == 0
    least = next(least for channels, least in LEAST_SAVED if min(c, k) >= channels)
    return ENABLED and fits and n * tiles >= FEWEST and saved >= least


def _tiles_of(h: int, w: int) -> int:
    """Tiles of 4x4 outputs that cover a board."""
    return -(-h // M) * -(-w // M)


def convolve(x: torch.Tensor, w: torch.Tensor) -> torch.Tensor:
    """y (n, k, h, w), channels_last, for x (n, c, h, w) and w (k, c, 3, 3), float32; c and k are multiples of 16."""
    (n, c, height, width), k = x.shape, w.shape[0]
    tiles = _tiles_of(height, width)
    block = min(n, max(1, BLOCK // tiles))
    rows = block * tiles
    u = (GG @ w.permute(2, 3, 1, 0).reshape(9, c * k)).view(N * N, c, k)
    y = torch.empty((n, k, height, width), memory_format=torch.channels_last)
    source = x.contiguous(memory_format=torch.channels_last).permute(0, 2, 3, 1).reshape(-1).numpy()
    target = y.permute(0, 2, 3, 1).reshape(-1).numpy()
    v, p = scratch("tiles", rows * c, torch.float32), scratch("products", rows * k, torch.float32)
    left = torch.from_numpy(v)[: N * N * rows * c].view(N * N, rows, c)
    product = torch.from_numpy(p)[: N * N * rows * k].view(N * N, rows, k)
    for first in range(0, n, block):
        count = min(block, n - first)

        def take(start: int, end: int, first: int = first) -> None:
            _to_tiles(source, v, rows * c, start * tiles, first + start, end - start, height, width, c)

        def give(start: int, end: int, first: int = first) -> None:
            _from_tiles(p, rows * k, start * tiles, target, first + start, end - start, height, width, k)

        in_parts(count, take)
        torch.bmm(left[:, : count * tiles], u, out=product[:, : count * tiles])
        in_parts(count, give)
    return y


@kernel
def _to_tiles(x: Array, v: Array, vs: int, row: int, first: int, count: int, h: int, w: int, c: int) -> None:
    """BT x B of positions first .. first + count of x (n, h, w, c), to v[36][rows][c] from a row on."""
    th, tw = (h + M - 1) // M, (w + M - 1) // M
    s = np.empty(N * N * LANES, np.float32)
    for t in range(count * th * tw):
        top, left = t // tw % th * M - 1, t % tw * M - 1
        corner = ((first + t // (th * tw)) * h + top) * w + left
        for ch in range(0, c, LANES):
            for j in range(N):
                hi, p = (min(N, h - top) if 0 <= left + j < w else 0), (corner + j) * c + ch
                _input(x, p, w * c, -top, hi, s, j * LANES, N * LANES, N, 0)
            for i in range(N):
                _input(s, i * N * LANES, LANES, 0, N, v, i * N * vs + (row + t) * c + ch, vs, N, 0)


@kernel
def _from_tiles(p: Array, ps: int, row: int, y: Array, first: int, count: int, h: int, w: int, k: int) -> None:
    """Positions first .. first + count of y (n, h, w, k): AT p A, of p[36][rows][k] from a row on."""
    th, tw = (h + M - 1) // M, (w + M - 1) // M
    s = np.empty(M * N * LANES, np.float32)
    for t in range(count * th * tw):
        top, left = t // tw % th * M, t % tw * M
        for ch in range(0, k, LANES):
            for j in range(N):
                _output(p, j * ps + (row + t) * k + ch, N * ps, 0, N, s, j * LANES, N * LANES, M, 0)
            for i in range(min(M, h - top)):
                q = (((first + t // (th * tw)) * h + top + i) * w + left) * k + ch
                _output(s, i * N * LANES, LANES, 0, N, y, q, k, w - left, 0)
