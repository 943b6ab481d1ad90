"""The streams of commands that other programs drive: they end without a word, and stderr never makes them wait."""

import atexit
import io
import logging
import os
import queue
import signal
import sys
import threading
import time
from typing import BinaryIO

from honte.engine.cli.terminal import note
from honte.features.errors import HonteError

_PENDING = 1000
"""Lines that wait for a client which does not read stderr; what comes after them is dropped."""
DRAIN = 0.3
"""Seconds at the end for what has not reached stderr yet: clients want `quit` to take less than one."""


class ErrorStream(io.TextIOBase):
    """Writes lines to stderr from a thread of its own, so that nobody waits for a client that does not read them."""

    def __init__(self) -> None:
        self._lines: queue.Queue[str] = queue.Queue(_PENDING)
        self._begun = ""
        try:
            stderr = os.dup(2)
        except OSError:  # it is closed, and whatever is opened next may have its number
            stderr = os.open(os.devnull, os.O_WRONLY)
        threading.Thread(target=self._write, args=[stderr], name="stderr", daemon=True).start()

    def write(self, text: str) -> int:
        """Take a text, and pass on the lines that it ends, unless too many wait already."""
        *lines, self._begun = (self._begun + text).split("\n")
        for line in lines:
            if not self._lines.full():
                self._lines.put_nowait(line)
        return len(text)

    def drain(self, timeout: float) -> None:
        """Wait until everything is written, but not longer than so many seconds."""
        deadline = time.monotonic() + timeout
        while self._lines.unfinished_tasks and time.monotonic() < deadline:
            time.sleep(0.01)

    def _write(self, stderr: int) -> None:
        while True:
            line = f"{self._lines.get()}\n".encode("utf-8", "backslashreplace")
            try:
                while line:
                    line = line[os.write(stderr, line) :]
            except OSError:  # nobody listens
                pass
            self._lines.task_done()


def never_wait_for_stderr() -> ErrorStream:
    """Let everything that Python says on stderr pass through an `ErrorStream`, which is returned."""
    stream = ErrorStream()
    sys.stderr = stream
    atexit.register(stream.drain, DRAIN)
    return stream


class LogFile(logging.FileHandler):
    """A file of records; where it can be written no more, that is said once and nobody is held up."""

    _told = False

    def handleError(self, record: logging.LogRecord) -> None:
        """Say what went wrong, the first time."""
        if not self._told:
            self._told = True
            note(f"honte: the log {self.baseFilename} is not complete: {sys.exc_info()[1]}")


def end_on_interrupt() -> None:
    """Let an interrupt from the keyboard end the process at once, wherever it is, as it ends programs in C."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def standard_input() -> BinaryIO:
    """Stdin without a buffer, for `honte.engine.gtp.LineReader`; HonteError when it is closed."""
    if sys.stdin is None:  # descriptor 0 may be that of something else by now
        raise HonteError("standard input is closed: commands are read from it")
    return open(0, "rb", buffering=0, closefd=False)


def standard_output() -> BinaryIO:
    """Stdout as bytes; HonteError when it is closed."""
    if sys.stdout is None:
        raise HonteError("standard output is closed: replies are written to it")
    return sys.stdout.buffer
