"""Batch norm and ReLU as one operation, for training in bfloat16 on CPUs.

PyTorch's own can take a quarter of a step: they read and write the activations thirteen times, in single elements.
These kernels read and write them eight times, in vectors: the statistics, then the output; in the backward pass the
sums, then the gradient, where the sign of the output, which ReLU's gradient needs, is computed anew rather than read.
"""

from functools import partial
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from llvmlite import ir
from numba import types
from numba.extending import intrinsic as _intrinsic
from torch import Tensor

from honte.features.compilation import kernel
from honte.policy.threads import flat, in_parts

intrinsic: Any = _intrinsic
Array = np.ndarray
TOGETHER = 4
"""Rows of channels that a kernel works on at once, to load what belongs to a channel once for all of them."""
GROUPS = 32
"""Groups of rows whose sums are formed in float32 before they are added up in float64."""


@intrinsic
def _widen(_, word):  # type: ignore[no-untyped-def]
    """The float32 of a bfloat16 given as uint16."""

    def emit(ctx, b, sig, args):  # type: ignore[no-untyped-def]
        bits = b.shl(b.zext(args[0], ir.IntType(32)), ir.Constant(ir.IntType(32), 16))
        return b.bitcast(bits, ir.FloatType())

    return types.float32(types.uint16), emit


@intrinsic
def _narrow(_, value):  # type: ignore[no-untyped-def]
    """The bfloat16, as uint16, nearest to a float32; ties go to even."""

    def emit(ctx, b, sig, args):  # type: ignore[no-untyped-def]
        word = ir.IntType(32)
        bits = b.bitcast(args[0], word)
        odd = b.and_(b.lshr(bits, ir.Constant(word, 16)), ir.Constant(word, 1))
        rounded = b.add(bits, b.add(odd, ir.Constant(word, 0x7FFF)))
        return b.trunc(b.lshr(rounded, ir.Constant(word, 16)), ir.IntType(16))

    return types.uint16(types.float32), emit


@kernel
def _moments(x: Array, first: int, last: int) -> Array:
    """Sums of x and of its squares, float64 (2, C), over groups of rows of x, bf16 (groups, 4, C)."""
    channels = x.shape[2]
    sums, part = np.zeros((2, channels)), np.empty((2, channels), np.float32)
    for start in range(first, last, GROUPS):
        part[:] = 0
        total, squares = part
        for group in range(start, min(start + GROUPS, last)):
            rows = x[group]
            for c in range(channels):
                value_sum = square_sum = np.float32(0)
                for k in range(TOGETHER):
                    value = _widen(rows[k, c])
                    value_sum += value
                    square_sum += value * value
                total[c] += value_sum
                squares[c] += square_sum
        sums += part
    return sums


@kernel
def _apply(x: Array, y: Array, scale: Array, shift: Array, floor: float, first: int, last: int) -> None:
    """y = max(x * scale + shift, floor) for rows of x, bf16 (rows, C)."""
    for r in range(first, last):
        row, out = x[r], y[r]
        for c in range(x.shape[1]):
            value = _widen(row[c]) * scale[c] + shift[c]
            out[c] = _narrow(floor if value < floor else value)


@kernel
def _gradient_sums(x: Array, dy: Array, scale: Array, shift: Array, floor: float, first: int, last: int) -> Array:
    """Sums of g and of g * x, float64 (2, C), where g is the gradient before ReLU."""
    channels = x.shape[2]
    sums, part = np.zeros((2, channels)), np.empty((2, channels), np.float32)
    for start in range(first, last, GROUPS):
        part[:] = 0
        total, products = part
        for group in range(start, min(start + GROUPS, last)):
            rows, d_rows = x[group], dy[group]
            for c in range(channels):
                g_sum = product_sum = np.float32(0)
                for k in range(TOGETHER):
                    value, g = _widen(rows[k, c]), _widen(d_rows[k, c])
                    g = g if value * scale[c] + shift[c] > floor else np.float32(0)
                    g_sum += g
                    product_sum += g * value
                total[c] += g_sum
                products[c] += product_sum
        sums += part
    return sums


@kernel
def _input_gradient(x: Array, dy: Array, dx: Array, scale: Array, shift: Array, slope: Array, offset: Array,
                    floor: float, first: int, last: int) -> None:  # fmt: skip
    """dx = g * scale - x * slope - offset for rows of x."""
    for r in range(first, last):
        row, d_row, out = x[r], dy[r], dx[r]
        for c in range(x.shape[1]):
            value, g = _widen(row[c]), _widen(d_row[c])
            g = g if value * scale[c] + shift[c] > floor else np.float32(0)
            out[c] = _narrow(g * scale[c] - value * slope[c] - offset[c])


class _BatchNormReLU(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor, eps: float, relu: bool) -> Tensor:
        y = torch.empty_like(x, memory_format=torch.channels_last)
        rows, out, groups = _rows(x), _rows(y), _groups(x)
        mean, square = sum(in_parts(len(groups), partial(_moments, groups))) / len(rows)
        deviation = np.sqrt(np.maximum(square - mean**2, 0) + eps)
        scale = weight.detach().numpy() / deviation
        affine = np.float32(scale), np.float32(bias.detach().numpy() - mean * scale), np.float32(0 if relu else -np.inf)
        in_parts(len(rows), partial(_apply, rows, out, *affine))
        ctx.save_for_backward(x)
        ctx.statistics = mean, deviation, *affine
        return y

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor | None, ...]:
        (x,) = ctx.saved_tensors
        mean, deviation, scale, shift, floor = ctx.statistics
        sums = partial(_gradient_sums, _groups(x), _groups(dy), scale, shift, floor)
        dx = torch.empty_like(x, memory_format=torch.channels_last)
        rows, d_out, d_rows = _rows(x), _rows(dy), _rows(dx)
        sum_g, sum_gx = sum(in_parts(len(rows) // TOGETHER, sums))
        d_weight = (sum_gx - mean * sum_g) / deviation
        slope = scale * d_weight / deviation / len(rows)
        offset = scale * sum_g / len(rows) - slope * mean
        lines = np.float32(slope), np.float32(offset), floor
        in_parts(len(rows), partial(_input_gradient, rows, d_out, d_rows, scale, shift, *lines))
        return dx, torch.from_numpy(np.float32(d_weight)), torch.from_numpy(np.float32(sum_g)), None, None


def _rows(x: Tensor) -> Array:
    return flat(x).reshape(-1, x.shape[1])


def _groups(x: Tensor) -> Array:
    return flat(x).reshape(-1, TOGETHER, x.shape[1])


def batch_norm_relu(x: Tensor, weight: Tensor, bias: Tensor, *, eps: float, relu: bool) -> Tensor:
    """F.batch_norm of x (B, C, N, N) by its own statistics, with float32 weight and bias (C,), then ReLU if asked.

    By kernels of its own for bf16 on the CPU, where B·N² is a multiple of four; by PyTorch's operations otherwise.
    """
    suits = x.dtype == torch.bfloat16 and x.device.type == "cpu" and x.numel() > 0
    if suits and x.numel() // x.shape[1] % TOGETHER == 0:
        return _BatchNormReLU.apply(x, weight, bias, eps, relu)  # type: ignore[no-any-return, no-untyped-call]
    y = F.batch_norm(x, None, None, weight, bias, training=True, eps=eps)
    return F.relu(y) if relu else y
