from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from honte.data.bands import with_band_planes
from honte.features.board import BLACK, WHITE, Board, opponent
from honte.features.errors import HonteError
from honte.features.planes import extract
from honte.features.symmetry import point_map, transform
from honte.policy.checkpoint import save
from honte.policy.network import PolicyNetwork
from honte.policy.predictor import LARGEST_BATCH, Predictor, legal_points, load_network
from tests.policy.networks import of_all_points, tiny, unsettle


@pytest.fixture
def network() -> PolicyNetwork:
    return unsettle(tiny(planes=48))


def random_planes(count: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 2, (count, 48, 9, 9), np.uint8)


def test_a_prediction_is_the_softmax_of_the_network(network: PolicyNetwork) -> None:
    planes = random_planes(3)
    expected = network(torch.from_numpy(planes).float()).softmax(1).detach().numpy()
    actual = of_all_points(Predictor(network, dtype=torch.float32), planes)
    assert actual.dtype == np.float32
    np.testing.assert_allclose(actual, expected, rtol=1e-5)
    assert expected.std() > 1e-3


def test_eight_symmetries_average_the_images_turned_back(network: PolicyNetwork) -> None:
    planes = random_planes(2)
    one, eight = (Predictor(network, dtype=torch.float32, symmetries=n) for n in (1, 8))
    images = [transform(planes, s) for s in range(8)]
    maps = [of_all_points(one, np.ascontiguousarray(image)).reshape(2, 9, 9) for image in images]
    # each map is turned back by trying all eight: the right one puts point q of the image's map at its origin
    origins = [transform(np.arange(81).reshape(9, 9), s).ravel() for s in range(8)]
    expected = np.zeros((2, 81))
    for origin, image_map in zip(origins, maps, strict=True):
        expected[:, origin] += image_map.reshape(2, 81) / 8
    np.testing.assert_allclose(of_all_points(eight, planes), expected, rtol=1e-4)


def test_a_map_and_the_move_in_it_are_one_call(network: PolicyNetwork) -> None:
    predictor, calls, board = Predictor(network), [], Board(9)
    predictor._for_one(predictor.network, 9).register_forward_hook(lambda *call: calls.append(call))
    first = predictor.probabilities(board, BLACK)
    planes = extract(board, BLACK)[None]
    np.testing.assert_array_equal(predictor.maps(planes)[0], first)
    assert len(calls) == 1
    planes[0, 0, 4, 4] ^= 1  # the caller's array is the caller's own
    assert not np.allclose(predictor.maps(planes)[0], first)
    np.testing.assert_allclose(predictor.probabilities(board, BLACK), first, rtol=1e-5)
    assert len(calls) == 3


@pytest.mark.parametrize("symmetries", [1, 8])
def test_no_position_has_no_map(network: PolicyNetwork, symmetries: int) -> None:
    predictor = Predictor(network, symmetries=symmetries)
    assert predictor.maps(random_planes(0)).shape == predictor.log_probabilities(random_planes(0)).shape == (0, 81)


@pytest.mark.parametrize("symmetry", range(8))
def test_eight_symmetries_commute_with_turning_the_board(network: PolicyNetwork, symmetry: int) -> None:
    planes = random_planes(2)
    predictor = Predictor(network, dtype=torch.float32, symmetries=8)
    turned = of_all_points(predictor, np.ascontiguousarray(transform(planes, symmetry))).reshape(2, 9, 9)
    expected = transform(of_all_points(predictor, planes).reshape(2, 9, 9), symmetry)
    np.testing.assert_allclose(turned, expected, rtol=1e-4)


def test_large_batches_are_cut_up(network: PolicyNetwork) -> None:
    planes = random_planes(LARGEST_BATCH + 3)
    predictor = Predictor(network, dtype=torch.float32)
    whole, end = of_all_points(predictor, planes), of_all_points(predictor, planes[-3:])
    np.testing.assert_allclose(whole[-3:], end, rtol=1e-5)


def test_bfloat16_is_close(network: PolicyNetwork) -> None:
    planes = random_planes(4)
    exact = of_all_points(Predictor(network, dtype=torch.float32), planes)
    rounded = of_all_points(Predictor(network, dtype=torch.bfloat16), planes)
    assert 0 < np.abs(exact - rounded).max() < 0.02


def test_probabilities_are_of_legal_moves(network: PolicyNetwork) -> None:
    board = Board(9)
    for colour, point in ((BLACK, 40), (WHITE, 41), (BLACK, 31)):
        board.play(colour, point)
    predictor = Predictor(network, dtype=torch.float32)
    actual = predictor.probabilities(board, WHITE)
    raw = of_all_points(predictor, extract(board, WHITE)[None])[0]
    legal = board.legal_points(WHITE)
    assert actual.dtype == np.float32
    np.testing.assert_allclose(actual, np.where(legal, raw, 0) / raw[legal].sum(), rtol=1e-5)


@pytest.mark.parametrize("seed", range(5))
def test_the_planes_say_what_is_legal(seed: int) -> None:
    rng, board, colour = np.random.default_rng(seed), Board(5), BLACK
    for _ in range(60):
        legal = board.legal_points(colour)
        np.testing.assert_array_equal(legal_points(extract(board, colour)), legal)
        board.play(colour, int(rng.choice(np.flatnonzero(legal))) if legal.any() else 25)
        colour = opponent(colour)


def test_legal_points_share_all_however_improbable_they_are(network: PolicyNetwork) -> None:
    """On a board where the network is sure of an illegal point, its second thoughts are its map."""
    board = Board(9)
    board.play(BLACK, 40)
    with torch.no_grad():
        network.head.bias[40] = 1000.0
    one = Predictor(network, dtype=torch.float32)
    for probabilities in (one.probabilities(board, WHITE), *one.by_symmetry(board, WHITE)[:1]):
        assert probabilities.sum() == pytest.approx(1, abs=1e-5)
        assert probabilities[40] == 0 and probabilities.max() < 0.9


def test_maps_are_those_of_each_position_by_itself(network: PolicyNetwork) -> None:
    boards = [Board(9) for _ in range(4)]
    for index, board in enumerate(boards):
        board.play(BLACK, 10 * index)
    predictor = Predictor(network, dtype=torch.float32)
    planes = np.stack([extract(board, WHITE) for board in boards])
    for symmetries in (1, 8):
        alone = Predictor(network, dtype=torch.float32, symmetries=symmetries)
        expected = np.stack([alone.probabilities(board, WHITE) for board in boards])
        np.testing.assert_allclose(predictor.maps(planes, symmetries=symmetries), expected, atol=1e-6)
    assert not np.allclose(predictor.maps(planes[:1], symmetries=1), predictor.maps(planes[:1], symmetries=8))
    with pytest.raises(HonteError, match="over 1 symmetry or over 8"):
        predictor.maps(planes, symmetries=2)


@pytest.mark.parametrize("symmetries", [1, 8])
def test_by_symmetry_is_the_network_on_turned_boards(network: PolicyNetwork, symmetries: int) -> None:
    board, points = Board(9), [40, 2, 12, 60, 33]
    for index, point in enumerate(points):
        board.play(1 + index % 2, point)
    maps = Predictor(network, dtype=torch.float32, symmetries=symmetries).by_symmetry(board, WHITE)
    single = Predictor(network, dtype=torch.float32)
    for symmetry in range(8):
        turned = Board(9)
        for index, point in enumerate(points):
            turned.play(1 + index % 2, int(point_map(9)[symmetry, point]))
        expected = single.probabilities(turned, WHITE)[point_map(9)[symmetry, :-1]]
        np.testing.assert_allclose(maps[symmetry], expected, atol=1e-6)


def test_without_a_legal_move_all_is_zero() -> None:
    board = Board(2)
    board.play(BLACK, 0)
    board.play(BLACK, 3)
    assert not board.legal_points(WHITE).any()
    predictor = Predictor(tiny(board_size=2, planes=48))
    assert not predictor.probabilities(board, WHITE).any()


@pytest.mark.parametrize("size", [5, 8, 13, 25])
def test_on_other_boards_the_convolutions_answer(
    network: PolicyNetwork, size: int, caplog: pytest.LogCaptureFixture
) -> None:
    """The reference is a network for that size that has the same filters and no biases by point."""
    other = PolicyNetwork(replace(network.config, board_size=size))
    filters = {name: tensor for name, tensor in network.state_dict().items() if name != "head.bias"}
    assert other.load_state_dict(filters, strict=False).missing_keys == ["head.bias"] and not other.head.bias.any()
    planes = np.random.default_rng(0).integers(0, 2, (3, 48, size, size), np.uint8)
    for symmetries in (1, 8):
        expected, predictor = (Predictor(net, dtype=torch.float32, symmetries=symmetries) for net in (other, network))
        np.testing.assert_allclose(of_all_points(predictor, planes), of_all_points(expected, planes), rtol=1e-5)
        predictor.maps(planes)
        assert predictor.board_size == 9 and expected.board_size == size
    said = f"no network is trained for {size}x{size}: the convolutions of the network for 9x9 answer"
    assert [record.getMessage() for record in caplog.records] == [said] * 2  # once a predictor
    predictor.network.head.bias.zero_()
    planes = random_planes(2)
    assert not np.allclose(of_all_points(predictor, planes), of_all_points(Predictor(network), planes))


def test_what_a_predictor_refuses(network: PolicyNetwork) -> None:
    predictor = Predictor(network)
    for size in (2, 4):
        with pytest.raises(HonteError, match=f"no network plays on {size}x{size}: choose a board from 5x5 to 25x25"):
            predictor.probabilities(Board(size), BLACK)
    sound = random_planes(1)
    for planes in (sound[0], sound[:, :47], sound.astype(int), sound[..., :5]):
        with pytest.raises(HonteError, match=r"takes planes as an array uint8 \(B, 48, N, N\), not"):
            predictor.maps(planes)
    with pytest.raises(HonteError, match="over 1 symmetry or over 8"):
        Predictor(network, symmetries=4)


def test_a_level_is_one_that_a_network_knows(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    bands = ("15k", "1d")
    told = unsettle(tiny(planes=50, bands=bands)).eval()
    save(told, tmp_path / "told")
    save(unsettle(tiny(planes=48, board_size=13)).eval(), tmp_path / "untold")
    board = Board(9)
    maps = {}
    for level in ("", "15k", "3k", "1d", "9p"):
        predictor = load_network(tmp_path / "told", tmp_path / "untold", precision="float32", level=level)
        maps[level] = predictor.probabilities(board, BLACK)
        place = {"15k": 0, "3k": 0, "1d": 1, "9p": 1}.get(level, -1)
        planes = with_band_planes(extract(board, BLACK)[None], np.array([place]), 2)
        expected = of_all_points(Predictor(told, dtype=torch.float32), planes)[0]
        np.testing.assert_allclose(maps[level], expected, atol=1e-3)  # weights are stored in half precision
    assert (maps["15k"] == maps["3k"]).all() and np.abs(maps["15k"] - maps["1d"]).max() > 1e-3
    assert not caplog.records
    predictor.probabilities(Board(13), BLACK)
    assert "13x13 does not know 9p: it plays as itself" in caplog.text
    for level, words in (("16k", "15k 1d on 9x9"), ("strong", "is no rank")):
        with pytest.raises(HonteError, match=words):
            load_network(tmp_path / "told", tmp_path / "untold", level=level)
    with pytest.raises(HonteError, match="none was told ranks"):
        load_network(tmp_path / "untold", level="15k")
