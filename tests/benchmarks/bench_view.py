"""How fast one can look: `python tests/benchmarks/bench_view.py` (wants the extra `web`).

A review of a game of 250 moves; then `honte serve` in a process of its own: the answer to a question for a map, and to
one for an explanation; a click until the map is on the screen (where there is a chromium, and playwright to drive it);
and fifty that step at once, each through a game of its own, as the server remembers what it was asked.
The page reads the graph of the game in the background while it is clicked.
"""

import http.client
import json
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from honte.data.record import GameRecord
from honte.data.sgf import serialise
from honte.engine.review.game import Review
from honte.policy.checkpoint import load
from honte.policy.predictor import Predictor
from tests.policy.corpora import random_game

MOVES = 250
BROWSERS = 50
CLICKS = """
async (count) => {
  const best = document.getElementById("best"), number = document.getElementById("number"), times = [];
  for (let click = 0; click < count; click++) {
    const before = number.textContent, begun = performance.now();
    document.getElementById("forward").click();
    await new Promise((done, fail) => {
      const look = () => {
        if (number.textContent !== before && !best.classList.contains("stale")) done();
        else if (performance.now() > begun + 60000) fail(new Error(`no map after ${before}`));
        else requestAnimationFrame(look);
      };
      requestAnimationFrame(look);
    });
    times.push(performance.now() - begun);
  }
  return times;
}
"""
"""Steps on so many times, each when the map of the one before is drawn; milliseconds from a click to its map."""


def report(what: str, figure: float, allowed: float, unit: str, note: str) -> None:
    print(f"{what}: {figure:.3g} {unit}; {allowed:g} allowed, ratio {figure / allowed:.2f} ({note})")


def step(port: int, record: GameRecord, start: int, count: int) -> list[float]:
    """Ask for maps one after the other; the milliseconds that each took. Any but the right status is an error."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    taken = []
    for ply in range(start, start + count):
        body = json.dumps({"size": record.size, "moves": record.moves[: ply % MOVES].tolist()})
        begun = time.perf_counter()
        connection.request("POST", "/api/map", body)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200
        taken.append(1e3 * (time.perf_counter() - begun))
    return taken


def explain(port: int, record: GameRecord, ply: int, **how: int) -> float:
    """The seconds that an explanation takes."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    begun = time.perf_counter()
    question = {"size": record.size, "moves": record.moves[:ply].tolist(), **how}
    connection.request("POST", "/api/why", json.dumps(question))
    answer = connection.getresponse()
    answer.read()
    assert answer.status == 200
    return time.perf_counter() - begun


def click(port: int, game: Path, count: int) -> Sequence[float] | None:
    """Milliseconds from each of some clicks in the page to its map; None without a browser."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    try:
        from playwright import sync_api
    except ModuleNotFoundError:
        return None
    if chromium is None:
        return None
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(f"http://127.0.0.1:{port}")
        sync_api.expect(page.locator("#number")).to_have_text("Move 1")
        page.set_input_files("#file", game)
        sync_api.expect(page.locator("#number")).to_have_text(f"Move 1 of {MOVES}")
        sync_api.expect(page.locator("#best:not(.stale) li")).to_have_count(10)
        taken: list[float] = page.evaluate(CLICKS, count)
        browser.close()
    return taken


def start_server() -> tuple["subprocess.Popen[bytes]", int]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = subprocess.Popen([sys.executable, "-m", "honte", "serve", "--port", str(port)])
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return server, port
        except ConnectionRefusedError:
            assert server.poll() is None, "honte serve ended"
            time.sleep(0.1)


def main() -> None:
    smoke = "--smoke" in sys.argv
    record = random_game(np.random.default_rng(0), size=19, length=MOVES)
    predictor = Predictor(load("default"))
    Review(random_game(np.random.default_rng(1), size=19, length=8), predictor)
    times = []
    for _ in range(1 if smoke else 5):
        begun = time.perf_counter()
        Review(record, predictor)
        times.append(time.perf_counter() - begun)
    report(f"review of {MOVES} moves", min(times), 3, "s", f"best of {len(times)}")

    games = [random_game(np.random.default_rng(2 + seed), size=19, length=MOVES) for seed in range(1 + BROWSERS)]
    server, port = start_server()
    try:
        step(port, record, 0, 5)
        alone = step(port, record, 0, 20 if smoke else 200)
        note = f"95th percentile, n = {len(alone)}, median {np.median(alone):.3g}"
        report("a map, one browser, server side", float(np.percentile(alone, 95)), 40, "ms", note)

        for ply in (40, 110):
            for what, how in (("the nearest stones of an explanation", {"nearest": 12}), ("an explanation", {})):
                taken = [explain(port, record, ply + more, **how) for more in range(1 if smoke else 5)]
                note = f"median of {len(taken)}, after {ply} moves and more"
                report(what, float(np.median(taken)), 1, "s", note)

        with tempfile.TemporaryDirectory() as folder:
            game = Path(folder) / "game.sgf"
            game.write_bytes(serialise(games[0]))
            clicked = click(port, game, 10 if smoke else 200)
        if clicked is None:
            print("a map in the page: there is no chromium here, or no playwright")
        else:
            note = f"95th percentile, n = {len(clicked)}, median {np.median(clicked):.3g}"
            report("a map in the page, from the click", float(np.percentile(clicked, 95)), 100, "ms", note)

        begun = time.perf_counter()
        with ThreadPoolExecutor(BROWSERS) as browsers:
            shares = list(browsers.map(lambda game: step(port, game, 20, 2 if smoke else 20), games[1:]))
        together = np.concatenate(shares)
        rate, before = together.size / (time.perf_counter() - begun), 1e3 / np.mean(alone)
        note = f"95th percentile, n = {together.size}, no error; {rate:.0f} maps/s, {before:.0f} one by one"
        report(f"a map, {BROWSERS} browsers at once", float(np.percentile(together, 95)) / 1e3, 1, "s", note)
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    main()
