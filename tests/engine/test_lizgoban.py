"""lizgoban's own engine class, which probes, hands over a handicap and analyses; skipped where it is not at hand.

`HONTE_LIZGOBAN` names the folder `src` of lizgoban.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from honte.features.coordinates import vertex_to_point
from tests.engine.stubs import save_tiny_network
from tests.waiting import PATIENCE

DRIVE = Path(__file__).parent / "lizgoban" / "drive.js"


def test_it_probes_and_analyses(tmp_path: Path) -> None:
    source = os.environ.get("HONTE_LIZGOBAN")
    if not source or not shutil.which("node"):
        pytest.skip("HONTE_LIZGOBAN does not name lizgoban's sources, or there is no Node")
    network = save_tiny_network(tmp_path / "network")
    words = [sys.executable, "-m", "honte", "gtp", "--ready", "--network", str(network)]
    result = subprocess.run(
        ["node", str(DRIVE), source, "9", *words],
        capture_output=True, text=True, timeout=PATIENCE,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )  # fmt: skip
    seen = json.loads(result.stdout)
    assert not seen["complaints"] and {"kata-analyze", "kata-set-rules", "kata-raw-nn", "minmoves", "pvVisits",
        "pvEdgeVisits", "movesOwnership", "rootInfo", "allow", "clear_cache", "kata-search_cancellable"
    } <= set(seen["supported"])  # fmt: skip
    assert (seen["komi"], seen["gorule"]) == (0.5, "japanese") and len(seen["suggest"]) >= 20
    best = seen["suggest"][0]
    assert best["pv"] == [best["move"]] and best["visits"] == round(10_000 * best["prior"]) and best["scoreStdev"] > 0
    policy, ownership = seen["policy"], seen["ownership"]
    assert len(policy) == len(ownership) == len(best["movesOwnership"]) == 81
    played = [vertex_to_point(vertex, 9) for vertex in ("C3", "G7", "E5")]
    assert {point for point, share in enumerate(policy) if share is None} == set(played)  # NaN, as JSON has it
    assert sum(share or 0 for share in policy) == pytest.approx(1, abs=1e-3)
    black, other, white = (ownership[point] for point in played)
    assert black > 0.1 and other > 0.1 > white
