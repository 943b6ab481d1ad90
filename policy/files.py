"""Files that are either whole or absent, whatever stops the process or the machine."""

import os
from pathlib import Path


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file beside `path` and put it in its place once it is on the disk; make its folder if need be."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.new")
    with temporary.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
