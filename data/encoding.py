"""The text encoding of SGF files, named or not.

SGF names its encoding in ``CA``; old files do not, and some name a wrong one. Each candidate reading of the
bytes is weighed by how likely its characters are in the names and comments of Go games: the common ones
listed here, then the first plane of the encoding's own standard, then the rest. The likeliest reading wins;
the named encoding, or else UTF-8, starts with an advantage.
"""

import codecs
import math
import re
from typing import NamedTuple

CHINESE = (
    "的一是不了在人有我他大来上个中到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可里后小么心多天而能好"
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许邓韩冯曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟"
    "谭陆汪范金石廖贾夏韦方白邹孟熊秦邱江尹薛段雷侯龙史陶黎贺顾毛郝龚邵万钱严武戴莫孔向汤常聂古柯围棋级胜负黑目局第"
    "杯赛月日名战国手风云星海山水神仙剑无飞虎东南西北盘职业本先让贴决轮红雨文明华伟强军平"
)
TRADITIONAL = (
    "的一是不了在人有我他大來上個中到說們為子和你地出道也時年得就那要下以生會自著去之過家學對可裡後小麼心多天而能好"
    "王李張劉陳楊黃趙吳周徐孫馬朱胡郭何高林羅鄭梁謝宋唐許鄧韓馮曹彭曾蕭田董袁潘于蔣蔡余杜葉程蘇魏呂丁任沈姚盧姜崔鍾"
    "譚陸汪范金石廖賈夏韋方白鄒孟熊秦邱江尹薛段雷侯龍史陶黎賀顧毛郝龔邵萬錢嚴武戴莫孔向湯常聶古柯圍棋級勝負黑目局第"
    "盃賽月日名戰國手風雲星海山水神仙劍無飛虎東南西北盤職業本先讓貼決輪紅雨文明華偉強軍平"
)
KOREAN = (
    "이김박최정강조윤장임한오서신권황안송류전홍고문양손배백허유남심노하곽성차주우구민진지현영수준상호동승철태원기석재"
    "용선희경단급흑집반불계패대국중일본의가는은을를에다바둑사랑나라마음인자아도로리시어스그해늘별산왕명천무미소연화"
)
JAPANESE = (
    "段級勝敗黒白半目先番棋碁囲聖名人本因坊戦局第期中押時間分秒林小治高武井田山藤木村川橋佐石依羽坂張栩結城趙大竹加"
    "正光一雄秀哉吉原宮沢谷今淡路片岡三四五六七八九十年月日国手道場杯賽立会東京院関西"
) + "".join(map(chr, [*range(0x3041, 0x3097), *range(0x30A1, 0x30FD)]))
WESTERN = "éèêëàáâäãåæçíìîïñóòôöõøúùûüýßÉÖÜÄÅØ"
ALL = frozenset(CHINESE + TRADITIONAL + KOREAN + JAPANESE + WESTERN)


class Candidate(NamedTuple):
    """An encoding as found in the wild, with what makes a text in it likely."""

    standard: str
    """The codec of the narrower standard it extends; the first plane of that holds the usual characters."""
    first: int
    """The lowest lead byte of that plane."""
    last: int
    """The highest."""
    characters: int
    """How many characters the plane has."""
    common: frozenset[str]
    """The characters most used in Go games."""


CANDIDATES = {
    "utf-8": Candidate("utf-8", 0xC3, 0xED, 30_000, ALL),
    "gb18030": Candidate("gb2312", 0xB0, 0xD7, 3755, frozenset(CHINESE)),
    "big5hkscs": Candidate("big5", 0xA4, 0xC6, 5401, frozenset(TRADITIONAL)),
    "cp949": Candidate("euc_kr", 0xB0, 0xC8, 2350, frozenset(KOREAN)),
    "cp932": Candidate("shift_jis", 0x88, 0x97, 2965, frozenset(JAPANESE)),
    "cp1252": Candidate("latin_1", 0xC0, 0xFF, 64, frozenset(WESTERN)),
}
"""The codecs to be guessed among."""

WIDER = {
    "gb2312": "gb18030", "gbk": "gb18030", "big5": "big5hkscs", "cp950": "big5hkscs", "euc_kr": "cp949",
    "shift_jis": "cp932", "iso8859-1": "cp1252", "ascii": "utf-8",
}
"""Codecs that are named where a wider one is written."""

NAMED = re.compile(rb"(?<![A-Z])CA\s*\[\s*([\w.:-]{1,40})\s*\]")
NAMED_WITHIN = 1 << 16
"""Bytes from the start within which CA is looked for."""
SAMPLE = 1 << 12
"""Bytes that are weighed, from the first that is not ASCII."""
BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
LOST = "\N{REPLACEMENT CHARACTER}"
ADVANTAGE = math.log(1000)
"""Of the named encoding, or else of UTF-8, as a log-likelihood."""


def to_utf8(data: bytes) -> tuple[bytes, str]:
    """SGF bytes in whatever encoding as UTF-8, and a warning, empty where there is none to give."""
    if data.isascii() and b"\x1b" not in data:  # the escape of ISO-2022
        return data, ""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace").encode(), ""
    named = named_codec(data)
    if named == "utf-8" and is_valid(data, named):
        return data, ""
    codec = likeliest(data, named)
    text = data.decode(codec, "replace")
    warning = ""
    if codec != (named or "utf-8"):
        said = f"names the encoding {named}" if named else "names no encoding"
        warning = f"the file {said} and was read as {codec}"
    elif lost := text.count(LOST):
        warning = f"characters that are not {codec}: {lost}"
    return text.encode("utf-8", "replace"), warning


def named_codec(data: bytes) -> str:
    """Python's name for the encoding in CA, or for the wider one meant; empty if none extends ASCII."""
    match = NAMED.search(data, 0, NAMED_WITHIN)
    try:
        codec = codecs.lookup(match.group(1).decode()).name if match else ""
        if "(;CA[]".encode(codec) != b"(;CA[]":
            return ""
    except (LookupError, UnicodeError):
        return ""
    return WIDER.get(codec, codec)


def is_valid(data: bytes, codec: str) -> bool:
    """Whether the bytes are text in that encoding."""
    try:
        data.decode(codec)
    except UnicodeError:
        return False
    return True


def likeliest(data: bytes, named: str) -> str:
    """The codec in which the bytes read best; ``named`` is the one the file claims, or empty."""
    if named and named not in CANDIDATES and is_valid(data, named):
        return named
    first = re.search(rb"[\x80-\xff\x1b]", data)
    start = max(first.start() - 1, 0) if first else 0
    sample = data[start : start + SAMPLE]
    weights = {
        codec: likelihood(sample.decode(codec, "replace"), known) for codec, known in CANDIDATES.items()
    }
    favoured = named or "utf-8"
    if favoured in weights:
        weights[favoured] += ADVANTAGE
    return max(weights, key=weights.__getitem__)


def likelihood(text: str, candidate: Candidate) -> float:
    """The log-likelihood of a text's characters beyond ASCII."""
    total = 0.0
    for character in BEYOND_ASCII.findall(text):
        if character in candidate.common:
            total += math.log(0.6 / len(candidate.common))
        elif character == LOST:
            total += math.log(1e-8)
        elif in_first_plane(character, candidate):
            total += math.log(0.35 / candidate.characters)
        else:
            total += math.log(0.05 / 20_000)
    return total


def in_first_plane(character: str, candidate: Candidate) -> bool:
    """Whether the character is among the usual ones of the candidate's standard."""
    try:
        return candidate.first <= character.encode(candidate.standard)[0] <= candidate.last
    except UnicodeEncodeError:
        return False
