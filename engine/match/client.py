"""The other end of GTP: any engine as a child process, for matches and tests.

The commands are those of the PyPI package `gtp`; the pipes are ours, since its own fail on Python 3.
"""

import contextlib
import queue
import shlex
import subprocess
import tempfile
import time
from collections.abc import Sequence
from typing import Self

import gtp

from honte.engine.gtp import LineReader
from honte.features.errors import HonteError


class EngineError(HonteError):
    """An engine that cannot be started, has ended, or does not answer."""


class Engine(gtp.GoTextBase):  # type: ignore[misc]
    """A running engine. `boardsize`, `clear_board`, `play`, `genmove`, `showboard` come with the base class.

    A command that the engine refuses raises `gtp.FailedCommand` with its reason; an engine that is gone, or
    silent for `timeout` seconds, raises EngineError and is ended. Use it as a context manager, or close it.
    """

    def __init__(self, command: str | Sequence[str], *, timeout: float = 60.0) -> None:
        words = shlex.split(command) if isinstance(command, str) else list(command)
        self.command = shlex.join(words)
        self.timeout = timeout
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the engine
        try:
            self._process = subprocess.Popen(
                words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, bufsize=0
            )
        except (OSError, IndexError) as error:
            self._errors.close()
            raise EngineError(f"cannot start the engine '{self.command}': {error}") from None
        assert self._process.stdin is not None and self._process.stdout is not None
        self._input = self._process.stdin
        self._lines = LineReader(self._process.stdout)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def send(self, command: str) -> str:
        """Send one command and return its reply without the `=`."""
        try:
            self._input.write(f"{command}\n".encode())
        except (OSError, ValueError):
            raise self._gone(command) from None
        deadline = time.monotonic() + self.timeout
        reply: list[str] = []
        while not reply or reply[-1]:
            line = self._next_line(command, deadline)
            if reply or line[:1] in ("=", "?"):  # what an engine prints between replies is not for us
                reply.append(line)
        text = "\n".join(reply[:-1])
        if text.startswith("?"):
            raise gtp.FailedCommand(text[1:].strip())
        return text[1:].removeprefix(" ")

    _send = send  # what the base class calls

    def close(self) -> None:
        """End the engine: politely, then by force."""
        with contextlib.suppress(OSError, ValueError):
            self._input.write(b"quit\n")
            self._input.close()
        self._wait()
        self._errors.close()

    def _next_line(self, command: str, deadline: float) -> str:
        try:
            line = self._lines.get(max(deadline - time.monotonic(), 0))
        except queue.Empty:
            self._process.kill()
            raise EngineError(
                f"the engine '{self.command}' did not answer '{command}' within {self.timeout:g} seconds"
            ) from None
        if line is None:
            raise self._gone(command)
        return line.decode("utf-8", "replace").rstrip()

    def _gone(self, command: str) -> EngineError:
        status = self._wait()
        self._errors.seek(0)
        words = self._errors.read().decode("utf-8", "replace").split("\n")
        last = next((line for line in reversed(words) if line.strip()), "it printed no error")
        return EngineError(f"the engine '{self.command}' ended with status {status} at '{command}': {last.strip()}")

    def _wait(self) -> int:
        """The exit status of a process that should be about to end."""
        try:
            return self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()
