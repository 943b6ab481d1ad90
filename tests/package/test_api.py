"""`import honte`: that it is instant, typed and what its page says, and that mistakes get sentences."""

import ast
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import honte
from honte.engine.cli import main
from tests.engine.stubs import save_tiny_network
from tests.waiting import PATIENCE

GAME = "(;SZ[9]KM[5.5];B[ee];W[gc];B[cg];W[gg])"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_network(tmp_path_factory.mktemp("network"))


@pytest.fixture(scope="module")
def network(folder: Path) -> honte.Predictor:
    return honte.load_network(folder, device="cpu")


@pytest.fixture
def game() -> honte.GameRecord:
    return honte.load(GAME)


def test_the_import_is_instant() -> None:
    script = (
        "import sys, honte; dir(honte); from honte import HonteError, PLANE_NAMES\n"
        "print([name for name in ('torch', 'numba', 'pyarrow', 'PIL', 'rich') if name in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert shown == "[]\n"


def test_types_and_names_say_the_same() -> None:
    """What a type checker is told of each name, what it is at run time, and the list of them agree."""
    tree = ast.parse(Path(honte.__file__).read_text(encoding="utf-8"))
    (told,) = (node for node in tree.body if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test))
    places = {
        alias.asname or alias.name: f"{node.module}:{alias.name}"
        for node in told.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert places == honte._PLACES  # type: ignore[attr-defined]
    assert sorted(places) == sorted(honte.__all__) and {*honte.__all__, "__version__"} == set(dir(honte))
    assert all(getattr(honte, name).__doc__ for name in honte.__all__ if callable(getattr(honte, name)))
    with pytest.raises(AttributeError, match="'honte' has no attribute 'lod'"):
        getattr(honte, "lod")  # noqa: B009 - as a user writes it


def test_a_game_from_path_bytes_and_text(tmp_path: Path) -> None:
    path = tmp_path / "game.sgf"
    path.write_text(GAME)
    for source in (path, str(path), path.read_bytes(), GAME):
        game = honte.load(source)
        assert len(game.moves) == 4 and game.komi == 5.5
        assert game.to_move(3) == honte.WHITE and game.board(3).stones[6, 2] == honte.BLACK
        planes = game.planes(3)
        assert (planes.dtype, planes.shape, len(honte.PLANE_NAMES)) == (np.uint8, (48, 9, 9), 48)


def test_a_map(game: honte.GameRecord, network: honte.Predictor, tmp_path: Path) -> None:
    seen = honte.move_map(game, 2, network=network)
    array = np.asarray(seen)
    assert array.shape == (9, 9) and array.dtype == np.float32 and array.sum() == pytest.approx(1)
    assert np.asarray(seen, np.float64).dtype == np.float64
    top = seen.top(5)
    assert len(top) == 5 and [p for _, p in top] == sorted((float(p) for p in array.flat), reverse=True)[:5]
    assert all(seen[vertex] == p for vertex, p in top)
    assert seen["A9"] == array[0, 0] and seen["j1"] == array[8, 8] and seen["E5"] == 0
    for name in ("map.png", "map.svg", "map.json", "map.npz"):
        seen.save(tmp_path / name)
        seen.save(str(tmp_path / name), cell=20, plain=True)
        assert (tmp_path / name).stat().st_size
    with Image.open(tmp_path / "map.png") as image:
        assert image.format == "PNG"
    assert seen._repr_png_().startswith(b"\x89PNG")


def test_maps_of_many_are_the_maps_of_each(game: honte.GameRecord, network: honte.Predictor) -> None:
    other = honte.load("(;SZ[9]AB[ee][cc]PL[W];W[gc];B[];W[dd])")
    large = honte.load("(;SZ[13];B[ee];W[gc])")
    each = [(game, 4), (other, 0), (large, 1), (game, 0), (game, 2), (large, 2), (other, 3)] * 20
    for (record, after), seen in zip(each, honte.move_maps(iter(each), network=network), strict=True):
        one = honte.move_map(record, after, network=network)
        np.testing.assert_allclose(seen.probabilities, one.probabilities, atol=1e-5)
        assert (seen.stones == one.stones).all() and (seen.colour, seen.number) == (record.to_move(after), after + 1)
        assert (seen.last, seen.played) == (one.last, one.played)
    whole = honte.move_maps(game, network=network)
    assert [seen.number for seen in whole] == [1, 2, 3, 4, 5]
    assert honte.move_maps([], network=network) == []


def test_eight_symmetries_are_their_mean(game: honte.GameRecord, folder: Path) -> None:
    network = honte.load_network(str(folder), symmetries=8, device="cpu")
    empty = np.asarray(honte.move_map(game, 0, network=network))
    np.testing.assert_allclose(empty, empty.T[::-1], atol=1e-5)


def test_the_shipped_network_plays_the_first_move_in_a_corner() -> None:
    seen = honte.move_map("(;SZ[19])")
    assert seen.top(1)[0][0] in ("Q16", "D16", "Q4", "D4", "R16", "Q17", "D17", "C16", "R4", "Q3", "C4", "D3")


def test_a_corpus_in_a_script_without_a_guard(tmp_path: Path) -> None:
    (tmp_path / "games").mkdir()
    for number in range(4):
        (tmp_path / "games" / f"{number}.sgf").write_text(GAME.replace("ee", f"{'abcd'[number]}e"))
    script = tmp_path / "script.py"
    script.write_text(
        "import honte\n"
        "report = honte.build_corpus(['games'], 'games.parquet')\n"
        "batches = honte.batches('games.parquet', honte.BatchConfig(board_size=9, side='all', batch_size=6))\n"
        "print(report.games, len(batches), sum(len(batch.moves) for batch in batches))\n"
    )
    command = [sys.executable, "script.py"]
    shown = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE)
    assert shown.stdout == "4 3 16\n", shown.stderr


Network = honte.Predictor


@pytest.mark.parametrize(
    ("mistake", "sentence"),
    [
        (lambda game, network: network.maps(game.planes()[None, :47]), r"uint8 \(B, 48, N, N\), not uint8 \(1, 47, 9"),
        (lambda game, network: network.maps(game.planes()), r"\(48, 9, 9\): write planes\[None\] for one position"),
        (lambda game, network: network.maps(game.planes()[0]), r"\(B, 48, N, N\), not uint8 \(9, 9\)"),
        (lambda game, network: network.maps(game.planes()[None] / 2), "not float64"),
        (lambda game, network: network.maps([[1]]), "not a list"),
        (lambda game, network: network.maps(game.planes()[None, :, :8]), r"not uint8 \(1, 48, 8, 9\)"),
        (lambda game, network: honte.move_map("(;SZ[4])", network=network), "no network plays on 4x4"),
        (
            lambda game, network: honte.move_maps([(game, 1), (honte.load("(;SZ[4])"), 0)], network=network),
            "no network plays on 4x4",
        ),
        (lambda game, network: honte.move_map(game, 5, network=network), "4 moves has the positions 0 to 4, not 5"),
        (lambda game, network: honte.move_map(game, -1, network=network), "not -1"),
        (lambda game, network: honte.move_map(game, network=network)["J10"], "'J10' on a 9x9 board"),
        (lambda game, network: honte.move_map(game, network=network)["pass"], "no probability of a pass"),
        (lambda game, network: honte.move_map(game, network=network)[3], "'3' on a 9x9 board"),
        (lambda game, network: honte.move_map(game, network=network).save("map.jpg"), "ends in .png, .svg"),
        (lambda game, network: honte.load_network("nowhere"), "nowhere"),
        (lambda game, network: honte.load_network(device="abacus"), "no device 'abacus' here"),
        (lambda game, network: honte.load_network(symmetries=4), "over 1 symmetry or over 8, not 4"),
        (lambda game, network: honte.build_corpus(["nowhere"], "games.parquet"), "nowhere: no such file or folder"),
        (lambda game, network: honte.batches("nowhere.parquet"), "nowhere.parquet: no such corpus"),
        (lambda game, network: honte.batches("."), "no corpus, but a folder: 'honte corpus build' makes one"),
    ],
)
def test_a_mistake_gets_a_sentence(
    game: honte.GameRecord, network: Network, mistake: Callable[..., Any], sentence: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    with pytest.raises(honte.HonteError, match=sentence) as raised:
        mistake(game, network)
    assert "\n" not in str(raised.value)


def test_a_path_that_is_not_there_gets_the_command_lines_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["honte", "planes", "nowhere.sgf"])
    assert main() == 1
    with pytest.raises(honte.HonteError) as raised:
        honte.load("nowhere.sgf")
    assert capsys.readouterr().err == f"honte: {raised.value}\n"
