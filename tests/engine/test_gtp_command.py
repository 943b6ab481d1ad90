"""The options of `honte gtp`, and how it ends."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from honte.policy.checkpoint import save
from honte.policy.network import NetworkConfig, PolicyNetwork
from tests.engine.stubs import save_tiny_network, tiny_network
from tests.stderr import complaints
from tests.waiting import PATIENCE

HONTE = [sys.executable, "-c", "import sys; from honte.engine.cli import main; sys.exit(main())", "gtp"]


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_network(tmp_path_factory.mktemp("network"))


def run(sent: str, *options: object) -> tuple[list[str], str]:
    """The replies to some lines, and what was complained of on stderr."""
    command = [*HONTE, *map(str, options)]
    result = subprocess.run(command, input=sent, capture_output=True, text=True, timeout=PATIENCE)
    assert result.returncode == 0
    replies = result.stdout.split("\n\n")
    assert replies.pop() == ""
    return replies, complaints(result.stderr)


def test_names_win_rates_and_the_log(network: Path, tmp_path: Path) -> None:
    log = tmp_path / "honte.log"
    sent = "1 name\n2 version\nkomi -60\nlz-analyze b 10\n3 play b K9\n\xe9\n"
    replies, errors = run(sent, "--network", network, "--leela-zero", "--no-winrate", "--log", log)
    assert replies[:2] == ["=1 Leela Zero", "=2 0.17"]
    assert set(re.findall(r"winrate (\d+)", replies[3])) == {"5000"}
    assert replies[4] == "?3 invalid color or coordinate"
    assert errors.startswith("honte: play: invalid coordinate") and errors.count("\n") == 1
    logged = log.read_text()
    assert "'name'" in logged and "Leela Zero" in logged and "invalid coordinate" in logged and "info move" in logged


def test_a_level_draws_moves_unless_it_is_told_otherwise(network: Path, tmp_path: Path) -> None:
    save(PolicyNetwork(NetworkConfig(board_size=9, planes=50, bands=("15k", "1d"), filters=8)), tmp_path / "told")
    for options, temperature in (((), 1.0), (("--temperature", 0), 0.0)):
        replies, errors = run("kata-get-params\n", "--network", tmp_path / "told", "--level", "5k", *options)
        assert json.loads(replies[0].removeprefix("= "))["temperature"] == temperature and not errors
    replies, errors = run("genmove b\n", "--network", network, "--level", "5k")
    assert replies[0].startswith("?") and "no network here plays like 5k; none was told ranks" in errors


def test_a_board_without_levels_is_told_of_once_when_a_game_begins_on_it(network: Path, tmp_path: Path) -> None:
    """The engine warms up on 9x9, which knows no ranks, and nobody has to hear of that who plays on 7x7."""
    save(tiny_network(7, bands=("15k", "1d")), tmp_path / "told")
    options = ("--network", network, "--network", tmp_path / "told", "--level", "5k")
    complaint = "honte: the network for 9x9 does not know 5k: it plays as itself"
    for sent, told in (
        ("name\nboardsize 7\nclear_board\ngenmove b\n", []),
        ("boardsize 7\ngenmove b\nboardsize 9\nclear_board\ngenmove b\nboardsize 9\ngenmove w\n", [complaint]),
        ("clear_board\ngenmove b\ngenmove w\n", [complaint]),
    ):
        replies, errors = run(sent, *options)
        assert errors.splitlines() == told and all(reply.startswith("=") for reply in replies)


def test_an_analysis_that_is_cut_off_ends_the_engine(network: Path) -> None:
    replies, errors = run("kata-analyze 1", "--network", network)
    assert len(replies) == 1 and replies[0].startswith("=\ninfo move ") and not errors


def test_a_client_that_is_gone_hears_no_complaint(network: Path) -> None:
    command = [*HONTE, "--network", str(network)]
    engine = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert engine.stdin is not None and engine.stdout is not None and engine.stderr is not None
    engine.stdin.write(b"lz-analyze 1\n")
    engine.stdin.flush()
    assert engine.stdout.readline() == b"=\n"
    engine.stdout.close()
    assert complaints(engine.stderr.read()) == "" and engine.wait(PATIENCE) == 1


def test_the_log_may_be_nowhere(network: Path) -> None:
    command = [*HONTE, "--network", str(network), "--log", "no-such-folder/honte.log"]
    result = subprocess.run(command, input=b"name\n", capture_output=True, text=False, timeout=PATIENCE)
    assert result.returncode == 1 and result.stderr.startswith(b"honte: ") and b"Traceback" not in result.stderr
