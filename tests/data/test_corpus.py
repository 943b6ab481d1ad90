"""Corpus files, and what is none."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from honte.data.build import build
from honte.data.corpus import SCHEMA, Corpus, CorpusError, general_warnings, read_refusals, refusals_path


def test_what_is_no_corpus_is_told_in_our_own_words(tmp_path: Path) -> None:
    (tmp_path / "game.sgf").write_text("(;SZ[9];B[ee];W[gc])")
    corpus = tmp_path / "size=19" / "a.parquet"  # which other readers of Parquet take for a column
    corpus.parent.mkdir()
    build([tmp_path / "game.sgf"], corpus)
    assert Corpus.open(corpus).sizes.tolist() == [9] and not general_warnings(corpus)
    whole = corpus.read_bytes()
    (tmp_path / "cut").write_bytes(whole[:-100])
    (tmp_path / "hole").write_bytes(whole[:100] + bytes(len(whole) - 200) + whole[-100:])
    (tmp_path / "empty").touch()
    pq.write_table(pa.table({"size": [19]}), tmp_path / "table")
    pq.write_table(pa.table({name: ["x"] for name in SCHEMA.names}), tmp_path / "words")
    games = pq.ParquetFile(corpus).read()
    pq.write_table(games.set_column(0, "size", pa.array([None], pa.uint8())), tmp_path / "nulls")
    for name, words in {
        "none": "no such corpus",
        "size=19": "no corpus, but a folder: 'honte corpus build' makes one of the games in it",
        "game.sgf": "no corpus, but another kind of file: 'honte corpus build' makes one of games",
        "empty": "no corpus, but an empty file: 'honte corpus build' makes one of games",
        "cut": "damaged or cut off: build it anew with 'honte corpus build'",
        "hole": "damaged or cut off: build it anew with 'honte corpus build'",
        "table": "no corpus that 'honte corpus build' made: it has no column 'moves'",
        "words": "no corpus that 'honte corpus build' made: its columns hold other things",
        "nulls": "no corpus that 'honte corpus build' made: its columns hold other things",
        "game.sgf/inside": "cannot be read: Not a directory",
    }.items():
        with pytest.raises(CorpusError) as told:
            Corpus.open(str(tmp_path / name))
        assert str(told.value) == f"{tmp_path / name}: {words}"
    with pytest.raises(CorpusError, match="no corpus is named"):
        Corpus.open()
    refusals_path(corpus).unlink()
    with pytest.raises(CorpusError, match="table of refusals is not there"):
        read_refusals(corpus)


def test_a_corpus_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbid(path: Path, *_: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    (tmp_path / "a.parquet").touch()
    monkeypatch.setattr(Path, "open", forbid)  # whoever runs this may be allowed to read everything
    with pytest.raises(CorpusError, match=r"a\.parquet: cannot be read: Permission denied$"):
        Corpus.open(tmp_path / "a.parquet")
