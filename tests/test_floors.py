"""Imports point downwards only."""

import ast
from collections.abc import Iterator
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
