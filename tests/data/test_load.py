"""One game from whatever names it."""

import os
from pathlib import Path

import pytest

from honte.data.load import load
from honte.features.errors import HonteError


def test_a_path_bytes_or_text(tmp_path: Path) -> None:
    path = tmp_path / "(a game).sgf"
    path.write_bytes("(;PB[柯洁];B[dd])".encode("gbk"))
    text = "\ufeff (;CA[GBK]PB[柯洁];B[dd])"
    loaded = [load(path), load(str(path)), load(path.read_bytes()), load(text)]
    assert [game.black for game in loaded] == ["柯洁"] * 4 and len({game.key for game in loaded}) == 1
    assert [game.source for game in loaded] == [str(path), str(path), "SGF data", "SGF data"]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("nowhere.sgf", "there is no SGF file 'nowhere.sgf'"),
        (".", "there is no SGF file '.'"),
        ("x" * 5000, "File name too long"),
        ("a\0b", "there is no SGF file"),
        ("(;B[99])", "SGF data: move 1, B[99], names no point"),
        (b"hello", "SGF data: no game begins in it"),
    ],
)
def test_what_is_no_game_is_told_in_a_sentence(source: str | bytes, words: str) -> None:
    with pytest.raises(HonteError) as error:
        load(source)
    assert words in str(error.value)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "x.sgf")
    with pytest.raises(HonteError, match="there is no SGF file"):
        load(tmp_path / "x.sgf")
