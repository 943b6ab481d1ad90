"""The one way from a path, bytes or text to a game, for every command that looks at one."""

import re
from pathlib import Path

from honte.data.record import GameRecord
from honte.data.sgf import parse
from honte.data.sources import Refusal, SgfFile, read_file
from honte.features.errors import HonteError

_SGF = re.compile(r"\ufeff?\s*\(\s*(;|[A-Za-z]+\s*\[)")
"""How text begins that is SGF and no path."""


def load(source: str | Path | bytes) -> GameRecord:
    """The first game of an SGF file, of its bytes, or of SGF text.

    A `str` that begins as SGF does, with `(;`, is taken for it, and any other for a path. HonteError says why there is
    no game; what the reader mended or doubted stands in the record's `warnings`.
    """
    file = read_sgf(source)
    return parse(file.data, source=file.name)


def read_sgf(source: str | Path | bytes) -> SgfFile:
    """The bytes of an SGF file, or of SGF text, and a name for messages. HonteError says why there are none."""
    if isinstance(source, str) and _SGF.match(source):
        source = source.lstrip("\ufeff").encode("utf-8-sig")  # the mark says that it is UTF-8, whatever CA says
    if isinstance(source, bytes):
        return SgfFile("", source, 0)
    path = Path(source)
    try:
        there = path.is_file()
    except OSError as error:
        raise HonteError(f"'{path}' cannot be read: {error.strerror}") from None
    if not there:
        raise HonteError(f"there is no SGF file '{path}'")
    file = read_file(path, 0)
    if isinstance(file, Refusal):
        raise HonteError(f"{file.source}: {file.reason}")
    return file
