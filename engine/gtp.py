"""The Go Text Protocol, version 2, and nothing else: lines in, commands, replies out.

What the commands do is in `honte.engine.commands`. The rules of the wire are those of Gunnar Farnebäck's
"Specification of the Go Text Protocol, version 2, draft 2" (2002).
"""

import logging
import queue
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from honte.features.errors import HonteError

log = logging.getLogger(__name__)

LINE_LIMIT = 1 << 16
"""Bytes of a line that are kept; the longest command, a whole 25x25 position, needs a tenth of it."""

BYTE_ORDER_MARK = b"\xef\xbb\xbf"

_READ_AHEAD = 256
_CONTROL = dict.fromkeys([*range(32), 127]) | {ord("\t"): " "}


class GtpError(HonteError):
    """A command that fails: `words` are the reply, `detail` is for the log."""

    def __init__(self, words: str, *, detail: str = "") -> None:
        super().__init__(words)
        self.detail = detail


@dataclass(frozen=True)
class Command:
    """One command as it came: the id is kept as its digits, empty if there was none."""

    id: str
    name: str
    arguments: tuple[str, ...]


@dataclass(frozen=True)
class Stream:
    """A reply without an end: its line is written again and again until the client sends something."""

    line: str
    interval: float
    """Seconds from one line to the next."""


Reply = str | Stream


def parse(line: bytes) -> Command | None:
    """Read a line; None if nothing is left once control characters and the comment are gone."""
    text = line.decode("utf-8", "surrogateescape").translate(_CONTROL).partition("#")[0]
    words = [word for word in text.split(" ") if word]
    if not words:
        return None
    numbered = len(words[0]) <= 10 and words[0].isascii() and words[0].isdigit()
    identifier = words.pop(0) if numbered else ""
    name, *arguments = words or [""]
    return Command(identifier, name, tuple(arguments))


def format_reply(identifier: str, text: str, *, success: bool) -> bytes:
    """Lay out a reply; an empty line would end it, so empty lines inside `text` are left out.

    A text that begins with a newline has its first line under the `= `, as pictures of the board do; without the space
    GoGui would take the text to begin after the first space within it.
    """
    first, *rest = text.split("\n")
    sign = f"{'=' if success else '?'}{identifier}"
    lines = [
        f"{sign} {first.rstrip()}" if text.strip() else sign,
        *(line for line in rest if line.strip()),
    ]
    return ("\n".join(lines) + "\n\n").encode("utf-8", "surrogateescape")


class Readable(Protocol):
    """An unbuffered byte stream: `read` returns what is there, and nothing only at the end."""

    def read(self, size: int, /) -> bytes | None: ...


class LineReader:
    """The lines of a byte stream, read ahead by a thread, so that whoever works on one can see the next come.

    A line is cut after `LINE_LIMIT` + 1 bytes and only so many lines are read ahead: memory stays bounded.
    """

    def __init__(self, stream: Readable) -> None:
        self._lines: queue.Queue[bytes | None] = queue.Queue(_READ_AHEAD)
        self._seen: deque[bytes | None] = deque()
        threading.Thread(target=self._read, args=[stream], name="lines", daemon=True).start()

    def get(self, timeout: float | None = None) -> bytes | None:
        """The next line without its newline, or None at the end; `queue.Empty` after `timeout` seconds."""
        line = self._seen.popleft() if self._seen else self._lines.get(timeout=timeout)
        if line is None:
            self._seen.append(None)  # the end stays the end
        return line

    def wait(self, timeout: float) -> bool:
        """Whether a line, or the end, is there or comes within `timeout` seconds; `get` then returns it."""
        if not self._seen:
            try:
                self._seen.append(self._lines.get(timeout=timeout))
            except queue.Empty:
                return False
        return True

    def _read(self, stream: Readable) -> None:
        rest = b""
        begun = False
        while chunk := _read_some(stream):
            if not begun and len(rest := rest + chunk) < len(BYTE_ORDER_MARK) and BYTE_ORDER_MARK.startswith(rest):
                continue  # some clients begin with a mark, which may come in pieces
            if not begun:
                chunk, rest, begun = rest.removeprefix(BYTE_ORDER_MARK), b"", True
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                self._lines.put(line[: LINE_LIMIT + 1])
            rest = rest[: LINE_LIMIT + 1]
        if rest:
            self._lines.put(rest)
        self._lines.put(None)


def _read_some(stream: Readable) -> bytes | None:
    """The next bytes; none at the end, and where no more can be read."""
    try:
        return stream.read(LINE_LIMIT)
    except OSError as error:
        log.warning("commands can be read no more: %s", error)
        return None


def serve(lines: LineReader, output: BinaryIO, answer: Callable[[Command], Reply]) -> None:
    """Answer every command with exactly one reply until `quit` or the end of the input.

    `answer` returns the reply of a success and raises `HonteError` for a failure; anything else it raises is a
    bug, which is logged and answered, since an engine that dies loses its client the game.
    """
    while (line := lines.get()) is not None:
        command = parse(line)
        if command is None:
            continue
        log.debug("< %s", command)
        reply: Reply
        try:
            if len(line) > LINE_LIMIT and b"#" not in line:
                raise GtpError("syntax error", detail=f"a line of more than {LINE_LIMIT} bytes")
            reply, success = answer(command), True
        except HonteError as error:
            reply, success = str(error), False
            if isinstance(error, GtpError) and error.detail:
                log.warning("%s: %s", command.name, error.detail)
        except Exception as error:
            reply, success = f"internal error: {type(error).__name__}", False
            log.exception("%s failed", command.name)
        log.debug("> %s%r", "=" if success else "?", reply)
        if isinstance(reply, Stream):
            _write_stream(command.id, reply, lines, output)
        else:
            output.write(format_reply(command.id, reply, success=success))
            output.flush()
        if success and command.name == "quit":
            return


def _write_stream(identifier: str, stream: Stream, lines: LineReader, output: BinaryIO) -> None:
    """Write the line at every interval; whatever the client sends ends the reply and is left to be read."""
    output.write(f"={identifier}\n".encode())
    line = f"{stream.line}\n".encode()
    due = time.monotonic()
    while True:
        output.write(line)
        output.flush()
        due = max(due + stream.interval, time.monotonic())  # lines that were held up are not made up for
        if lines.wait(max(due - time.monotonic(), 0)):
            break
    output.write(b"\n")
    output.flush()
