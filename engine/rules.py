"""The rules a client may name, and what of them the engine goes by.

Honte never repeats a position and never commits suicide, which every set of rules allows; what differs for it is how
the end is scored.
"""

import json
from dataclasses import dataclass, replace
from typing import Any

from features.errors import HonteError


@dataclass(frozen=True)
class Rules:
    """A set of rules, in the words of KataGo's extensions of GTP."""

    ko: str
    """SIMPLE, POSITIONAL or SITUATIONAL: which repetitions the opponent may be expected to avoid."""
    scoring: str
    """AREA or TERRITORY."""

    def as_json(self) -> dict[str, Any]:
        return {"ko": self.ko, "scoring": self.scoring, "suicide": False}


CHINESE = Rules("SIMPLE", "AREA")
JAPANESE = Rules("SIMPLE", "TERRITORY")
AGA = Rules("SITUATIONAL", "AREA")
TROMP_TAYLOR = Rules("POSITIONAL", "AREA")

NAMED = {
    "chinese": CHINESE,
    "chinese-ogs": TROMP_TAYLOR,
    "chinese-kgs": TROMP_TAYLOR,
    "japanese": JAPANESE,
    "korean": JAPANESE,
    "aga": AGA,
    "bga": AGA,
    "new-zealand": AGA,
    "tromp-taylor": TROMP_TAYLOR,
}
"""KataGo's names. The suicide that two of them allow is not served."""

_CHOICES = {"ko": ("SIMPLE", "POSITIONAL", "SITUATIONAL"), "scoring": ("AREA", "TERRITORY")}


def named(name: str) -> Rules:
    """The rules of that name, in any case, its words parted by -, _ or a space; HonteError lists the names."""
    try:
        return NAMED[name.lower().replace("_", "-").replace(" ", "-")]
    except KeyError:
        raise HonteError(f"unknown rules {name[:40]!r}; known are {', '.join(NAMED)}") from None


def from_json(fields: dict[str, Any]) -> Rules:
    """The rules that a JSON object describes; what it leaves out is as in the Chinese rules.

    Fields that change neither the legality nor the score of what the engine does are passed over.
    """
    chosen = {}
    for name, choices in _CHOICES.items():
        if name in fields:
            if fields[name] not in choices:
                raise HonteError(f"{name} must be one of {', '.join(choices)}, not {json.dumps(fields[name])[:40]}")
            chosen[name] = fields[name]
    return replace(CHINESE, **chosen)


def parse(text: str) -> Rules:
    """A name, or a JSON object."""
    if not text.lstrip().startswith("{"):
        return named(text.strip())
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise HonteError(f"the rules are no JSON object: {error}") from None
    return from_json(fields)
