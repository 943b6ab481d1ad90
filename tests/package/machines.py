"""A copy of the clone, and environments to install it into, for tests that must not touch either."""

import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

from honte.features import compilation
from tests.waiting import PATIENCE

ROOT = Path(__file__).resolve().parents[2]
FLOORS = ("data", "engine", "features", "policy")
COPIED = (*FLOORS, "honte", "pyproject.toml", "setup.py", "README.md", "LICENSE")


def copy_clone(target: Path) -> Path:
    """Copy what a build needs, as a new clone has it: without what was built or compiled in this one."""
    target.mkdir()
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            left_out = shutil.ignore_patterns("__pycache__", *(FLOORS if name == "honte" else ()))
            shutil.copytree(source, target / name, ignore=left_out)
        elif source.exists():
            shutil.copy(source, target)
    return target


class Environment:
    """A new virtual environment that sees the packages of the running one, but not the running one's Honte.

    Nothing is downloaded, least of all PyTorch: its site-packages get a path file that names a folder of links to every
    package that the tests run with. `pip` is the running environment's. The home folder is a new one, but the kernels
    are those that this machine has compiled.
    """

    def __init__(self, folder: Path) -> None:
        venv.create(folder / "venv", with_pip=False)
        scripts = folder / "venv" / ("Scripts" if os.name == "nt" else "bin")
        self.python, self.honte = scripts / "python", scripts / "honte"
        self.home = folder / "home"
        self.home.mkdir()
        self.variables = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "XDG_"))}
        self.variables |= {"HOME": str(self.home), "LOCALAPPDATA": str(self.home), "COLUMNS": "120"}
        self.variables["HONTE_CACHE"] = str(compilation._folder().parent)
        (self.site,) = (folder / "venv").rglob("site-packages")
        others = folder / "others"
        others.mkdir()
        for place in map(Path, sys.path):
            if place.name in ("site-packages", "dist-packages"):
                for package in place.iterdir():
                    link = others / package.name
                    if "honte" not in package.name and package.suffix != ".pth" and not link.exists():
                        link.symlink_to(package)
        (self.site / "others.pth").write_text(f"{others}\n")

    def files(self) -> set[str]:
        """All that the environment holds."""
        return {str(path.relative_to(self.python.parent.parent)) for path in self.python.parent.parent.rglob("*")}

    def pip(self, *arguments: object) -> None:
        command = [sys.executable, "-m", "pip", "--python", self.python, "--disable-pip-version-check", *arguments]
        run(command, self.home, self.variables)

    def run(self, *command: object, folder: Path, status: int = 0, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run a command of the environment in a folder: its output, once it has ended with that status."""
        return run(command, folder, self.variables, status=status, stdin=stdin)


def run(
    command: "list[object] | tuple[object, ...]",
    folder: Path,
    variables: dict[str, str],
    *,
    status: int = 0,
    stdin: str = "",
) -> subprocess.CompletedProcess[str]:
    result = subprocess.run(
        list(map(str, command)),
        cwd=folder,
        env=variables,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert result.returncode == status, f"{command} ended with {result.returncode}:\n{result.stdout}\n{result.stderr}"
    return result


def build_wheel(clone: Path, target: Path) -> Path:
    """The wheel of a clone, built with the setuptools that are here; an sdist of it would hold the same."""
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--no-index", "-w", target]
    run([*command, clone], clone, dict(os.environ))
    (wheel,) = target.glob("*.whl")
    return wheel
