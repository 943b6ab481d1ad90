"""What the server makes of bad files, questions that make no sense and pages of other sites."""

import json
import os
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytest.importorskip("starlette.testclient")
from starlette.testclient import TestClient

from honte.engine.web.requests import MAX_QUESTION, MAX_UPLOAD
from tests.engine.web.asking import question, refused
from tests.waiting import PATIENCE


def test_a_game_with_html_in_its_names(client: TestClient) -> None:
    """Names travel as JSON, which no browser takes for a page."""
    answer = client.post("/api/game", content=b"(;SZ[9]PB[<script>alert(1)</script>];B[aa]C[<img src=x>])")
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["black"] == "<script>alert(1)</script>" and len(answer.json()["nodes"]) == 2


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"", 422), (b"hello", 422), (b"(;SZ[99])", 422), (b"(;GM[2])", 422), (b"\xff" * 5000, 422),
     (b"(;" + b"x" * MAX_UPLOAD, 413), (b"(;SZ[9];B[zz])", 422)],
)  # fmt: skip
def test_bad_uploads(client: TestClient, body: bytes, status: int) -> None:
    refused(client.post("/api/game", content=body), status)


def test_oversized_bodies_without_a_length(client: TestClient) -> None:
    """A body in chunks says nothing of its size; it is cut off all the same."""
    read = 0

    def endless() -> Iterator[bytes]:
        nonlocal read
        for _ in range(2000):
            read += 1 << 14
            yield b"x" * (1 << 14)

    refused(client.post("/api/map", content=endless()), 413)
    refused(client.post("/api/map", content=b"{}", headers={"content-length": str(MAX_QUESTION + 1)}), 413)


@pytest.mark.parametrize(
    "path", ["/static/../server.py", "/static/%2e%2e/server.py", "/static/..%2f..%2fplayer.py", "/static//etc/passwd",
             "/static/%2fetc%2fpasswd", "/static/....//server.py", "/static/", "/static/none", "/../../etc/passwd"],
)  # fmt: skip
def test_no_way_out_of_the_folder(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404 and "import" not in answer.text and "root:" not in answer.text


def test_wrong_methods_hosts_and_origins(client: TestClient) -> None:
    assert client.get("/api/map").status_code == 405
    assert client.post("/").status_code == 405
    assert client.get("/", headers={"host": "evil.example"}).status_code == 400
    refused(client.post("/api/map", json=question(), headers={"origin": "http://evil.example"}), 403)
    assert client.post("/api/map", json=question(), headers={"origin": "http://localhost"}).status_code == 200


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"moves": [2 * 20, 2 * 20 + 1]}, 422),  # occupied
        ({"moves": [164]}, 400),
        ({"moves": [-1]}, 400),
        ({"moves": [True]}, 400),
        ({"moves": "aa"}, 400),
        ({"moves": [162] * 20_001}, 400),
        ({"setup": [[0, 81, 1]]}, 400),
        ({"setup": [[0, 1, 3]]}, 400),
        ({"setup": [0]}, 400),
        ({"size": 4, "moves": [], "setup": []}, 422),
        ({"size": 99}, 400),
        ({"size": 9.0}, 400),
        ({"to_move": 0}, 400),
        ({"network": "none"}, 404),
        ({"network": ["first"]}, 404),
        ({"played": 82}, 400),
        ({"hidden": 1}, 400),
        ({"symmetries": 3}, 400),
    ],
)
def test_questions_that_make_no_sense(client: TestClient, change: dict[str, Any], status: int) -> None:
    refused(client.post("/api/map", json={**question(), **change}), status)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
GAME_FIELDS = ["size", "moves", "setup", "to_move", "played", "komi"]
FIELDS = [*GAME_FIELDS, "network", "first", "last", "layer", "format", "temperature", "symmetries", "level"]
FIELDS += ["channel", "point", "hidden", "title", "ahead"]


@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(["map", "line", "play", "why", "planes", "layer", "sum", "picture", "game"]),
    st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=4),
    st.booleans(),
)
def test_no_question_breaks_the_server(client: TestClient, name: str, changes: dict[str, Any], whole: bool) -> None:
    sound = question(first=0, last=3, layer="conv1", format="svg", channel=1, point=70) if whole else {}
    answer = client.post(f"/api/{name}", content=json.dumps({**sound, **changes}).encode())
    if answer.status_code != 200:
        assert answer.status_code in (400, 404, 413, 422), (answer.status_code, answer.text)
        assert answer.json()["error"]


def resident_memory() -> int:
    """Bytes of this process in memory; 0 where the system does not say."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


def test_a_thousand_bad_uploads(client: TestClient) -> None:
    """Nothing of them stays: together they are many times what memory may grow by."""
    generator = np.random.default_rng(0)
    before = 0
    for number in range(-100, 1000):
        if number == 0:  # what the threads that answer keep for the next is there by now
            before = resident_memory()
        body = b"(;SZ[9]" + generator.bytes(int(generator.integers(0, 300)))
        if number % 25 == 0:
            body = b"(;SZ[9]C[" + b"x" * (MAX_UPLOAD - 100) + generator.bytes(50)
        assert client.post("/api/game", content=body).status_code in (200, 422)
    assert resident_memory() - before < 30 << 20
    assert client.post("/api/map", json=question()).status_code == 200


HOST = b"Host: 127.0.0.1\r\n"
SMUGGLED = b"GET /smuggled HTTP/1.1\r\n" + HOST + b"\r\n"


@pytest.mark.parametrize(
    "head",
    [
        HOST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        HOST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
        HOST + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        HOST + b"Transfer-Encoding: chunked\r\n\r\n2;a=b\r\n{}\r\n0\r\n\r\n",
        HOST + b"Transfer-Encoding: chunked\r\n\r\n2\n{}\r\n0\r\n\r\n",
        HOST + b"Content-Length: 0\r\nContent-Length: 2\r\n\r\n{}",
        HOST + b"Content-Length: 2\r\nX: y\r\ncontent-length: 2\r\n\r\n{}",
        HOST + b"Content-Length: 2, 2\r\n\r\n{}",
        HOST + b"Content-Length: +2\r\n\r\n{}",
        HOST + b"Content-Length : 2\r\n\r\n{}",
        HOST + b"X: y\r\n Content-Length: 9\r\nContent-Length: 2\r\n\r\n{}",
        HOST + b"X: y\r\n\tz\r\nContent-Length: 2\r\n\r\n{}",
        HOST + b"X: y\nContent-Length: 2\r\n\r\n{}",
        b"Host: 127.0.0.1\nContent-Length: 2\n\n{}",
        HOST + b"X: y\rContent-Length: 9\r\nContent-Length: 2\r\n\r\n{}",
        HOST + b"X: \0\r\nContent-Length: 2\r\n\r\n{}",
    ],
)
@pytest.mark.parametrize("by_bytes", [False, True])
def test_no_request_is_smuggled_behind_another(address: str, head: bytes, by_bytes: bool) -> None:
    """What two servers may read in two ways is refused, and what comes after it is no request any more."""
    sent = b"POST /api/map HTTP/1.1\r\n" + head + SMUGGLED
    answer = exchange(address, [bytes([byte]) for byte in sent] if by_bytes else [sent])
    hung_up = by_bytes and not answer  # while more was sent, so that the answer was lost
    assert hung_up or answer.startswith(b"HTTP/1.1 400")
    assert answer.count(b"HTTP/1.1") <= 1


def test_requests_may_come_one_behind_the_other(address: str) -> None:
    """Each with its own length, which is what browsers send."""
    first = b"POST /api/map HTTP/1.1\r\n" + HOST + b"Content-Length: 6\r\n\r\n{\n \n }"
    answer = exchange(address, [first + SMUGGLED.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")])
    assert answer.count(b"HTTP/1.1") == 2 and b"HTTP/1.1 404" in answer


def exchange(address: str, parts: list[bytes]) -> bytes:
    """All that the server says until it hangs up."""
    host, _, port = address.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=PATIENCE) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        said = b""
        with suppress(ConnectionError):  # it hung up before all was sent
            for part in parts:
                connection.sendall(part)
            while more := connection.recv(1 << 16):
                said += more
        return said
