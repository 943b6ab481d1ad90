"""Positions near another, against each position by itself in double precision."""

import copy
from itertools import count

import numpy as np
import pytest
import torch

from honte.engine.explain.without import stones_from, without_groups, without_stones
from honte.features.planes import extract
from honte.policy import differences, winograd_float32
from honte.policy.differences import applies, logits_near
from honte.policy.network import NetworkConfig, PolicyNetwork
from honte.policy.predictor import Predictor
from tests.policy.corpora import random_game

needs_cpu = pytest.mark.skipif(not winograd_float32.ENABLED, reason="needs AVX2 with FMA")


def network_of(size: int, filters: int, **changes: object) -> PolicyNetwork:
    """With biases everywhere, by point too, and logits of the size of trained ones."""
    torch.manual_seed(size)
    network = PolicyNetwork(NetworkConfig(**{"board_size": size, "filters": filters, **changes})).eval()
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if name.endswith("bias"):
                parameter.normal_(0, 0.1)
        network.head.weight.normal_(0, 2 / filters**0.5)
    return network.requires_grad_(False)


def near(rng: np.random.Generator, size: int, points: list[int], planes: int = 48) -> torch.Tensor:
    """A random position, and as many others as there are numbers, each other in so many points."""
    base = rng.random((planes, size, size)) < 0.25
    batch = np.repeat(base[None], 1 + len(points), 0)
    for position, number in zip(batch[1:], points, strict=True):
        places = rng.choice(size**2, number, replace=False)
        position.reshape(planes, -1)[:, places] = rng.random((planes, number)) < 0.25
    return torch.from_numpy(batch).float()


def assert_equal(network: PolicyNetwork, planes: torch.Tensor) -> None:
    expected = copy.deepcopy(network).double()(planes.double())
    actual = logits_near(network, planes)
    assert actual.shape == expected.shape and actual.dtype == torch.float32
    assert planes.shape[-1] < 5 or expected.std() > 0.1
    torch.testing.assert_close(actual.double(), expected, atol=3e-5, rtol=3e-5)


@needs_cpu
@pytest.mark.parametrize("size", [1, 2, 5, 9, 13, 19, 25])
def test_near_positions_are_as_each_by_itself(size: int, threads: int) -> None:
    """Also those that do not differ, or everywhere."""
    network, rng = network_of(19, 16, other_sizes=(9,)), np.random.default_rng(size)
    for _ in range(2):  # on memory that was used before
        points = [min(number, size**2) for number in (0, 1, 1, 2, 7, size**2)]
        assert_equal(network, near(rng, size, points))
        assert_equal(network, near(rng, size, []))


@needs_cpu
@pytest.mark.parametrize(
    "changes", [{"planes": 51}, {"network": "vgg11", "filters": 128}, {"planes": 7, "filters": 48}]
)
def test_stacks_of_other_layers_and_widths(changes: dict[str, object]) -> None:
    network = network_of(13, **{"filters": 64, **changes})
    assert_equal(network, near(np.random.default_rng(0), 13, [1, 3, 0, 20], network.config.planes))


@needs_cpu
@pytest.mark.parametrize("bands", [(), ("15k", "1d")])
@pytest.mark.parametrize("symmetries", [1, 8])
def test_explanations_ask_for_maps_of_near_positions(
    symmetries: int, bands: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On real positions, by any number of parts."""
    monkeypatch.setattr("honte.policy.predictor.LARGEST_BATCH", 20)
    network = network_of(19, 64, planes=48 + len(bands), bands=bands)
    predictor = Predictor(network, dtype=torch.float32, symmetries=symmetries, level="3k" if bands else "")
    record = random_game(np.random.default_rng(0), size=19, length=60)
    board, colour = record.board(40), record.to_move(40)
    base = extract(board, colour)
    left = np.concatenate([without_stones(board, colour, stones_from(board, 180)[:25]), without_groups(base)[1]])
    seen: list[int] = []
    monkeypatch.setattr("honte.policy.predictor.logits_near", lambda *a: [seen.append(len(a[1])), logits_near(*a)][1])
    parts = count()
    maps = predictor.maps_near(base, left, between=lambda: next(parts))
    assert seen == [21, 14] * symmetries and next(parts) == 2 * symmetries * 12
    assert maps.shape == (33, 361) and maps.dtype == np.float32
    np.testing.assert_allclose(maps, predictor.maps(left), atol=1e-6, rtol=1e-4)


@needs_cpu
def test_only_what_is_touched_is_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    rows: list[int] = []

    def counted(*given: torch.Tensor) -> torch.Tensor:
        found = winograd_float32.convolve_rows(*given)
        rows.append(len(found) - 1 - 361)
        return found

    monkeypatch.setattr(differences, "convolve_rows", counted)
    planes = near(np.random.default_rng(0), 19, [0, 0, 0])
    planes[2, 3, 9, 9] = 1 - planes[2, 3, 9, 9]
    planes[3, 3, 0, 0] = 1 - planes[3, 3, 0, 0]
    logits_near(network_of(19, 64), planes)
    assert rows == [min(2 * layer + 5, 19) ** 2 + (layer + 3) ** 2 for layer in range(1, 12)]


@pytest.mark.parametrize(
    ("size", "changes", "dtype", "used"),
    [
        (19, {}, "float32", True),
        (19, {}, "bfloat16", False),
        (7, {}, "float32", False),
        (19, {"filters": 8}, "float32", False),
        (19, {"network": "vgg11", "filters": 128}, "float32", True),
        (19, {"network": "resnet18"}, "float32", False),
        (19, {"network": "zfnet"}, "float32", False),
    ],
)
def test_where_it_does_not_apply_the_whole_batch_is_computed(
    size: int, changes: dict[str, object], dtype: str, used: bool
) -> None:
    network = network_of(size, **{"filters": 64, **changes})
    predictor = Predictor(network, dtype=getattr(torch, dtype))
    planes = near(np.random.default_rng(0), size, [1] * 12).numpy().astype(np.uint8)
    given = torch.from_numpy(planes).to(predictor.dtype)
    assert applies(predictor.network, given) == (used and winograd_float32.ENABLED)
    parts = count()
    maps = predictor.maps_near(planes[0], planes[1:], between=lambda: next(parts))
    tolerance = 1e-6 if dtype == "float32" else 2e-2
    np.testing.assert_allclose(maps, predictor.maps(planes[1:]), atol=tolerance, rtol=100 * tolerance)
    assert next(parts) == (len(network.trunk) if used and winograd_float32.ENABLED else 2)
    assert not applies(predictor.network, given[:2])  # of two the direct convolution is as fast


def test_it_ends_where_asked_to() -> None:
    def stop() -> None:
        raise TimeoutError

    planes = near(np.random.default_rng(0), 19, [1] * 3).numpy().astype(np.uint8)
    with pytest.raises(TimeoutError):
        Predictor(network_of(19, 64)).maps_near(planes[0], planes[1:], between=stop)
