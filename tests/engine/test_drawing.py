"""Pictures are checked by the pixels that must change, and by those that must not; SVG by the shapes in it."""

import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from honte.data.record import GameRecord
from honte.engine.drawing.board import Geometry
from honte.engine.drawing.colours import EDGE, RING, WOOD, colour_of
from honte.engine.drawing.raster import render, save_animation
from honte.engine.drawing.shapes import Picture
from honte.engine.drawing.svg import to_svg
from honte.engine.movemap import MoveMap
from honte.engine.movemap.picture import draw_maps
from honte.engine.movemap.words import title
from honte.features.board import BLACK, WHITE

CELL = 44


def draw(*maps: MoveMap, cell: int = CELL, plain: bool = False) -> Picture:
    return draw_maps(maps, cell=cell, plain=plain)


def pixels(*maps: MoveMap, plain: bool = False) -> np.ndarray:
    return np.asarray(render(draw(*maps, plain=plain))).astype(int)


def near(size: int, point: int) -> tuple[slice, slice]:
    """The pixels within half a cell of a point, and a little more for shadows and smoothing."""
    x, y = Geometry(size, CELL).centre(point)
    reach = 0.62 * CELL
    return slice(round(y - reach), round(y + reach) + 1), slice(round(x - reach), round(x + reach) + 1)


def moves(size: int = 9, **changes: object) -> MoveMap:
    stones = np.zeros((size, size), np.uint8)
    stones.flat[20], stones.flat[30] = BLACK, WHITE
    probabilities = np.zeros(size * size, np.float32)
    probabilities[[40, 41]] = 0.75, 0.25
    return replace(MoveMap(stones, BLACK, probabilities, number=3), **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("size", [2, 9, 19, 25])
def test_corners_and_edges_are_wood_and_lines_lie_on_the_grid(size: int) -> None:
    empty = MoveMap(np.zeros((size, size), np.uint8), BLACK, np.zeros(size * size, np.float32), number=1)
    picture = pixels(empty)
    place = Geometry(size, CELL)
    assert tuple(picture[2, 2]) == WOOD
    for point in range(size * size):
        x, y = (round(value) for value in place.centre(point))
        assert picture[y - 1 : y + 2, x - 1 : x + 2].sum(axis=-1).min() < sum(WOOD) - 200  # two lines cross
        if point % size < size - 1 and point // size < size - 1:
            assert tuple(picture[y + CELL // 2, x + CELL // 2]) == WOOD


def test_stones_are_dark_and_light_and_round() -> None:
    picture, place = pixels(moves()), Geometry(9, CELL)
    for point, low, high in ((20, 0, 130), (30, 185, 256)):
        x, y = place.centre(point)
        for angle in np.linspace(0, 2 * np.pi, 16):
            inside = picture[round(y + 0.4 * CELL * np.sin(angle)), round(x + 0.4 * CELL * np.cos(angle))]
            assert ((low <= inside) & (inside < high)).all()
        corner = picture[round(y - 0.45 * CELL), round(x - 0.45 * CELL)]
        assert tuple(corner) == WOOD


def test_a_tile_has_the_colour_of_its_probability() -> None:
    picture, place = pixels(moves()), Geometry(9, CELL)
    for point, p in ((40, 0.75), (41, 0.25)):
        x, y = place.centre(point)
        assert tuple(picture[round(y - 0.28 * CELL), round(x)]) == colour_of(p)


@pytest.mark.parametrize("p", [0.002, 0.02, 1.0])
def test_a_probability_changes_its_own_cell_only(p: float) -> None:
    changed = moves().probabilities.copy()
    changed[60] = p
    before, after = pixels(moves()), pixels(moves(probabilities=changed))
    assert (before[near(9, 60)] != after[near(9, 60)]).any()
    after[near(9, 60)] = before[near(9, 60)]
    board = round(Geometry(9, CELL).board)  # the words below change too
    assert (before[:board] == after[:board]).all()


def test_below_the_threshold_nothing_is_drawn() -> None:
    changed = moves().probabilities.copy()
    changed[60] = 0.0009
    board = round(Geometry(9, CELL).board)
    assert (pixels(moves())[:board] == pixels(moves(probabilities=changed))[:board]).all()


def test_the_last_move_is_marked_on_its_stone_only() -> None:
    for point in (20, 30):
        before, after = pixels(moves()), pixels(moves(last=point))
        assert (before[near(9, point)] != after[near(9, point)]).any()
        after[near(9, point)] = before[near(9, point)]
        assert (before == after).all()


def test_the_played_move_is_ringed() -> None:
    picture, (x, y) = pixels(moves(played=41)), Geometry(9, CELL).centre(41)
    for angle in np.linspace(0, 2 * np.pi, 16):
        at = picture[round(y + 0.45 * CELL * np.sin(angle)), round(x + 0.45 * CELL * np.cos(angle))]
        assert np.abs(at - RING).max() < 40


def test_a_pass_is_in_the_caption_only() -> None:
    board = round(Geometry(9, CELL).board)
    without, passed = pixels(moves()), pixels(moves(played=81, last=81))
    assert (without[:board] == passed[:board]).all() and (without[board:] != passed[board:]).any()


def test_a_larger_cell_is_a_larger_picture() -> None:
    small, large = draw(moves(), cell=20), draw(moves(), cell=40)
    assert abs(large.width - 2 * small.width) <= 2 and abs(large.height - 2 * small.height) <= 2


def test_plain_paper_has_no_wood() -> None:
    assert (pixels(moves())[2, 2] == WOOD).all()
    assert not (pixels(moves(), plain=True) == WOOD).all(axis=-1).any()


def test_a_strip_is_its_maps_in_rows() -> None:
    strip = pixels(moves(), moves(played=41), moves(last=20), moves())
    board = round(Geometry(9, CELL).board)
    single, ringed = pixels(moves())[:board, :board], pixels(moves(played=41))[:board, :board]
    step = draw(moves()).parts[0][2].parts[0][2].width + CELL // 2
    assert (strip[:board, :board] == single).all() and (strip[:board, step : step + board] == ringed).all()
    assert (strip[-draw(moves()).height :][:board, :board] == single).all()


@pytest.mark.parametrize("count", [1, 2, 4])
@pytest.mark.parametrize("size", [5, 7, 9, 19])
def test_the_scale_stands_by_the_last_board(size: int, count: int) -> None:
    """However far the captions of a small board reach."""
    empty = MoveMap(np.zeros((size, size), np.uint8), BLACK, np.full(size * size, 1 / size**2, np.float32), number=1)
    picture = draw(*[empty] * count)
    (_, _, strip), (x, _, scale) = picture.parts
    board = max(left for left, _, _ in strip.parts) + round(Geometry(size, CELL).board)
    assert x == board and x + scale.width <= picture.width and strip.width <= picture.width


def test_svg_has_the_same_geometry() -> None:
    """Stones, tiles and labels of the SVG lie where the pixels are."""
    position = moves(played=41, last=20)
    root = ElementTree.fromstring(to_svg(draw(position)))
    place, space = Geometry(9, CELL), "{http://www.w3.org/2000/svg}"
    circles = {
        (circle.get("fill"), float(circle.get("cx")), float(circle.get("cy"))) for circle in root.iter(f"{space}circle")
    }
    assert ("url(#black)", *place.centre(20)) in circles and ("url(#white)", *place.centre(30)) in circles
    assert sum(fill in ("url(#black)", "url(#white)") for fill, _, _ in circles) == 2
    tiles = {rect.get("fill") for rect in root.iter(f"{space}rect") if rect.get("rx")}
    assert tiles == {"#{:02x}{:02x}{:02x}".format(*colour) for colour in (colour_of(0.75), colour_of(0.25), EDGE)}
    texts = [text.text for text in root.iter(f"{space}text")]
    assert {"75", "25", "A", "J", "9", "100%", "Move 3, Black to play"} <= set(texts)
    assert not re.search(r"(href|url\((?!#))", to_svg(draw(position)))  # nothing from outside


@pytest.mark.parametrize("name", ["game.gif", "game.webp"])
def test_an_animation_has_a_frame_a_position(tmp_path: Path, name: str) -> None:
    frames = [render(draw(position, cell=20)) for position in (moves(), moves(played=41), moves(last=20))]
    save_animation(iter(frames), tmp_path / name, seconds=0.25, count=3)
    with Image.open(tmp_path / name) as animation:
        assert animation.n_frames == 3
        for index, duration in enumerate((250, 250, 1250)):
            animation.seek(index)
            animation.load()
            assert animation.info["duration"] == duration
            difference = np.abs(np.asarray(animation.convert("RGB")).astype(int) - np.asarray(frames[index]))
            assert difference.mean() < 6  # the colours of the format, no other picture


def test_a_picture_says_what_it_is_of() -> None:
    record = GameRecord(size=9, black="Bo", black_rank="1d", date="2020-01-02")
    picture = draw_maps([moves()], title=title(record, None))
    text = "Bo 1d \N{EN DASH} White \N{MIDDLE DOT} 2020-01-02 \N{MIDDLE DOT} network default"
    assert text in to_svg(picture)
    long = to_svg(draw_maps([moves()], title="x" * 500))
    assert "x\N{HORIZONTAL ELLIPSIS}" in long and "x" * 200 not in long
    assert title(GameRecord(), ["runs/mine"]) == "network runs/mine"
