"""The server of the page, and the page in a real browser where there is one (chromium, and playwright to drive it)."""

import shutil
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.engine.stubs import tiny_network
from tests.engine.web.asking import SIZE
from tests.engine.web.driving import GAME, at
from tests.waiting import PATIENCE


@pytest.fixture(scope="session")
def predictor() -> Any:
    import torch

    from honte.policy.predictor import Predictor

    return Predictor(tiny_network(SIZE), dtype=torch.float32)


@pytest.fixture(scope="session")
def client(predictor: Any) -> Iterator[Any]:
    pytest.importorskip("starlette.testclient")
    from starlette.testclient import TestClient

    from honte.engine.web.server import create_app

    app = create_app({"first": predictor, "<b>second": predictor}, hosts=["localhost"])
    with TestClient(app, base_url="http://localhost", raise_server_exceptions=False) as made:
        yield made


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """The browser, or a skip where there is none."""
    sync_api = pytest.importorskip("playwright.sync_api")
    path = next((path for name in ("chromium", "google-chrome") if (path := shutil.which(name))), None)
    if path is None:
        pytest.skip("no chromium here")
    sync_api.expect.set_options(timeout=1000 * PATIENCE)
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@contextmanager
def served(predictors: Mapping[str, Any], **how: Any) -> Iterator[str]:
    """Where the page is served, over predictors by name."""
    pytest.importorskip("uvicorn")
    from honte.engine.web.server import create_app
    from honte.engine.web.serving import PageServer

    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = PageServer(create_app(predictors, hosts=["127.0.0.1"], **how))
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        while not server.started:
            time.sleep(0.02)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """Where the page is served, over two networks for boards of nine lines."""
    from honte.policy.predictor import Predictor

    with served({"one": Predictor(tiny_network(9)), "two": Predictor(tiny_network(9, seed=1))}) as where:
        yield where


@pytest.fixture
def page(chromium: Any, address: str, tmp_path: Path) -> Iterator[Any]:
    """The page with a game opened; no script error and no request to elsewhere may happen."""
    made = chromium.new_page(viewport={"width": 1200, "height": 900})
    errors: list[str] = []
    made.on("pageerror", lambda error: errors.append(str(error)))
    ours = (address, "blob:", "data:")
    made.on("request", lambda request: request.url.startswith(ours) or errors.append(request.url))
    made.goto(address)
    at(made, 0, 0)
    path = tmp_path / "game.sgf"
    path.write_bytes(GAME)
    made.set_input_files("#file", path)
    at(made, 0, 4)
    yield made
    assert not errors
    assert made.evaluate("window.broken") is None and made.locator("#x").count() == 0
    assert made.context.cookies() == []
    made.close()
