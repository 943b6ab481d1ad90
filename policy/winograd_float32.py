"""Winograd F(4x4, 3x3) convolution for prediction in float32 on CPUs: the algorithm of `honte.policy.winograd`.

`convolve(x, w)` is `F.conv2d(x, w, padding=1)` up to the rounding of float32. Tiles of a block of positions are
transformed by numba, multiplied by the transformed weights in PyTorch's batched matrix product, and transformed back.
"""

from functools import partial

import numpy as np
import torch
import torch.nn.functional as F
from llvmlite import binding

from honte.features.compilation import kernel
from honte.policy.threads import in_parts
from honte.policy.winograd import AT, BT, GG, LANES, M, N, scratch, transform

BLOCK = 256
"""Tiles at once: enough for a matrix product, few enough for the cache."""
SOME = 400
"""Tiles at once of those that are chosen one by one."""
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


def transformed(w: torch.Tensor) -> torch.Tensor:
    """G w GT (36, c, k) of weights w (k, c, 3, 3)."""
    k, c = w.shape[:2]
    return (GG @ w.permute(2, 3, 1, 0).reshape(9, c * k)).view(N * N, c, k)


def convolve(x: torch.Tensor, w: torch.Tensor) -> torch.Tensor:
    """y (n, k, h, w), channels_last, for x (n, c, h, w) and w (k, c, 3, 3), float32; c and k are multiples of 16."""
    (n, c, height, width), k = x.shape, w.shape[0]
    tiles = _tiles_of(height, width)
    block = min(n, max(1, BLOCK // tiles))
    rows = block * tiles
    u = transformed(w)
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


def convolve_rows(
    rows: torch.Tensor, index: torch.Tensor, w: torch.Tensor, bias: torch.Tensor, touched: torch.Tensor,
    target: torch.Tensor,
) -> torch.Tensor:  # fmt: skip
    """ReLU of the convolution at some points only, float32, as rows of all channels at a point.

    From rows (…, c) to rows (…, k), the last of either being of zeros; `index` (n, h, w), int32, says which row has the
    values of each point, `touched` (n, h, w), bool, where the result is wanted, and `target` as `index` which row gets
    it. c and k are multiples of 16.
    """
    (n, height, width), (k, c) = index.shape, w.shape[:2]
    tiles = np.empty((n * _tiles_of(height, width), 3), np.int32)
    tiles = tiles[: _cover(touched.numpy(), tiles)]
    where = F.pad(index, (1, M, 1, M), value=len(rows) - 1).numpy()
    u = transformed(w)
    y = torch.empty(int(target.max()) + 2, k)
    y[-1] = 0
    source, wanted, to, shift, out = rows.numpy(), touched.numpy(), target.numpy(), bias.numpy(), y.numpy()
    vs, ps = SOME * c + LANES, SOME * k + LANES
    v, p = scratch("tiles", vs, torch.float32), scratch("products", ps, torch.float32)
    left = torch.from_numpy(v)[: N * N * vs].view(N * N, vs)[:, : SOME * c].view(N * N, SOME, c)
    product = torch.from_numpy(p)[: N * N * ps].view(N * N, ps)[:, : SOME * k].view(N * N, SOME, k)
    for first in range(0, len(tiles), SOME):
        part = tiles[first : first + SOME]
        in_parts(len(part), partial(_take, source, where, v, vs, part))
        torch.bmm(left[:, : len(part)], u, out=product[:, : len(part)])
        in_parts(len(part), partial(_give, p, ps, shift, wanted, to, out, part))
    return y


@kernel
def _cover(touched: Array, tiles: Array) -> int:
    """Tiles (position, row, column) of 4x4 that cover what is touched (n, h, w) of each position; returns how many."""
    n, h, w = touched.shape
    count = 0
    for position in range(n):
        row = 0
        while row < h:
            columns = touched[position, row : row + M]
            if not columns[0].any():
                row += 1
                continue
            column = 0
            while column < w:
                if columns[:, column].any():
                    tiles[count, 0], tiles[count, 1], tiles[count, 2] = position, row, column
                    count += 1
                    column += M
                else:
                    column += 1
            row += M
    return count


@kernel
def _take(x: Array, where: Array, v: Array, vs: int, tiles: Array, start: int, end: int) -> None:
    """BT x B of some tiles of rows x (R, c), to v[36][tiles][c]; `where` has each point's row, a line further on."""
    c = x.shape[1]
    flat = x.reshape(-1)
    seen, s = np.empty(N * LANES, np.float32), np.empty(N * N * LANES, np.float32)
    for t in range(start, end):
        position, top, left = tiles[t]
        for ch in range(0, c, LANES):
            for j in range(N):
                for i in range(N):
                    q = where[position, top + i, left + j] * c + ch
                    for lane in range(LANES):
                        seen[i * LANES + lane] = flat[q + lane]
                _input(seen, 0, LANES, 0, N, s, j * LANES, N * LANES, N, 0)
            for i in range(N):
                _input(s, i * N * LANES, LANES, 0, N, v, i * N * vs + t * c + ch, vs, N, 0)


@kernel
def _give(p: Array, ps: int, bias: Array, touched: Array, target: Array, y: Array, tiles: Array, start: int,
          end: int) -> None:  # fmt: skip
    """ReLU of AT p A and the bias, of some tiles of p[36][tiles][k], to the rows y (R, k) of the points touched."""
    k = y.shape[1]
    h, w = touched.shape[1:]
    flat = y.reshape(-1)
    s, found = np.empty(M * N * LANES, np.float32), np.empty(M * LANES, np.float32)
    for t in range(start, end):
        position, top, left = tiles[t]
        for ch in range(0, k, LANES):
            for j in range(N):
                _output(p, j * ps + t * k + ch, N * ps, 0, N, s, j * LANES, N * LANES, M, 0)
            for i in range(min(M, h - top)):
                _output(s, i * N * LANES, LANES, 0, N, found, 0, LANES, M, 0)
                for j in range(min(M, w - left)):
                    if touched[position, top + i, left + j]:
                        q = target[position, top + i, left + j] * k + ch
                        for lane in range(LANES):
                            flat[q + lane] = max(found[j * LANES + lane] + bias[ch + lane], np.float32(0))


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
