"""The names that KataGo's human network has for whom it plays like, as levels of a network that was told ranks.

`rank_5k` plays as people do today, and `preaz_5k` as before AlphaZero; `proyear_1950` is a professional of that year.
Networks of Honte are told ranks and no dates: the first two are the rank, and the third is refused.
"""

import re

from honte.features.errors import HonteError

NOBODY = ("", "_", '""')
"""What names nobody, so that the network plays as itself."""


def level_named(name: str) -> str:
    """The level, such as 5k, that a name of Honte's own is; empty for none, as `_` is."""
    return "" if name in NOBODY else name


def level_of(profile: str) -> str:
    """The level that a profile is, empty for none; HonteError for what is no profile, or is one of a year."""
    if profile in NOBODY:
        return ""
    if re.fullmatch(r"proyear_\d{4}", profile):
        raise HonteError(f"humanSLProfile {profile} names a year, and networks are told ranks alone: write rank_9d")
    found = re.fullmatch(r"(?:rank|preaz)_(\d{1,2}[kd])", profile)
    if found is None:
        raise HonteError(f"humanSLProfile {profile[:40]!r} is no profile: write rank_5k or preaz_5k")
    return found[1]


def profile_of(level: str) -> str:
    """The profile that a level is, of which the highest is 9 dan; empty for none."""
    from honte.data.fields import rank_name, rank_value  # a client is greeted sooner without

    value = rank_value(level)
    return "" if value is None else f"rank_{rank_name(min(value, 9))}"
