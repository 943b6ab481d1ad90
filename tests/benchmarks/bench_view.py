"""How fast one can look: `python tests/benchmarks/bench_view.py` (wants the extra `web`).

A review of a game of 250 moves; then the page's server: one browser that asks for map after map, and fifty that step
at once, over real connections. The network is untrained, which costs the same.
"""

import http.client
import json
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import uvicorn

from data.record import GameRecord
from engine.review import Review
from engine.web.server import create_app
from features.board import Board, opponent
from policy.network import NetworkConfig, PolicyNetwork
from policy.predictor import Predictor

PORT = 8399


def random_game(length: int) -> GameRecord:
    board, colour, random = Board(19), 1, np.random.default_rng(0)
    for _ in range(length):
        board.play(colour, int(random.choice(np.flatnonzero(board.legal_points(colour)))))
        colour = opponent(colour)
    return GameRecord(moves=np.array(board.moves, np.uint16))


def step(record: GameRecord, start: int, count: int) -> list[float]:
    """Ask for maps one after the other; the seconds that each took, and any but the right status is an error."""
    connection = http.client.HTTPConnection("127.0.0.1", PORT)
    seconds = []
    for ply in range(start, start + count):
        body = json.dumps({"size": 19, "moves": record.moves[: ply % len(record.moves)].tolist()})
        begun = time.perf_counter()
        connection.request("POST", "/api/map", body)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200
        seconds.append(time.perf_counter() - begun)
    return seconds


def main() -> None:
    smoke = "--smoke" in sys.argv
    predictor, record = Predictor(PolicyNetwork(NetworkConfig()).eval()), random_game(250)
    Review(random_game(8), predictor)
    times = []
    for _ in range(1 if smoke else 5):
        begun = time.perf_counter()
        Review(record, predictor)
        times.append(time.perf_counter() - begun)
    print(f"review of 250 moves: {min(times):.2f} s (best of {len(times)}); 3 allowed")

    server = uvicorn.Server(
        uvicorn.Config(create_app({"untrained": predictor}, hosts=["127.0.0.1"]), port=PORT, log_level="error")
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    step(record, 0, 5)
    alone = step(record, 0, 20 if smoke else 200)
    print(f"a map, one browser: median {1e3 * np.median(alone):.1f} ms, 95th percentile "
          f"{1e3 * np.percentile(alone, 95):.1f} ms (n = {len(alone)}); 40 allowed")
    with ThreadPoolExecutor(50) as browsers:
        shares = list(browsers.map(lambda start: step(record, start, 2 if smoke else 20), range(0, 250, 5)))
    together = np.concatenate(shares)
    print(f"a map, 50 browsers at once: 95th percentile {np.percentile(together, 95):.2f} s (n = {together.size}); "
          "1 allowed, no error")
    server.should_exit = True
    thread.join()


if __name__ == "__main__":
    main()
