"""What the free text in a game's fields means: ranks, dates, winners, komi."""

import math
import re

RANK = re.compile(r"(p(?:ro)?)?\s*(\d{1,2})\s*(pro|[kdp级級급段단])?", re.IGNORECASE)
NUMERALS = str.maketrans("初一二三四五六七八九", "1123456789")
DATE = re.compile(r"(\d{4})(?:\s*[-/.年]\s*(\d{1,2})(?:\s*[-/.月]\s*(\d{1,2}))?)?")


def rank_value(text: str) -> int | None:
    """A rank as a number: n kyu is 1 - n, n dan is n, n dan professional is 9 + n; None for no rank.

    Understands ``6d``, ``3 kyu``, ``9p``, ``P9``, ``9段``, ``三段``, ``2급``.
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


def rank_name(value: int) -> str:
    """The rank of that value: ``3k``, ``6d``, ``9p``."""
    return f"{1 - value}k" if value < 1 else f"{value}d" if value < 10 else f"{value - 9}p"


def first_date(text: str) -> str:
    """The first date in a text as ``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``, empty where there is none."""
    match = DATE.search(text)
    return "-".join(part.zfill(2) for part in match.groups() if part) if match else ""


def winner(result: str) -> int:
    """The colour that won: 1 for Black, 2 for White, 0 where the result names none."""
    text = result.strip().casefold()
    if text.startswith("both"):
        return 0
    return 1 if text.startswith(("b", "黑", "흑")) else 2 if text.startswith(("w", "白", "백")) else 0


def number(text: str) -> float | None:
    """The number a text is, with a point or a comma; None where it is none."""
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def komi_points(stated: float) -> float | None:
    """Komi in points; None where it can be none.

    Some servers write hundredths (650), and some count half the difference, as the Chinese do (3.75, or 375).
    """
    komi = stated / 100 if abs(stated) >= 200 else stated
    if komi % 0.5 == 0.25:
        komi *= 2
    return komi if abs(komi) < 200 else None
