import os
import shutil

import pytest


@pytest.fixture(scope="session")
def gnugo() -> list[str]:
    """The command of a quick GNU Go; skips where there is none."""
    path = shutil.which("gnugo", path=f"{os.environ['PATH']}{os.pathsep}/usr/games")
    if path is None:
        pytest.skip("GNU Go is not installed")
    return [path, "--mode", "gtp", "--level", "1"]
