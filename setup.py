"""Builds from what lies here now: setuptools would install again what an earlier build left in `build/lib`."""

import shutil
from pathlib import Path

from setuptools import setup

shutil.rmtree(Path(__file__).with_name("build") / "lib", ignore_errors=True)
setup()
