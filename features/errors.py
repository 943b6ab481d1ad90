"""The errors a user can cause; each message is one sentence saying what is wrong, where, and what to do."""


class HonteError(ValueError):
    """A mistake in what Honte was given; the command line prints it without a traceback."""


class IllegalMove(HonteError):
    """A move or placement the rules forbid."""
