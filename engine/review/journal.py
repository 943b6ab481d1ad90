"""What is done of a long work, in a file that survives a kill."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from honte.features.errors import HonteError


class Journal:
    """A file of JSON lines: what is reviewed, then a line for each source in order, written as it is done."""

    def __init__(self, path: Path, header: dict[str, Any]) -> None:
        self.path = path
        self.header = header
        self._names: list[str] = []
        self._file: BinaryIO | None = None

    def __enter__(self) -> "Journal":
        """Open it, without a last line that was cut off. HonteError when it is of other games or another network."""
        old = self.path.read_bytes() if self.path.exists() else b""
        whole = old[: old.rfind(b"\n") + 1]
        try:
            header, *lines = [json.loads(line) for line in whole.splitlines()] or [self.header]
            self._names = [line["name"] for line in lines]
        except (ValueError, TypeError, KeyError):
            raise self._other() from None
        if header != self.header:
            raise self._other()
        self._file = self.path.open("r+b" if old else "wb")
        self._file.truncate(len(whole))
        self._file.seek(len(whole))
        if not whole:
            self._append(self.header)
        return self

    def __exit__(self, *_: object) -> None:
        assert self._file is not None
        self._file.close()

    def has(self, place: int, name: str) -> bool:
        """Whether the source at that place is done. HonteError when another one was there."""
        if place < len(self._names) and self._names[place] != name:
            raise self._other()
        return place < len(self._names)

    def add(self, name: str, entries: list[dict[str, Any]]) -> None:
        self._append({"name": name, "entries": entries})
        self._names.append(name)

    def entries(self) -> Iterator[dict[str, Any]]:
        with self.path.open(encoding="utf-8") as file:
            next(file)
            for line in file:
                yield from json.loads(line)["entries"]

    def _other(self) -> HonteError:
        return HonteError(f"'{self.path}' is of other games or another network: delete it, or write elsewhere")

    def _append(self, line: dict[str, Any]) -> None:
        assert self._file is not None
        self._file.write(json.dumps(line).encode() + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())
