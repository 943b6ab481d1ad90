"""An installation of Honte: it works from every folder, disturbs nobody, and goes without a trace."""

import json
import re
import shutil
import socket
import subprocess
import time
import tomllib
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.package.machines import FLOORS, ROOT, Environment, build_wheel, copy_clone

TINY = ("--filters", "8", "--batch-size", "4", "--score-positions", "8", "--calibration-positions", "8")
GAME = "(;SZ[19]KM[6.5]PB[Kuro]PW[Shiro]RE[B+R];B[pd];W[dp];B[pp];W[dd];B[fq];W[cn];B[jp];W[qn];B[nc];W[fc])"
DISTURBANCES = ("data/__init__.py", "engine.py", "features.py", "policy/__init__.py")


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_clone(tmp_path_factory.mktemp("source") / "clone")


@pytest.fixture(scope="module")
def wheel(clone: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(clone, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    return Environment(tmp_path_factory.mktemp("machine"))


@pytest.fixture(scope="module")
def environment(bare: Environment, wheel: Path) -> Iterator[Environment]:
    """The environment with the wheel in it; at the end nothing of Honte's is left, whatever ran in between."""
    before = bare.files()
    bare.pip("install", "--no-index", "--no-deps", wheel)
    yield bare
    bare.pip("uninstall", "-y", "honte")
    left = {path for path in bare.files() - before if "__pycache__" not in path or "honte" in path}
    assert not left, left


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a game, and with modules of its user's own that are called as Honte's floors are."""
    for name in DISTURBANCES:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("raise SystemExit('not yours')\n")
    (tmp_path / "game.sgf").write_text(GAME)
    return tmp_path


def test_every_folder_of_code_is_a_package() -> None:
    """A build takes the folders that have an `__init__.py`."""
    folders = {path.parent for floor in FLOORS for path in (ROOT / floor).rglob("*.py")}
    assert not [folder for folder in folders if not (folder / "__init__.py").is_file()]


def test_the_wheel_holds_one_package_and_all_its_files(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if ".dist-info/" not in name]
    expected = {
        f"honte/{path.relative_to(ROOT)}"
        for floor in FLOORS
        for path in (ROOT / floor).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    door = {f"honte/{path.name}" for path in (ROOT / "honte").iterdir() if path.suffix in (".py", ".typed")}
    assert {"honte/__init__.py", "honte/py.typed"} <= door and set(names) == expected | door


def test_what_an_earlier_build_left_is_not_installed(tmp_path: Path) -> None:
    """`pip install .` leaves `build/`, and a later version's would take up all that lies there."""
    clone = copy_clone(tmp_path / "clone")
    for old in ("data/old.py", "honte/old.py"):
        path = clone / "build" / "lib" / old
        path.parent.mkdir(parents=True)
        path.touch()
    with zipfile.ZipFile(build_wheel(clone, tmp_path / "wheel")) as archive:
        assert not [name for name in archive.namelist() if name.endswith("old.py")]


def test_only_honte_is_put_into_site_packages(environment: Environment) -> None:
    ours = {path.name for path in environment.site.iterdir()} - {"others.pth"}
    assert "honte" in ours and not {name for name in ours if not name.startswith("honte")}


def test_every_way_in_works_beside_modules_of_the_same_names(environment: Environment, folder: Path) -> None:
    for command in ([environment.honte], [environment.python, "-m", "honte"]):
        shown = environment.run(*command, "heatmap", "game.sgf", "--json", folder=folder)
        assert json.loads(shown.stdout)["move_number"] == 11
    script = (
        "import sys, honte, honte.data.load, honte.engine.play.player, honte.features, honte.policy.predictor\n"
        "print(sorted(name for name in sys.modules if name in ('data', 'engine', 'features', 'policy')))"
    )
    assert environment.run(environment.python, "-c", script, folder=folder).stdout == "[]\n"


@pytest.mark.parametrize("way", ["target", "zip"])
def test_beside_a_project_of_its_user(
    environment: Environment, wheel: Path, folder: Path, way: str
) -> None:
    """`pip install --target` puts Honte beside a project's own pyproject.toml, and a zip is no folder at all."""
    (folder / "pyproject.toml").write_text("[project]\nname = 'theirs'\n")
    place = folder
    if way == "zip":
        place = folder / "honte.zip"
        shutil.copy(wheel, place)
    else:
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(folder)
    script = (
        f"import sys; sys.path.insert(0, {str(place)!r})\n"
        "import honte, honte.features, honte.data.load\n"
        "assert honte.__file__.startswith(sys.path[0]) and honte.features.__file__.startswith(sys.path[0] + '/honte')\n"
        "print(len(honte.__path__))"
    )
    assert environment.run(environment.python, "-c", script, folder=folder).stdout == "1\n"


def test_editable_over_the_wheel(environment: Environment, clone: Path, folder: Path) -> None:
    """README's two commands, one after the other in one environment, and then the program from another folder."""
    environment.run(environment.honte, "heatmap", "game.sgf", folder=folder)
    environment.pip("install", "--no-index", "--no-deps", "--no-build-isolation", "-e", clone)
    where = "import honte, honte.features; print(honte.features.__file__)"
    shown = environment.run(environment.python, "-c", where, folder=folder).stdout.strip()
    assert Path(shown).is_relative_to(clone)

    def honte(*arguments: object) -> str:
        return environment.run(environment.honte, *arguments, folder=folder).stdout

    assert len(json.loads(honte("planes", "game.sgf", "--json"))) == 48
    assert len(json.loads(honte("review", "game.sgf", "--json"))["moves"]) == 10
    games = folder / "games"
    games.mkdir()
    for number in range(8):
        (games / f"{number}.sgf").write_text(GAME.replace("[fc]", f"[{'abcdefgh'[number]}j]"))
    honte("corpus", "build", "games", "-o", "games.parquet")
    assert json.loads(honte("evaluate", "games.parquet", "--json"))["positions"] > 0
    train = ["train", "run", "--corpus", "games.parquet", "--steps", "2", "--validation-share", "0.3", *TINY]
    honte(*train)
    assert (folder / "run" / "network" / "model.safetensors").is_file()
    environment.run(environment.python, "-m", "honte", "train", "run", "--steps", "3", folder=folder)
    assert "Honte" in serve_once(environment, folder)
    torchrun = ["-m", "torch.distributed.run", "--nproc-per-node", "1", "-m", "honte", "train", "run", "--steps", "4"]
    environment.run(environment.python, *torchrun, folder=folder)


def serve_once(environment: Environment, folder: Path) -> str:
    """The page of `honte serve`."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [environment.honte, "serve", "--port", str(port)], cwd=folder, env=environment.variables, stderr=subprocess.PIPE
    )
    try:
        for _ in range(600):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/") as answer:
                    return str(answer.read().decode())
            except OSError:
                assert server.poll() is None, server.stderr and server.stderr.read()
                time.sleep(0.2)
        raise AssertionError("the page did not come")
    finally:
        server.terminate()
        server.communicate()


def test_a_clone_is_used_where_it_lies(environment: Environment, clone: Path, folder: Path) -> None:
    """`python -m honte` in a clone is the clone's, floors included, whatever is installed."""
    script = "import honte.features, honte.policy; print(honte.features.__file__, honte.policy.__file__)"
    shown = environment.run(environment.python, "-c", script, folder=clone).stdout.split()
    assert all(Path(path).is_relative_to(clone) for path in shown)


def test_the_version_stands_in_one_place(wheel: Path) -> None:
    version = re.search(r'__version__ = "(.+)"', (ROOT / "honte" / "__init__.py").read_text())
    assert version and wheel.name.startswith(f"honte-{version[1]}-")
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dynamic"] == ["version"]
