"""A short run of the fuzzer; `tests/engine/fuzz.py` does a long one."""

from pathlib import Path

import pytest

from tests.engine import fuzz_json
from tests.engine.fuzz import HONTE, expected, fuzz
from tests.engine.stubs import save_tiny_network


def test_every_command_is_answered_exactly_once(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    network = save_tiny_network(tmp_path / "network")
    outcome = fuzz([*HONTE, "--network", str(network)], count=3000)
    assert 2500 < outcome.commands <= 3001 and 0.2 < outcome.failures / outcome.commands < 0.8
    assert "Traceback" not in capfd.readouterr().err


def test_what_the_fuzzer_expects() -> None:
    lines = (b"", b" #", b"7 name", b"\x007\x01", b"name 7", b"12345678901 name", b"\xff")
    assert [expected(line) for line in lines] == [None, None, "7", "7", "", "", ""]


def test_every_query_is_answered_exactly_once(tmp_path: Path) -> None:
    kinds, _ = fuzz_json.fuzz(600, 0, save_tiny_network(tmp_path / "network"))
    assert kinds["?"] == 0 and min(kinds["error"], kinds["moveInfos"], kinds["noResults"], kinds["action"]) > 0
