"""The errors a user can cause; each message is one sentence saying what is wrong, where, and what to do."""


class HonteError(ValueError):
    """A mistake in what Honte was given; the command line prints it without a traceback."""


class IllegalMove(HonteError):
    """A move or placement the rules forbid."""


def printable(text: str) -> str:
    """Text from outside on one line, with U+FFFD for each character that is not there to be seen.

    Among those are control characters, which begin the sequences that steer a terminal, and the marks that turn the
    direction of writing.
    """
    return "".join(c if c.isprintable() else " " if c.isspace() else "\N{REPLACEMENT CHARACTER}" for c in text)
