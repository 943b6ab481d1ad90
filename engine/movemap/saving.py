"""Maps to files: a picture, an animation, JSON or arrays, as the name of the file says."""

import io
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from honte.engine.drawing import save_picture
from honte.engine.drawing.board import CELL
from honte.engine.drawing.raster import render, save_animation
from honte.engine.movemap.map import MoveMap
from honte.engine.movemap.picture import draw_maps
from honte.features.errors import HonteError
from honte.policy.files import write_atomically

PICTURES = (".png", ".svg")
ANIMATIONS = (".gif", ".webp")
NUMBERS = (".json", ".npz")
ANIMATION_CELL = 26
"""Pixels between two lines in animations, by default."""


def save_maps(
    maps: Sequence[MoveMap],
    path: Path,
    *,
    cell: int | None = None,
    plain: bool = False,
    seconds: float = 0.5,
    title: str = "",
) -> None:
    """Write maps of one board size to a file, in the form that its name ends in.

    Several make a strip in a picture, and frames of so many seconds in an animation. `cell` are the pixels between two
    lines; `plain` leaves the wood out; `title` says in a picture what it is of. Raises HonteError for a name that ends
    in nothing of these.
    """
    kind = file_kind(path)
    if kind == ".json":
        write_atomically(path, json.dumps(document(maps)).encode() + b"\n")
    elif kind == ".npz":
        save_arrays(maps, path)
    elif kind in ANIMATIONS:
        frames = (render(draw_maps([moves], cell=cell or ANIMATION_CELL, plain=plain)) for moves in maps)
        save_animation(frames, path, seconds=seconds, count=len(maps))
    else:
        save_picture(draw_maps(maps, cell=cell or CELL, plain=plain, title=title), path)


def file_kind(path: Path) -> str:
    """What the name of a file for maps ends in, in small letters. Raises HonteError when that is no form of maps."""
    kind, known = path.suffix.lower(), PICTURES + NUMBERS + ANIMATIONS
    if kind not in known:
        raise HonteError(f"cannot write '{path}': give a name that ends in {', '.join(known)}")
    return kind


def document(maps: Sequence[MoveMap]) -> object:
    """The map for JSON; a list of several."""
    documents = [moves.as_json() for moves in maps]
    return documents[0] if len(documents) == 1 else documents


def png(moves: MoveMap) -> bytes:
    """The picture of a map, as the bytes of a PNG."""
    picture = io.BytesIO()
    render(draw_maps([moves], cell=ANIMATION_CELL)).save(picture, "PNG")
    return picture.getvalue()


def save_arrays(maps: Sequence[MoveMap], path: Path) -> None:
    """Write maps of one board size as a NumPy archive: arrays over the positions, named as in JSON.

    `stones` uint8 (K, N, N), `to_move` uint8 (K,), `probabilities` float32 (K, N, N) and `move_number`, `played` and
    `last` int32 (K,), the last two points, -1 where there is none.
    """
    size, buffer = maps[0].size, io.BytesIO()
    np.savez_compressed(
        buffer,
        stones=np.array([moves.stones for moves in maps], np.uint8),
        to_move=np.array([moves.colour for moves in maps], np.uint8),
        probabilities=np.array([moves.probabilities.reshape(size, size) for moves in maps], np.float32),
        move_number=np.array([moves.number for moves in maps], np.int32),
        played=np.array([-1 if moves.played is None else moves.played for moves in maps], np.int32),
        last=np.array([-1 if moves.last is None else moves.last for moves in maps], np.int32),
    )
    write_atomically(path, buffer.getvalue())
