"""Sends `honte analysis` a great many lines, right and wrong, and checks that every query and action is answered once.

`python -m tests.engine.fuzz_json --lines 10000 --seeds 0 10` does it ten times with a small random network for 9x9, and
tells after each time how the engine's memory went.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.engine.fuzz import resident
from tests.engine.stubs import save_tiny_network

HONTE = [sys.executable, "-c", "import sys; from honte.engine.cli import main; sys.exit(main())", "analysis"]
KINDS = ("warning", "error", "noResults", "action", "moveInfos")
ODD: list[Any] = [None, True, 0, -1, 7.5, 1e300, "", "B", "E5", "pass", [], ["B", "E5"], {}, {"player": "B"}, [[]], "é",
    [["B", "E5"], ["B", "E5"]], [0], [0, 0], 10**30, "japanese", {"scoring": "TERRITORY"}, {"komi": 7}, "\ud800", "\0",
]  # fmt: skip
_FIELDS = """rules priority priorities analyzeTurns komi boardXSize boardYSize includeOwnership includePolicy moves
    includeMovesOwnership includePVVisits initialStones initialPlayer overrideSettings avoidMoves allowMoves nonsense
    action terminateId turnNumbers maxVisits whiteHandicapBonus"""
FIELDS = _FIELDS.split()


def lines(count: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """Ids and lines of JSON objects, the same for the same seed."""
    dice = random.Random(seed)
    for number in range(count):
        vertices = [f"{dice.choice('ABCDEFGHJ')}{dice.randrange(1, 10)}" for _ in range(dice.randrange(4))]
        moves = [["BW"[ply % 2], vertex] for ply, vertex in enumerate(vertices)]
        query: dict[str, Any] = {"id": f"q{number}", "boardXSize": 9, "boardYSize": 9, "moves": moves}
        match dice.random():
            case chance if chance < 0.6:
                for name in dice.choices(FIELDS, k=dice.randrange(1, 3)):
                    query[name] = dice.choice(ODD)
            case chance if chance < 0.7:
                query = {"id": query["id"], "action": "terminate", "terminateId": f"q{number - dice.randrange(9)}"}
            case chance if chance < 0.72:
                actions = ["query_version", "query_models", "clear_cache"] * 9 + ["terminate_all"]
                query = {"id": query["id"], "action": dice.choice(actions)}
        line = json.dumps(query, ensure_ascii=dice.random() < 0.5).encode("utf-8", "replace")
        yield query["id"], dice.choice([b"", b" ", b"\t"]) + line + dice.choice([b"", b"\r", b" "])


def fuzz(count: int, seed: int, network: Path) -> tuple[Counter[str], list[int]]:
    """Answers by their kind, and resident KiB at each tenth. AssertionError names queries not answered once."""
    engine = subprocess.Popen([*HONTE, "--network", str(network)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert engine.stdin is not None and engine.stdout is not None
    memory: list[int] = []

    def send() -> None:
        assert engine.stdin is not None
        for number, (_, line) in enumerate(lines(count, seed)):
            engine.stdin.write(line + b"\n")
            if number % max(count // 10, 1) == count // 10 - 1:
                memory.extend(resident(engine.pid))
        engine.stdin.close()

    threading.Thread(target=send, daemon=True).start()
    kinds: Counter[str] = Counter()
    answered: Counter[str] = Counter()
    for reply in engine.stdout:
        response = json.loads(reply)
        kind = next((name for name in KINDS if name in response), "?")
        kinds[kind] += 1
        if kind != "warning":
            answered[response["id"]] += 1
    assert engine.wait(60) == 0
    wrong = [name for name, _ in lines(count, seed) if answered[name] != 1]
    assert not wrong, f"{wrong[:3]} answered {[answered[name] for name in wrong[:3]]} times"
    return kinds, memory


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=10_000)
    parser.add_argument("--seeds", type=int, nargs=2, default=[0, 10], metavar=("FIRST", "END"))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        network = save_tiny_network(Path(folder) / "network")
        for seed in range(*options.seeds):
            kinds, memory = fuzz(options.lines, seed, network)
            print(
                f"seed {seed}: {options.lines} lines, each answered once: {dict(kinds)}; resident MiB at each tenth: "
                f"{' '.join(str(kib // 1024) for kib in memory)}",
                flush=True,
            )


if __name__ == "__main__":
    main()
