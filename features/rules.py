"""The rules a client may name, and what of them the engine goes by.

Honte never repeats a position and never commits suicide, which every set of rules allows; what differs for it is how
the end is scored.
"""

import json
from dataclasses import dataclass, replace
from typing import Any

from honte.features.errors import HonteError


@dataclass(frozen=True)
class Rules:
    """A set of rules, in the words of KataGo's extensions of GTP."""

    ko: str
    """SIMPLE, POSITIONAL or SITUATIONAL: which repetitions the opponent may be expected to avoid."""
    scoring: str
    """AREA or TERRITORY."""
    handicap_bonus: str = "0"
    """0, N-1 or N: the points that White is given for N handicap stones."""
    dead_come_off: bool = True
    """Whether dead stones are taken off at the end; otherwise they count as alive unless they were captured."""

    def handicap_points(self, stones: int) -> int:
        """The points that White is given for so many handicap stones."""
        return {"0": 0, "N-1": max(stones - 1, 0), "N": stones}[self.handicap_bonus]

    def as_json(self) -> dict[str, Any]:
        """The fields of KataGo's `kata-get-rules`, as far as they hold for Honte."""
        return {
            "hasButton": False,
            "ko": self.ko,
            "scoring": self.scoring,
            "suicide": False,
            "tax": "NONE" if self.scoring == "AREA" else "SEKI",
            "whiteHandicapBonus": self.handicap_bonus,
            "friendlyPassOk": self.dead_come_off,
        }


CHINESE = Rules("SIMPLE", "AREA", "N")
CHINESE_ON_SERVERS = Rules("POSITIONAL", "AREA", "N")
JAPANESE = Rules("SIMPLE", "TERRITORY")
AGA = Rules("SITUATIONAL", "AREA", "N-1")
NEW_ZEALAND = Rules("SITUATIONAL", "AREA")
TROMP_TAYLOR = Rules("POSITIONAL", "AREA", dead_come_off=False)

NAMED = {
    "chinese": CHINESE,
    "chinese-ogs": CHINESE_ON_SERVERS,
    "chinese-kgs": CHINESE_ON_SERVERS,
    "japanese": JAPANESE,
    "korean": JAPANESE,
    "aga": AGA,
    "bga": AGA,
    "new-zealand": NEW_ZEALAND,
    "tromp-taylor": TROMP_TAYLOR,
}
"""KataGo's names and its readings of them. The suicide that two of them allow is not served."""

_FIELDS: dict[str, tuple[str, tuple[Any, ...]]] = {
    "ko": ("ko", ("SIMPLE", "POSITIONAL", "SITUATIONAL")),
    "scoring": ("scoring", ("AREA", "TERRITORY")),
    "whiteHandicapBonus": ("handicap_bonus", ("0", "N-1", "N")),
    "friendlyPassOk": ("dead_come_off", (True, False)),
}
"""Of KataGo's JSON: the field here, and its values."""


def named(name: str) -> Rules:
    """The rules of that name, in any case, its words parted by -, _ or a space; HonteError lists the names."""
    try:
        return NAMED[name.lower().replace("_", "-").replace(" ", "-")]
    except KeyError:
        raise HonteError(f"unknown rules {name[:40]!r}; known are {', '.join(NAMED)}") from None


def from_json(fields: dict[str, Any]) -> Rules:
    """The rules that a JSON object of KataGo's describes; what it leaves out is as in the Chinese rules.

    Fields that change neither the legality nor the score of what the engine does are passed over.
    """
    return changed(CHINESE, fields)


def changed(rules: Rules, fields: dict[str, Any]) -> Rules:
    """The rules with the fields changed that a JSON object of KataGo's has; HonteError names a wrong one."""
    chosen = {}
    for name, (attribute, choices) in _FIELDS.items():
        if name in fields:
            if fields[name] not in choices:
                allowed = ", ".join(map(json.dumps, choices))
                raise HonteError(f"{name} must be one of {allowed}, not {json.dumps(fields[name])[:40]}")
            chosen[attribute] = fields[name]
    return replace(rules, **chosen)


def parse(text: str) -> Rules:
    """A name, or a JSON object."""
    if not text.lstrip().startswith("{"):
        return named(text.strip())
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise HonteError(f"the rules are no JSON object: {error}") from None
    return from_json(fields)
