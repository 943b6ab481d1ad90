"""Tests of Winograd's convolutions, in bfloat16 and in float32, against direct ones in float64."""


import numpy as np
import pytest
import torch
import torch.nn.functional as F

from honte.policy import winograd, winograd_float32
from honte.policy.network import NetworkConfig, PolicyNetwork
from honte.policy.recipes import TrainConfig
from honte.policy.training import build_network, build_optimiser
from honte.policy.winograd import conv3x3

needs_cpu = pytest.mark.skipif(not winograd.POSSIBLE, reason="needs AVX512-BF16")
needs_avx2 = pytest.mark.skipif(not winograd_float32.ENABLED, reason="needs AVX2 with FMA")


@pytest.fixture(autouse=True)
def wherever_it_is_possible(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where AMX makes direct convolutions the faster ones."""
    monkeypatch.setattr(winograd, "ENABLED", winograd.POSSIBLE)


def tensors(
    n: int, c: int, k: int, h: int, w: int, dtype: torch.dtype = torch.float32
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """x, weights and dy: ReLU of gaussians, He-scaled weights, gaussians."""
    torch.manual_seed(n + c + k + h + w)
    x = torch.relu(torch.randn(n, c, h, w)).bfloat16().to(memory_format=torch.channels_last)
    weight = (torch.randn(k, c, 3, 3) / (4.5 * c) ** 0.5).to(dtype)
    return x.requires_grad_(), weight.requires_grad_(), torch.randn(n, k, h, w).bfloat16()


def reference(x: torch.Tensor, w: torch.Tensor, dy: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """y, dx and dw of the direct convolution in float64."""
    x, w = x.detach().double().requires_grad_(), w.detach().double().requires_grad_()
    y = F.conv2d(x, w, padding=1)
    return y.detach(), *torch.autograd.grad(y, (x, w), dy.double())


def error(a: torch.Tensor, b: torch.Tensor) -> float:
    return float((a.detach().double() - b).norm() / b.norm())


@pytest.mark.parametrize("points", [winograd.POINTS, winograd_float32.POINTS])
def test_the_bilinear_algorithm_is_exact(points: tuple[float, ...]) -> None:
    at, g, bt = winograd.cook_toom(points)
    rng = np.random.default_rng(0)
    d, w, dy = rng.normal(size=len(points) + 1), rng.normal(size=3), rng.normal(size=len(points) - 1)
    np.testing.assert_allclose(at @ ((g @ w) * (bt @ d)), np.correlate(d, w), atol=1e-12)
    np.testing.assert_allclose(g.T @ ((at.T @ dy) * (bt @ d)), np.correlate(d, dy), atol=1e-12)


@needs_cpu
@pytest.mark.parametrize("side", [(9, 9), (13, 13), (19, 19), (1, 1), (5, 18), (4, 3)])
@pytest.mark.parametrize("channels", [(16, 16), (48, 80), (192, 64)])
@pytest.mark.parametrize("n", [1, 7])
def test_close_to_direct_convolution(n: int, channels: tuple[int, int], side: tuple[int, int]) -> None:
    x, w, dy = tensors(n, *channels, *side)
    y = conv3x3(x, w)
    dx, dw = torch.autograd.grad(y, (x, w), dy)
    for actual, expected in zip((y, dx, dw), reference(x, w, dy), strict=True):
        assert actual.shape == expected.shape
        assert error(actual, expected) < 0.02


@needs_cpu
def test_threads_share_the_batch(threads: int) -> None:
    x, w, dy = tensors(11, 64, 64, 19, 19)
    y = conv3x3(x, w)
    dx, dw = torch.autograd.grad(y, (x, w), dy)
    for actual, expected in zip((y, dx, dw), reference(x, w, dy), strict=True):
        assert error(actual, expected) < 0.015


@needs_cpu
def test_types_layouts_and_in_place_use() -> None:
    x, w, _ = tensors(2, 32, 16, 9, 9, torch.bfloat16)
    y = conv3x3(x, w)
    assert y.dtype == torch.bfloat16 and y.is_contiguous(memory_format=torch.channels_last)
    assert torch.equal(y, conv3x3(x.detach().contiguous(), w.detach().to(memory_format=torch.channels_last)))
    F.relu_(y).sum().backward()  # in place, and an expanded, masked dy
    dx, dw = reference(x, w, (y > 0).double())[1:]
    assert x.grad is not None and w.grad is not None and w.grad.dtype == torch.bfloat16
    assert error(x.grad, dx) < 0.02 and error(w.grad, dw) < 0.02


@needs_cpu
def test_other_calls_do_not_disturb_each_other() -> None:
    """Scratch is reused: garbage or infinities of one call must not reach the next."""
    x, w, dy = tensors(3, 48, 48, 13, 13)
    y = conv3x3(x, w)
    dw = torch.autograd.grad(y, w, dy)[0]
    big = torch.full((9, 192, 19, 19), float("inf")).bfloat16().requires_grad_()
    weight = torch.randn(192, 192, 3, 3, requires_grad=True)
    conv3x3(big, weight).sum().backward()
    z = conv3x3(x, w)
    assert torch.equal(y, z)
    assert torch.equal(dw, torch.autograd.grad(z, w, dy)[0])


BF16, F32 = torch.bfloat16, torch.float32


@pytest.mark.parametrize("c, k, dtype", [(17, 16, BF16), (16, 8, BF16), (16, 16, F32)])
def test_falls_back_to_torch(c: int, k: int, dtype: torch.dtype) -> None:
    x, w = torch.randn(2, c, 9, 9).to(dtype), torch.randn(k, c, 3, 3)
    assert torch.equal(conv3x3(x, w), F.conv2d(x, w.to(dtype), padding=1))


@needs_avx2
@pytest.mark.parametrize("side", [(19, 19), (13, 13), (1, 1), (5, 18), (4, 3)])
@pytest.mark.parametrize("channels", [(16, 16), (48, 80), (192, 64)])
@pytest.mark.parametrize("n", [1, 27])
def test_in_float32_it_is_the_direct_convolution(
    n: int, channels: tuple[int, int], side: tuple[int, int], threads: int
) -> None:
    torch.manual_seed(n)
    for _ in range(2):  # on memory that was used before
        x, w = torch.randn(n, channels[0], *side), torch.randn(channels[1], channels[0], 3, 3)
        y = winograd_float32.convolve(x, w)
        assert y.shape == (n, channels[1], *side) and y.is_contiguous(memory_format=torch.channels_last)
        assert error(y, F.conv2d(x.double(), w.double(), padding=1)) < 3e-6


@needs_avx2
@pytest.mark.parametrize(
    ("n", "c", "k", "side"),
    [(1, 16, 16, (1, 1)), (7, 48, 80, (5, 18)), (3, 16, 64, (4, 3)), (5, 192, 64, (19, 19)), (9, 64, 64, (13, 13)),
     (128, 192, 192, (9, 9))],
)  # fmt: skip
def test_in_float32_its_gradients_are_those_of_the_direct_convolution(
    n: int, c: int, k: int, side: tuple[int, int], threads: int
) -> None:
    x, w, dy = (t.detach().float() for t in tensors(n, c, k, *side))
    expected = reference(x, w, dy)
    for _ in range(2):  # on memory that was used before
        x.requires_grad_(), w.requires_grad_()
        dx, dw = torch.autograd.grad(winograd_float32.convolve(x, w), (x, w), dy)
        assert dx.shape == x.shape and dw.shape == w.shape
        assert error(dx, expected[1]) < 3e-6
        assert error(dw, expected[2]) < 3e-6
        assert torch.equal(dw, torch.autograd.grad(winograd_float32.convolve(x, w), w, dy)[0])  # it repeats itself
        spoilt = torch.full_like(x, float("inf")).requires_grad_()
        winograd_float32.convolve(spoilt, w).sum().backward()


@needs_avx2
def test_in_float32_gradients_may_be_expanded_and_masked_in_place() -> None:
    x, w, _ = tensors(4, 32, 16, 19, 19)
    x = x.detach().float().contiguous().requires_grad_()
    y = F.relu_(winograd_float32.convolve(x, w))
    y.sum().backward()
    dx, dw = reference(x, w, (y > 0).double())[1:]
    assert x.grad is not None and w.grad is not None
    assert error(x.grad, dx) < 3e-6 and error(w.grad, dw) < 3e-6


@needs_avx2
def test_in_float32_training_by_it_goes_the_same_way(monkeypatch: pytest.MonkeyPatch) -> None:
    generator = torch.Generator().manual_seed(0)
    planes = (torch.rand(16, 48, 9, 9, generator=generator) < 0.3).float()
    moves = torch.randint(81, (16,), generator=generator)
    layers = []
    gradient = winograd_float32._weight_gradient
    monkeypatch.setattr(winograd_float32, "_weight_gradient", lambda x, dy: layers.append(1) or gradient(x, dy))

    def losses(enabled: bool) -> list[float]:
        monkeypatch.setattr(winograd_float32, "ENABLED", enabled)
        network = build_network(TrainConfig(board_size=9, filters=64)).train()
        optimiser = build_optimiser(network, lr=2e-3, weight_decay=0.01)
        found = []
        for _ in range(10):
            loss = F.cross_entropy(network(planes), moves)
            loss.backward()
            optimiser.step()
            optimiser.zero_grad()
            found.append(loss.item())
        return found

    directly = losses(False)
    assert not layers
    by_winograd = losses(True)
    assert len(layers) == 10 * 11
    assert by_winograd[:4] == pytest.approx(directly[:4], rel=1e-5)
    # Rounding grows tenfold every two or three steps, and at once where filters are orthogonalised in bfloat16.
    assert by_winograd == pytest.approx(directly, rel=3e-3)
    assert by_winograd[-1] < 0.98 * by_winograd[0]
    assert by_winograd == losses(True)  # it repeats itself


@needs_avx2
@pytest.mark.parametrize(
    ("batch", "size", "channels", "dtype", "used"),
    [(3, 19, 64, "float32", True), (2, 19, 64, "float32", False), (16, 9, 64, "float32", True),
     (6, 13, 128, "float32", True), (4, 13, 64, "float32", False), (16, 7, 64, "float32", False),
     (8, 19, 63, "float32", False), (8, 19, 64, "bfloat16", False)],
)  # fmt: skip
def test_prediction_uses_it_where_it_pays(
    batch: int, size: int, channels: int, dtype: str, used: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = PolicyNetwork(NetworkConfig(board_size=size, filters=channels)).eval()
    planes = (torch.rand(batch, 48, size, size) < 0.3).to(getattr(torch, dtype))
    calls = []
    convolve = winograd_float32.convolve
    monkeypatch.setattr(winograd_float32, "convolve", lambda x, w: calls.append(1) or convolve(x, w))
    with torch.inference_mode():
        logits = network(planes)
        assert len(calls) == (11 if used else 0)
        monkeypatch.setattr(winograd_float32, "ENABLED", False)
        assert torch.allclose(network(planes), logits, rtol=1e-4, atol=1e-4)
