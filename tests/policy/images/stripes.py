"""A set of images that any network learns at once: bright bands, whose row is the class."""

from pathlib import Path

import numpy as np

from honte.policy.images.idx import Images, ImageSet


def stripes(count: int, seed: int) -> tuple[Images, Images]:
    """Noise of 28x28 with a band of three rows at one of ten heights."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 10, count).astype(np.uint8)
    images = rng.integers(0, 60, (count, 28, 28)).astype(np.uint8)
    for image, label in zip(images, labels, strict=True):
        image[label * 28 // 10 : label * 28 // 10 + 3] += 180
    return images, labels


def write_idx(path: Path, array: Images) -> bytes:
    header = b"\0\0\x08" + bytes([array.ndim]) + b"".join(side.to_bytes(4, "big") for side in array.shape)
    path.write_bytes(header + array.tobytes())
    return path.read_bytes()


def write_set(folder: Path, images: ImageSet) -> None:
    for part, (pixels, labels) in (("train", images.training), ("t10k", images.test)):
        write_idx(folder / f"{part}-images-idx3-ubyte", pixels)
        write_idx(folder / f"{part}-labels-idx1-ubyte", labels)
