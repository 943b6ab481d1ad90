"""How the tests ask for positions in KataGo's JSON, and the game that they ask about most."""

import json
from typing import Any

import torch

from honte.engine.dialects.kata_queue import Analyst
from honte.policy.predictor import Predictor
from tests.engine.stubs import tiny_network

PREDICTOR = Predictor(tiny_network(9), dtype=torch.float32)

# What KaTrain asks about a position: every field that it sends.
KATRAIN: dict[str, Any] = {
    "id": "QUERY:7",
    "rules": "japanese",
    "priority": 0,
    "analyzeTurns": [2],
    "maxVisits": 500,
    "komi": 6.5,
    "boardXSize": 9,
    "boardYSize": 9,
    "includeOwnership": True,
    "includeMovesOwnership": False,
    "includePolicy": True,
    "initialStones": [["B", "C3"], ["B", "G7"]],
    "initialPlayer": "W",
    "moves": [["W", "E5"], ["B", "D4"]],
    "overrideSettings": {"reportAnalysisWinratesAs": "BLACK", "wideRootNoise": 0.0, "maxTime": 8.0},
    "reportDuringSearchEvery": 1.0,
}

KO = [["B", "D5"], ["W", "E5"], ["B", "E6"], ["W", "F6"], ["B", "E4"], ["W", "F4"], ["B", "A1"], ["W", "G5"],
      ["B", "F5"], ["W", "E5"]]  # fmt: skip
"""Black takes E5 by F5, and White retakes."""

SPLIT = [[colour, f"{column}{row}"] for row in range(1, 10) for colour, column in (("B", "E"), ("W", "F"))]
"""Black has 45 points of 81 behind a wall of stones, and White 36."""


def ask(*queries: Any, predictor: Any = PREDICTOR, win_rate: bool = True) -> list[dict[str, Any]]:
    lines = [query if isinstance(query, bytes) else json.dumps(query).encode() for query in queries]
    return list(Analyst(predictor, win_rate=win_rate).answer(lines))


def query(**fields: Any) -> dict[str, Any]:
    return {"id": "q", "boardXSize": 9, "boardYSize": 9, "rules": "chinese", "moves": [], **fields}
