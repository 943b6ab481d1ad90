"""Winograd F(4x4, 3x3) convolution for training in bfloat16 on AVX512-BF16 CPUs.

`conv3x3(x, w)` is `F.conv2d(x, w, padding=1)` for channels_last bfloat16 activations up to rounding
(1 % rms; direct bf16: 0.17 %); forward, data gradient and weight gradient each need 3.6 times fewer
multiplications on 19x19 boards (25 tiles of 4x4 outputs, 36 products each, for 361 * 9).  In one dimension::

    y  = AT [(G w) * (BT d)]    d: 6 inputs, w: 3 taps, y: 4 outputs; two dimensions: rows, then columns
    dw = GT [(A dy) * (BT d)]   dx: the forward algorithm on dy, with w flipped and transposed

The interpolation points 0, +-5/8, +-3/2, infinity halve the error of the customary 0, +-1, +-2, infinity.

The numba kernels are made of LLVM vector intrinsics, 16 float32 lanes along the channels.  A block of
positions at a time, so that everything stays in cache, they transform the tiles to bf16 (V), multiply each of
the 36 tile elements ("slices") by its transformed weights U with vdpbf16ps, which sums products of bf16 pairs
(kept in uint32 words) in float32 (P), and transform P back.
"""

import threading
from functools import partial
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from llvmlite import binding, ir
from numba import types
from numba.core import cgutils as _cgutils
from numba.extending import intrinsic as _intrinsic

from honte.features.compilation import kernel
from honte.policy.threads import flat, in_parts

cgutils: Any = _cgutils  # untyped
intrinsic: Any = _intrinsic

M, N = 4, 6  # side of a tile's outputs and of its inputs
POINTS = (0.0, 0.625, -0.625, 1.5, -1.5)  # +- pairs adjacent, infinity implied
LANES = 16  # float32 lanes of a vector
LINE = 32  # bfloat16 numbers in a cache line
ROWS, VECS = 6, 4  # register tile of the matrix product: 6 rows of 4 vectors
PANEL = VECS * LANES  # columns in a panel of its right matrix
CONV_TILES, GRAD_TILES = 50, 100  # tiles in a block: forward and data gradient; weight gradient

_host = binding.get_host_cpu_features()
# Older LLVMs type vdpbf16ps differently.
POSSIBLE = bool(_host.get("avx512bf16") and binding.llvm_version_info >= (17,))
ENABLED = POSSIBLE and not _host.get("amx-bf16")  # with AMX, oneDNN's direct convolution wins


def cook_toom(points: tuple[float, ...]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """AT (m, n), G (n, 3) and BT (n, n) for n - 1 points and infinity, with m = n - 2, float64."""
    m, n = len(points) - 1, len(points) + 1
    at, g, bt = np.zeros((m, n)), np.zeros((n, 3)), np.zeros((n, n))
    for j, p in enumerate(points):
        others = [q for q in points if q != p]
        at[:, j] = p ** np.arange(m)
        g[j] = p ** np.arange(3) / np.prod([p - q for q in others])
        bt[j, : n - 1] = np.poly(others)[::-1]
    at[-1, -1] = g[-1, -1] = 1
    bt[-1] = np.poly(points)[::-1]
    return at, g, bt


AT, G, BT = cook_toom(POINTS)

# ------------------------------------------------------------------------------ vector intrinsics


class _BFloat(ir.Type):  # type: ignore[misc]
    def _to_string(self) -> str:
        return "bfloat"


_I16, _I32, _I64, _F32, _BF = ir.IntType(16), ir.IntType(32), ir.IntType(64), ir.FloatType(), _BFloat()
_VI16, _VI32, _VF, _VB = (ir.VectorType(t, LANES) for t in (_I16, _I32, _F32, _BF))
_VB2 = ir.VectorType(_BF, 2 * LANES)


def _constant(t: ir.VectorType, value: float) -> ir.Constant:
    return ir.Constant(t, [value] * LANES)


def _at(b: Any, t: ir.VectorType, base: Any, start: Any, index: int, stride: Any) -> Any:
    """A pointer to the vector of type t at base[start + index * stride]."""
    offset = b.add(start, b.mul(ir.Constant(_I64, index), stride))
    return b.bitcast(b.gep(base, [offset]), t.as_pointer())


def _mix(b: Any, mat: np.ndarray, x: list[Any], points: tuple[float, ...]) -> list[Any]:
    """Emits mat @ x for vectors x.  The points p and -p share their even and odd powers."""
    fma = cgutils.get_or_insert_function(b.module, ir.FunctionType(_VF, [_VF] * 3), "llvm.fma.v16f32")
    points_in = mat.shape[1] == len(points) + 1 > mat.shape[0]
    mat = mat.T.copy() if points_in else mat.copy()  # rows: points
    pairs = [j for j in range(len(points) - 1) if points[j] and points[j] == -points[j + 1]]
    for j in pairs:
        mat[j], mat[j + 1] = (mat[j] + mat[j + 1]) / 2, (mat[j] - mat[j + 1]) / 2

    def butterfly(v: list[Any]) -> None:
        for j in pairs:
            v[j], v[j + 1] = b.fadd(v[j], v[j + 1]), b.fsub(v[j], v[j + 1])

    if points_in:
        butterfly(x)
    y = []
    for row in mat.T if points_in else mat:
        (c, v), *rest = sorted(((c, v) for c, v in zip(row, x, strict=True) if c), key=lambda t: t[0] != 1)
        total = v if c == 1 else b.fmul(v, _constant(_VF, c))
        for c, v in rest:
            total = b.fadd(total, v) if c == 1 else b.call(fma, [v, _constant(_VF, c), total])
        y.append(total)
    if not points_in:
        butterfly(y)
    return y


def transform(mat: np.ndarray, load: str, store: str, points: tuple[float, ...] = POINTS) -> Any:
    """An intrinsic that multiplies vectors of 16 channels by mat (rows, columns), which is made of these points.

    Vector k is read at src[p + k * ps] if lo <= k < hi, else zero; result k < count goes to dst[q + k * qs].
    Formats: "f" float32; "b" bf16 in uint16; "p" (store) bf16, half 0 or 1 of the pairs in uint32.
    """
    tin, tout = ({"f": _VF, "b": _VI16, "p": _VI32}[kind] for kind in (load, store))

    @intrinsic
    def apply(_, src, p, ps, lo, hi, dst, q, qs, count, half):  # type: ignore[no-untyped-def]
        def emit(ctx, b, sig, args):  # type: ignore[no-untyped-def]
            _, p, ps, lo, hi, _, q, qs, count, half = args
            src, dst = (ctx.make_array(sig.args[k])(ctx, b, args[k]).data for k in (0, 5))
            zeros = cgutils.global_constant(b.module, "zeros", _constant(_VF, 0.0))
            zeros, dump = b.bitcast(zeros, tin.as_pointer()), cgutils.alloca_once(b, tout)
            x = []
            for k in range(mat.shape[1]):
                i = ir.Constant(_I64, k)
                inside = b.and_(b.icmp_signed(">=", i, lo), b.icmp_signed("<", i, hi))
                v = b.load(b.select(inside, _at(b, tin, src, p, k, ps), zeros), align=2)
                x.append(v if load == "f" else b.bitcast(b.shl(b.zext(v, _VI32), _constant(_VI32, 16)), _VF))
            for k, v in enumerate(_mix(b, mat, x, points)):
                keep = b.icmp_signed("<", ir.Constant(_I64, k), count)
                ptr = b.select(keep, _at(b, tout, dst, q, k, qs), dump)
                if store != "f":
                    v = b.bitcast(b.fptrunc(v, _VB), _VI16)
                if store == "p":
                    v = b.zext(v, _VI32)
                    both = b.or_(b.load(ptr, align=4), b.shl(v, _constant(_VI32, 16)))
                    v = b.select(b.trunc(half, ir.IntType(1)), both, v)
                b.store(v, ptr, align=2)
            return ctx.get_dummy_value()

        return types.void(src, *[types.intp] * 4, dst, *[types.intp] * 4), emit

    return apply


@intrinsic
def _register_tile(_, a, ia, ars, acs, right, ib, bs, n, p, ip, ldp, acc):  # type: ignore[no-untyped-def]
    """A register tile, 6 rows of 64 columns, of a float32 matrix product.

    p[ip + r*ldp + j] (+)= sum over i < n of a[ia + r*ars + i*acs] . right[ib + i*bs + j], the scalar product
    of two bf16 pairs; adds to the old p if acc.
    """

    def emit(ctx, b, sig, args):  # type: ignore[no-untyped-def]
        a, right, p = (ctx.make_array(sig.args[k])(ctx, b, args[k]).data for k in (0, 4, 8))
        _, ia, ars, acs, _, ib, bs, n, _, ip, ldp, acc = args
        dp_type = ir.FunctionType(_VF, [_VF, _VB2, _VB2])
        dp = cgutils.get_or_insert_function(b.module, dp_type, "llvm.x86.avx512bf16.dpbf16ps.512")
        undefined = ir.Constant(_VI32, ir.Undefined)
        tile = [(r, v) for r in range(ROWS) for v in range(VECS)]
        columns = [b.add(ip, ir.Constant(_I64, LANES * v)) for v in range(VECS)]
        out = [_at(b, _VF, p, columns[v], r, ldp) for r, v in tile]
        sums = [cgutils.alloca_once(b, _VF) for _ in tile]  # LLVM makes them registers
        for s, o in zip(sums, out, strict=True):
            b.store(b.select(acc, b.load(o, align=4), _constant(_VF, 0.0)), s)
        with cgutils.for_range(b, n) as loop:
            ai, bi = b.add(ia, b.mul(loop.index, acs)), b.add(ib, b.mul(loop.index, bs))
            lanes = ir.Constant(_I64, LANES)
            bv = [b.load(_at(b, _VI32, right, bi, v, lanes), align=4) for v in range(VECS)]
            for r in range(ROWS):
                word = b.load(b.gep(a, [b.add(ai, b.mul(ir.Constant(_I64, r), ars))]))
                word = b.insert_element(undefined, word, ir.Constant(_I32, 0))
                word = b.bitcast(b.shuffle_vector(word, undefined, _constant(_VI32, 0)), _VB2)
                for v in range(VECS):
                    s = sums[r * VECS + v]
                    b.store(b.call(dp, [b.load(s), word, b.bitcast(bv[v], _VB2)]), s)
        for s, o in zip(sums, out, strict=True):
            b.store(b.load(s), o, align=4)
        return ctx.get_dummy_value()

    i = types.intp
    return types.void(a, i, i, i, right, i, i, i, p, i, i, types.boolean), emit


_data_1, _data_rows, _data_pairs = (transform(BT, *formats) for formats in ("bf", "fb", "fp"))  # BT d B
_grad_1, _grad_pairs = transform(AT.T, "b", "f"), transform(AT.T, "f", "p")  # A dy AT
_out_1, _out_2 = transform(AT, "f", "f"), transform(AT, "f", "b")  # AT P A
_taps_1, _taps_pairs = transform(G, "f", "f"), transform(G, "f", "p")  # G w GT

# ------------------------------------------------------------------------------ numba kernels
# Arrays are flat; T is the number of tiles in a block.  A matrix "in panels" has its columns 64 by 64 (the
# last panel's surplus is ignored), each panel's rows contiguous: what a matrix product wants on its right.

Array = np.ndarray


@kernel
def _to_weights(g: Array, u: Array, c: int, k: int, cols: int, first: int, last: int) -> None:
    """Transforms pairs first .. last of the c channels of g, float32 (3, 3, c, k), to u[36][c / 2][cols] in panels."""
    s = np.empty(3 * N * LANES, np.float32)
    for i in range(2 * first, 2 * last):
        for ch in range(0, k, LANES):
            for j in range(3):
                _taps_1(g, (j * c + i) * k + ch, 3 * c * k, 0, 3, s, j * LANES, 3 * LANES, N, 0)
            q = ch // PANEL * PANEL * (c // 2) + i // 2 * PANEL + ch % PANEL
            for j in range(N):
                us = c // 2 * cols
                _taps_pairs(s, j * 3 * LANES, LANES, 0, 3, u, q + j * N * us, us, N, i % 2)


@kernel
def _fetch(x: Array, first: int, last: int) -> int:
    """Reads x[first:last] in order, so that the cache has it when tiles want it piece by piece; returns a checksum."""
    total = 0
    for i in range(first, last, LINE):
        total += x[i]
    return total


@kernel
def _to_tiles(x: Array, v: Array, vs: int, first: int, count: int, h: int, w: int, c: int, kind: int) -> None:
    """Transforms positions first .. first + count of x, bf16 (n, h, w, c), to 36 slices vs words apart.

    kind 0: BT x B as rows of bf16, v[36][T][c / 2]; otherwise pairs of tiles, v[36][(T + 1) / 2][c]: kind 1
    BT x B, in panels; kind 2 A x AT, plain.
    """
    th, tw = (h + M - 1) // M, (w + M - 1) // M
    side, pad = (M, 0) if kind == 2 else (N, 1)
    pairs = (count * th * tw + 1) // 2
    v16, s = v.view(np.uint16), np.empty(N * N * LANES, np.float32)
    s[0] = _fetch(x, first * h * w * c, (first + count) * h * w * c)
    for t in range(count * th * tw):
        top, left = t // tw % th * M - pad, t % tw * M - pad
        corner = ((first + t // (th * tw)) * h + top) * w + left
        for ch in range(0, c, LANES):
            for j in range(side):
                hi, p = (min(side, h - top) if 0 <= left + j < w else 0), (corner + j) * c + ch
                if kind == 2:
                    _grad_1(x, p, w * c, -top, hi, s, j * LANES, N * LANES, N, 0)
                else:
                    _data_1(x, p, w * c, -top, hi, s, j * LANES, N * LANES, N, 0)
            for i in range(N):
                p, q = i * N * LANES, i * N * vs
                if kind == 0:
                    _data_rows(s, p, LANES, 0, N, v16, 2 * q + t * c + ch, 2 * vs, N, 0)
                elif kind == 1:
                    q += ch // PANEL * PANEL * pairs + t // 2 * PANEL + ch % PANEL
                    _data_pairs(s, p, LANES, 0, N, v, q, vs, N, t % 2)
                else:
                    _grad_pairs(s, p, LANES, 0, M, v, q + t // 2 * c + ch, vs, N, t % 2)


@kernel
def _from_tiles(p: Array, ps: int, cols: int, y: Array, first: int, count: int, h: int, w: int,
                k: int) -> None:  # fmt: skip
    """Positions first .. first + count of y, bf16 (n, h, w, k): AT p A, p float32 [36][T][cols], ps apart."""
    th, tw = (h + M - 1) // M, (w + M - 1) // M
    s = np.empty(M * N * LANES, np.float32)
    s[0] = _fetch(y, first * h * w * k, (first + count) * h * w * k)
    for t in range(count * th * tw):
        top, left = t // tw % th * M, t % tw * M
        for ch in range(0, k, LANES):
            for j in range(N):
                _out_1(p, j * ps + t * cols + ch, N * ps, 0, N, s, j * LANES, N * LANES, M, 0)
            for i in range(min(M, h - top)):
                q = (((first + t // (th * tw)) * h + top + i) * w + left) * k + ch
                _out_2(s, i * N * LANES, LANES, 0, N, y, q, k, w - left, 0)


@kernel
def _products(a: Array, az: int, ars: int, acs: int, b: Array, bz: int, n: int, p: Array, pz: int, rows: int,
              cols: int, acc: bool) -> None:  # fmt: skip
    """p (rows, cols) (+)= a . b over n pairs, b in panels, for 36 slices az, bz, pz apart.

    Row r of a has its pair i at a[r * ars + i * acs].  Scribbles on p's rows up to a multiple of 6.
    """
    for z in range(N * N):
        for j in range(0, cols, PANEL):
            for r in range(0, rows, ROWS):
                ia, ib, ip = z * az + r * ars, z * bz + j * n, z * pz + r * cols + j
                _register_tile(a, ia, ars, acs, b, ib, PANEL, n, p, ip, cols, acc)


# ------------------------------------------------------------------------------ torch interface

GG = torch.from_numpy(np.kron(G, G)).float()  # (36, 9): G w GT in both dimensions; its transpose takes dU back
_local = threading.local()


def scratch(name: str, stride: int, dtype: torch.dtype, slices: int = N * N) -> Array:
    """This thread's scratch array `name` for so many slices; torch aligns it to cache lines."""
    size = slices * stride + ROWS
    if not hasattr(_local, name) or len(getattr(_local, name)) < size:
        setattr(_local, name, torch.zeros(size, dtype=dtype).numpy())
    return getattr(_local, name)  # type: ignore[no-any-return]


def _panels(columns: int) -> int:
    return -(-columns // PANEL) * PANEL


def _blocks(h: int, w: int, goal: int) -> tuple[int, int]:
    """How many positions have about `goal` tiles, and how many tiles one has."""
    tiles = -(-h // M) * -(-w // M)
    return max(1, goal // tiles), tiles


# Slices are an odd number of cache lines apart, to spread them over the cache's sets.


def _convolve(x: torch.Tensor, g: torch.Tensor) -> torch.Tensor:
    """y, bf16 channels_last (n, k, h, w): x, bf16 (n, c, h, w), convolved with g (3, 3, c, k), any float."""
    (n, c, h, w), k, cols = x.shape, g.shape[3], _panels(g.shape[3])
    block, tiles = _blocks(h, w, CONV_TILES)
    u = scratch("u", c // 2 * cols, torch.uint32)
    in_parts(c // 2, partial(_to_weights, g.detach().float().contiguous().view(-1).numpy(), u, c, k, cols))
    y = torch.empty((n, k, h, w), dtype=torch.bfloat16, memory_format=torch.channels_last)
    xs, ys, rows = flat(x), flat(y), block * tiles + ROWS
    vs, ps = rows * c // 2 + LANES, rows * cols + LANES

    def work(first: int, last: int) -> Array:
        v, p = scratch("v", vs, torch.uint32), scratch("p", ps, torch.float32)
        for i in range(first, last, block):
            count = min(block, last - i)
            _to_tiles(xs, v, vs, i, count, h, w, c, 0)
            _products(v, vs, c // 2, 1, u, c // 2 * cols, c // 2, p, ps, count * tiles, cols, False)
            _from_tiles(p, ps, cols, ys, i, count, h, w, k)
        return p

    in_parts(n, work)
    return y


def _weight_gradient(x: torch.Tensor, dy: torch.Tensor) -> torch.Tensor:
    """float32 (k, c, 3, 3) from bf16 x (n, c, h, w) and dy (n, k, h, w)."""
    (n, c, h, w), k, cols = x.shape, dy.shape[1], _panels(x.shape[1])
    block, tiles = _blocks(h, w, GRAD_TILES)
    xs, dys, pairs = flat(x), flat(dy), (block * tiles + 1) // 2
    vs, ds, ps = pairs * cols + LANES, pairs * k + LANES, (k + ROWS) * cols + LANES

    def work(first: int, last: int) -> Array:
        v, d = scratch("v", vs, torch.uint32), scratch("d", ds, torch.uint32)
        p = scratch("p", ps, torch.float32)
        for i in range(first, last, block):
            count = min(block, last - i)
            _to_tiles(xs, v, vs, i, count, h, w, c, 1)
            _to_tiles(dys, d, ds, i, count, h, w, k, 2)
            _products(d, ds, 1, k, v, vs, (count * tiles + 1) // 2, p, ps, k, cols, i > first)
        return p[: N * N * ps].reshape(N * N, ps)[:, : k * cols].copy()  # this thread may take another part

    dw = torch.stack([GG.T @ torch.from_numpy(p) for p in in_parts(n, work)]).sum(0)
    return dw.view(3, 3, k, cols)[..., :c].permute(2, 3, 0, 1)


class _Conv3x3(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, w: torch.Tensor) -> torch.Tensor:
        ctx.save_for_backward(x, w)
        return _convolve(x, w.permute(2, 3, 1, 0))

    @staticmethod
    def backward(ctx: Any, dy: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        x, w = ctx.saved_tensors
        dx = _convolve(dy, w.permute(2, 3, 0, 1).flip(0, 1)) if ctx.needs_input_grad[0] else None
        return dx, _weight_gradient(x, dy).to(w.dtype) if ctx.needs_input_grad[1] else None


def conv3x3(x: torch.Tensor, w: torch.Tensor) -> torch.Tensor:
    """F.conv2d(x, w, padding=1), y (n, k, h, w), for x (n, c, h, w) and w (k, c, 3, 3), bf16 or float32.

    Winograd where x is bf16, c and k are multiples of 16 and the CPU suits; F.conv2d otherwise.
    """
    (k, c), fits = w.shape[:2], x.dtype == torch.bfloat16 and x.numel() > 0
    if ENABLED and fits and c % LANES == k % LANES == 0:
        return _Conv3x3.apply(x, w)  # type: ignore[no-any-return, no-untyped-call]
    return F.conv2d(x, w.to(x.dtype), padding=1)
