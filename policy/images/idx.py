"""Image sets in the IDX files of MNIST and its kin."""

import gzip
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from honte.features.errors import HonteError

FOLDERS = {"fashion-mnist": Path("/usr/share/datasets/fashion-mnist")}
"""The sets that are known by name, and where Debian's package dataset-fashion-mnist puts them."""

Images = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class ImageSet:
    """Grey images uint8 (count, height, width), and their classes uint8 (count,)."""

    training: tuple[Images, Images]
    test: tuple[Images, Images]


def read_idx(path: Path) -> Images:
    """The array of bytes in an IDX file, compressed or not. Raises HonteError."""
    try:
        data = path.read_bytes()
        if data[:2] == b"\x1f\x8b":
            data = gzip.decompress(data)
    except FileNotFoundError:
        raise HonteError(f"no file '{path}'") from None
    except (EOFError, OSError) as error:
        raise HonteError(f"'{path}' cannot be read: {error}") from None
    if len(data) < 4 or data[:3] != b"\0\0\x08":
        raise HonteError(f"'{path}' is no IDX file of bytes: give the files as they are published")
    header = 4 + 4 * data[3]
    shape = tuple(int(n) for n in np.frombuffer(data[4:header], ">u4")) if len(data) >= header else ()
    if len(shape) != data[3] or len(data) - header != math.prod(shape):
        raise HonteError(f"'{path}' is cut off: it has {len(data):,} bytes and speaks of {'x'.join(map(str, shape))}")
    return np.frombuffer(data, np.uint8, offset=header).reshape(shape)


def load_images(name: str, folder: Path | None = None) -> ImageSet:
    """Read an image set by name, from its usual place or from a folder with files of the usual names."""
    if name not in FOLDERS:
        raise HonteError(f"no image set is called '{name}': choose from {', '.join(FOLDERS)}")
    place = folder or FOLDERS[name]
    if not place.is_dir():
        raise HonteError(
            f"no folder '{place}': install Debian's package dataset-{name},"
            " or give a folder of its four IDX files with --data-dir"
        )
    return ImageSet(*(_read_pair(place, part) for part in ("train", "t10k")))


def _read_pair(folder: Path, part: str) -> tuple[Images, Images]:
    images, labels = (
        read_idx(_plain_or_gz(folder / f"{part}-{kind}-ubyte")) for kind in ("images-idx3", "labels-idx1")
    )
    if images.ndim != 3 or labels.ndim != 1 or len(images) != len(labels):
        raise HonteError(f"the files '{folder / part}-…' do not hold as many images as labels")
    return images, labels


def _plain_or_gz(path: Path) -> Path:
    return path if path.exists() else path.with_name(path.name + ".gz")
