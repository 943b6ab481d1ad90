"""What the free text in a game's fields means: ranks, dates, winners, komi."""

import math
import re
from datetime import date

RANK = re.compile(r"(p(?:ro)?)?\s*(\d{1,2})\s*(pro|[kdp级級급段단])?", re.IGNORECASE)
NUMERALS = str.maketrans("初一二三四五六七八九", "1123456789")
DATE = re.compile(r"(\d{4})(?:\s*[-/.年]\s*(\d{1,2})(?:\s*[-/.月]\s*(\d{1,2}))?)?")

BLACKS, WHITES = "黑黒흑", "白백"
WINNER, LOSER = (
    re.compile(f"([{BLACKS}{WHITES}])[^{BLACKS}{WHITES}]*?(?:{word})")
    for word in ("勝|胜|승|贏|赢", "負|负|敗|败|패|投了|投降|认输|認輸|기권|棄権|弃权|超时|超時|時間切れ")
)
"""A colour and what became of it, no other colour between."""
COLOUR = re.compile(f"([{BLACKS}{WHITES}])")
IN_TURN = {"先番": "黒", "先手": "黒", "後番": "白", "後手": "白", "后手": "白"}
"""The sides by when they move."""
NUMBER = re.compile(r"([+-]?\d+(?:[.,]\d*)?|[+-]?[.,]\d+)\s*(?:目|집|points?|pts)?(\s*[半반])?", re.IGNORECASE)
WON, LOST = re.compile(r"\bw[io]n"), re.compile(r"resign|\blos[et]|forfeit")


def rank_value(text: str) -> int | None:
    """A rank as a number: n kyu is 1 - n, n dan is n, n dan professional is 9 + n; None for no rank.

    Understands `6d`, `3 kyu`, `9p`, `P9`, `9段`, `三段`, `2급`.
    """
    match = RANK.search(text.translate(NUMERALS))
    if match is None:
        return None
    before, number, unit = match.group(1), int(match.group(2)), (match.group(3) or "").lower()
    if before or unit.startswith("p"):
        return 9 + number
    if unit in ("k", "级", "級", "급"):
        return 1 - number
    return number if unit else None


def is_rank(text: str) -> bool:
    """Whether a text is a rank and nothing else, from 99 kyu to 9 dan and 9 dan professional."""
    spelt = text.strip().translate(NUMERALS)
    match, value = RANK.match(spelt), rank_value(spelt)
    if match is None or value is None or spelt[match.end() :].lower() not in ("", "yu", "an"):
        return False
    return int(match[2]) >= 1 and (value < 1 or int(match[2]) <= 9)


def rank_name(value: int) -> str:
    """The rank of that value: `3k`, `6d`, `9p`."""
    return f"{1 - value}k" if value < 1 else f"{value}d" if value < 10 else f"{value - 9}p"


def first_date(text: str) -> str:
    """The first date in a text as `YYYY`, `YYYY-MM` or `YYYY-MM-DD`, empty where there is none."""
    match = DATE.search(text)
    return "-".join(part.zfill(2) for part in match.groups() if part) if match else ""


def is_date(text: str) -> bool:
    """Whether a text is a year, a month or a day of the calendar, as SGF writes it: `2010`, `2010-05`, `2010-05-31`."""
    if not re.fullmatch(r"[0-9]{4}(-[0-9]{2}){0,2}", text):
        return False
    try:
        date.fromisoformat(f"{text}-01-01"[:10])
    except ValueError:
        return False
    return True


def winner(result: str) -> int:
    """The colour that won: 1 for Black, 2 for White, 0 where the result names none.

    Understands SGF's own `B+3.5`, and results in words in English, Chinese, Japanese and Korean.
    """
    text = result.strip().casefold()
    for words, colour in IN_TURN.items():
        text = text.replace(words, colour)
    if text.startswith(("b", "w")):
        named = 0 if text.startswith("both") else 1 if text[0] == "b" else 2
        lost = "+" not in text and LOST.search(text) and not WON.search(text)
    elif found := WINNER.search(text) or LOSER.search(text) or COLOUR.match(text):
        named = 1 if found[1] in BLACKS else 2
        lost = found.re is LOSER
    else:
        return 0
    return 3 - named if lost and named else named


def number(text: str) -> float | None:
    """The number a text is, with a point or a comma and perhaps a word for points (`6目半`); None where it is none."""
    found = NUMBER.fullmatch(text.strip())
    if found is None:
        return None
    value = float(found[1].replace(",", ".")) + 0.5 * bool(found[2])
    return value if math.isfinite(value) else None


def komi_points(stated: float, size: int) -> float | None:
    """Komi in points on a board of that size; None where it can be none, as it is then larger than the board.

    Some servers write hundredths (650, and 50 for half a point), and some count half the difference, as the Chinese do
    (3.75, or 375). On boards smaller than 9x9 the winner may take all of it.
    """
    limit = size if size >= 9 else size * size
    komi = stated
    if abs(komi) > limit:
        komi /= 100
        if komi % 0.25:
            return None
    if komi % 0.5 == 0.25:
        komi *= 2
    return komi if abs(komi) <= limit else None
