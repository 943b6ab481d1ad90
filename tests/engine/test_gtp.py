"""The wire: what is a command, what is a reply."""

import io
import os
import queue
import threading
from codecs import BOM_UTF8
from itertools import pairwise
from typing import ClassVar

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from honte.engine.gtp import LINE_LIMIT, Command, GtpError, LineReader, Reply, Stream, format_reply, parse, serve
from tests.waiting import PATIENCE


@pytest.mark.parametrize(
    ("line", "command"),
    [
        (b"name", Command("", "name", ())),
        (b"0 name", Command("0", "name", ())),
        (b"007 play b q16", Command("007", "play", ("b", "q16"))),
        (b"  lz-genmove_analyze black 100", Command("", "lz-genmove_analyze", ("black", "100"))),
        (b"\tplay\tb  \t D4 \r", Command("", "play", ("b", "D4"))),
        (b"na\x00me\x07 # what are you? # really", Command("", "name", ())),
        (b"5", Command("5", "", ())),
        (b"12345678901 name", Command("", "12345678901", ("name",))),
        ("² name".encode(), Command("", "²", ("name",))),
        ("loadsgf 棋譜.sgf".encode(), Command("", "loadsgf", ("棋譜.sgf",))),
        (b"", None),
        (b"\x01\r", None),
        (b" \t ", None),
        (b"   # 5 name", None),
    ],
)
def test_parse(line: bytes, command: Command | None) -> None:
    assert parse(line) == command


@pytest.mark.parametrize(
    ("identifier", "text", "success", "reply"),
    [
        ("", "", True, b"=\n\n"),
        ("0", "", True, b"=0\n\n"),
        ("12", "Q16", True, b"=12 Q16\n\n"),
        ("", "unknown command", False, b"? unknown command\n\n"),
        ("3", "\n a\n\n \nb\n", True, b"=3 \n a\nb\n\n"),
        ("", "a \n  b", True, b"= a\n  b\n\n"),
    ],
)
def test_format_reply(identifier: str, text: str, success: bool, reply: bytes) -> None:
    assert format_reply(identifier, text, success=success) == reply


@given(st.text(), st.sampled_from(["", "0", "17"]), st.booleans())
def test_only_the_end_of_a_reply_is_an_empty_line(text: str, identifier: str, success: bool) -> None:
    reply = format_reply(identifier, text.encode("utf-8", "ignore").decode(), success=success)
    assert reply.startswith((b"=" if success else b"?") + identifier.encode())
    assert reply.endswith(b"\n\n") and b"\n\n" not in reply[:-1]


class Trickle:
    """A stream that gives its bytes in the pieces it is told."""

    def __init__(self, data: bytes, cuts: list[int]) -> None:
        edges = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
        self._pieces = [data[a:b] for a, b in pairwise(edges)]

    def read(self, size: int, /) -> bytes:
        return self._pieces.pop(0) if self._pieces else b""


def lines_of(reader: LineReader) -> list[bytes]:
    return list(iter(lambda: reader.get(timeout=PATIENCE), None))


@given(
    st.lists(st.binary(max_size=8).map(lambda line: line.replace(b"\n", b""))), st.lists(st.integers(0)), st.booleans()
)
@example([BOM_UTF8 + b"name"], [], True)
def test_lines_do_not_depend_on_how_they_arrive(lines: list[bytes], cuts: list[int], marked: bool) -> None:
    data = BOM_UTF8 * marked + b"".join(line + b"\n" for line in lines)
    expected = data.removeprefix(BOM_UTF8).split(b"\n")[:-1]  # the mark that a client may begin with is skipped
    assert lines_of(LineReader(Trickle(data, cuts))) == expected


def test_last_line_needs_no_newline_and_the_end_stays() -> None:
    reader = LineReader(io.BytesIO(b"name\nquit"))
    assert lines_of(reader) == [b"name", b"quit"]
    assert reader.get(timeout=PATIENCE) is None


def test_a_huge_line_is_cut() -> None:
    reader = LineReader(io.BytesIO(b"x" * (5 * LINE_LIMIT) + b"\nname\n"))
    assert [len(line) for line in lines_of(reader)] == [LINE_LIMIT + 1, 4]


def test_a_line_can_be_waited_for() -> None:
    class Silent:
        def __init__(self) -> None:
            self.end = threading.Event()

        def read(self, size: int, /) -> bytes:
            self.end.wait()
            return b""

    stream = Silent()
    reader = LineReader(stream)
    with pytest.raises(queue.Empty):
        reader.get(timeout=0.01)
    assert not reader.wait(0.01)
    stream.end.set()
    assert reader.wait(PATIENCE)
    assert reader.get(timeout=0) is None and reader.get(timeout=0) is None


def test_a_line_that_was_waited_for_is_still_to_be_read() -> None:
    reader = LineReader(io.BytesIO(b"name\nquit"))
    assert reader.wait(PATIENCE) and reader.wait(0)
    assert lines_of(reader) == [b"name", b"quit"]


def served(sent: bytes) -> bytes:
    def answer(command: Command) -> str:
        match command.name:
            case "fail":
                raise GtpError("illegal move", detail="ko")
            case "bug":
                raise ZeroDivisionError
        return " ".join((command.name, *command.arguments))

    output = io.BytesIO()
    serve(LineReader(io.BytesIO(sent)), output, answer)
    return output.getvalue()


def test_serve_answers_every_command_once_and_in_order() -> None:
    assert served(b"1 a\n\n# nothing\n0 fail\nc d e") == b"=1 a\n\n?0 illegal move\n\n= c d e\n\n"


def test_nothing_after_quit_is_answered() -> None:
    assert served(b"7 quit\nname\n") == b"=7 quit\n\n"


def test_a_bug_is_answered_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    assert served(b"3 bug\nname\n") == b"?3 internal error: ZeroDivisionError\n\n= name\n\n"
    assert "ZeroDivisionError" in caplog.text


def test_too_long_a_line_is_refused_unless_the_rest_is_a_comment() -> None:
    long = b"x" * (2 * LINE_LIMIT)
    assert served(b"1 name " + long + b"\n2 name #" + long + b"\n") == b"?1 syntax error\n\n=2 name\n\n"


class Client:
    """Sends what it is told to when it is told to, and reads what `serve` writes."""

    def __init__(self) -> None:
        self._from_engine, engine_output = os.pipe()
        engine_input, self._to_engine = os.pipe()
        self._replies = os.fdopen(self._from_engine, "rb", buffering=0)
        output = os.fdopen(engine_output, "wb")
        self._input = os.fdopen(engine_input, "rb", buffering=0)

        def answer(command: Command) -> Reply:
            return Stream("info", 0.001) if command.name == "watch" else command.name

        def run() -> None:
            with output:
                serve(LineReader(self._input), output, answer)

        self._thread = threading.Thread(target=run, daemon=True)
        self._thread.start()

    def send(self, text: bytes) -> None:
        os.write(self._to_engine, text)

    def line(self) -> bytes:
        return self._replies.readline()

    def end(self) -> bytes:
        """Close the input; what the engine has still to say."""
        os.close(self._to_engine)
        rest = self._replies.read()
        self._thread.join(10)
        assert not self._thread.is_alive()
        self._replies.close(), self._input.close()
        return rest


@pytest.fixture
def client() -> Client:
    return Client()


def after_infos(client: Client) -> bytes:
    """The first line that is none of the stream's."""
    while (line := client.line()) == b"info\n":
        pass
    return line


@pytest.mark.parametrize(
    ("interruption", "reply"), [(b"6 name\n", b"=6 name\n\n"), (b"\n", b""), (b"# interrupt\n", b""), (b"\x01\n", b"")]
)
def test_any_line_ends_a_stream_and_is_then_answered(client: Client, interruption: bytes, reply: bytes) -> None:
    client.send(b"5 watch\n")
    assert [client.line() for _ in range(4)] == [b"=5\n", b"info\n", b"info\n", b"info\n"]
    client.send(interruption)
    assert after_infos(client) == b"\n"
    client.send(b"last\n")
    assert client.end() == reply + b"= last\n\n"


def test_the_end_of_the_input_ends_a_stream(client: Client) -> None:
    client.send(b"watch\n")
    assert [client.line(), client.line()] == [b"=\n", b"info\n"]
    rest = client.end()
    assert rest.endswith(b"\n\n") or rest == b"\n"
    assert set(rest.removesuffix(b"\n").splitlines()) <= {b"info"}


def test_a_stream_that_is_interrupted_before_it_begins_says_one_line() -> None:
    replies = io.BytesIO()
    sent = LineReader(io.BytesIO(b"watch\nwatch\n3 name\n"))
    assert sent.wait(PATIENCE)

    def answer(command: Command) -> Reply:
        return Stream("info", 60) if command.name == "watch" else command.name

    serve(sent, replies, answer)
    assert replies.getvalue() == b"=\ninfo\n\n=\ninfo\n\n=3 name\n\n"


def test_input_that_fails_is_at_its_end(caplog: pytest.LogCaptureFixture) -> None:
    class Failing:
        chunks: ClassVar = [b"name\nver", b"sion\nna"]

        def read(self, size: int) -> bytes:
            if not self.chunks:
                raise OSError("gone")
            return self.chunks.pop(0)

    lines = LineReader(Failing())
    assert [lines.get(PATIENCE) for _ in range(5)] == [b"name", b"version", b"na", None, None]
    assert "commands can be read no more: gone" in caplog.text
