"""Imports point downwards only: from floor to floor, and on each of them from room to room."""

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FLOORS = ("features", "data", "policy", "engine")
LEAVES = ("honte.policy.winograd", "honte.policy.winograd_float32", "honte.policy.threads", "honte.policy.files")
"""Of the policy's floor, all that the library of networks may use."""


def imports(path: Path) -> Iterator[str]:
    """All modules that a file imports, wherever in it; of `from a import b` both a and a.b."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.module is not None and not node.level, f"{path}: a relative import"
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def below(*names: str) -> list[Path]:
    return sorted(path for name in names for path in (ROOT / name).rglob("*.py"))


def rooms(floor: Path) -> dict[str, set[str]]:
    """The rooms of a floor, which are the files and folders in it, and those that each of them knows.

    Every import counts, of types alone and inside functions, too; all those from one room to another are one arrow.
    """
    paths = (path for path in floor.rglob("*.py") if path != floor / "__init__.py")
    files = [(path.relative_to(floor).parts[0].removesuffix(".py"), path) for path in paths]
    known: dict[str, set[str]] = {room: set() for room, _ in files}
    for room, path in files:
        for name in imports(path):
            package, *place = name.removeprefix("honte.").split(".")
            if package == floor.name and place and place[0] in known.keys() - {room}:
                known[room].add(place[0])
    return known


@pytest.mark.parametrize("floor", FLOORS)
def test_a_floor_knows_none_above_it(floor: str) -> None:
    above = tuple(f"honte.{name}" for name in FLOORS[FLOORS.index(floor) + 1 :])
    heavy = {"features": ("torch", "pyarrow", "rich"), "data": ("torch",)}.get(floor, ())
    arrows = [(path.name, name) for path in below(floor) for name in imports(path) if name.startswith((*above, *heavy))]
    assert not arrows


def test_the_library_of_networks_knows_nothing_of_policies() -> None:
    own = ("honte.policy.backbones", *LEAVES)
    files = below("policy/backbones") + [ROOT / "policy" / f"{name.rpartition('.')[2]}.py" for name in LEAVES]
    arrows = [(path.name, name) for path in files for name in imports(path)
              if name.startswith("honte.policy.") and not name.startswith(own)]  # fmt: skip
    assert not arrows


def test_only_training_on_images_knows_the_rest_of_it() -> None:
    """Networks are a library by themselves; images are trained on beside the policy, which does not know them."""
    users = [path for path in below(*FLOORS) if "images" not in path.parts]
    assert {path.relative_to(ROOT).parts[0] for path in users
            if any(name.startswith("honte.policy.images") for name in imports(path))} <= {"engine"}  # fmt: skip


@pytest.mark.parametrize("floor", FLOORS)
def test_the_rooms_of_a_floor_stand_above_one_another(floor: str) -> None:
    TopologicalSorter(rooms(ROOT / floor)).prepare()  # raises CycleError, which names the rooms


def test_the_engine_has_few_rooms_and_few_arrows_between_them() -> None:
    """The command line, which knows nearly all of them, is counted like any other room."""
    known = rooms(ROOT / "engine")
    assert len(known) <= 12
    assert sum(map(len, known.values())) <= 28


def test_every_import_is_an_arrow(tmp_path: Path) -> None:
    for name, text in {
        "__init__.py": "from honte.tower.attic import window",
        "ground.py": "import numpy",
        "stairs/__init__.py": "from honte.tower import ground",
        "stairs/up.py": "from honte.tower.ground import floor\nfrom honte.tower.stairs import down",
        "attic.py": "def climb():\n    import honte.tower.stairs.up",
        "flag.py": "if TYPE_CHECKING:\n    from honte.tower.attic import window",
    }.items():
        path = tmp_path / "tower" / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(text)
    assert rooms(tmp_path / "tower") == {
        "ground": set(), "stairs": {"ground"}, "attic": {"stairs"}, "flag": {"attic"}
    }  # fmt: skip
