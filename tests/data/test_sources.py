"""Archives, whole and damaged."""

import bz2
import gzip
import io
import lzma
import os
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from honte.data import sources
from honte.data.sources import Refusal, SgfFile, SourceError, iter_sgf

GAMES = {f"game {number}.sgf": b"(;C[%d]%s)" % (number, b";B[dd]" * 500) for number in range(20)}


def read(*paths: Path) -> tuple[dict[str, bytes], list[Refusal]]:
    """What the sources gave: bytes by name without the folder of the test, and refusals."""
    files, refusals = {}, []
    for item in iter_sgf(paths):
        if isinstance(item, SgfFile):
            files[item.name.removeprefix(f"{paths[0].parent}/")] = item.data
        else:
            refusals.append(item)
    return files, refusals


def told(refusals: list[Refusal]) -> list[tuple[str, str, str]]:
    """Source, kind and reason of each."""
    return [refusal[:3] for refusal in refusals]


def make_tar(path: Path, mode: str = "w", members: dict[str, bytes] = GAMES) -> Path:
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        for name, data in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return path


def make_zip(path: Path, members: dict[str, bytes] = GAMES, method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def compressed(path: Path, codec: str) -> Path:
    """The file compressed in its place."""
    data = path.read_bytes()
    with pa.output_stream(str(path), compression=codec) as file:
        file.write(data)
    return path


ARCHIVES: dict[str, Callable[[Path], Path]] = {
    "a.zip": make_zip,
    "a.tar": make_tar,
    "a.tar.gz": lambda path: make_tar(path, "w:gz"),
    "A.TGZ": lambda path: make_tar(path, "w:gz"),
    "a.tar.bz2": lambda path: make_tar(path, "w:bz2"),
    "a.tar.xz": lambda path: make_tar(path, "w:xz"),
    "a.tar.zst": lambda path: compressed(make_tar(path), "zstd"),
}


@pytest.mark.parametrize("name", ARCHIVES)
def test_archives_give_their_games_in_their_order(tmp_path: Path, name: str) -> None:
    files, refusals = read(ARCHIVES[name](tmp_path / name))
    assert list(files.items()) == [(f"{name}/{member}", data) for member, data in GAMES.items()]
    assert not refusals


def test_a_folder_gives_its_files_and_archives_sorted(tmp_path: Path) -> None:
    folder = tmp_path / "games"
    (folder / "b" / "c").mkdir(parents=True)
    (folder / "b" / "c" / "x.SGF").write_bytes(b"3")
    (folder / "b" / "a.sgf").write_bytes(b"2")
    (folder / "z.sgf").write_bytes(b"4")
    (folder / "notes.txt").write_bytes(b"not a game")
    make_zip(folder / "a.zip", {"in/one.sgf": b"1", "readme.txt": b"not a game"})
    files, refusals = read(folder)
    assert list(files) == ["games/a.zip/in/one.sgf", "games/b/a.sgf", "games/b/c/x.SGF", "games/z.sgf"]
    assert list(files.values()) == [b"1", b"2", b"3", b"4"]
    assert not refusals


def test_a_file_named_outright_is_sgf_whatever_its_name(tmp_path: Path) -> None:
    (tmp_path / "game.txt").write_bytes(b"(;B[dd])")
    assert read(tmp_path / "game.txt")[0] == {"game.txt": b"(;B[dd])"}


@pytest.mark.parametrize("missing", ["nowhere", "nowhere/a.zip"])
def test_a_path_that_is_not_there(tmp_path: Path, missing: str) -> None:
    (tmp_path / "a.sgf").write_bytes(b"(;)")
    with pytest.raises(SourceError, match=f"{missing}: no such file or folder"):
        next(iter_sgf([tmp_path / "a.sgf", tmp_path / missing]))


def test_a_folder_without_games(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"")
    with pytest.raises(SourceError, match=r"nothing in this folder or below ends in \.sgf, .*\.zip"):
        next(iter_sgf([tmp_path]))


@pytest.mark.parametrize("name", ["a.tar", "a.tar.gz", "a.tar.bz2", "a.tar.xz"])
@pytest.mark.parametrize("share", [0.0, 0.001, 0.3, 0.6, 0.97])
def test_a_truncated_archive_gives_what_it_holds_and_is_refused(tmp_path: Path, name: str, share: float) -> None:
    path = ARCHIVES[name](tmp_path / name)
    whole = path.read_bytes()
    end = len(whole) if name != "a.tar" else whole.rindex(b")") + 1
    path.write_bytes(whole[: int(share * end)] if share else b"")
    files, refusals = read(path)
    assert list(files.values()) == list(GAMES.values())[: len(files)]
    assert [refusal.source for refusal in refusals] == [str(path)]
    assert refusals[0].kind == "damaged"


def test_the_games_after_a_damaged_archive_are_read(tmp_path: Path) -> None:
    broken = make_tar(tmp_path / "a.tar.gz", "w:gz")
    broken.write_bytes(broken.read_bytes()[:-30])
    files, refusals = read(broken, make_zip(tmp_path / "b.zip"))
    assert [name for name in files if name.startswith("b.zip")] == [f"b.zip/{name}" for name in GAMES]
    assert len(refusals) == 1


def test_a_damaged_header_in_the_middle_is_not_taken_for_the_end(tmp_path: Path) -> None:
    path = make_tar(tmp_path / "a.tar")
    data = bytearray(path.read_bytes())
    at = data.index(b"game 7.sgf")
    data[at : at + 4] = b"GAME"
    path.write_bytes(data)
    files, refusals = read(path)
    assert len(files) == 7
    assert "is damaged after 7 members" in refusals[0].reason


@pytest.mark.parametrize(("name", "open_"), [("a.tar.gz", gzip.open), ("a.tar.xz", lzma.open)])
def test_a_wrong_checksum_at_the_end_is_found(tmp_path: Path, name: str, open_: Callable[..., object]) -> None:
    path = ARCHIVES[name](tmp_path / name)
    data = bytearray(path.read_bytes())
    data[-8 if name == "a.tar.gz" else -40] ^= 0xFF
    path.write_bytes(data)
    files, refusals = read(path)
    assert files and len(refusals) == 1


def test_a_damaged_member_of_a_zip_is_refused_alone(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "a.zip", method=zipfile.ZIP_STORED)
    data = bytearray(path.read_bytes())
    data[data.index(b"(;C[7]") + 100] ^= 1
    path.write_bytes(data)
    files, refusals = read(path)
    assert list(files) == [f"a.zip/{name}" for name in GAMES if name != "game 7.sgf"]
    assert [refusal.source for refusal in refusals] == [f"{path}/game 7.sgf"]
    assert "CRC" in refusals[0].reason


@pytest.mark.parametrize("name", ["a.zip", "a.tar", "a.tar.gz", "a.tar.bz2", "a.tar.xz"])
def test_what_is_no_archive_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"(;B[dd]) this is no archive at all" * 100)
    files, refusals = read(tmp_path / name)
    assert not files
    assert [(refusal.source, refusal.kind) for refusal in refusals] == [(str(tmp_path / name), "damaged")]


def test_what_is_kept_under_a_password_is_named(tmp_path: Path) -> None:
    data = bytearray(make_zip(tmp_path / "a.zip", {"a.sgf": b"(;)", "b.sgf": b"(;B[dd])"}).read_bytes())
    data[6] |= 1
    data[data.index(b"PK\1\2") + 8] |= 1
    (tmp_path / "a.zip").write_bytes(data)
    files, refusals = read(tmp_path / "a.zip")
    assert list(files) == ["a.zip/b.sgf"]
    assert told(refusals) == [(f"{tmp_path}/a.zip/a.sgf", "unread", "is kept under a password: unpack it")]


@pytest.mark.parametrize("make", [make_zip, make_tar])
def test_archives_in_archives_are_refused(tmp_path: Path, make: Callable[..., Path]) -> None:
    path = make(tmp_path / ("a.zip" if make is make_zip else "a.tar"), members={"in.zip": b"PK", "a.sgf": b"(;)"})
    files, refusals = read(path)
    assert list(files.values()) == [b"(;)"]
    assert told(refusals) == [(f"{path}/in.zip", "damaged", "is an archive in an archive: unpack the outer one")]


def test_archives_without_games_are_refused(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "a.zip", {"readme.txt": b"nothing here"})
    files, refusals = read(path)
    assert not files and told(refusals) == [(str(path), "unread", "holds no .sgf file")]


def test_a_broken_link_in_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.sgf").write_bytes(b"(;)")
    (tmp_path / "b.sgf").symlink_to(tmp_path / "nowhere")
    files, refusals = read(tmp_path)
    assert len(files) == 1
    assert told(refusals) == [(str(tmp_path / "b.sgf"), "damaged", "cannot be read: No such file or directory")]


@pytest.mark.parametrize("name", ARCHIVES)
@given(data=st.data())
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_damage_to_an_archive_ends_in_games_and_refusals(tmp_path: Path, name: str, data: st.DataObject) -> None:
    path = ARCHIVES[name](tmp_path / name)
    damaged = bytearray(path.read_bytes())
    places = st.integers(0, len(damaged) - 1) | st.integers(0, 1023) | st.integers(-1200, -1).map(len(damaged).__add__)
    for place in data.draw(st.lists(places, min_size=1, max_size=5)):
        damaged[place % len(damaged)] = data.draw(st.integers(0, 255))
    path.write_bytes(damaged)
    files, refusals = read(path)
    assert files or refusals


@pytest.mark.parametrize("kind", ["file", "zip", "tar"])
def test_files_too_large_to_be_sgf_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(sources, "MAX_BYTES", 1 << 20)
    big = {"a.sgf": b"x" * (3 << 20)}
    if kind == "file":
        path = tmp_path / "a.sgf"
        path.write_bytes(big["a.sgf"])
    else:
        path = (make_zip if kind == "zip" else make_tar)(tmp_path / f"a.{kind}", members=big)
    files, refusals = read(path)
    assert not files
    assert refusals[0].reason == "has 3 MB; an SGF file may have 1"


def test_names_that_are_not_text_can_be_printed(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "a.tar", "w", encoding="gbk") as archive:
        member = tarfile.TarInfo("古力.sgf")
        member.size = 3
        archive.addfile(member, io.BytesIO(b"(;)"))
    (name,) = read(tmp_path / "a.tar")[0]
    assert name == "a.tar/古力.sgf"


def test_archives_are_streamed(tmp_path: Path) -> None:
    path = make_tar(tmp_path / "a.tar", members={f"{n}.sgf": bytes([n]) * 100_000 for n in range(40)})
    first = next(iter_sgf([path]))
    assert isinstance(first, SgfFile)
    assert first.consumed < path.stat().st_size / 4
    *_, last = iter_sgf([path, path])
    assert isinstance(last, SgfFile)
    assert path.stat().st_size < last.consumed <= 2 * path.stat().st_size


# What is no file, or none that is read


@pytest.mark.parametrize("ending", ["gz", "bz2", "xz", "lzma", "zst"])
def test_single_files_that_are_compressed_are_read(tmp_path: Path, ending: str) -> None:
    game = b"(;B[dd])"
    packed = {
        "gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress,
        "lzma": lambda data: lzma.compress(data, lzma.FORMAT_ALONE),
        "zst": lambda data: bytes(pa.compress(data, "zstd", asbytes=True)),
    }[ending](game)  # fmt: skip
    name = f"a.sgf.{ending}"
    (tmp_path / name).write_bytes(packed)
    archive = make_zip(tmp_path / "b.zip", {f"in/{name}": packed})
    assert read(tmp_path / name, archive) == ({name: game, f"b.zip/in/{name}": game}, [])
    (tmp_path / name).write_bytes(packed[:-5])
    files, refusals = read(tmp_path / name)
    assert not files and refusals[0].kind == "damaged" and "cannot be decompressed" in refusals[0].reason


@pytest.mark.parametrize("name", ["a.mgt", "A.MGT", "b.sgf.txt"])
def test_other_endings_of_sgf_files_are_read(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "games"
    folder.mkdir()
    (folder / name).write_bytes(b"(;B[dd])")
    archive = make_zip(tmp_path / "b.zip", {name: b"(;B[ee])", "notes.txt": b"no game"})
    assert read(folder, archive) == ({f"games/{name}": b"(;B[dd])", f"b.zip/{name}": b"(;B[ee])"}, [])


@pytest.mark.parametrize("name", ["a.7z", "b.rar", "c.tar.lz", "d.sgf.Z", "e.gib", "f.ngf", "G.RAR"])
def test_what_is_not_read_is_named(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "games"
    folder.mkdir()
    (folder / name).write_bytes(b"?")
    archive = make_zip(tmp_path / "b.zip", {name: b"?", "a.sgf": b"(;)"})
    files, refusals = read(folder, archive)
    assert list(files) == ["b.zip/a.sgf"]
    assert [(refusal.source, refusal.kind) for refusal in refusals] == [
        (f"{folder}/{name}", "unread"), (f"{archive}/{name}", "unread"),
    ]  # fmt: skip
    assert all("unpack it" in refusal.reason or "convert it" in refusal.reason for refusal in refusals)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_pipes_are_named_and_not_waited_for(tmp_path: Path) -> None:
    folder = tmp_path / "games"
    folder.mkdir()
    for name in ("x.sgf", "y.zip", "z.sgf.gz"):
        os.mkfifo(folder / name)
    files, refusals = read(folder)
    assert not files
    names = ("x.sgf", "y.zip", "z.sgf.gz")
    assert told(refusals) == [(f"{folder}/{name}", "unread", "is a pipe and no file") for name in names]
    with pytest.raises(SourceError, match="this is neither a file nor a folder"):
        next(iter_sgf([folder / "x.sgf"]))


def test_a_linked_folder_is_named_and_a_linked_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "a.sgf").write_bytes(b"(;)")
    folder = tmp_path / "games"
    folder.mkdir()
    (folder / "link").symlink_to(tmp_path / "elsewhere")
    (folder / "round").symlink_to(folder)
    (folder / "b.sgf").symlink_to(tmp_path / "elsewhere" / "a.sgf")
    files, refusals = read(folder)
    assert list(files) == ["games/b.sgf"]
    reason = "is a link to a folder, which is not followed: name it as a source of its own"
    assert told(refusals) == [(f"{folder}/{name}", "unread", reason) for name in ("link", "round")]


def test_a_folder_that_cannot_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "closed").mkdir()
    (tmp_path / "closed" / "a.sgf").write_bytes(b"(;)")
    (tmp_path / "b.sgf").write_bytes(b"(;)")
    scan = os.scandir

    def refuse(path: str) -> object:  # root may read everything, so that taking away rights shows nothing
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", path)
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse)
    files, refusals = read(tmp_path)
    assert len(files) == 1
    assert told(refusals) == [(f"{tmp_path}/closed", "unread", "the folder cannot be read: Permission denied")]


def test_links_and_pipes_in_archives_are_named(tmp_path: Path) -> None:
    path = tmp_path / "a.tar"
    with tarfile.open(path, "w") as archive:
        for name, kind in (("s.sgf", tarfile.SYMTYPE), ("h.sgf", tarfile.LNKTYPE), ("p.sgf", tarfile.FIFOTYPE)):
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, "game.sgf"
            archive.addfile(member)
    zipped = tmp_path / "b.zip"
    with zipfile.ZipFile(zipped, "w") as archive_:
        link = zipfile.ZipInfo("s.sgf")
        link.external_attr = 0o120777 << 16
        archive_.writestr(link, "game.sgf")
    files, refusals = read(path, zipped)
    assert not files
    assert [(refusal.source.rpartition("/")[2], refusal.kind, refusal.reason) for refusal in refusals] == [
        ("s.sgf", "unread", "is a link in the archive and no file"),
        ("h.sgf", "unread", "is a link in the archive and no file"),
        ("p.sgf", "unread", "is a pipe or a device in the archive and no file"),
        ("s.sgf", "unread", "is a link in the archive and no file"),
    ]


@pytest.mark.parametrize(
    ("encoding", "name"),
    [("gbk", "古力与常昊.sgf"), ("utf-8", "古力.sgf"), ("euc-kr", "이창호.sgf"), ("cp850", "José.sgf")],
)
def test_names_in_zips_are_read_in_the_encoding_of_their_country(tmp_path: Path, encoding: str, name: str) -> None:
    path = make_zip(tmp_path / "a.zip", {"x" * len(name.encode(encoding)): b"(;)"})
    path.write_bytes(path.read_bytes().replace(b"x" * len(name.encode(encoding)), name.encode(encoding)))
    assert list(read(path)[0]) == [f"a.zip/{name}"]
