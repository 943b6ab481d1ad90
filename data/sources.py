"""Files, folders and archives as a stream of SGF files, in a fixed order and never all in memory."""

import bz2
import gzip
import lzma
import os
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, NamedTuple, Self

from honte.features.errors import HonteError

MAX_BYTES = 1 << 28
"""The largest SGF file that is read."""
DECOMPRESSORS: dict[str, Callable[[Any], AbstractContextManager[Any]]] = {
    ".tar": nullcontext, ".tar.gz": gzip.open, ".tgz": gzip.open, ".tar.bz2": bz2.open, ".tbz2": bz2.open,
    ".tar.xz": lzma.open, ".txz": lzma.open,
}
ARCHIVES = (".zip", *DECOMPRESSORS)
WANTED = (".sgf", *ARCHIVES)
DAMAGE = (
    OSError, EOFError, ValueError, RuntimeError, lzma.LZMAError, zlib.error, tarfile.TarError, zipfile.BadZipFile,
)
"""What the readers of archives raise on damage, passwords and methods they do not know."""


class SourceError(HonteError):
    """A source that is not there."""


class SgfFile(NamedTuple):
    """The bytes of one SGF file."""

    name: str
    """Its path; in an archive the archive's path, a slash, and the member's."""
    data: bytes
    consumed: int
    """Bytes of all sources read so far, as they lie on the disk."""


class Refusal(NamedTuple):
    """Something that gave no game, and why."""

    source: str
    kind: str
    """``damaged`` (file or archive), ``unreadable`` (SGF), ``illegal``, ``filtered`` or ``duplicate``."""
    reason: str


def source_files(paths: Sequence[Path]) -> list[Path]:
    """The SGF files and archives among the paths: a folder gives those in it and below, sorted.

    Raises SourceError for a path that is not there and for a folder without any.
    """
    files = []
    for path in paths:
        if path.is_file():
            files.append(path)
            continue
        if not path.is_dir():
            raise SourceError(f"{path}: no such file or folder")
        walk = os.walk(path)
        found = [Path(folder, name) for folder, _, names in walk for name in names if is_wanted(name)]
        if not found:
            raise SourceError(f"{path}: nothing in this folder or below ends in {', '.join(WANTED)}")
        files.extend(sorted(found))
    return files


def iter_sgf(paths: Sequence[Path]) -> Iterator[SgfFile | Refusal]:
    """The SGF files of files, folders and archives one by one; in place of what cannot be read, a refusal.

    They come in the order of the paths, sorted inside folders, in the archive's own order inside archives.
    The name tells whether a file is an archive; in folders and archives only what ends in ``.sgf`` is SGF.
    Raises SourceError for a path that is not there.
    """
    consumed = 0
    for path in source_files(paths):
        name = path.name.lower()
        if not name.endswith(ARCHIVES):
            yield read_file(path, consumed)
        else:
            empty = True
            for member in zip_members(path, consumed) if name.endswith(".zip") else tar_members(path, consumed):
                empty = False
                yield member
            if empty:
                yield Refusal(printable(path), "damaged", "holds no .sgf file")
        consumed += size_on_disk(path)


def size_on_disk(path: Path) -> int:
    """The bytes of a file, 0 where it has gone."""
    return path.stat().st_size if path.exists() else 0


def read_file(path: Path, consumed: int) -> SgfFile | Refusal:
    """A file that is SGF itself."""
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            return too_large(printable(path), size)
        return SgfFile(printable(path), path.read_bytes(), consumed + size)
    except OSError as error:
        return Refusal(printable(path), "damaged", f"cannot be read: {error.strerror}")


def zip_members(path: Path, consumed: int) -> Iterator[SgfFile | Refusal]:
    """The SGF files of a zip archive; a damaged member is refused alone."""
    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                consumed += member.compress_size
                name = printable(f"{path}/{member.filename}")
                if not is_wanted(name):
                    continue
                if refusal := refuse_member(name, member.file_size):
                    yield refusal
                    continue
                try:
                    data = archive.read(member)
                except DAMAGE as error:
                    yield Refusal(name, "damaged", f"cannot be read from the archive: {error}")
                else:
                    yield SgfFile(name, data, consumed)
    except DAMAGE as error:
        yield Refusal(printable(path), "damaged", f"cannot be read as an archive: {error}")


def tar_members(path: Path, consumed: int) -> Iterator[SgfFile | Refusal]:
    """The SGF files of a tar archive up to where it is damaged, if it is."""
    decompress = next(opener for suffix, opener in DECOMPRESSORS.items() if path.name.lower().endswith(suffix))
    endings: list[tarfile.HeaderError] = []

    class Header(tarfile.TarInfo):
        """A header that tells why there was none: ``tarfile`` takes a damaged one for the archive's end."""

        @classmethod
        def fromtarfile(cls, archive: tarfile.TarFile) -> Self:
            try:
                return super().fromtarfile(archive)
            except tarfile.HeaderError as error:
                endings.append(error)
                raise

    members = 0
    try:
        with (
            path.open("rb") as raw,
            decompress(raw) as stream,
            tarfile.open(fileobj=stream, mode="r|", bufsize=1 << 16, tarinfo=Header) as archive,
        ):
            while member := archive.next():
                archive.members.clear()  # type: ignore[attr-defined]  # tarfile would keep them all
                members += 1
                name = printable(f"{path}/{member.name}")
                if not member.isfile() or not is_wanted(name):
                    continue
                if refusal := refuse_member(name, member.size):
                    yield refusal
                    continue
                content = archive.extractfile(member)
                assert content is not None
                yield SgfFile(name, content.read(), consumed + raw.tell())
            if endings and type(endings[-1]).__name__ in ("InvalidHeaderError", "TruncatedHeaderError"):
                raise endings[-1]
            while stream.read(1 << 16):
                pass  # the checksum stands at the end of the stream
    except DAMAGE as error:
        yield Refusal(printable(path), "damaged", f"is damaged after {members} members: {error}")


def is_wanted(name: str) -> bool:
    """Whether the name is that of SGF or of an archive."""
    return name.lower().endswith(WANTED)


def refuse_member(name: str, size: int) -> Refusal | None:
    """Why a member is not read, if it is not."""
    if name.lower().endswith(ARCHIVES):
        return Refusal(name, "damaged", "is an archive in an archive: unpack the outer one")
    return too_large(name, size) if size > MAX_BYTES else None


def too_large(name: str, size: int) -> Refusal:
    return Refusal(name, "damaged", f"has {size >> 20} MB; an SGF file may have {MAX_BYTES >> 20}")


def printable(path: Path | str) -> str:
    """The path as text that can be encoded."""
    return os.fsencode(path).decode("utf-8", "replace")
