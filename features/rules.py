"""The rules a client may name, and what of them the engine goes by.

Honte never repeats a position and never commits suicide, which every set of rules allows; what differs for it is what
others may do and how the end is scored.
"""

import json
import re
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
    suicide: bool = False
    """Whether a move may leave its own chain without liberties, which then goes off the board."""
    tax: str = "NONE"
    """What is not counted of territory: NONE, SEKI (eyes in seki), or ALL (two points a group as well)."""
    button: bool = False
    """Whether the first to pass is given half a point."""

    def handicap_points(self, stones: int) -> int:
        """The points that White is given for so many handicap stones."""
        return {"0": 0, "N-1": max(stones - 1, 0), "N": stones}[self.handicap_bonus]

    def as_json(self) -> dict[str, Any]:
        """The fields of KataGo's `kata-get-rules`."""
        return {name: getattr(self, attribute) for name, (attribute, _) in _FIELDS.items()}


CHINESE = Rules("SIMPLE", "AREA", "N")
CHINESE_ON_SERVERS = Rules("POSITIONAL", "AREA", "N")
JAPANESE = Rules("SIMPLE", "TERRITORY", tax="SEKI")
AGA = Rules("SITUATIONAL", "AREA", "N-1")
NEW_ZEALAND = Rules("SITUATIONAL", "AREA", suicide=True)
TROMP_TAYLOR = Rules("POSITIONAL", "AREA", dead_come_off=False, suicide=True)

NAMED = {
    "chinese": CHINESE,
    "chinese-ogs": CHINESE_ON_SERVERS,
    "chinese-kgs": CHINESE_ON_SERVERS,
    "japanese": JAPANESE,
    "korean": JAPANESE,
    "aga": AGA,
    "bga": AGA,
    "french": AGA,
    "aga-button": replace(AGA, button=True),
    "new-zealand": NEW_ZEALAND,
    "tromp-taylor": TROMP_TAYLOR,
    "goe": Rules("POSITIONAL", "AREA", suicide=True),
    "stone-scoring": Rules("SIMPLE", "AREA", tax="ALL"),
    "ancient-area": Rules("SIMPLE", "AREA", tax="ALL"),
    "ancient-territory": Rules("SIMPLE", "TERRITORY", tax="ALL"),
}
"""KataGo's names and its readings of them."""

_ALIASES = {
    "jp": "japanese", "cn": "chinese", "kr": "korean", "tt": "tromp-taylor", "nz": "new-zealand", "ing": "goe",
    "aga-area": "aga",
}  # fmt: skip

_FIELDS: dict[str, tuple[str, tuple[Any, ...]]] = {
    "hasButton": ("button", (False, True)),
    "ko": ("ko", ("SIMPLE", "POSITIONAL", "SITUATIONAL")),
    "scoring": ("scoring", ("AREA", "TERRITORY")),
    "suicide": ("suicide", (False, True)),
    "tax": ("tax", ("NONE", "SEKI", "ALL")),
    "whiteHandicapBonus": ("handicap_bonus", ("0", "N-1", "N")),
    "friendlyPassOk": ("dead_come_off", (False, True)),
}
"""Of KataGo's JSON: the field here, and its values."""

_SHORT: dict[str, tuple[str, dict[str, Any]]] = {
    "ko": ("ko", {"SIMPLE": "SIMPLE", "POSITIONAL": "POSITIONAL", "SITUATIONAL": "SITUATIONAL"}),
    "score": ("scoring", {"AREA": "AREA", "TERRITORY": "TERRITORY"}),
    "tax": ("tax", {"NONE": "NONE", "SEKI": "SEKI", "ALL": "ALL"}),
    "sui": ("suicide", {"0": False, "1": True}),
    "button": ("button", {"0": False, "1": True}),
    "whb": ("handicap_bonus", {"N-1": "N-1", "N": "N", "0": "0"}),
    "fpok": ("dead_come_off", {"0": False, "1": True}),
}
"""Of KataGo's short strings such as `koSIMPLEscoreAREAtaxNONEsui0whbN`."""


def named(name: str) -> Rules:
    """The rules of that name, in any case, its words parted by -, _, a space or nothing; HonteError lists the names."""
    folded = _folded(name)
    for known, rules in NAMED.items():
        if _folded(known) == folded:
            return rules
    for alias, known in _ALIASES.items():
        if _folded(alias) == folded:
            return NAMED[known]
    raise HonteError(f"unknown rules {name[:40]!r}; known are {', '.join(NAMED)}")


def usual_komi(rules: Rules) -> float:
    """The komi that is usual under rules."""
    return 7.5 if rules.scoring == "AREA" else 6.5


def name_of(rules: Rules) -> str:
    """The name of rules as SGF's `RU` has it, empty for rules without one."""
    name = next((known for known, its in NAMED.items() if its == rules), "")
    return {"aga": "AGA", "new-zealand": "NZ", "goe": "GOE"}.get(name, name.capitalize())


def allows_suicide(name: str) -> bool:
    """Whether the rules of a record (SGF's `RU`) allow suicide; those that are not known do not."""
    try:
        return named(name).suicide
    except HonteError:
        return False


def from_json(fields: dict[str, Any]) -> Rules:
    """The rules that a JSON object of KataGo's describes; what it leaves out is as KataGo has it.

    That is as Tromp and Taylor have it, but that territory without a word on `tax` leaves eyes in seki out.
    """
    fields = {"scoring" if name == "score" else name: value for name, value in fields.items()}
    rules = changed(TROMP_TAYLOR, fields)
    return replace(rules, tax="SEKI") if rules.scoring == "TERRITORY" and "tax" not in fields else rules


def changed(rules: Rules, fields: dict[str, Any]) -> Rules:
    """The rules with the fields changed that a JSON object of KataGo's has; HonteError names a wrong one."""
    chosen = {}
    for name, value in fields.items():
        if name not in _FIELDS:
            raise HonteError(f"unknown field {name[:40]!r} of rules; known are {', '.join(_FIELDS)}")
        attribute, choices = _FIELDS[name]
        if not any(type(value) is type(choice) and value == choice for choice in choices):
            allowed = ", ".join(map(json.dumps, choices))
            raise HonteError(f"{name} must be one of {allowed}, not {json.dumps(value)[:40]}")
        chosen[attribute] = value
    return replace(rules, **chosen)


def _folded(name: str) -> str:
    return re.sub(r"[-_ ]", "", name.strip().lower())


def _from_short(text: str) -> Rules:
    """Rules from a short string; what it leaves out is as for `from_json`."""
    chosen: dict[str, Any] = {}
    rest = text.lower()
    while rest:
        for key, (attribute, values) in _SHORT.items():
            found = next((word for word in values if rest.startswith(f"{key}{word.lower()}")), None)
            if found is not None:
                chosen[attribute] = values[found]
                rest = rest[len(key) + len(found) :]
                break
        else:
            raise HonteError(f"unknown rules {text[:40]!r}; known are {', '.join(NAMED)}")
    if chosen.get("scoring") == "TERRITORY":
        chosen.setdefault("tax", "SEKI")
    return replace(TROMP_TAYLOR, **chosen)


def parse(text: str) -> Rules:
    """The rules of a name, a JSON object, or a short string of KataGo's."""
    text = text.strip()
    if not text.startswith("{"):
        return _from_short(text) if re.match(r"ko(simple|positional|situational)", text.lower()) else named(text)
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise HonteError(f"the rules are no JSON object: {error}") from None
    return from_json(fields)
