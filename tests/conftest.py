"""Fixtures shared by all tests."""

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import settings

# Workers, and the programs that they start, share the cores; torch and numpy read this when they are first imported.
workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", 1))
os.environ.setdefault("OMP_NUM_THREADS", str(max(1, (os.cpu_count() or 1) // workers)))

os.environ.pop("COLUMNS", None)  # which workers are given, and tables are fitted to

settings.register_profile("honte", deadline=None)  # a busy machine proves nothing of an example
settings.load_profile("honte")


LONG = ("test_docs.py", "test_installation.py", "test_first_start.py", "test_planes.py")
"""Files with tests that take long."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest tests, so that no worker is left alone with one of them at the end."""
    items.sort(key=lambda item: item.path.name not in LONG)


@pytest.fixture(scope="session")
def datasets() -> Path:
    """The folder of real game archives; tests that want it are skipped where it is absent."""
    default = Path(__file__).resolve().parents[2] / "shared" / "datasets"
    folder = Path(os.environ.get("HONTE_DATASETS", default))
    if not folder.is_dir():
        pytest.skip("no game archives here (set HONTE_DATASETS to a folder of them)")
    return folder


@pytest.fixture(scope="session")
def gnugo() -> list[str]:
    """The command of a quick GNU Go; skips where there is none."""
    path = shutil.which("gnugo", path=f"{os.environ['PATH']}{os.pathsep}/usr/games")
    if path is None:
        pytest.skip("GNU Go is not installed")
    return [path, "--mode", "gtp", "--level", "1"]
