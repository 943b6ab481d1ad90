"""The page as a process serves it: batches, slow clients, the end, what is said at the start."""

import http.client
import json
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

pytest.importorskip("starlette.testclient")
from starlette.testclient import TestClient

from honte.engine.explain import explain
from honte.engine.review.rank import Ranks
from honte.engine.web import insides
from honte.engine.web.batching import LARGEST_BATCH, Averaging, Batcher, Urgency
from honte.engine.web.server import create_app
from honte.engine.web.site import AT_ONCE
from honte.features.board import Board
from honte.features.planes import extract
from honte.policy.predictor import Predictor
from tests.engine.stubs import save_tiny_network, tiny_network
from tests.engine.web.asking import GAME, RECORD, SIZE, question
from tests.engine.web.conftest import served
from tests.waiting import PATIENCE


def different_positions(count: int) -> list[np.ndarray]:
    """Planes of as many boards, each with two stones."""
    pairs = [(first, second) for first in range(9) for second in range(9, 81)]
    return [extract(Board.from_moves([2 * black, 2 * white + 1], size=SIZE), 1) for black, white in pairs[:count]]


def test_many_at_once_are_batched(predictor: Predictor) -> None:
    """Answers are each asker's own, and those who wait go through the network together, the urgent first."""
    sizes: list[int] = []
    busy, may_start = threading.Event(), threading.Event()

    class Watched:
        board_size, level = SIZE, ""

        def maps(self, planes: np.ndarray, *, symmetries: int) -> np.ndarray:
            busy.set()
            may_start.wait()
            sizes.append(len(planes))
            return predictor.maps(planes, symmetries=symmetries)

    batcher = Batcher(Watched())  # type: ignore[arg-type]
    positions = different_positions(73)
    expected = predictor.maps(np.stack(positions))
    order: list[str] = []

    def ask(kind: str, index: int, **how: Any) -> Any:
        (answer,) = batcher.submit(positions[index][None], **how)
        answer.add_done_callback(lambda _: order.append(kind))
        return answer

    answers = [ask("first", 0)]
    busy.wait()
    answers += [ask("later", index, urgency=Urgency.LATER) for index in range(1, 17)]
    answers += [ask("soon", index, urgency=Urgency.SOON) for index in range(17, 33)]
    answers += [ask("click", index) for index in range(33, 73)]
    again = [ask("click", 72), ask("later", 40, urgency=Urgency.LATER)]  # no work for the network
    may_start.set()
    for answer, wanted in zip(answers + again, [*expected, expected[72], expected[40]], strict=True):
        np.testing.assert_allclose(answer.result(), wanted, atol=1e-5)
    batcher.close()
    assert sizes == [1, 16, 16, 8, 8, 8, 4, 4, 4, 4]
    assert order == ["first"] + ["click"] * 41 + ["soon"] * 16 + ["later"] * 17


def test_what_was_answered_is_no_more_work(predictor: Predictor, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each way of asking has an answer of its own; what was asked for longest ago is forgotten."""
    seen: list[int] = []
    maps = predictor.maps
    monkeypatch.setattr(predictor, "maps", lambda planes, **how: (seen.append(len(planes)), maps(planes, **how))[1])
    monkeypatch.setattr("honte.engine.web.batching.REMEMBERED", 3)
    batcher = Batcher(predictor)
    first, second = (planes[None] for planes in different_positions(2))

    def ask(planes: np.ndarray, **how: Any) -> Any:
        return batcher.submit(planes, **how)[0].result()

    one = ask(first)
    assert ask(first.copy(), urgency=Urgency.LATER) is one and seen == [1]
    with pytest.raises(ValueError, match="read-only"):
        one[0] = 1
    np.testing.assert_allclose(ask(first, symmetries=8), maps(first, symmetries=8)[0], atol=1e-6)
    logarithms = predictor.log_probabilities(first)[0]
    np.testing.assert_allclose(ask(first, over_all=True), logarithms, atol=1e-5)
    ask(first)
    assert seen == [1, 1]
    ask(second)  # the average is what was asked for longest ago
    ask(first)
    assert seen == [1, 1, 1]
    ask(first, symmetries=8)
    assert seen == [1, 1, 1, 1]
    batcher.close()


def test_many_threads_get_each_their_own(predictor: Predictor) -> None:
    batcher = Batcher(predictor)
    positions = [extract(RECORD.board(ply), 1) for ply in range(8)] * 25
    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda planes: batcher.submit(planes[None])[0].result(), positions))
    batcher.close()
    np.testing.assert_allclose(answers, np.concatenate([predictor.maps(p[None]) for p in positions]), atol=1e-5)


def test_looks_inside_and_maps_take_turns(predictor: Predictor, monkeypatch: pytest.MonkeyPatch) -> None:
    """They would hinder each other: a map waits for a look inside, which asks the network past the queues."""
    looking, may_end = threading.Event(), threading.Event()
    activations = insides.activations

    def look(*asked: Any) -> np.ndarray:
        looking.set()
        may_end.wait()
        return activations(*asked)

    monkeypatch.setattr(insides, "activations", look)
    app = create_app({"one": predictor}, hosts=["localhost"])
    with TestClient(app, base_url="http://localhost") as client, ThreadPoolExecutor() as pool:
        inside = pool.submit(client.post, "/api/layer", json=question(layer="conv3"))
        looking.wait()
        seen = pool.submit(client.post, "/api/map", json=question())
        time.sleep(0.3)
        has_answer = seen.done()
        may_end.set()
        assert not has_answer and inside.result().status_code == seen.result().status_code == 200


def test_a_failing_network_is_heard_of_and_the_rest_goes_on(predictor: Predictor) -> None:
    class Failing:
        board_size, level = SIZE, ""
        broken = True

        def maps(self, planes: np.ndarray, *, symmetries: int) -> np.ndarray:
            if self.broken:
                raise MemoryError("no room")
            return predictor.maps(planes, symmetries=symmetries)

    failing = Failing()
    batcher = Batcher(failing)  # type: ignore[arg-type]
    planes = extract(RECORD.board(), 1)[None]
    with pytest.raises(MemoryError):
        batcher.submit(planes)[0].result()
    failing.broken = False
    assert batcher.submit(planes)[0].result().shape == (81,)
    batcher.close()


def test_slow_clients_are_sent_away_and_hold_nobody_up(predictor: Predictor, monkeypatch: pytest.MonkeyPatch) -> None:
    uvicorn = pytest.importorskip("uvicorn")
    monkeypatch.setattr("honte.engine.web.requests.PATIENCE", 0.5)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        app = create_app({"one": predictor}, hosts=["127.0.0.1"])
        server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        try:
            address = listening.getsockname()
            while not server.started:
                time.sleep(0.02)
            slow = [socket.create_connection(address) for _ in range(30)]
            for connection in slow:
                connection.sendall(b"POST /api/game HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 999\r\n\r\n(;")
            quick = http.client.HTTPConnection(*address, timeout=PATIENCE)
            quick.request("POST", "/api/map", json.dumps(question()))
            assert quick.getresponse().status == 200
            for connection in slow:
                connection.settimeout(PATIENCE)
                assert connection.recv(1 << 12).startswith(b"HTTP/1.1 408")
                connection.close()
            quick.close()
        finally:
            server.should_exit = True
            thread.join()


def test_whoever_goes_away_keeps_no_network_busy(predictor: Predictor, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of an explanation that is no more waited for, only what is in the network already is computed."""
    busy, may_go_on, seen = threading.Event(), threading.Event(), list[int]()

    def held(planes: torch.Tensor) -> torch.Tensor:
        seen.append(len(planes))
        if len(planes) > 1:
            busy.set()
            may_go_on.wait(PATIENCE)
        return logits(planes)

    network = predictor.at(SIZE)
    logits = network.forward
    monkeypatch.setattr(network, "forward", held)
    monkeypatch.setattr(predictor, "_for_one", lambda network, size: network)
    given_up = threading.Event()
    monkeypatch.setattr(
        Averaging, "give_up", lambda network, give_up=Averaging.give_up: (give_up(network), given_up.set())
    )
    with served({"one": predictor}) as address:
        asking, other = (http.client.HTTPConnection(address.removeprefix("http://"), timeout=PATIENCE) for _ in "12")
        asking.request("POST", "/api/why", json.dumps(question()))
        assert busy.wait(PATIENCE)
        asking.close()
        assert given_up.wait(PATIENCE)
        may_go_on.set()
        other.request("POST", "/api/map", json.dumps(question(3)))
        assert other.getresponse().status == 200
        other.close()
    assert seen[-2:] == [8, 1]  # of 17


def test_clicks_come_between_the_parts_of_an_explanation(predictor: Predictor) -> None:
    """And what nobody looks at yet waits for its end."""
    order, asked = list[str](), list[Any]()
    batcher = Batcher(predictor)
    base, *others = different_positions(30)

    def click() -> None:
        order.append("part")
        for urgency in Urgency:
            (answer,) = batcher.submit(others[-1 - len(asked)][None], urgency=urgency)
            asked.append(answer)
            answer.add_done_callback(lambda _, name=urgency.name: order.append(name))

    maps = batcher.near(base, np.stack(others[:20]), symmetries=1, between=click)
    order.append("end")
    np.testing.assert_allclose(maps, predictor.maps(np.stack(others[:20])), atol=2e-6)
    batcher.close()
    assert order[:9] == ["part", "NOW", "SOON"] * 3
    assert sorted(order[9:]) == ["LATER", "LATER", "LATER", "end"]


def test_an_explanation_remembers_and_is_remembered(predictor: Predictor, monkeypatch: pytest.MonkeyPatch) -> None:
    batcher = Batcher(predictor)
    base, *others = different_positions(13)
    (known,) = batcher.submit(others[2][None])
    expected = predictor.maps(np.stack(others))
    np.testing.assert_allclose(known.result(), expected[2], atol=2e-6)
    for nearest in (4, 12, 12):
        maps = Averaging(batcher, 1).maps_near(base, np.stack(others[:nearest]))
        np.testing.assert_allclose(maps, expected[:nearest], atol=2e-6)
    monkeypatch.setattr(predictor, "maps_near", None)  # all is known now
    assert Averaging(batcher, 1).maps_near(base, np.stack(others)).shape == (12, 81)
    batcher.close()


def test_explanations_leave_the_threads_to_maps(predictor: Predictor, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many are asked for: some are made at once, the others wait for their turn and are answered too."""
    begun, may_go_on = threading.Semaphore(0), threading.Event()

    def held(*asked: Any, **how: Any) -> Any:
        begun.release()
        may_go_on.wait(PATIENCE)
        return explain(*asked, **how)

    monkeypatch.setattr("honte.engine.web.site.explain", held)
    with served({"one": predictor}) as address:
        host = address.removeprefix("http://")
        asking = [http.client.HTTPConnection(host, timeout=PATIENCE) for _ in range(45)]
        for connection in asking:
            connection.request("POST", "/api/why", json.dumps(question(1)))
        try:
            for _ in range(AT_ONCE):
                assert begun.acquire(timeout=PATIENCE)
            other = http.client.HTTPConnection(host, timeout=PATIENCE / 2)
            other.request("POST", "/api/map", json.dumps(question(3)))
            assert other.getresponse().status == 200
            other.close()
            assert not begun.acquire(blocking=False)
        finally:
            may_go_on.set()
        assert [connection.getresponse().status for connection in asking] == [200] * 45
        for connection in asking:
            connection.close()


def test_ranks_wait_behind_maps(monkeypatch: pytest.MonkeyPatch) -> None:
    """They go through the network in small parts, so that a click comes between them; what they say stays the same."""
    told = Predictor(tiny_network(SIZE, bands=("15k", "1d")))
    ranks = Ranks(told)
    ranks.add(replace(RECORD, black="Black", white="White"))
    expected = [each.as_json() for each in ranks.players()]
    seen: list[int] = []
    turned = Predictor._turned_back

    def watched(predictor: Predictor, planes: np.ndarray, symmetries: int) -> Any:
        seen.append(len(planes))
        return turned(predictor, planes, symmetries)

    monkeypatch.setattr(Predictor, "_turned_back", watched)
    with TestClient(create_app({"told": told}, hosts=["localhost"]), base_url="http://localhost") as client:
        answer = client.post("/api/rank", json=question()).json()
    assert max(seen) <= LARGEST_BATCH[Urgency.LATER] and sum(seen) == 2 * len(RECORD.moves)
    for each, wanted in zip(answer, expected, strict=True):
        assert each["bands"] == pytest.approx(wanted["bands"], abs=1e-5) and each["rank"] == wanted["rank"]


def test_the_server_ends_while_a_request_is_half_sent(capfd: pytest.CaptureFixture[str]) -> None:
    """The request is answered at once, not 20 seconds later; nobody's advice or traceback is printed."""
    pytest.importorskip("uvicorn")
    from honte.engine.web.serving import PageServer

    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = PageServer(create_app({"one": Predictor(tiny_network(SIZE))}, hosts=["127.0.0.1"]))
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        while not server.started:
            time.sleep(0.02)
        address = listening.getsockname()
        upgrade = http.client.HTTPConnection(*address, timeout=PATIENCE)
        upgrade.request("GET", "/api/about", headers={"Connection": "Upgrade", "Upgrade": "websocket"})
        assert upgrade.getresponse().status == 200
        upgrade.close()
        half = socket.create_connection(address)
        half.settimeout(PATIENCE)
        head = b"Host: 127.0.0.1\r\nContent-Length: 999\r\nExpect: 100-continue\r\n\r\n"
        half.sendall(b"POST /api/game HTTP/1.1\r\n" + head)
        assert half.recv(1 << 12).startswith(b"HTTP/1.1 100")  # it is being read
        half.sendall(b"(;")
        server.should_exit = True
        assert half.recv(1 << 12).startswith(b"HTTP/1.1 408")
        while half.recv(1 << 12):
            pass
        half.close()
        thread.join(PATIENCE)
        assert not thread.is_alive()
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("host", "here", "others"),
    [
        ("127.0.0.1", "http://127.0.0.1:8361", False),
        ("localhost", "http://localhost:8361", False),
        ("::1", "http://[::1]:8361", False),
        ("0.0.0.0", "http://127.0.0.1:8361", True),
        ("::", "http://127.0.0.1:8361", True),
        ("192.168.1.5", "http://192.168.1.5:8361", True),
    ],
)
def test_the_address_can_be_opened_and_who_else_can_is_said(host: str, here: str, others: bool) -> None:
    pytest.importorskip("uvicorn")
    from honte.engine.web.serving import addresses

    address, warnings = addresses(host, 8361)
    assert address == here
    assert len(warnings) == others and all("no password" in warning for warning in warnings)


def test_serve_wants_its_packages(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import sys

    from honte.engine.cli.serve import serve
    from honte.features.errors import HonteError

    monkeypatch.setitem(sys.modules, "uvicorn", None)
    monkeypatch.delitem(sys.modules, "honte.engine.web.serving", raising=False)
    with pytest.raises(HonteError, match=r"pip install 'honte\[web\]'"):
        serve()


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    pytest.importorskip("uvicorn")
    from honte.engine.cli.serve import serve
    from honte.features.errors import HonteError

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(HonteError, match=f"port {port} .*: give another --port"):
            serve(network=[str(save_tiny_network(tmp_path / "network"))], port=port)


def test_serve_begins_with_a_game_and_shows_networks_beside_one_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("uvicorn")
    from honte.engine.cli.serve import serve
    from honte.engine.web.serving import PageServer
    from honte.features.errors import HonteError

    game, started, shown = tmp_path / "mine.sgf", list[PageServer](), list[str]()
    game.write_bytes(GAME)
    networks = [str(save_tiny_network(tmp_path / name)) for name in ("one", "two", "three")]
    monkeypatch.setattr(PageServer, "run", lambda server, sockets: started.append(server))
    monkeypatch.setattr("webbrowser.open", lambda address: shown.append(address) or True)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    serve(
        game, move=3, open_=True, network=networks[:1], compare=networks[1:], port=port, origin=["https://go.example"]
    )
    (server,) = started
    assert server._on_start is not None
    server._on_start()
    assert shown == [f"http://127.0.0.1:{port}"] and shown[0] in capsys.readouterr().err
    with TestClient(server.config.app, base_url="https://go.example") as client:  # type: ignore[arg-type]
        about = client.get("/api/about").json()
        assert about["opened"] == {"name": "mine.sgf", "move": 3} and about["compared"] == ["two", "three"]
        assert [network["name"] for network in about["networks"]] == ["one", "two", "three"]
        assert client.post("/api/map", json=question(), headers={"origin": "https://go.example"}).status_code == 200
        assert client.get("/", headers={"host": "evil.example"}).status_code == 400  # a name turned to this address
    for wrong, words in (
        ({"move": 3}, "give its SGF file"),
        ({"network": [networks[0]], "compare": [networks[0]]}, "named twice"),
        ({"origin": ["go.example"]}, "no address of a page"),
    ):
        with pytest.raises(HonteError, match=words):
            serve(port=port, **wrong)  # type: ignore[arg-type]
    with pytest.raises(HonteError, match="no SGF file"):
        serve(tmp_path / "none.sgf", port=port)


@pytest.mark.parametrize("inside", ["", "exports"])
def test_a_run_stands_for_all_networks_that_it_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, inside: str
) -> None:
    """In the order of positions, which is not that of names; what is no whole network is left out."""
    pytest.importorskip("uvicorn")
    from honte.engine.cli.serve import serve
    from honte.engine.web.serving import PageServer

    run, started = tmp_path / "mine", list[PageServer]()
    for name in ("network", "exports/1280000", "exports/256000", "exports/128000"):
        save_tiny_network(run / name)
    (run / "exports" / "1408000").mkdir()
    (run / "exports" / "1408000" / "model.safetensors").write_bytes(b"")  # killed before its config.json
    monkeypatch.setattr(PageServer, "run", lambda server, sockets: started.append(server))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    serve(network=[str(run)], compare=[str(run / inside)], port=port)
    with TestClient(started[0].config.app, base_url="http://localhost") as client:  # type: ignore[arg-type]
        about = client.get("/api/about").json()
        kept = [f"mine after {positions}" for positions in ("128,000", "256,000", "1,280,000")]
        assert about["compared"] == kept
        assert [network["name"] for network in about["networks"]] == ["mine", *kept]
        assert client.post("/api/map", json=question(network=kept[1])).status_code == 200
