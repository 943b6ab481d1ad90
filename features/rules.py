"""The rules a client may name, and what of them the engine goes by.

Honte never repeats a position and never commits suicide, which every set of rules allows; what differs for it is what
others may do and how the end is scored.
"""

import json
import re
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from honte.features.errors import HonteError


@dataclass(frozen=True)
class Rules:
    """A set of rules, in the words of KataGo's extensions of GTP."""

    ko: str
    """SIMPLE, POSITIONAL, SITUATIONAL or SPIGHT: which repetitions the opponent may be expected to avoid."""
    scoring: str
    """AREA or TERRITORY."""
    handicap_bonus: str = "0"
    """0, N-1 or N: the points that White is given for N handicap stones."""
    friendly_pass: bool = True
    """Whether the players may pass over dead stones; otherwise stones have to be captured to count as dead by area."""
    suicide: bool = False
    """Whether a move may leave its own chain without liberties, which then goes off the board."""
    tax: str = "NONE"
    """What is not counted of territory: NONE, SEKI (eyes in seki), or ALL (two points a group as well)."""
    button: bool = False
    """Whether the first to pass is given half a point."""
    komi: float = field(default=7.5, compare=False)
    """What is usual; the komi of a game is told apart from its rules."""

    @property
    def dead_come_off(self) -> bool:
        """Whether dead stones are taken off at the end; rules of territory have no other way."""
        return self.friendly_pass or self.scoring == "TERRITORY"

    def handicap_points(self, stones: int) -> int:
        """The points that White is given for so many handicap stones."""
        return {"0": 0, "N-1": max(stones - 1, 0), "N": stones}[self.handicap_bonus]

    def as_json(self) -> dict[str, Any]:
        """The fields of KataGo's `kata-get-rules`."""
        return {name: getattr(self, attribute) for name, (attribute, _) in _FIELDS.items()}


CHINESE = Rules("SIMPLE", "AREA", "N")
CHINESE_ON_SERVERS = Rules("POSITIONAL", "AREA", "N")
JAPANESE = Rules("SIMPLE", "TERRITORY", friendly_pass=False, tax="SEKI", komi=6.5)
AGA = Rules("SITUATIONAL", "AREA", "N-1")
NEW_ZEALAND = Rules("SITUATIONAL", "AREA", suicide=True, komi=7.0)
TROMP_TAYLOR = Rules("POSITIONAL", "AREA", friendly_pass=False, suicide=True)

NAMED = {
    "chinese": CHINESE,
    "chinese-ogs": CHINESE_ON_SERVERS,
    "chinese-kgs": CHINESE_ON_SERVERS,
    "japanese": JAPANESE,
    "korean": JAPANESE,
    "aga": AGA,
    "bga": AGA,
    "french": AGA,
    "aga-button": replace(AGA, button=True, komi=7.0),
    "new-zealand": NEW_ZEALAND,
    "tromp-taylor": TROMP_TAYLOR,
    "goe": Rules("POSITIONAL", "AREA", suicide=True),
    "stone-scoring": Rules("SIMPLE", "AREA", tax="ALL"),
    "ancient-area": Rules("SIMPLE", "AREA", tax="ALL"),
    "ancient-territory": Rules("SIMPLE", "TERRITORY", friendly_pass=False, tax="ALL", komi=6.5),
}
"""KataGo's names and its readings of them."""

_ALIASES = {
    "jp": "japanese", "cn": "chinese", "kr": "korean", "tt": "tromp-taylor", "nz": "new-zealand", "ing": "goe",
    "aga-area": "aga",
}  # fmt: skip

_FIELDS: dict[str, tuple[str, tuple[Any, ...]]] = {
    "hasButton": ("button", (False, True)),
    "ko": ("ko", ("SIMPLE", "POSITIONAL", "SITUATIONAL", "SPIGHT")),
    "scoring": ("scoring", ("AREA", "TERRITORY")),
    "suicide": ("suicide", (False, True)),
    "tax": ("tax", ("NONE", "SEKI", "ALL")),
    "whiteHandicapBonus": ("handicap_bonus", ("0", "N-1", "N")),
    "friendlyPassOk": ("friendly_pass", (False, True)),
}
"""Of KataGo's JSON: the field here, and its values."""

_SHORT: dict[str, dict[str, Any]] = {
    "koSIMPLE": {"ko": "SIMPLE"}, "koPOSITIONAL": {"ko": "POSITIONAL"}, "koSITUATIONAL": {"ko": "SITUATIONAL"},
    "koSPIGHT": {"ko": "SPIGHT"}, "scoreAREA": {"scoring": "AREA"}, "scoreTERRITORY": {"scoring": "TERRITORY"},
    "scoringAREA": {"scoring": "AREA"}, "scoringTERRITORY": {"scoring": "TERRITORY"}, "taxNONE": {"tax": "NONE"},
    "taxSEKI": {"tax": "SEKI"}, "taxALL": {"tax": "ALL"}, "sui0": {"suicide": False}, "sui1": {"suicide": True},
    "button0": {"hasButton": False}, "button1": {"hasButton": True}, "whb0": {"whiteHandicapBonus": "0"},
    "whbN-1": {"whiteHandicapBonus": "N-1"}, "whbN": {"whiteHandicapBonus": "N"},
    "fpok0": {"friendlyPassOk": False}, "fpok1": {"friendlyPassOk": True},
}  # fmt: skip
"""The parts of KataGo's short strings such as `koSIMPLEscoreAREAtaxNONEsui0whbN`, and the fields that they are."""
_LONGEST = 200
"""Characters of a short string; one of every part has half of that."""
_KOMI = re.compile(r"komi([-+.0-9]+(e[-+]?[0-9]+)?)", re.I)

MOST_KOMI = 400
"""Of KataGo, which takes no komi beyond beside its rules."""


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


def name_of(rules: Rules) -> str:
    """The name of rules as SGF's `RU` has it; for rules without one, the short string that KataGo writes there."""
    name = next((known for known, its in NAMED.items() if its == rules), "")
    return {"aga": "AGA", "new-zealand": "NZ", "goe": "GOE", "": _short_of(rules)}.get(name, name.capitalize())


@lru_cache
def allows_suicide(name: str) -> bool:
    """Whether the rules of a record (SGF's `RU`) allow suicide; those that are not known do not."""
    try:
        return parse(name).suicide
    except HonteError:
        return False


def from_json(fields: dict[str, Any], *, komi: bool = False) -> Rules:
    """The rules that a JSON object of KataGo's describes; what it leaves out is as KataGo has it.

    That is as Tromp and Taylor have it, but that territory without a word on `tax` leaves eyes in seki out, and that
    komi is 6.5 with territory and 7 with a button. With `komi` there may be one among the fields.
    """
    fields = {"scoring" if name == "score" else name: value for name, value in fields.items()}
    given = read_komi(fields.pop("komi")) if komi and "komi" in fields else None
    rules = changed(TROMP_TAYLOR, fields)
    territory = rules.scoring == "TERRITORY"
    if territory and "tax" not in fields:
        rules = replace(rules, tax="SEKI")
    return replace(rules, komi=given if given is not None else 6.5 if territory else 7.0 if rules.button else 7.5)


def read_komi(value: Any) -> float:
    """The komi of a JSON document: a whole or half number; HonteError for anything else."""
    if type(value) not in (int, float) or not abs(value) <= MOST_KOMI or 2 * value % 1:
        raise HonteError(f"komi must be a whole or a half number from -{MOST_KOMI} to {MOST_KOMI}")
    return float(value)


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


def parse(text: str, *, komi: bool = False) -> Rules:
    """The rules of a name, a JSON object, or a short string of KataGo's; `komi` is as for `from_json`."""
    text = text.strip()
    if text.startswith("{"):
        try:
            fields = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise HonteError(f"the rules are no JSON object: {error}") from None
    else:
        fields = _short(text)
    return named(text) if fields is None else from_json(fields, komi=komi)


def _short(text: str) -> dict[str, Any] | None:
    """The fields that a short string has, in any order; None for what is none."""
    fields: dict[str, Any] = {}
    while text and len(text) <= _LONGEST:
        part = next((part for part in _SHORT if text.lower().startswith(part.lower())), "")
        if part:
            fields |= _SHORT[part]
        elif found := _KOMI.match(text):
            part, fields["komi"] = found[0], _number(found[1])
        else:
            return None
        text = text[len(part) :].strip()
    return None if text else fields or None


def _short_of(rules: Rules) -> str:
    """Rules as a short string, without what is as in the rules of Tromp and Taylor, as KataGo leaves it out."""
    text = f"ko{rules.ko}score{rules.scoring}tax{rules.tax}sui{rules.suicide:d}"
    text += f"button{rules.button:d}" if rules.button else ""
    text += f"whb{rules.handicap_bonus}" if rules.handicap_bonus != "0" else ""
    return text + (f"fpok{rules.friendly_pass:d}" if rules.friendly_pass else "")


def _number(text: str) -> float | str:
    """The number that a text is, or the text, which is none."""
    try:
        return float(text)
    except ValueError:
        return text
