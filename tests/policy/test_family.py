"""Which network answers on which board."""

import json
import logging
from pathlib import Path

import numpy as np
import pytest
import torch

from honte.features.board import BLACK, Board
from honte.features.errors import HonteError
from honte.policy import checkpoint, family
from honte.policy.checkpoint import CheckpointError
from honte.policy.family import Family
from honte.policy.predictor import Predictor, load_network
from tests.policy.networks import tiny, unsettle


def made(folder: Path, size: int, **changes: object) -> Path:
    """A network for a size, whose answers no other size's has."""
    network = unsettle(tiny(board_size=size, planes=changes.pop("planes", 48)))
    with torch.no_grad():
        network.head.weight.mul_(size)
    checkpoint.save(network, folder)
    return folder


@pytest.fixture(scope="module")
def several(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Networks for 9x9, 13x13 and 19x19 in one folder, as Honte has its own."""
    folder = tmp_path_factory.mktemp("networks")
    for size in (9, 13, 19):
        made(folder / f"{size}x{size}", size)
    (folder / "README.md").write_text("what they are")
    (folder / "notes").mkdir()
    return folder


def sizes_by(networks: Family) -> dict[int, int]:
    return {size: networks.trained_for(size) for size in range(5, 26)}


def test_the_next_larger_answers_or_else_the_largest(several: Path) -> None:
    expected = {9: range(5, 10), 13: range(10, 14), 19: range(14, 26)}
    assert sizes_by(Family(several)) == {size: own for own, sizes in expected.items() for size in sizes}
    assert Family(several).usual_size == 19 and Family(several / "13x13", several / "9x9").usual_size == 13
    assert sizes_by(Family(several / "9x9")) == dict.fromkeys(range(5, 26), 9)


@pytest.mark.parametrize("size", [2, 4, 26, 100])
def test_boards_that_nobody_plays_on(several: Path, size: int) -> None:
    with pytest.raises(HonteError, match=f"no network plays on {size}x{size}: choose a board from 5x5 to 25x25"):
        Family(several).trained_for(size)


def test_a_size_below_five_is_played_by_its_own_network(several: Path, tmp_path: Path) -> None:
    networks = Family(several, made(tmp_path / "3x3", 3))
    assert networks.trained_for(3) == 3 and sizes_by(networks) == sizes_by(Family(several))
    with pytest.raises(HonteError, match="no network plays on 4x4"):
        networks.trained_for(4)


def test_a_network_is_read_when_it_is_asked_for_and_once(several: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []

    def load(folder: Path) -> object:
        read.append(folder.name)
        return checkpoint.load(folder)

    monkeypatch.setattr(family, "load", load)
    predictor = load_network(several, device="cpu", precision="float32")
    assert read == []
    alone = {size: load_network(several / f"{size}x{size}", device="cpu", precision="float32") for size in (9, 13, 19)}
    seen = {size: predictor.probabilities(Board(size), BLACK) for size in (9, 7, 9, 14, 16, 25)}
    assert read == ["9x9", "19x19"] and predictor.board_size == 19
    for size, probabilities in seen.items():
        expected = alone[9 if size < 10 else 19].probabilities(Board(size), BLACK)
        np.testing.assert_allclose(probabilities, expected, rtol=1e-5)


def test_a_network_that_is_named_goes_before_one_among_several(several: Path, tmp_path: Path) -> None:
    mine = made(tmp_path / "mine", 9)
    for folders in ((several, mine), (mine, several)):
        networks = Family(*folders)
        assert networks.members == {9: mine, 13: several / "13x13", 19: several / "19x19"} and not networks.faults


def test_one_network_for_several_sizes_is_read_once(several: Path, tmp_path: Path) -> None:
    both = tmp_path / "both"
    checkpoint.save(unsettle(tiny(board_size=11, other_sizes=(7, 9), planes=48)), both)
    assert sizes_by(Family(both)) == {size: 7 if size < 8 else 9 if size < 10 else 11 for size in range(5, 26)}
    predictor = load_network(several / "19x19", both, device="cpu")
    assert predictor.at(7) is predictor.at(9) is predictor.at(10) is not predictor.at(19)
    assert predictor.family.words(9) == "the network for 9x9"
    cut_weights(both)
    damaged = Family(several / "19x19", both)
    for _ in range(2):
        with pytest.raises(CheckpointError, match="network for 9x9"):
            load_network(several / "19x19", both, device="cpu").at(9)
    assert damaged.members.keys() == {19, 11, 7, 9}


def test_a_run_stands_for_its_network(tmp_path: Path) -> None:
    network = made(tmp_path / "runs" / "nine" / "network", 9)
    (tmp_path / "runs" / "nine" / "config.json").write_text("{}")
    for named in (tmp_path / "runs", tmp_path / "runs" / "nine", network):
        assert Family(named).members == {9: network}


def test_two_for_one_size_are_a_mistake_of_that_size_alone(several: Path, tmp_path: Path) -> None:
    one, two = made(tmp_path / "one", 9), made(tmp_path / "two", 9)
    networks = Family(several / "19x19", one, two)
    with pytest.raises(HonteError, match=f"two networks are for 9x9, '{one}' and '{two}': leave out one"):
        networks.trained_for(9)
    assert networks.members == {19: several / "19x19"}
    assert networks.trained_for(10) == networks.trained_for(8) == 19
    with pytest.raises(CheckpointError, match="two networks are for 9x9"):
        Family(one, two)
    three = Family(several / "19x19", one, two, made(tmp_path / "three", 9))
    assert three.members.keys() == {19} and three.faults.keys() == {9}


def cut_weights(folder: Path) -> None:
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:1000])


def without_weights(folder: Path) -> None:
    (folder / "model.safetensors").unlink()


def no_json(folder: Path) -> None:
    (folder / "config.json").write_text("{")


def other_planes(folder: Path) -> None:
    made(folder, 9, planes=47)


def no_branches(folder: Path) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "branches": "none"}))


def no_size(folder: Path) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "board_size": "nine"}))


@pytest.mark.parametrize("damage", [cut_weights, without_weights, no_json, other_planes, no_branches, no_size])
def test_a_damaged_network_is_told_of_and_the_others_go_on(damage: object, tmp_path: Path) -> None:
    made(tmp_path / "19x19", 19)
    nine = made(tmp_path / "9x9", 9)
    damage(nine)  # type: ignore[operator]
    for sizes in ((9, 19, 10, 9), (10, 9, 19, 9)):
        predictor = load_network(tmp_path, device="cpu")
        for size in sizes:
            if size == 9:
                with pytest.raises(CheckpointError, match="mend or leave out this network for 9x9, or") as told:
                    predictor.probabilities(Board(9), BLACK)
                assert str(nine) in str(told.value) and "\n" not in str(told.value)
            else:
                assert predictor.probabilities(Board(size), BLACK).sum() == pytest.approx(1)
    with pytest.raises(CheckpointError, match="9x9"):
        load_network(nine).probabilities(Board(9), BLACK)
    with pytest.raises(CheckpointError, match="9x9"):
        load_network(nine).probabilities(Board(13), BLACK)


def test_faults_are_said_at_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    made(tmp_path / "19x19", 19)
    no_json(made(tmp_path / "9x9", 9))
    no_json(made(tmp_path / "other", 9))
    with caplog.at_level(logging.WARNING):
        Family(tmp_path)
    told = [record.getMessage() for record in caplog.records]
    assert len(told) == 2 and "for 9x9" in told[0] and "other" in told[1] and "a network cannot be used" in told[1]


@pytest.mark.parametrize("name", ["nowhere", "empty"])
def test_no_network_at_all(name: str, several: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("empty").mkdir()
    for folders in ((name,), (several, name)):
        with pytest.raises(CheckpointError, match=f"no checkpoint at '{name}': give a folder that holds config.json"):
            Family(*folders)


def test_the_digest_is_of_all_weights(several: Path, tmp_path: Path) -> None:
    digests = {Family(several).digest(), Family(several / "9x9").digest(), Family(several / "9x9", several).digest()}
    assert len(digests) == 2
    assert Family(several, made(tmp_path / "mine", 21)).digest() not in digests


def test_what_comes_with_honte() -> None:
    """No option, every board."""
    networks = Family("default")
    assert set(sizes_by(networks).values()) <= networks.members.keys() and networks.usual_size == 19
    assert not networks.faults


def test_a_network_in_memory_is_copied() -> None:
    network = unsettle(tiny(planes=48))
    predictor = Predictor(network, dtype=torch.float32)
    before = predictor.probabilities(Board(7), BLACK)
    with torch.no_grad():
        network.head.weight.zero_()
    predictor._last = None
    np.testing.assert_array_equal(predictor.probabilities(Board(7), BLACK), before)


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What comes with Honte, replaced: a network for 19x19, and one for 9x9 that is told ranks."""
    made(tmp_path / "19x19", 19)
    checkpoint.save(unsettle(tiny(planes=50, bands=("15k", "1d"))), tmp_path / "levels" / "9x9")
    monkeypatch.setattr(family, "SHIPPED", tmp_path)
    monkeypatch.setattr(family, "SHIPPED_LEVELS", tmp_path / "levels")
    return tmp_path


def test_a_level_is_asked_of_networks_that_know_ranks(shipped: Path, caplog: pytest.LogCaptureFixture) -> None:
    board = Board(9)
    itself = load_network(shipped / "19x19", device="cpu", precision="float32").probabilities(board, BLACK)
    alone = load_network(shipped / "levels" / "9x9", device="cpu", precision="float32")
    predictor = load_network("default", device="cpu", precision="float32")
    assert predictor.family.levels() == ("15k", "1d") and sizes_by(predictor.family) == dict.fromkeys(range(5, 26), 19)
    np.testing.assert_array_equal(predictor.probabilities(board, BLACK), itself)
    for level in ("12k", "3d"):
        told = predictor.with_level(level)
        expected = alone.with_level(level).probabilities(board, BLACK)
        np.testing.assert_array_equal(told.probabilities(board, BLACK), expected)
    assert not caplog.records or "no network is trained for 9x9" in caplog.text
    told.probabilities(Board(19), BLACK)
    assert "the network for 19x19 does not know 3d: it plays as itself" in caplog.text
    with pytest.raises(HonteError, match="no network here plays like 20k"):
        predictor.with_level("20k")


def test_a_network_of_ones_own_that_knows_ranks_goes_before(shipped: Path, tmp_path: Path) -> None:
    own = tmp_path / "mine"
    checkpoint.save(unsettle(tiny(planes=49, bands=("7k",))), own)
    assert Family(own, "default").levels() == ("7k",) and Family(own).levels() == ("7k",)
    assert Family(made(tmp_path / "plain", 9), "default").levels() == ("15k", "1d")
    assert Family(shipped / "19x19").levels() == ()


def test_of_a_damaged_network_for_levels_the_others_know_nothing(shipped: Path) -> None:
    predictor = load_network("default", device="cpu", precision="float32", level="1d")
    (shipped / "levels" / "9x9" / checkpoint.WEIGHTS).write_bytes(b"no weights")
    with pytest.raises(CheckpointError, match="mend or leave out this network for 9x9"):
        predictor.probabilities(Board(9), BLACK)
    predictor.probabilities(Board(19), BLACK)
