"""What a build takes, so far as pyproject.toml cannot say it: every package of the four floors, and nothing old."""

import shutil
from pathlib import Path

from setuptools import find_packages, setup

FLOORS = ("data", "engine", "features", "policy")

# setuptools would install again what an earlier build left there.
shutil.rmtree(Path(__file__).with_name("build") / "lib", ignore_errors=True)
setup(packages=["honte", *(f"honte.{name}" for name in find_packages(include=[f"{floor}*" for floor in FLOORS]))])
