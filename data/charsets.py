"""Character encodings as they are found in SGF files: their names, and what makes a text in them likely."""

import codecs
import math
import re
from dataclasses import dataclass
from functools import lru_cache

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
    "용선희경단급흑집반불계패대국중일본의가는은을를에다바둑사랑나라마음인자아도로리시어스그해늘별산왕명천무미소연화段級"
)
JAPANESE = (
    "段級勝敗黒白半目先番棋碁囲聖名人本因坊戦局第期中押時間分秒林小治高武井田山藤木村川橋佐石依羽坂張栩結城趙大竹加"
    "正光一雄秀哉吉原宮沢谷今淡路片岡三四五六七八九十年月日国手道場杯賽立会東京院関西"
) + "".join(map(chr, [*range(0x3041, 0x3097), *range(0x30A1, 0x30FD)]))
WESTERN = "éüöäèáíñóåçøêæúàôßâëîïãõìòùûýÿþð"
CENTRAL = "áíéřšěčžýłůúóöüőąęśćńżňťďźűăâîşţäëô"
RUSSIAN = "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё"
"""Letters beyond ASCII, the commonest first."""
EUROPEAN = "".join(map(chr, [*range(0xA0, 0x180), *range(0x400, 0x460)]))
"""All letters of Europe, Greek apart, and what stands before them in Unicode."""


@dataclass(frozen=True)
class Candidate:
    """An encoding that a file may be in without saying so."""

    common: dict[str, float]
    """The log-likelihood of each character that is common in Go games."""
    standard: str = ""
    """Of East Asian encodings: the codec of the narrower standard that it extends."""
    first: int = 0
    """The lowest lead byte of that standard's first plane, which holds the usual characters."""
    last: int = 0
    """The highest."""
    characters: int = 1
    """How many characters the plane has."""
    alphabet: str = ""
    """`latin` for letters that stand among those of ASCII, `cyrillic` for those that do not."""
    prior: float = 0.0
    """The log-likelihood of the encoding before anything is read."""


def _evenly(characters: str) -> dict[str, float]:
    return dict.fromkeys(characters, math.log(0.6 / len(set(characters))))


def _ranked(letters: str) -> dict[str, float]:
    """By Zipf's law, whether small or capital."""
    shares = [1 / (rank + 3) for rank in range(len(letters))]
    small = {letter: math.log(0.8 * share / sum(shares)) for letter, share in zip(letters, shares, strict=True)}
    return small | {letter.upper(): p for letter, p in small.items() if len(letter.upper()) == 1}


CANDIDATES = {
    "utf-8": Candidate(
        _evenly(CHINESE + TRADITIONAL + KOREAN + JAPANESE + EUROPEAN), "utf-8", 0xC3, 0xED, 30_000
    ),
    "gb18030": Candidate(_evenly(CHINESE), "gb2312", 0xB0, 0xD7, 3755),
    "big5hkscs": Candidate(_evenly(TRADITIONAL), "big5", 0xA4, 0xC6, 5401),
    "cp949": Candidate(_evenly(KOREAN), "euc_kr", 0xB0, 0xC8, 2350),
    "cp932": Candidate(_evenly(JAPANESE), "shift_jis", 0x88, 0x97, 2965),
    "euc_jp": Candidate(_evenly(JAPANESE), "euc_jp", 0xB0, 0xCF, 2965, prior=-2),
    "cp1252": Candidate(_ranked(WESTERN), alphabet="latin"),
    "cp1251": Candidate(_ranked(RUSSIAN), alphabet="cyrillic", prior=-3),
    "koi8-r": Candidate(_ranked(RUSSIAN), alphabet="cyrillic", prior=-3),
    "cp866": Candidate(_ranked(RUSSIAN), alphabet="cyrillic", prior=-4),
    "iso8859-5": Candidate(_ranked(RUSSIAN), alphabet="cyrillic", prior=-5),
    "mac-cyrillic": Candidate(_ranked(RUSSIAN), alphabet="cyrillic", prior=-5),
    "cp1250": Candidate(_ranked(CENTRAL), alphabet="latin", prior=-1),
    "iso8859-2": Candidate(_ranked(CENTRAL), alphabet="latin", prior=-1.5),
    "mac-roman": Candidate(_ranked(WESTERN), alphabet="latin", prior=-3),
    "cp850": Candidate(_ranked(WESTERN), alphabet="latin", prior=-3),
    "cp852": Candidate(_ranked(CENTRAL), alphabet="latin", prior=-4),
}
"""The codecs to be guessed among, by Python's names for them."""

WIDER = {
    "gb2312": "gb18030", "gbk": "gb18030", "big5": "big5hkscs", "cp950": "big5hkscs", "euc_kr": "cp949",
    "shift_jis": "cp932", "iso8859-1": "cp1252", "ascii": "utf-8",
    **dict.fromkeys(["iso2022_jp_1", "iso2022_jp_2", "iso2022_jp_3", "iso2022_jp_ext"], "iso2022_jp"),
    "koi8-u": "koi8-r", "euc_jis_2004": "euc_jp",
}  # fmt: skip
"""Codecs that are named where a wider one is written."""
PAGE = re.compile(r"(?:windows|win|ms|ibm|cp|mscp|microsoftcp|dos)(\d{3,5})")
"""A code page, its name without hyphens."""
ALIASES = {
    "koi": "koi8-r", "koi8": "koi8-r", "koi8u": "koi8-u", "koi8r": "koi8-r",
    "mac": "mac-roman", "macintosh": "mac-roman", "macroman": "mac-roman", "macukrainian": "mac-cyrillic",
    "maccyrillic": "mac-cyrillic", "maccentraleurope": "mac-latin2", "macce": "mac-latin2",
    "macintoshce": "mac-latin2", "macchinesesimp": "gb18030", "macchinesetrad": "big5",
    "extendedunixcodepackedformatforjapanese": "euc_jp", "eucpkdfmtjapanese": "euc_jp", "eucjp": "euc_jp",
    "jis": "iso2022_jp", "iso2022jp": "iso2022_jp", "iso2022jp2": "iso2022_jp_2", "iso2022kr": "iso2022_kr",
    "gb231280": "gb18030", "iso58gb231280": "gb18030", "isoir58": "gb18030", "gb2312": "gb18030", "gbk": "gb18030",
    "euccn": "gb18030", "chinese": "gb18030", "hzgb2312": "hz",
    "cnbig5": "big5", "big5": "big5", "big5eten": "big5", "big5hkscs": "big5hkscs",
    "ksc56011987": "euc_kr", "ksc56011989": "euc_kr", "ksc5601": "euc_kr", "isoir149": "euc_kr", "euckr": "euc_kr",
    "sjis": "shift_jis", "shiftjis": "shift_jis", "windows31j": "cp932",
    "utf8": "utf-8", "unicode11utf8": "utf-8", "unicode": "utf-8", "ansi": "cp1252", "latin9": "iso8859-15",
    "iso885915": "iso8859-15", "tis620": "tis-620", "isolatin1": "latin-1", "isolatin2": "iso8859-2",
    "isolatincyrillic": "iso8859-5", "pc8codepage437": "cp437", "pc850multilingual": "cp850", "pcp852": "cp852",
}  # fmt: skip
"""Names that Python does not know, in small letters and digits alone, without `x-` or `cs` before them."""


@lru_cache
def codec_named(name: str) -> str:
    """Python's name for an encoding under any name it goes by, or for the wider one meant; empty for none."""
    bare = re.sub(r"[^a-z0-9]", "", re.sub(r"^(?:x-)+|^cs(?=[a-z])", "", name.strip().casefold()))
    page = PAGE.fullmatch(bare)
    known = (f"cp{page[1]}" if page else "", ALIASES.get(bare, ""), name.strip(), re.sub(r"^x-", "", name.strip()))
    for spelling in filter(None, known):
        try:
            codec = codecs.lookup(spelling)
        except (LookupError, ValueError):
            continue
        return WIDER.get(codec.name, codec.name)
    return ""
