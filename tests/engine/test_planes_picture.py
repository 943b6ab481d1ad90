import json
from pathlib import Path

import numpy as np
import pytest

from honte.data.sgf import parse
from honte.engine.cli.planes import planes as planes_command
from honte.engine.drawing.colours import SET
from honte.engine.drawing.planes import draw_planes
from honte.engine.drawing.raster import render
from honte.features import PLANE_COUNT, PLANE_NAMES
from honte.features.board import BLACK, WHITE, Board
from honte.features.errors import HonteError
from honte.features.planes import extract

GAME = "(;SZ[9]AB[cc];W[cd];B[dd];W[dc];B[ce];W[bd];B[ed];W[bc])"


@pytest.fixture
def game(tmp_path: Path) -> Path:
    path = tmp_path / "game.sgf"
    path.write_text(GAME)
    return path


def test_every_point_of_every_plane_is_drawn_and_no_other() -> None:
    """The planes are read back from the pixels and compared with those that were drawn."""
    record = parse(GAME.encode())
    shown = extract(record.board(5), WHITE)
    picture = draw_planes(shown, WHITE)
    pixels = np.asarray(render(picture))
    names = {label.text: (label.x, label.y) for label in picture.shapes if "  " in label.text}
    found = 0
    for x, y, part in picture.parts:
        (name,) = [text for text, place in names.items() if place == (x, y - 16)]
        number, title = name.split("  ")
        assert PLANE_NAMES[int(number)] == title
        cells = ((np.arange(9) + 0.5) * part.width / 9).astype(int)
        set_there = (pixels[y + cells][:, x + cells] == SET).all(axis=-1)
        assert (set_there == shown[int(number)]).all()
        found += 1
    assert found == PLANE_COUNT


@pytest.mark.parametrize("size", [2, 5, 9, 13, 19, 24, 25])
def test_the_grid_is_even(size: int) -> None:
    """Every point of the plane of ones is drawn alike, to the pixel."""
    picture = draw_planes(extract(Board(size), BLACK), BLACK)
    x, y, part = picture.parts[3]
    assert part.width == part.height and part.width % size == 0 and 165 <= part.width <= 180
    pixels = np.asarray(render(picture))[y : y + part.height, x : x + part.width]
    cell = part.width // size
    cells = pixels.reshape(size, cell, size, cell, 3).swapaxes(1, 2)
    assert (cells == cells[0, 0]).all() and (cells[0, 0, 0, 0] == SET).all() and (cells[0, 0, -1, -1] != SET).any()


def test_command(game: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    planes_command(game, move=6, json_=True)
    document = json.loads(capsys.readouterr().out)
    assert [plane["name"] for plane in document] == list(PLANE_NAMES)
    assert document[4]["set"] == ["B6"] and len(document[3]["set"]) == 81  # the last move; ones
    planes_command(game, move=6, output=tmp_path / "planes.npy")
    assert (np.load(tmp_path / "planes.npy") == extract(parse(GAME.encode()).board(5), BLACK)).all()
    planes_command(game, output=tmp_path / "planes.svg")
    assert all(name in (tmp_path / "planes.svg").read_text() for name in PLANE_NAMES)
    planes_command(game)
    assert "sensibleness" in capsys.readouterr().out


def test_mistakes(game: Path, tmp_path: Path) -> None:
    with pytest.raises(HonteError, match=r"ends in \.png, \.svg or \.npy"):
        planes_command(game, output=tmp_path / "planes.jpg")
    with pytest.raises(HonteError, match="--move must be 1 to 8, not 9"):
        planes_command(game, move=9)
