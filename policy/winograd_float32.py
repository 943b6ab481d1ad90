"""Winograd F(5x5, 3x3) convolution in float32 on CPUs: the algorithm of `honte.policy.winograd`.

`convolve(x, w)` is `F.conv2d(x, w, padding=1)` up to the rounding of float32 (2e-6 rms, as with the customary points of
F(4x4), whose tiles fit the usual boards worse), and so are its gradients. Each thread takes blocks of tiles, which stay
in its cache, through the transform, the products with the weights and the transform back; for the weights' gradient,
through both transforms and the products of the two. `convolve_rows` convolves at chosen points only.
"""

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from llvmlite import binding, ir
from numba import types
from torch.autograd.function import once_differentiable

from honte.features.compilation import kernel
from honte.policy.threads import in_parts
from honte.policy.winograd import LANES, cgutils, cook_toom, intrinsic, scratch, transform

M, N = 5, 7  # side of a tile's outputs and of its inputs
POINTS = (0.375, -0.375, 0.875, -0.875, 1.75, -1.75)  # +- pairs adjacent, infinity implied
BLOCK = 96
"""Tiles at once: enough to read the weights for, few enough for the cache."""
FEWEST = 48
"""Tiles of a whole batch below which the direct convolution is as fast."""
LEAST_SAVED = 2.4
"""How many times fewer multiplications it must be: they are 4.1 at 19 lines, 3.4 at 13, 3.7 at 9 and 2.5 at 11, but
2.25 at 7, where half of what the tiles give lies off the board and little is gained."""

_host = binding.get_host_cpu_features()
ENABLED = bool(_host.get("avx2") and _host.get("fma"))
ROWS = 12 if _host.get("avx512f") else 6
"""Rows of 16 columns in a register tile: 12 sums of one or two registers each."""

AT, G, BT = cook_toom(POINTS)
GG = torch.from_numpy(np.kron(G, G)).float()  # (49, 9)
_input, _output = transform(BT, "f", "f", POINTS), transform(AT, "f", "f", POINTS)
_gradient, _taps = transform(AT.T, "f", "f", POINTS), transform(G.T, "f", "f", POINTS)
Array = np.ndarray


def pays(x: torch.Tensor, w: torch.Tensor) -> bool:
    """Whether `convolve` is made for x (n, c, h, w) and w (k, c, 3, 3), and faster than the direct convolution.

    By what was measured (docs/experiments.md), and the same for the same shapes on the same CPU.
    """
    (n, c, height, width), k = x.shape, w.shape[0]
    tiles = _tiles_of(height, width)
    saved = 9 * height * width / (N * N * tiles)
    fits = x.dtype == w.dtype == torch.float32 and c % LANES == k % LANES == 0
    return ENABLED and fits and n * tiles >= FEWEST and saved >= LEAST_SAVED


def _tiles_of(h: int, w: int) -> int:
    """Tiles of 5x5 outputs that cover a board."""
    return -(-h // M) * -(-w // M)


def convolve(x: torch.Tensor, w: torch.Tensor) -> torch.Tensor:
    """y (n, k, h, w), channels_last, for x (n, c, h, w) and w (k, c, 3, 3), float32; c and k are multiples of 16."""
    return _Convolution.apply(x, w)  # type: ignore[no-any-return, no-untyped-call]


class _Convolution(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, w: torch.Tensor) -> torch.Tensor:
        ctx.save_for_backward(x, w)
        return _convolved(x, w)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, dy: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        x, w = ctx.saved_tensors
        dx = _convolved(dy, w.flip(2, 3).transpose(0, 1)) if ctx.needs_input_grad[0] else None
        return dx, _weight_gradient(x, dy) if ctx.needs_input_grad[1] else None


def _convolved(x: torch.Tensor, w: torch.Tensor) -> torch.Tensor:
    (n, c, height, width), k = x.shape, w.shape[0]
    u = _transformed(w)
    y = torch.empty((n, k, height, width), memory_format=torch.channels_last)
    source, target = _flat(x), _flat(y)

    def work(start: int, end: int) -> None:
        v, vs, p, ps = _places(c, k)
        for first in range(start, end, BLOCK):
            count = min(BLOCK, end - first)
            _to_tiles(source, v, vs, c, 1, first, count, height, width, c)
            _products(v, vs, c, 1, u, c * k, c, p, ps, count, k, False)
            _from_tiles(p, ps, target, first, count, height, width, k)

    in_parts(n * _tiles_of(height, width), work)
    return y


def _weight_gradient(x: torch.Tensor, dy: torch.Tensor) -> torch.Tensor:
    """(k, c, 3, 3) from x (n, c, h, w) and dy (n, k, h, w): GT [sum over the tiles of (A dy AT) * (BT x B)] G.

    The sums of the blocks are added up, so that rounding grows with the number of blocks, not of tiles.
    """
    (n, c, height, width), k = x.shape, dy.shape[1]
    source, given = _flat(x), _flat(dy)

    def work(start: int, end: int) -> Array:
        v, vs, d, ds = _places(c, k)
        ps = (k + ROWS) * c + LANES
        p = scratch("sums", ps, torch.float32, N * N)
        for first in range(start, end, BLOCK):
            count = min(BLOCK, end - first)
            _to_tiles(source, v, vs, LANES, count, first, count, height, width, c)
            _gradient_to_tiles(given, d, ds, first, count, height, width, k)
            _products(d, ds, 1, k, v, vs, count, p, ps, k, c, first > start)
        dw = np.empty(9 * k * c, np.float32)
        _to_taps(p, ps, dw, k * c)
        return dw

    dw = torch.from_numpy(np.sum(in_parts(n * _tiles_of(height, width), work), 0))
    return dw.view(3, 3, k, c).permute(2, 3, 0, 1)


def _flat(x: torch.Tensor) -> Array:
    """x (n, c, h, w) in the order (n, h, w, c); shares memory if channels_last."""
    return x.detach().contiguous(memory_format=torch.channels_last).permute(0, 2, 3, 1).reshape(-1).numpy()


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
    u = _transformed(w)
    y = torch.empty(int(target.max()) + 2, k)
    y[-1] = 0
    source, wanted, to, shift, out = rows.numpy(), touched.numpy(), target.numpy(), bias.detach().numpy(), y.numpy()

    def work(start: int, end: int) -> None:
        v, vs, p, ps = _places(c, k)
        for first in range(start, end, BLOCK):
            some = tiles[first : min(first + BLOCK, end)]
            _take(source, where, v, vs, some)
            _products(v, vs, c, 1, u, c * k, c, p, ps, len(some), k, False)
            _give(p, ps, shift, wanted, to, out, some)

    in_parts(len(tiles), work)
    return y


def _transformed(w: torch.Tensor) -> Array:
    """G w GT of weights w (k, c, 3, 3), in panels of 16 filters: float32 [49][k / 16][c][16], memory of this thread."""
    k, c = w.shape[:2]
    panels = w.detach().reshape(k // LANES, LANES, c, 9).permute(3, 0, 2, 1).reshape(9, k * c)
    u = scratch("weights", k * c, torch.float32, N * N)
    torch.mm(GG, panels, out=torch.from_numpy(u)[: N * N * k * c].view(N * N, k * c))
    return u


def _places(c: int, k: int) -> tuple[Array, int, Array, int]:
    """This thread's memory for a block of tiles and for their products, and how far the slices of each are apart.

    It is an odd number of cache lines, to spread them over the cache's sets.
    """
    vs, ps = (BLOCK + ROWS) * c + LANES, (BLOCK + ROWS) * k + LANES
    v, p = (scratch(*place, torch.float32, N * N) for place in (("tiles", vs), ("products", ps)))
    return v, vs, p, ps


VECTOR = ir.VectorType(ir.FloatType(), LANES)


def _vector(b: Any, base: Any, start: Any) -> Any:
    """A pointer to the 16 numbers from base[start] on."""
    return b.bitcast(b.gep(base, [start]), VECTOR.as_pointer())


@intrinsic
def _copy(_, x, p, y, q):  # type: ignore[no-untyped-def]
    """y[q : q + 16] = x[p : p + 16]."""

    def emit(ctx, b, sig, args):  # type: ignore[no-untyped-def]
        x, y = (ctx.make_array(sig.args[k])(ctx, b, args[k]).data for k in (0, 2))
        b.store(b.load(_vector(b, x, args[1]), align=4), _vector(b, y, args[3]), align=4)
        return ctx.get_dummy_value()

    return types.void(x, types.intp, y, types.intp), emit


@intrinsic
def _rectify(_, x, p, bias, i, y, q):  # type: ignore[no-untyped-def]
    """y[q : q + 16] = ReLU of x[p : p + 16] + bias[i : i + 16]."""

    def emit(ctx, b, sig, args):  # type: ignore[no-untyped-def]
        x, bias, y = (ctx.make_array(sig.args[k])(ctx, b, args[k]).data for k in (0, 2, 4))
        total = b.fadd(b.load(_vector(b, x, args[1]), align=4), b.load(_vector(b, bias, args[3]), align=4))
        zeros = ir.Constant(VECTOR, [0.0] * LANES)
        positive = b.fcmp_unordered(">", total, zeros)  # what is no number stays
        b.store(b.select(positive, total, zeros), _vector(b, y, args[5]), align=4)
        return ctx.get_dummy_value()

    return types.void(x, types.intp, bias, types.intp, y, types.intp), emit


@intrinsic
def _register_tile(_, a, ia, ars, acs, right, ib, n, p, ip, ldp, add):  # type: ignore[no-untyped-def]
    """A register tile of a matrix product, ROWS rows of 16 columns.

    p[ip + r*ldp + j] (+)= sum over i < n of a[ia + r*ars + i*acs] * right[ib + 16*i + j]; adds to the old p if `add`.
    """

    def emit(ctx, b, sig, args):  # type: ignore[no-untyped-def]
        a, right, p = (ctx.make_array(sig.args[k])(ctx, b, args[k]).data for k in (0, 4, 7))
        _, ia, ars, acs, _, ib, n, _, ip, ldp, add = args
        i32, i64 = ir.IntType(32), ir.IntType(64)
        fma = cgutils.get_or_insert_function(b.module, ir.FunctionType(VECTOR, [VECTOR] * 3), "llvm.fma.v16f32")
        undefined, first = ir.Constant(VECTOR, ir.Undefined), ir.Constant(ir.VectorType(i32, LANES), [0] * LANES)
        zeros = ir.Constant(VECTOR, [0.0] * LANES)
        rows = [ir.Constant(i64, r) for r in range(ROWS)]
        sums = [cgutils.alloca_once_value(b, zeros) for _ in rows]  # LLVM's registers
        with cgutils.for_range(b, n) as loop:
            place = b.add(ib, b.mul(loop.index, ir.Constant(i64, LANES)))
            columns = b.load(_vector(b, right, place), align=4)
            ai = b.add(ia, b.mul(loop.index, acs))
            for r, s in zip(rows, sums, strict=True):
                one = b.load(b.gep(a, [b.add(ai, b.mul(r, ars))]))
                every = b.shuffle_vector(b.insert_element(undefined, one, ir.Constant(i32, 0)), undefined, first)
                b.store(b.call(fma, [every, columns, b.load(s)]), s)
        for r, s in zip(rows, sums, strict=True):
            place = _vector(b, p, b.add(ip, b.mul(r, ldp)))
            old = b.select(add, b.load(place, align=4), zeros)
            b.store(b.fadd(old, b.load(s)), place, align=4)
        return ctx.get_dummy_value()

    i = types.intp
    return types.void(a, i, i, i, right, i, i, p, i, i, types.boolean), emit


@kernel
def _products(a: Array, az: int, ars: int, acs: int, right: Array, rz: int, n: int, p: Array, ps: int, rows: int,
              cols: int, add: bool) -> None:  # fmt: skip
    """p (rows, cols) (+)= a . right over n, for 49 slices az, rz, ps apart; right is in panels, [cols / 16][n][16].

    Row r of a has its number i at a[r * ars + i * acs]. Scribbles on p's rows up to a multiple of ROWS.
    """
    for z in range(N * N):
        for j in range(0, cols, LANES):
            for r in range(0, rows, ROWS):
                ia, ib, ip = z * az + r * ars, z * rz + j * n, z * ps + r * cols + j
                _register_tile(a, ia, ars, acs, right, ib, n, p, ip, cols, add)


@kernel
def _cover(touched: Array, tiles: Array) -> int:
    """Tiles (position, row, column) of 5x5 that cover what is touched (n, h, w) of each position; returns how many."""
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
def _take(x: Array, where: Array, v: Array, vs: int, tiles: Array) -> None:
    """BT x B of some tiles of rows x (R, c), to v[49][tiles][c]; `where` has each point's row, a line further on."""
    c = x.shape[1]
    flat = x.reshape(-1)
    seen, s = np.empty(N * LANES, np.float32), np.empty(N * N * LANES, np.float32)
    for t in range(len(tiles)):
        position, top, left = tiles[t]
        for ch in range(0, c, LANES):
            for j in range(N):
                for i in range(N):
                    _copy(flat, where[position, top + i, left + j] * c + ch, seen, i * LANES)
                _input(seen, 0, LANES, 0, N, s, j * LANES, N * LANES, N, 0)
            for i in range(N):
                _input(s, i * N * LANES, LANES, 0, N, v, i * N * vs + t * c + ch, vs, N, 0)


@kernel
def _give(p: Array, ps: int, bias: Array, touched: Array, target: Array, y: Array, tiles: Array) -> None:
    """ReLU of AT p A and the bias, of some tiles of p[49][tiles][k], to the rows y (R, k) of the points touched."""
    k = y.shape[1]
    h, w = touched.shape[1:]
    flat = y.reshape(-1)
    s, found = np.empty(M * N * LANES, np.float32), np.empty(M * LANES, np.float32)
    for t in range(len(tiles)):
        position, top, left = tiles[t]
        for ch in range(0, k, LANES):
            for j in range(N):
                _output(p, j * ps + t * k + ch, N * ps, 0, N, s, j * LANES, N * LANES, M, 0)
            for i in range(min(M, h - top)):
                _output(s, i * N * LANES, LANES, 0, N, found, 0, LANES, M, 0)
                for j in range(min(M, w - left)):
                    if touched[position, top + i, left + j]:
                        _rectify(found, j * LANES, bias, ch, flat, target[position, top + i, left + j] * k + ch)


@kernel
def _to_tiles(x: Array, v: Array, vs: int, ts: int, cs: int, first: int, count: int, h: int, w: int,
              c: int) -> None:  # fmt: skip
    """BT x B of tiles first .. first + count of all tiles of x (n, h, w, c), to 49 slices of v, vs apart.

    16 channels from ch on of tile t go to v[t * ts + ch * cs], so that (c, 1) makes rows and (16, count) panels.
    """
    th, tw = (h + M - 1) // M, (w + M - 1) // M
    s = np.empty(N * N * LANES, np.float32)
    for t in range(count):
        tile = first + t
        top, left = tile // tw % th * M - 1, tile % tw * M - 1
        corner = (tile // (th * tw) * h + top) * w + left
        for ch in range(0, c, LANES):
            for j in range(N):
                hi, p = (min(N, h - top) if 0 <= left + j < w else 0), (corner + j) * c + ch
                _input(x, p, w * c, -top, hi, s, j * LANES, N * LANES, N, 0)
            for i in range(N):
                _input(s, i * N * LANES, LANES, 0, N, v, i * N * vs + t * ts + ch * cs, vs, N, 0)


@kernel
def _gradient_to_tiles(dy: Array, d: Array, ds: int, first: int, count: int, h: int, w: int, k: int) -> None:
    """A dy AT of tiles first .. first + count of all tiles of dy (n, h, w, k), to d[49][count][k]."""
    th, tw = (h + M - 1) // M, (w + M - 1) // M
    s = np.empty(N * M * LANES, np.float32)
    for t in range(count):
        tile = first + t
        top, left = tile // tw % th * M, tile % tw * M
        corner = (tile // (th * tw) * h + top) * w + left
        for ch in range(0, k, LANES):
            for j in range(M):
                hi, p = (min(M, h - top) if left + j < w else 0), (corner + j) * k + ch
                _gradient(dy, p, w * k, 0, hi, s, j * LANES, M * LANES, N, 0)
            for i in range(N):
                _gradient(s, i * M * LANES, LANES, 0, M, d, i * N * ds + t * k + ch, ds, N, 0)


@kernel
def _from_tiles(p: Array, ps: int, y: Array, first: int, count: int, h: int, w: int, k: int) -> None:
    """Tiles first .. first + count of all tiles of y (n, h, w, k): AT p A, of p[49][count][k]."""
    th, tw = (h + M - 1) // M, (w + M - 1) // M
    s = np.empty(M * N * LANES, np.float32)
    for t in range(count):
        tile = first + t
        top, left = tile // tw % th * M, tile % tw * M
        for ch in range(0, k, LANES):
            for j in range(N):
                _output(p, j * ps + t * k + ch, N * ps, 0, N, s, j * LANES, N * LANES, M, 0)
            for i in range(min(M, h - top)):
                q = ((tile // (th * tw) * h + top + i) * w + left) * k + ch
                _output(s, i * N * LANES, LANES, 0, N, y, q, k, w - left, 0)


@kernel
def _to_taps(p: Array, ps: int, dw: Array, size: int) -> None:
    """GT p G of p[49][size], to dw[9][size]."""
    s = np.empty(3 * N * LANES, np.float32)
    for q in range(0, size, LANES):
        for j in range(N):
            _taps(p, j * ps + q, N * ps, 0, N, s, j * LANES, N * LANES, 3, 0)
        for i in range(3):
            _taps(s, i * N * LANES, LANES, 0, N, dw, i * 3 * size + q, size, 3, 0)
