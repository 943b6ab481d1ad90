"""The streams of commands that other programs drive: they end without a word, and logging never makes them wait."""

import logging
import logging.handlers
import os
import queue
import signal
import sys
import threading
import time
from typing import BinaryIO

from honte.features.errors import HonteError

_PENDING = 1000
"""Lines that wait for a client which does not read stderr; what comes after them is dropped."""


class ErrorStream(logging.handlers.QueueHandler):
    """Writes records to stderr from a thread of its own, so that nobody waits for a client that does not read it."""

    def __init__(self) -> None:
        self._lines: queue.Queue[logging.LogRecord] = queue.Queue(_PENDING)
        super().__init__(self._lines)
        self.setFormatter(logging.Formatter("honte: %(message)s"))
        threading.Thread(target=self._write, name="stderr", daemon=True).start()

    def enqueue(self, record: logging.LogRecord) -> None:
        """Take a record, unless too many wait already."""
        if not self._lines.full():
            self._lines.put_nowait(record)

    def drain(self, timeout: float) -> None:
        """Wait until everything is written, but not longer than so many seconds."""
        deadline = time.monotonic() + timeout
        while self._lines.unfinished_tasks and time.monotonic() < deadline:
            time.sleep(0.01)

    def _write(self) -> None:
        while True:
            line = f"{self._lines.get().getMessage()}\n".encode("utf-8", "backslashreplace")
            try:
                while line:
                    line = line[os.write(2, line) :]
            except OSError:  # nobody listens
                pass
            self._lines.task_done()


def end_on_interrupt() -> None:
    """Let an interrupt from the keyboard end the process at once, wherever it is, as it ends programs in C."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def leave_folder_that_is_gone() -> None:
    """Go to the root where the working folder was deleted: libraries of mathematics cannot be loaded from nowhere."""
    try:
        os.getcwd()
    except OSError:
        os.chdir(os.sep)


def standard_input() -> BinaryIO:
    """Stdin without a buffer, for `honte.engine.gtp.LineReader`; HonteError when it is closed."""
    try:
        return open(0, "rb", buffering=0, closefd=False)
    except OSError:
        raise HonteError("standard input is closed: commands are read from it") from None


def standard_output() -> BinaryIO:
    """Stdout as bytes; HonteError when it is closed."""
    if sys.stdout is None:
        raise HonteError("standard output is closed: replies are written to it")
    return sys.stdout.buffer
