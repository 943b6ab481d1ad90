"""Encodings: named, unnamed, named wrongly."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from honte.data.encoding import to_utf8
from honte.data.sgf import iter_games, parse
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


MOVES = ";B[pd];W[dp];B[pp];W[dd];B[fq])"


@pytest.mark.parametrize(
    ("encoding", "black", "white"),
    [
        ("iso-2022-jp", "高尾紳路", "段"), ("euc-jp", "高尾紳路", "ソフト"), ("hz", "古力", "常昊"),
        ("cp1251", "Шикшин Илья", "Иванов Александр"), ("koi8-r", "Шикшин Илья", "Иванов Александр"),
        ("cp866", "Дугин Валерий", "Лазарев Алексей"), ("iso8859-5", "Сурин Дмитрий", "Кульков Андрей"),
        ("cp1250", "Ondřej Šilt", "Łukasz Żurawski"), ("mac-roman", "José", "René"), ("cp850", "André", "Noë"),
        ("cp949", "듀란트 9段", "위버멘쉬 9段"),
    ],
)  # fmt: skip
def test_rarer_encodings_are_guessed(encoding: str, black: str, white: str) -> None:
    text = f"(;GM[1]FF[4]SZ[19]PB[{black}]PW[{white}]{MOVES}"
    read, warning = to_utf8(text.encode(encoding))
    assert read.decode() == text and warning.startswith("the file names no encoding and was read as ")


@pytest.mark.parametrize(
    ("encoding", "names"),
    [
        ("cp932", "ガウス ガイア パスケ コジコジ ベジベジ 単ツギ"), ("cp949", "케|케 이창호"),
        ("big5", "張栩 聶衛平 功夫"), ("mac-roman", "asbjørn Früchtefelix Ratatöskr José|Élan"),
        ("cp850", "asbjørn Köhl"), ("koi8-r", "\u0421_Б Шикшин"), ("cp866", "\u0421_Б Шикшин"),
        ("cp1250", "Zbyněk|Dach Jiří Grześ|Wójcik Žižka"), ("cp1252", "Ørnes Köhl Élan Noë é"),
    ],
)  # fmt: skip
def test_a_single_name_is_enough(encoding: str, names: str) -> None:
    for name in names.split():
        text = f"(;GM[1]FF[4]SZ[19]PB[{name.replace('|', ' ')}]PW[Blank]{MOVES}"
        assert to_utf8(text.encode(encoding))[0].decode() == text


NAMES_OF_ENCODINGS = {
    "cp1251": ["windows-1251", "cswindows1251", "Win-1251", "x-cp1251", "cp1251"],
    "koi8-r": ["KOI8-R", "csKOI8R", "koi8_r", "koi8"],
    "cp1250": ["windows-1250", "cswindows1250", "cp1250"],
    "iso8859-5": ["ISO-8859-5", "ISO_8859-5:1988", "iso-ir-144", "cyrillic", "csISOLatinCyrillic"],
    "mac-roman": ["macintosh", "mac", "csMacintosh", "x-mac-roman"],
    "cp437": ["IBM437", "cp437", "437", "csPC8CodePage437"],
    "cp850": ["IBM850", "850", "csPC850Multilingual"],
    "cp852": ["IBM852", "852", "csPCp852"],
    "cp866": ["IBM866", "866", "csIBM866"],
    "gbk": ["GBK", "CP936", "MS936", "windows-936", "csGBK", "x-gbk", "GB2312", "GB_2312-80", "EUC-CN", "gb18030"],
    "big5": ["Big5", "csBig5", "x-x-big5", "Big5-HKSCS", "csBig5HKSCS", "cn-big5", "MS950"],
    "shift_jis": ["Shift_JIS", "MS_Kanji", "csShiftJIS", "x-sjis", "Windows-31J", "csWindows31J", "cp932"],
    "euc-jp": ["EUC-JP", "csEUCPkdFmtJapanese", "Extended_UNIX_Code_Packed_Format_for_Japanese", "x-euc-jp", "ujis"],
    "euc-kr": ["EUC-KR", "csEUCKR", "KS_C_5601-1987", "korean", "windows-949", "uhc", "ks_c_5601-1989", "KSC5601"],
    "iso-2022-jp": ["ISO-2022-JP", "csISO2022JP", "ISO-2022-JP-2", "jis"],
    "hz": ["HZ-GB-2312", "hz", "hz-gb"],
    "utf-8": ["UTF-8", "utf8", "csUTF8", "unicode-1-1-utf-8"],
}
TEXTS = {
    "cp1251": "Шикшин", "koi8-r": "Шикшин", "iso8859-5": "Шикшин", "cp866": "Шикшин", "cp1250": "Žďár", "cp852": "Žďár",
    "mac-roman": "René", "cp437": "René", "cp850": "René", "gbk": "古力", "big5": "張栩", "shift_jis": "段表",
    "euc-jp": "高尾", "euc-kr": "이창호", "iso-2022-jp": "高尾", "hz": "古力", "utf-8": "Žďár",
}  # fmt: skip


@pytest.mark.parametrize(
    ("encoding", "name"), [(encoding, name) for encoding, names in NAMES_OF_ENCODINGS.items() for name in names]
)
def test_encodings_go_by_all_their_names(encoding: str, name: str) -> None:
    text = f"(;CA[{name}]PB[{TEXTS[encoding]}]PW[x]{MOVES}"
    read, warning = to_utf8(text.encode(encoding))
    assert read.decode() == text
    assert not warning or (name.startswith("x-") and f"names the encoding {name}," in warning)


@pytest.mark.parametrize(
    "ca", ["", "CA[x-mac-roman]", "CA[no-such-set]", "CA[GBK]", "CA[Shift_JIS]", "CA[EUC-KR]", "CA[Big5]"]
)
@pytest.mark.parametrize("encoding", ["mac-roman", "cp437", "cp850", "cp1252", "iso8859-1", "cp865", "mac-iceland"])
@pytest.mark.parametrize("names", ["José René", "é è", "Øé Åä", "ñ ô", "ü ß", "æ ø"])
def test_no_encoding_eats_a_bracket_of_the_tree(ca: str, encoding: str, names: str) -> None:
    black, white = names.split()
    data = (
        f"(;GM[1]FF[4]{ca}SZ[19]PB[{black}]PW[{white}]\nC[{white}];B[pd]C[d{black}]"
        f";W[dp]LB[aa:{white}][bb:{black}];B[pp];W[dd];B[fq]C[{black}])"
    )
    record = parse(data.encode(encoding, "replace"))
    assert [(int(code) >> 1, int(code) & 1) for code in record.moves] == [
        (72, 0), (288, 1), (300, 0), (60, 1), (309, 0),
    ]  # fmt: skip
    assert not any("passed over" in warning for warning in record.warnings)


@pytest.mark.parametrize("ca", ["", "CA[windows-1252]", "CA[KOI8-R]", "CA[IBM437]", "CA[mac-cyrillic]", "CA[klingon]"])
@pytest.mark.parametrize("names", ["Ştefan Ţuţea", "Ю Я", "Шикшин ДИНЕРШТЕЙН", "Őry Győző", "é ½", "Þór Ægir"])
def test_utf8_is_known_by_the_letters_of_europe_whatever_is_named(ca: str, names: str) -> None:
    black, white = names.split()
    record = parse(f"(;GM[1]{ca}PB[{black}]PW[{white}]{MOVES}".encode())
    assert (record.black, record.white) == (black, white)


def test_a_name_that_is_cut_in_the_middle_of_a_character_keeps_its_bracket() -> None:
    last = "段".encode("gbk")
    data = "(;PB[聂卫平九段]PW[马晓春九段]".encode("gbk").replace(last + b"]PW", last[:1] + b"]PW")
    record = parse(data + MOVES.encode())
    assert (record.black, record.white, len(record.moves)) == ("聂卫平九\ufffd", "马晓春九段", 5)


def test_a_run_that_is_not_switched_back_ends_with_its_value() -> None:
    for open_run in (b"]PB[\x1b$B9bHx", b"]CA[HZ-GB-2312]PB[~{9EA&"):
        record = parse(b"(;GN[" + open_run + b"]PW[x]" + MOVES.encode())
        assert record.white == "x" and len(record.black) == 2 and len(record.moves) == 5


@pytest.mark.parametrize("wrong", ["windows-1258", "windows-1253", "KOI8-R", "macintosh"])
def test_a_name_under_which_a_bracket_is_text_is_wrong(wrong: str) -> None:
    record = parse(f"(;CA[{wrong}]PB[表ソ]PW[x]C[表ソ]{MOVES}".encode("shift_jis"))
    assert (record.black, len(record.moves)) == ("表ソ", 5) and record.warnings


def test_an_encoding_that_is_not_known_is_named() -> None:
    _, warning = to_utf8("(;CA[klingon]PB[José])".encode("mac-roman"))
    assert warning == "the file names the encoding klingon, which is not a known one, and was read as mac-roman"


# UTF-16 and its mark


@pytest.mark.parametrize("order", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("mark", ["\ufeff", ""])
def test_utf16_with_and_without_its_mark(order: str, mark: str) -> None:
    text = f"(;GM[1]PB[古力]{MOVES}"
    read, warning = to_utf8((mark + text).encode(order))
    assert read.decode() == text and bool(warning) == (not mark)


@pytest.mark.parametrize("order", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("damage", ["lost", "changed", "added"])
def test_a_damaged_byte_of_utf16_costs_what_is_around_it(order: str, damage: str) -> None:
    text = f"\ufeff(;GM[1]SZ[19]PB[古力]C[中国围棋]PW[常昊]{MOVES}"
    data = text.encode(order)
    at = int(order[4:6]) // 8 * text.index("国") + 1
    put = {"lost": b"", "changed": b"\xd8", "added": b"?" + data[at : at + 1]}[damage]
    data = data[:at] + put + data[at + 1 :]
    record = parse(data)
    assert len(record.moves) == 5 and record.black == "古力"


def test_a_wrong_mark_is_passed_over_and_told() -> None:
    for mark in (b"\xfe\xff", b"\xff\xfe"):
        record = parse(mark + b"(;B[pd])")
        assert len(record.moves) == 1
        assert record.warnings == ("the file begins with the mark of UTF-16, which it is not",)
    for data in (b"\xff\xfe(;", b"\xfe\xff", b"\xff\xfe\0\0(;", b"\xff\xfe\0", b"\0\0\xfe\xff", b"\xff\xfe("):
        (error,) = iter_games(data, source="a.sgf")
        assert str(error) == "a.sgf: no game begins in it: there is no '(;'"
    assert to_utf8(b"\xef\xbb\xbf" + "(;CA[GBK]PB[古力])".encode())[0].decode() == "(;CA[GBK]PB[古力])"
