"""A disk on which nothing more can be written."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock


@contextmanager
def full_disk() -> Iterator[None]:
    """Within, every file that is to be kept meets the full disk."""
    error = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    with mock.patch("os.fsync", side_effect=error):
        yield
