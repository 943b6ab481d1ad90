"""The errors a user can cause; each message is one sentence saying what is wrong, where, and what to do."""

import unicodedata
from typing import Self


class Reason(str):
    """A sentence that says why, made of what is said of every such case and of the particulars of this one.

    `Reason("has {} moves", 3)` is "has 3 moves", and in `general` it says "has … moves". Whatever is not of our own
    words is a particular; one that is a reason itself says in general what it has to say.
    """

    form: str
    """With {} for each particular."""
    particulars: tuple[object, ...]

    def __new__(cls, form: str, *particulars: object) -> Self:
        reason = super().__new__(cls, form.format(*particulars))
        reason.form, reason.particulars = form, particulars
        return reason

    def __getnewargs__(self) -> tuple[object, ...]:  # type: ignore[override]  # of a str, when it is copied or pickled
        return self.form, *self.particulars

    @property
    def general(self) -> str:
        """The sentence without its particulars, as it is counted."""
        return self.form.format(*(part.general if isinstance(part, Reason) else "…" for part in self.particulars))


NO_REASON = Reason("")
"""Where there is nothing to say."""


class HonteError(ValueError):
    """A mistake in what Honte was given; the command line prints it without a traceback."""


class IllegalMove(HonteError):
    """A move or placement the rules forbid."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


def printable(text: str) -> str:
    """Text from outside on one line, with U+FFFD for each character that is not there to be seen.

    Among those are control characters, which begin the sequences that steer a terminal, and the marks that turn the
    direction of writing.
    """
    return "".join(c if c.isprintable() else " " if c.isspace() else "\N{REPLACEMENT CHARACTER}" for c in text)


def escaped(text: str) -> str:
    """The same for text that is kept in a file: a backslash escape for each such character, so that none is lost."""
    return "".join(
        c if c.isprintable() or unicodedata.category(c) == "Zs" else c.encode("unicode_escape").decode() for c in text
    )
