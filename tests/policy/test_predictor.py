import numpy as np
import pytest
import torch

from honte.features.board import BLACK, WHITE, Board
from honte.features.errors import HonteError
from honte.features.planes import extract
from honte.features.symmetry import transform
from honte.policy.network import PolicyNetwork
from honte.policy.predictor import LARGEST_BATCH, Predictor
from tests.policy.networks import tiny, unsettle


@pytest.fixture
def network() -> PolicyNetwork:
    return unsettle(tiny(planes=48))


def random_planes(count: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 2, (count, 48, 9, 9), np.uint8)


def test_a_prediction_is_the_softmax_of_the_network(network: PolicyNetwork) -> None:
    planes = random_planes(3)
    expected = network(torch.from_numpy(planes).float()).softmax(1).detach().numpy()
    actual = Predictor(network, dtype=torch.float32).predict(planes)
    assert actual.dtype == np.float32
    np.testing.assert_allclose(actual, expected, rtol=1e-5)
    assert expected.std() > 1e-3


def test_eight_symmetries_average_the_images_turned_back(network: PolicyNetwork) -> None:
    planes = random_planes(2)
    one, eight = (Predictor(network, dtype=torch.float32, symmetries=n) for n in (1, 8))
    images = [transform(planes, s) for s in range(8)]
    maps = [one.predict(np.ascontiguousarray(image)).reshape(2, 9, 9) for image in images]
    # each map is turned back by trying all eight: the right one puts point q of the image's map at its origin
    origins = [transform(np.arange(81).reshape(9, 9), s).ravel() for s in range(8)]
    expected = np.zeros((2, 81))
    for origin, image_map in zip(origins, maps, strict=True):
        expected[:, origin] += image_map.reshape(2, 81) / 8
    np.testing.assert_allclose(eight.predict(planes), expected, rtol=1e-4)


def test_a_map_and_the_move_in_it_are_one_call(network: PolicyNetwork) -> None:
    predictor, calls, board = Predictor(network), [], Board(9)
    predictor.network.register_forward_hook(lambda *call: calls.append(call))
    first = predictor.probabilities(board, BLACK)
    planes = extract(board, BLACK)[None]
    np.testing.assert_allclose(predictor.predict(planes)[0], first, rtol=1e-5)
    assert len(calls) == 1
    planes[0, 0, 4, 4] ^= 1  # the caller's array is the caller's own
    assert not np.allclose(predictor.predict(planes)[0], first)
    np.testing.assert_allclose(predictor.probabilities(board, BLACK), first, rtol=1e-5)
    assert len(calls) == 3


@pytest.mark.parametrize("symmetry", range(8))
def test_eight_symmetries_commute_with_turning_the_board(network: PolicyNetwork, symmetry: int) -> None:
    planes = random_planes(2)
    predictor = Predictor(network, dtype=torch.float32, symmetries=8)
    turned = predictor.predict(np.ascontiguousarray(transform(planes, symmetry))).reshape(2, 9, 9)
    expected = transform(predictor.predict(planes).reshape(2, 9, 9), symmetry)
    np.testing.assert_allclose(turned, expected, rtol=1e-4)


def test_large_batches_are_cut_up(network: PolicyNetwork) -> None:
    planes = random_planes(LARGEST_BATCH + 3)
    predictor = Predictor(network, dtype=torch.float32)
    whole, end = predictor.predict(planes), predictor.predict(planes[-3:])
    np.testing.assert_allclose(whole[-3:], end, rtol=1e-5)


def test_bfloat16_is_close(network: PolicyNetwork) -> None:
    planes = random_planes(4)
    exact = Predictor(network, dtype=torch.float32).predict(planes)
    rounded = Predictor(network, dtype=torch.bfloat16).predict(planes)
    assert 0 < np.abs(exact - rounded).max() < 0.02


def test_probabilities_are_of_legal_moves(network: PolicyNetwork) -> None:
    board = Board(9)
    for colour, point in ((BLACK, 40), (WHITE, 41), (BLACK, 31)):
        board.play(colour, point)
    predictor = Predictor(network, dtype=torch.float32)
    actual = predictor.probabilities(board, WHITE)
    raw = predictor.predict(extract(board, WHITE)[None])[0]
    legal = board.legal_points(WHITE)
    assert actual.dtype == np.float32
    np.testing.assert_allclose(actual, np.where(legal, raw, 0) / raw[legal].sum(), rtol=1e-5)


def test_without_a_legal_move_all_is_zero() -> None:
    board = Board(2)
    board.play(BLACK, 0)
    board.play(BLACK, 3)
    assert not board.legal_points(WHITE).any()
    predictor = Predictor(tiny(board_size=2, planes=48))
    assert not predictor.probabilities(board, WHITE).any()


def test_other_board_sizes_are_refused(network: PolicyNetwork) -> None:
    predictor = Predictor(network)
    assert predictor.board_size == 9
    with pytest.raises(HonteError, match="for 9x9 boards, not for 13x13"):
        predictor.probabilities(Board(13), BLACK)
    with pytest.raises(HonteError, match="over 1 symmetry or over 8"):
        Predictor(network, symmetries=4)
