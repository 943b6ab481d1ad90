"""The text encoding of SGF files, named or not.

SGF names its encoding in `CA`; old files do not, and some name a wrong one. Each candidate reading of the
bytes is weighed by how likely its characters are in the names and comments of Go games; the likeliest wins, and the
named encoding, or else UTF-8, starts with an advantage. Whatever is guessed, no bracket of the tree is lost by it: the
bytes are cut at the brackets before they are decoded.

Real files written anew without their CA are so read to the last character, by us, by chardet 7.7 and by
charset-normalizer 3.5: in mac-roman 90, 87 and 1 % of 658, in cp1252 99, 96 and 59 % of 663, in cp850 92, 86 and
1 % of 665, in EUC-JP 99, 97 and 40 % of 356, in cp932 100, 100 and 94 % of 352, in cp1251 70, 68 and 32 % of 174, in
koi8-r 94, 70 and 6 % of the same; in GBK 96, 72 and 21 %, in CP949 95, 79 and 60 %, in Big5 98, 89 and 78 %, by us of
12,987, 5,893 and 3,736 files, by them of 15,868, 7,126 and 4,586. The moves are so, by us, in 100.0 % of the files of
every encoding (`tests/benchmarks/check_encodings.py 3500`, 2026-11-27).
"""

import codecs
import math
import re
import unicodedata

from honte.data.charsets import CANDIDATES, Candidate, codec_named
from honte.features.errors import NO_REASON, Reason, printable

NAMED = re.compile(rb"(?<![A-Z])CA\s*\[\s*([^\[\]\\]{1,60}?)\s*\]")
NAMED_WITHIN = 1 << 16
"""Bytes from the start within which CA is looked for."""
SAMPLE = 1 << 11
"""Bytes that are weighed, from the first that is not ASCII."""
EAST_ASIA = "\u2e80"
"""Where the characters of East Asia begin in Unicode."""
BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
LOST = "\N{REPLACEMENT CHARACTER}"
ADVANTAGE = math.log(1000)
"""Of the named encoding, or else of UTF-8, as a log-likelihood."""
RARE = math.log(0.05 / 20_000)
STRANGER = 3.0
"""The log-likelihood that it costs a letter to stand beside one of the wrong kind."""
ASCII = -3.0
"""The log-likelihood of a character of ASCII; encodings differ in how many bytes they take for such."""
MISPLACED = 1.5
"""What a capital costs within a word, or a small letter at its start."""
GLUED = 2.0
"""What it costs a character of East Asia to stand beside a letter of ASCII."""
UNPRONOUNCED = 2.0
"""What it costs a Latin letter if it and both its neighbours are vowels, or consonants."""
VOWELS = frozenset("aeiouyøæœ")
STRAY = 12.0
"""What it costs if a bracket closes nothing, or a backslash follows a letter beyond ASCII."""
STRAY_BRACKET = re.compile(r"(?<!\\)\](?!\s*\[|[\s;()]*(?:[A-Za-z]{1,20}\s*\[|[A-Za-z]*\Z))")
FOLLOWS = rb"\](?:\s*\[[a-z]{2}[\]:]|[\s;()]*(?:[A-Z][A-Za-z]{0,20}\s*\[|\Z))"
"""A bracket that closes a value, as what follows it shows."""
BRACKET = re.compile(rb"(?<=[\x80-\xff])(?=" + FOLLOWS + rb")")
"""Before such a bracket where some encodings take it for half a character."""
EATEN = re.compile(rb"[\x80-\xff]\\" + FOLLOWS)
"""Such a bracket behind what is half a character, unless it is a backslash: then the bracket is text."""
ENDS = rb"(?=" + FOLLOWS + rb"|[\r\n\x1b]|\Z)"
PAIRS = rb"((?:[!-~]{2}){0,400}?)"
SWITCHED = {
    "iso2022_jp": (re.compile(rb"\x1b\$[@B]" + PAIRS + rb"(?:\x1b\([BJ]|" + ENDS + rb")"), "euc_jp"),
    "iso2022_kr": (re.compile(rb"\x0e" + PAIRS + rb"(?:\x0f|" + ENDS + rb")"), "cp949"),
    "hz": (re.compile(rb"~\{" + PAIRS + rb"(?:~\}|" + ENDS + rb")"), "gb18030"),
}
"""Encodings that switch between ASCII and pairs of bytes below 128: what such pairs stand between, and a codec that has
the same pairs with their high bits set."""
GAME = re.compile(r"\(\s*(?:;|[A-Z]{1,2}\s*\[)")
WHOLE_GAME = re.compile(rb"\(\s*;?\s*[A-Z]{1,2}\s*\[")
WIDE = {
    "utf-32-le": (codecs.BOM_UTF32_LE, re.compile(rb"\((?:\0{3}[\t\n\r ])*\0{3};\0{3}"), rb"(?:[\t\n\r -~]\0{3}){3,}"),
    "utf-32-be": (codecs.BOM_UTF32_BE, re.compile(rb"\0{3}\((?:\0{3}[\t\n\r ])*\0{3};"), rb"(?:\0{3}[\t\n\r -~]){3,}"),
    "utf-16-le": (codecs.BOM_UTF16_LE, re.compile(rb"\((?:\0[\t\n\r ])*\0;\0"), rb"(?:[\t\n\r -~]\0){3,}"),
    "utf-16-be": (codecs.BOM_UTF16_BE, re.compile(rb"\0\((?:\0[\t\n\r ])*\0;"), rb"(?:\0[\t\n\r -~]){3,}"),
}
"""Encodings of two and of four bytes, the longer marks first: the mark, how a game begins, and some characters of ASCII
in a row."""


def to_utf8(data: bytes) -> tuple[bytes, Reason]:
    """SGF bytes in whatever encoding as UTF-8, and a warning, empty where there is none to give."""
    if data.isascii() and not (b"\0" in data or b"\x1b" in data or b"~{" in data):
        return data, NO_REASON
    if data.startswith(codecs.BOM_UTF8) and _is_valid(data, "utf-8"):
        return data.removeprefix(codecs.BOM_UTF8), NO_REASON
    marked = next((codec for codec, (mark, _, _) in WIDE.items() if data.startswith(mark)), "")
    if marked:
        mark, _, ascii_run = WIDE[marked]
        text = _wide(data[len(mark) :], marked, ascii_run)
        if GAME.search(text) or not WHOLE_GAME.search(data):
            return encoded(text, marked)
        utf8, _ = _eight_bit(data[len(mark) :])
        return utf8, Reason(f"the file begins with the mark of {marked[:6].upper()}, which it is not")
    for codec, (mark, begins, ascii_run) in WIDE.items():
        found = begins.search(data, 0, NAMED_WITHIN)
        if found and found.start() % len(mark) == 0:
            utf8, warning = encoded(_wide(data, codec, ascii_run), codec)
            return utf8, warning or Reason(f"the file names no encoding and was read as {codec}")
    return _eight_bit(data)


def encoded(text: str, codec: str) -> tuple[bytes, Reason]:
    """The text as UTF-8, and a warning where it has lost characters."""
    return text.encode("utf-8", "replace"), damage(text, codec)


def damage(text: str, codec: str) -> Reason:
    """A warning where a text has lost characters."""
    lost = text.count(LOST)
    return Reason(f"characters that are not {codec}: {{}}", lost) if lost else NO_REASON


def _wide(data: bytes, codec: str, ascii_run: bytes) -> str:
    """UTF-16 or UTF-32 as text; where a byte is missing or too many, it goes on with the next characters of ASCII."""
    pieces, start = [], 0
    for run in re.finditer(ascii_run, data):
        pieces += [data[start : run.start()], run.group()]
        start = run.end()
    return "".join(piece.decode(codec, "replace") for piece in [*pieces, data[start:]])


def _eight_bit(data: bytes) -> tuple[bytes, Reason]:
    """Bytes in an encoding that has the characters of ASCII as they are, as UTF-8, and a warning or none."""
    said, named = _named_codec(data)
    if named == "utf-8" and _is_valid(data, named):
        return data, NO_REASON
    if codec := _switching(data, named):
        runs, pairs = SWITCHED[codec]
        data = runs.sub(lambda run: bytes(byte | 0x80 for byte in run[1]).decode(pairs, "replace").encode(), data)
        text = re.sub(rb"\x1b(?:\([BJ]|\$\)C)", b"", data).decode("utf-8", "replace").encode()
    else:
        codec = likeliest(data, named)
        text = b"".join(piece.decode(codec, "replace").encode() for piece in BRACKET.split(data))
    if said and (not named or said.casefold().startswith("x-")):
        form = f"the file names the encoding {{}}, which is not a known one, and was read as {codec}"
        warning = Reason(form, said)
    elif codec != (named or "utf-8"):
        claim = f"names the encoding {named}" if named else "names no encoding"
        warning = Reason(f"the file {claim} and was read as {codec}")
    else:
        warning = damage(text.decode(), codec)
    return text, warning


def _named_codec(data: bytes) -> tuple[str, str]:
    """What CA says, and Python's name for that encoding, empty where it is not known or not one that extends ASCII."""
    match = NAMED.search(data, 0, NAMED_WITHIN)
    if match is None:
        return "", ""
    said = printable(match[1].decode("ascii", "replace"))
    codec = codec_named(said)
    try:
        extends = codec in SWITCHED or "(;CA[]".encode(codec) == b"(;CA[]"
    except (LookupError, UnicodeError):
        extends = False
    return said, codec if extends else ""


def _is_valid(data: bytes, codec: str) -> bool:
    """Whether the bytes are text in that encoding."""
    try:
        data.decode(codec)
    except UnicodeError:
        return False
    return True


def _switching(data: bytes, named: str) -> str:
    """The encoding of bytes that switch between ASCII and another set, empty where they do not."""
    if named not in SWITCHED and not data.isascii():
        return ""
    if b"\x1b$)C" in data:
        return "iso2022_kr"
    if b"\x1b$" in data:
        return "iso2022_jp"
    return "hz" if named == "hz" or re.search(rb"~\{(?:[!-w][!-~])+~\}", data) else ""


def likeliest(data: bytes, named: str) -> str:
    """The codec in which the bytes read best; `named` is the one the file claims, or empty."""
    known = CANDIDATES.get(named)
    seldom = not known or (known.alphabet and named != "cp1252")  # a name that nobody gives without reason
    if named and seldom and not EATEN.search(data) and _is_valid(data, named) and not _is_valid(data, "utf-8"):
        return named
    first = re.search(rb"[\x80-\xff]", data)
    start = max(first.start() - 1, 0) if first else 0
    pieces = BRACKET.split(data[start : start + SAMPLE])
    weights = {
        codec: likelihood("".join(piece.decode(codec, "replace") for piece in pieces), candidate) + candidate.prior
        for codec, candidate in CANDIDATES.items()
    }
    weights[named if named in weights else "utf-8"] += ADVANTAGE
    return max(weights, key=weights.__getitem__)


def likelihood(text: str, candidate: Candidate) -> float:
    """The log-likelihood of a text's characters."""
    total = ASCII * (len(text) - len(BEYOND_ASCII.findall(text))) - STRAY * len(STRAY_BRACKET.findall(text))
    for found in BEYOND_ASCII.finditer(text):
        start, end = found.span()
        character, before, after = found[0], text[max(start - 1, 0) : start], text[end : end + 1]
        p = candidate.common.get(character)
        if character == LOST:
            total += math.log(1e-8)
        elif candidate.alphabet:
            if p is None or (character.isupper() and before.islower()):
                total += RARE
            else:
                total += p - _out_of_place(before, character, after, candidate.alphabet)
        else:
            if p is not None:
                total += p
            elif _in_first_plane(character, candidate):
                total += math.log(0.35 / candidate.characters)
            else:
                total += RARE
            if character >= EAST_ASIA:
                total -= GLUED * sum(near.isascii() and near.isalpha() for near in (before, after))
    return total


def _out_of_place(before: str, letter: str, after: str, alphabet: str) -> float:
    """What it costs a letter beyond ASCII, as a log-likelihood, to stand where it does."""
    latin = alphabet == "latin"
    cost = STRANGER * sum(near.isalpha() and near.isascii() != latin for near in (before, after))
    cost += STRAY * (after in ("\\", "["))
    if letter.isupper() == before.isalpha():
        cost += MISPLACED
    if latin and before.isalpha() and after.isalpha() and len({*map(_is_vowel, (before, letter, after))}) == 1:
        cost += UNPRONOUNCED
    return cost


def _is_vowel(letter: str) -> bool:
    """Whether a Latin letter, its accent apart, is a vowel."""
    return unicodedata.normalize("NFD", letter)[0].casefold() in VOWELS


def _in_first_plane(character: str, candidate: Candidate) -> bool:
    """Whether the character is among the usual ones of the candidate's standard."""
    try:
        return candidate.first <= character.encode(candidate.standard)[0] <= candidate.last
    except UnicodeEncodeError:
        return False
