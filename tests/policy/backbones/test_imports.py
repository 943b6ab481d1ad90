"""The trunk library stands by itself."""

import ast
from pathlib import Path

import honte.policy.backbones

BELOW = {"honte.features.errors", "honte.policy.files", "honte.policy.winograd", "honte.policy.winograd_float32"}
"""All that it takes from the rest of Honte."""


def test_nothing_above_it_is_imported() -> None:
    files = sorted(Path(honte.policy.backbones.__path__[0]).glob("*.py"))
    assert len(files) > 10
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            for name in names:
                own = name.startswith("honte.policy.backbones")
                assert own or name in BELOW or not name.startswith("honte"), f"{file.name} imports {name}"
            assert not (isinstance(node, ast.ImportFrom) and node.level), file.name
