"""Encodings: named, unnamed, named wrongly."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from honte.data.encoding import to_utf8
from honte.data.sources import SgfFile, iter_sgf

NAMES = {
    "gb18030": ["聂卫平", "柯洁", "古力 九段", "常昊", "马晓春", "时越", "芈昱廷", "黑中盘胜", "联通"],
    "big5": ["張栩", "王銘琬", "周俊勳 九段", "許皓鋐", "吳清源", "聶衛平", "功夫", "中國圍棋", "蓋世"],
    "euc-kr": ["이창호", "조훈현", "이세돌", "박정환", "신진서", "최철한", "김지석 九단", "흑 불계승"],
    "shift_jis": ["井山裕太", "高尾紳路", "本因坊秀哉", "趙治勲", "第35期棋聖戦", "ソフト", "ゼロ", "表"],
    "latin-1": ["Jörg Müller", "René", "Björn Åkesson", "José", "Señor", "Zoë Ødegård", "Français", "ß"],
    "utf-8": ["柯洁", "이세돌", "Карпов", "Jörg", "ゼロ", "😀"],
}
CASES = [(encoding, name) for encoding, names in NAMES.items() for name in names]


@pytest.mark.parametrize(("encoding", "name"), CASES)
def test_names_are_read_without_being_told_the_encoding(encoding: str, name: str) -> None:
    text, _ = to_utf8(f"(;PB[{name}];B[aa])".encode(encoding))
    assert text.decode() == f"(;PB[{name}];B[aa])"


@pytest.mark.parametrize(("encoding", "name"), CASES)
def test_names_are_read_in_the_encoding_that_is_named(encoding: str, name: str) -> None:
    text, warning = to_utf8(f"(;CA[{encoding}]PB[{name}];B[aa])".encode(encoding))
    assert text.decode() == f"(;CA[{encoding}]PB[{name}];B[aa])"
    assert not warning


@pytest.mark.parametrize(
    ("encoding", "name"),
    [("euc-jp", "井山裕太"), ("iso-2022-jp", "井山裕太"), ("koi8-r", "Карпов"), ("cp1251", "Карпов")],
)
def test_encodings_nobody_guesses_are_read_when_named(encoding: str, name: str) -> None:
    text, warning = to_utf8(f"(;CA[{encoding}]PB[{name}];B[aa])".encode(encoding))
    assert f"PB[{name}]" in text.decode()
    assert not warning


@pytest.mark.parametrize("name", ["表", "ソ", "功", "許", "蓋"])
def test_second_bytes_that_look_like_sgf_do_no_harm(name: str) -> None:
    encoding = "shift_jis" if name in "表ソ" else "big5"
    raw = name.encode(encoding)
    assert raw[1:] in (b"\\", b"]", b"[")
    assert to_utf8(b"(;PB[" + raw * 3 + b"])")[0].decode() == f"(;PB[{name * 3}])"


@pytest.mark.parametrize("wrong", ["GB2312", "latin-1", "Shift_JIS", "Big5"])
def test_a_wrong_name_is_corrected_and_told(wrong: str) -> None:
    text, warning = to_utf8(f"(;CA[{wrong}]PB[이창호]PW[조훈현];B[aa])".encode())
    assert "이창호" in text.decode()
    assert re.fullmatch("the file names the encoding .* and was read as utf-8", warning)


@pytest.mark.parametrize(
    "name", ["utf-16", "utf-7x", "rot13", "base64", "cp037", "undefined", "no such thing", "idna", "punycode"]
)
def test_names_of_no_use_are_passed_over(name: str) -> None:
    assert "柯洁" in to_utf8(f"(;CA[{name}]PB[柯洁];B[aa])".encode())[0].decode()


def test_utf16_with_its_mark_is_read() -> None:
    assert to_utf8("(;PB[柯洁])".encode("utf-16"))[0].decode() == "(;PB[柯洁])"


def test_a_broken_character_costs_only_itself() -> None:
    cut = "你若有因".encode()[:-1]
    text, warning = to_utf8(b"(;CA[UTF-8]PB[" + cut + b"]PW[x];B[aa])")
    assert text.decode() == "(;CA[UTF-8]PB[你若有\ufffd]PW[x];B[aa])"
    assert warning == "characters that are not utf-8: 1"


@given(st.text())
def test_utf8_that_says_so_is_left_as_it_is(text: str) -> None:
    data = f"(;CA[UTF-8]C[{text}])".encode("utf-8", "replace")
    assert to_utf8(data) == (data, "")


@given(st.binary(max_size=300))
def test_any_bytes_become_utf8(data: bytes) -> None:
    to_utf8(b"(;PB[" + data)[0].decode()


@pytest.mark.parametrize(("encoding", "script"), [("euc-kr", "[\uac00-\ud7a3]"), ("gb2312", "[\u4e00-\u9fff]")])
def test_most_pairs_of_nicknames_are_guessed_right(datasets: Path, encoding: str, script: str) -> None:
    right = guesses = 0
    for file in iter_sgf([datasets / "tygem-9d-validation.tar.xz"]):
        assert isinstance(file, SgfFile)
        names = "".join(re.findall(r"P[BW]\[[^]]*]", file.data.decode()))
        if len(re.findall(script, names)) < 4 or re.search(f"(?!{script})[^\\x00-\\x7f]", names):
            continue
        try:
            data = names.encode(encoding)
        except UnicodeEncodeError:
            continue
        guesses += 1
        right += to_utf8(data)[0].decode() == names
    assert guesses > 100
    assert right / guesses > 0.95
