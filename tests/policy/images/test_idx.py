"""Image sets on disk."""

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest

from honte.features.errors import HonteError
from honte.policy.images.idx import ImageSet, load_images, read_idx
from tests.policy.images.stripes import stripes, write_idx, write_set


def test_idx_files_are_read_plain_and_compressed(tmp_path: Path) -> None:
    array = np.random.default_rng(0).integers(0, 256, (3, 4, 5)).astype(np.uint8)
    data = write_idx(tmp_path / "plain", array)
    (tmp_path / "packed").write_bytes(gzip.compress(data))
    assert data[:16] == struct.pack(">IIII", 0x803, 3, 4, 5)
    for name in ("plain", "packed"):
        assert np.array_equal(read_idx(tmp_path / name), array)


@pytest.mark.parametrize("length", [*range(0, 20), -1])
def test_cut_off_idx_files_are_refused(tmp_path: Path, length: int) -> None:
    data = write_idx(tmp_path / "whole", np.ones((3, 4, 5), np.uint8))
    for damaged in (data[:length], gzip.compress(data)[:length]):
        (tmp_path / "part").write_bytes(damaged)
        with pytest.raises(HonteError, match="part"):
            read_idx(tmp_path / "part")


def test_sets_that_are_not_there_are_told_where_to_be(tmp_path: Path) -> None:
    with pytest.raises(HonteError, match="no image set is called 'mnist': choose from fashion-mnist"):
        load_images("mnist")
    with pytest.raises(HonteError, match=r"package dataset-fashion-mnist, or .* --data-dir"):
        load_images("fashion-mnist", tmp_path / "nowhere")
    with pytest.raises(HonteError, match=r"no file '.*train-images-idx3-ubyte\.gz'"):
        load_images("fashion-mnist", tmp_path)
    images, labels = stripes(20, 0)
    write_set(tmp_path, ImageSet((images, labels[:-1]), (images, labels)))
    with pytest.raises(HonteError, match="as many images as labels"):
        load_images("fashion-mnist", tmp_path)
