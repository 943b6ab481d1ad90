"""Files, folders and archives as a stream of SGF files, in a fixed order and never all in memory."""

import bz2
import gzip
import io
import lzma
import os
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, NamedTuple, Self

from honte.data.encoding import likeliest
from honte.features.errors import HonteError, Reason

MAX_BYTES = 1 << 28
"""The largest SGF file that is read."""
def _open_zstd(raw: Any) -> AbstractContextManager[Any]:
    """A stream of what Zstandard has compressed."""
    import pyarrow as pa  # heavy, and seldom wanted

    stream: AbstractContextManager[Any] = pa.CompressedInputStream(pa.PythonFile(raw, "r"), "zstd")
    return stream


COMPRESSIONS: dict[str, Callable[[Any], AbstractContextManager[Any]]] = {
    "gz": gzip.open, "bz2": bz2.open, "xz": lzma.open, "lzma": lzma.open, "zst": _open_zstd,
}  # fmt: skip
TARS: dict[str, Callable[[Any], AbstractContextManager[Any]]] = {
    ".tar": nullcontext, **{f".tar.{ending}": opener for ending, opener in COMPRESSIONS.items()},
    ".tgz": gzip.open, ".tbz": bz2.open, ".tbz2": bz2.open, ".txz": lzma.open, ".tzst": _open_zstd,
}  # fmt: skip
PLAIN = (".sgf", ".mgt", ".sgf.txt")
"""SGF files: some old ones end in `.mgt`, and programs that do not know `.sgf` put `.txt` after it."""
COMPRESSED = {f".sgf.{ending}": opener for ending, opener in COMPRESSIONS.items()}
"""SGF files that are compressed one by one."""
ARCHIVES = (".zip", *TARS)
WANTED = (*PLAIN, *ARCHIVES, *COMPRESSED)
NOT_READ = {
    **dict.fromkeys(
        (".7z", ".rar", ".lzh", ".lha", ".arj", ".ace", ".cab", ".zipx", ".tar.z", ".tar.lz", ".tar.lz4", ".tar.br",
         ".zip.001", ".7z.001", ".z01"),
        Reason("is an archive of a kind that is not read: unpack it, or pack it as .zip"),
    ),
    **dict.fromkeys(
        (".sgf.z", ".sgf.lz", ".sgf.lz4", ".sgf.br"), Reason("is compressed in a way that is not read: unpack it")
    ),
    **dict.fromkeys((".gib", ".ngf", ".ugf", ".ugi"), Reason("is a game in another format: convert it to SGF")),
}
"""By ending: what may hold games that cannot be read."""
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
    """`damaged` (file or archive), `unread` (neither SGF nor an archive that is read), `unreadable` (SGF), `illegal`,
    `filtered`, `duplicate`, or `cut` (taken up to a fault)."""
    reason: str
    general: str
    """The reason without its particulars, as `honte corpus info` counts it."""

    @classmethod
    def because(cls, source: str, kind: str, reason: Reason) -> Self:
        """A refusal with both of a reason's sentences."""
        return cls(source, kind, str(reason), reason.general)


def source_files(paths: Sequence[Path]) -> list[Path]:
    """The files among the paths that may hold games: a folder gives those in it and below, sorted.

    Raises SourceError for a path that is not there and for a folder without any.
    """
    return [path for path, refusal in find(paths) if refusal is None]


def find(paths: Sequence[Path]) -> list[tuple[Path, Refusal | None]]:
    """What there is of `source_files`, and what cannot be looked at, with why not."""
    found: list[tuple[Path, Refusal | None]] = []
    for path in paths:
        try:
            mode = path.stat().st_mode
        except FileNotFoundError:
            raise SourceError(f"{name_of(path)}: no such file or folder") from None
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            raise SourceError(f"{name_of(path)}: cannot be read: {reason}") from None
        if stat.S_ISREG(mode):
            found.append((path, None))
            continue
        if not stat.S_ISDIR(mode):
            raise SourceError(f"{name_of(path)}: this is neither a file nor a folder")
        inside = sorted(walk(path), key=lambda entry: entry[0])
        if not inside:
            raise SourceError(f"{name_of(path)}: nothing in this folder or below ends in {', '.join(WANTED)}")
        found.extend(inside)
    return found


def walk(path: Path) -> Iterator[tuple[Path, Refusal | None]]:
    """What may hold games in a folder and below, in no order, and folders that are not looked into."""
    closed: list[OSError] = []
    for folder, subfolders, names in os.walk(path, onerror=closed.append):
        for name in subfolders:
            if (link := Path(folder, name)).is_symlink():
                reason = Reason("is a link to a folder, which is not followed: name it as a source of its own")
                yield link, Refusal.because(name_of(link), "unread", reason)
        for name in names:
            if name.lower().endswith((*WANTED, *NOT_READ)):
                yield Path(folder, name), None
    for error in closed:
        place = Path(os.fsdecode(error.filename))
        yield place, Refusal.because(name_of(place), "unread", Reason("the folder cannot be read: {}", error.strerror))


def iter_sgf(paths: Sequence[Path]) -> Iterator[SgfFile | Refusal]:
    """The SGF files of files, folders and archives one by one; in place of what cannot be read, a refusal.

    They come in the order of the paths, sorted inside folders, in the archive's own order inside archives.
    The name tells whether a file is an archive; in folders and archives only what ends like `PLAIN` is SGF.
    Raises SourceError for a path that is not there.
    """
    consumed = 0
    for path, refusal in find(paths):
        name = path.name.lower()
        if refusal := refusal or _refuse_file(path):
            yield refusal
        elif not name.endswith(ARCHIVES):
            yield read_file(path, consumed)
        else:
            empty = True
            for member in _zip_members(path, consumed) if name.endswith(".zip") else _tar_members(path, consumed):
                empty = False
                yield member
            if empty:
                yield Refusal.because(name_of(path), "unread", Reason("holds no .sgf file"))
        consumed += size_on_disk(path)


def size_on_disk(path: Path) -> int:
    """The bytes of a file, 0 where it has gone."""
    return path.stat().st_size if path.exists() else 0


def _refuse_file(path: Path) -> Refusal | None:
    """Why a file is not opened, if it is not: opening a pipe would wait for ever."""
    name = path.name.lower()
    if name.endswith(tuple(NOT_READ)):
        reason = next(reason for ending, reason in NOT_READ.items() if name.endswith(ending))
        return Refusal.because(name_of(path), "unread", reason)
    try:
        mode = path.stat().st_mode
    except OSError:
        return None  # whoever opens it will say so
    if stat.S_ISREG(mode):
        return None
    return Refusal.because(name_of(path), "unread", Reason(f"is {_kind_of(mode)} and no file"))


def _kind_of(mode: int) -> str:
    """What there is under a name, in words."""
    kinds = {stat.S_ISFIFO: "a pipe", stat.S_ISSOCK: "a socket", stat.S_ISDIR: "a folder", stat.S_ISLNK: "a link"}
    return next((words for is_it, words in kinds.items() if is_it(mode)), "a device")


def read_file(path: Path, consumed: int) -> SgfFile | Refusal:
    """A file that is SGF itself, compressed or not."""
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            return too_large(name_of(path), size)
        return unpacked(name_of(path), path.read_bytes(), consumed + size)
    except OSError as error:
        return Refusal.because(name_of(path), "damaged", Reason("cannot be read: {}", error.strerror))


def unpacked(name: str, data: bytes, consumed: int) -> SgfFile | Refusal:
    """The bytes of a file, decompressed where its name says that they are compressed."""
    opener = next((opener for ending, opener in COMPRESSED.items() if name.lower().endswith(ending)), None)
    if opener is None:
        return SgfFile(name, data, consumed)
    try:
        with opener(io.BytesIO(data)) as stream:
            content = bytes(stream.read(MAX_BYTES + 1))
    except DAMAGE as error:
        return Refusal.because(name, "damaged", Reason("cannot be decompressed: {}", _first_line(error)))
    return too_large(name, len(content)) if len(content) > MAX_BYTES else SgfFile(name, content, consumed)


def _zip_members(path: Path, consumed: int) -> Iterator[SgfFile | Refusal]:
    """The SGF files of a zip archive; a damaged member is refused alone."""
    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                consumed += member.compress_size
                name = f"{name_of(path)}/{_name_in_zip(member)}"
                if not _is_wanted(name) or member.is_dir():
                    continue
                mode = member.external_attr >> 16
                if refusal := _refuse_member(name, member.file_size, "a link" if stat.S_ISLNK(mode) else ""):
                    yield refusal
                    continue
                if member.flag_bits & 1:
                    yield Refusal.because(name, "unread", Reason("is kept under a password: unpack it"))
                    continue
                try:
                    data = archive.read(member)
                except DAMAGE as error:
                    reason = Reason("cannot be read from the archive: {}", _first_line(error))
                    yield Refusal.because(name, "damaged", reason)
                else:
                    yield unpacked(name, data, consumed)
    except DAMAGE as error:
        yield Refusal.because(name_of(path), "damaged", Reason("cannot be read as an archive: {}", _first_line(error)))


def _tar_members(path: Path, consumed: int) -> Iterator[SgfFile | Refusal]:
    """The SGF files of a tar archive up to where it is damaged, if it is."""
    decompress = next(opener for suffix, opener in TARS.items() if path.name.lower().endswith(suffix))
    endings: list[tarfile.HeaderError] = []

    class Header(tarfile.TarInfo):
        """A header that tells why there was none: `tarfile` takes a damaged one for the archive's end."""

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
                name = name_of(f"{path}/{member.name}")
                if not _is_wanted(name) or member.isdir():
                    continue
                link = "a link" if member.issym() or member.islnk() else "a pipe or a device"
                if refusal := _refuse_member(name, member.size, "" if member.isfile() else link):
                    yield refusal
                    continue
                content = archive.extractfile(member)
                assert content is not None
                yield unpacked(name, content.read(), consumed + raw.tell())
            if endings and type(endings[-1]).__name__ in ("InvalidHeaderError", "TruncatedHeaderError"):
                raise endings[-1]
            while stream.read(1 << 16):
                pass  # the checksum stands at the end of the stream
    except DAMAGE as error:
        reason = Reason("is damaged after {} members: {}", members, _first_line(error))
        yield Refusal.because(name_of(path), "damaged", reason)


def _is_wanted(name: str) -> bool:
    """Whether the name is that of SGF, of an archive, or of what should be one of them."""
    return name.lower().endswith((*WANTED, *NOT_READ))


def _refuse_member(name: str, size: int, kind: str) -> Refusal | None:
    """Why a member is not read, if it is not; `kind` says what it is where it is no file."""
    if kind:
        return Refusal.because(name, "unread", Reason(f"is {kind} in the archive and no file"))
    if name.lower().endswith(ARCHIVES):
        return Refusal.because(name, "damaged", Reason("is an archive in an archive: unpack the outer one"))
    for ending, reason in NOT_READ.items():
        if name.lower().endswith(ending):
            return Refusal.because(name, "unread", reason)
    return too_large(name, size) if size > MAX_BYTES else None


def too_large(name: str, size: int) -> Refusal:
    return Refusal.because(name, "damaged", Reason(f"has {{}} MB; an SGF file may have {MAX_BYTES >> 20}", size >> 20))


def _first_line(error: BaseException) -> str:
    """What an error says, in a line."""
    return next(iter(str(error).splitlines()), type(error).__name__)


def _name_in_zip(member: zipfile.ZipInfo) -> str:
    """The name of a member; old programs write it in the encoding of their country, which `zipfile` takes for cp437."""
    if member.flag_bits & 0x800:
        return name_of(member.filename)
    try:
        return _readable(member.filename.encode("cp437"))
    except UnicodeEncodeError:
        return name_of(member.filename)


def name_of(path: Path | str) -> str:
    """The path as text that can be encoded."""
    return _readable(os.fsencode(path))


def _readable(name: bytes) -> str:
    """A name in whatever encoding as text."""
    try:
        return name.decode()
    except UnicodeDecodeError:
        return name.decode(likeliest(name, ""), "replace")
