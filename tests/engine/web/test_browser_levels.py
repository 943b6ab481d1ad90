"""The page of a network that was told ranks: a choice of level, and whose rank each side's moves are like."""

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.engine.stubs import tiny_network
from tests.engine.web.driving import GAME, answered, at


@pytest.fixture
def told(chromium: Any, tmp_path: Path) -> Iterator[Any]:
    """The page over a network that was told ranks, at a level, and one that was not, with a game opened."""
    uvicorn = pytest.importorskip("uvicorn")
    from honte.engine.web.server import create_app
    from honte.policy.predictor import Predictor

    knowing = Predictor(tiny_network(9, bands=("15k", "1d")), level="3k")
    networks = {"told": knowing, "untold": Predictor(tiny_network(9))}
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(create_app(networks, hosts=["127.0.0.1"]), log_level="error"))
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        while not server.started:
            time.sleep(0.02)
        page = chromium.new_page(viewport={"width": 1200, "height": 900})
        page.goto(f"http://127.0.0.1:{listening.getsockname()[1]}")
        at(page, 0, 0)
        (tmp_path / "game.sgf").write_bytes(GAME)
        page.set_input_files("#file", tmp_path / "game.sgf")
        at(page, 0, 4)
        yield page
        page.close()
        server.should_exit = True
        thread.join()


def test_levels_are_chosen_and_ranks_are_told(told: Any) -> None:
    from playwright.sync_api import expect

    level, temperature, best = told.locator("#level"), told.locator("#temperature"), told.locator("#best")
    expect(level).to_have_value("15k")  # the band that 3k is in
    expect(temperature).to_have_value("1")
    answered(told)
    at_15k = best.inner_text()
    level.select_option("1d")
    expect(best).not_to_have_text(at_15k, use_inner_text=True)
    level.select_option("")
    expect(temperature).to_have_value("0")
    told.click("#tab-review")
    told.click("#tell-rank")
    expect(told.locator("#ranks")).to_contain_text("Black moves like")
    expect(told.locator("#ranks")).to_contain_text("White moves like")
    told.locator("#network").select_option("untold")
    expect(level).to_be_hidden()
    expect(told.locator("#tell-rank")).to_be_hidden()
    expect(told.locator("#ranks")).to_be_empty()
