"""How `honte gtp` and `honte analysis` behave as processes: when nobody reads, when they are told to stop, and how."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tests.engine.stubs import save_tiny_network
from tests.stderr import complaints

HONTE = [sys.executable, "-c", "import sys; from honte.engine.cli import main; sys.exit(main())"]
ROOT = Path(__file__).parents[2]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_network(tmp_path_factory.mktemp("network"))


def start(*arguments: object, **options: object) -> subprocess.Popen[bytes]:
    streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen([*HONTE, *map(str, arguments)], env=ENVIRONMENT, **{**streams, **options})  # type: ignore[call-overload,no-any-return]


def test_a_client_that_never_reads_stderr_is_answered(network: Path) -> None:
    """Every refusal is logged; 20,000 of them fill any pipe."""
    engine = start("gtp", "--network", network)
    assert engine.stdin is not None and engine.stdout is not None
    count = 20_000
    watchdog = threading.Timer(240, engine.kill)
    watchdog.start()
    writer = threading.Thread(
        target=lambda: (engine.stdin.write(b"play b Z99\n" * count + b"quit\n"), engine.stdin.flush()), daemon=True
    )
    writer.start()
    replies = engine.stdout.read()
    watchdog.cancel()
    assert replies.count(b"?") == count and replies.endswith(b"=\n\n") and engine.wait(60) == 0


def test_quit_does_not_wait_for_the_network(network: Path, tmp_path: Path) -> None:
    """The network never comes: its file is a pipe into which nobody writes."""
    stuck = tmp_path / "stuck"
    stuck.mkdir()
    for file in network.iterdir():
        os.mkfifo(stuck / file.name)
    engine = start("gtp", "--network", stuck)
    replies, errors = engine.communicate(b"name\nquit\n", timeout=60)
    assert (replies, errors, engine.returncode) == (b"= Honte\n\n=\n\n", b"", 0)


def test_a_byte_order_mark_is_no_part_of_a_command(network: Path) -> None:
    engine = start("gtp", "--network", network)
    replies, _ = engine.communicate(b"\xef\xbb\xbf1 name\n2 quit\n", timeout=600)
    assert replies == b"=1 Honte\n\n=2\n\n"


@pytest.mark.parametrize("command", ["gtp", "analysis"])
@pytest.mark.parametrize("delay", [0.1, 0.3, 1.0, 3.0])
def test_an_interrupt_ends_it_without_a_word(network: Path, command: str, delay: float) -> None:
    ready = "import os, sys; from honte.engine.cli import main; os.write(2, b'up'); sys.exit(main())"
    words = [sys.executable, "-c", ready, command, "--network", str(network)]
    engine = subprocess.Popen(
        words, env=ENVIRONMENT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert engine.stderr is not None and engine.stderr.read(2) == b"up"
    time.sleep(delay)
    engine.send_signal(signal.SIGINT)
    _, errors = engine.communicate(timeout=60)
    assert engine.returncode in (130, -signal.SIGINT) and b"Traceback" not in errors


def test_an_interrupt_ends_it_while_its_own_modules_are_read(tmp_path: Path) -> None:
    """The interrupt comes amid the first module that the command line wants, as soon as Python itself is there."""
    (tmp_path / "cyclopts.py").write_text(
        "import os, signal, time; os.kill(os.getpid(), signal.SIGINT); time.sleep(60)"
    )
    path = os.pathsep.join([str(tmp_path), str(ROOT)])
    command = [sys.executable, "-m", "honte", "gtp"]
    result = subprocess.run(command, env={**ENVIRONMENT, "PYTHONPATH": path}, input=b"", capture_output=True)
    assert (result.returncode, result.stdout, result.stderr) == (-signal.SIGINT, b"", b"")


@pytest.mark.parametrize("command", ["gtp", "analysis"])
def test_closed_streams_are_told_of(network: Path, command: str) -> None:
    for closed in ("<&-", ">&-"):
        words = " ".join(f"'{word}'" for word in [*HONTE, command, "--network", str(network)])
        result = subprocess.run(
            ["sh", "-c", f"{words} {closed}"], input=b"name\n", capture_output=True, timeout=600, env=ENVIRONMENT
        )
        assert result.returncode == 1 and b"Traceback" not in result.stderr, result.stderr
        assert result.stderr.startswith(b"honte: standard ") and result.stderr.count(b"\n") == 1


@pytest.mark.parametrize("command", ["gtp", "analysis"])
def test_a_working_folder_may_be_gone(network: Path, tmp_path: Path, command: str) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()
    engine = start(command, "--network", network, cwd=folder)
    folder.rmdir()
    query = {"id": "a", "boardXSize": 9, "boardYSize": 9, "moves": []}
    sent = b"genmove b\n" if command == "gtp" else json.dumps(query).encode()
    replies, errors = engine.communicate(sent, timeout=600)
    assert engine.returncode == 0 and b"Traceback" not in errors, errors
    assert replies.startswith(b"= ") if command == "gtp" else json.loads(replies)["id"] == "a"


@pytest.mark.parametrize("command", ["heatmap", "train"])
def test_other_commands_want_a_folder_to_work_in(tmp_path: Path, command: str) -> None:
    """Their files would be looked for, and written, at the root."""
    folder = tmp_path / "gone"
    words = " ".join(f"'{word}'" for word in [*HONTE, command, "game.sgf"])
    result = subprocess.run(
        ["sh", "-c", f"mkdir '{folder}' && cd '{folder}' && rmdir '{folder}' && {words}"],
        capture_output=True, timeout=600, env=ENVIRONMENT,
    )  # fmt: skip
    assert (result.returncode, result.stdout) == (1, b"")
    assert result.stderr == b"honte: the working folder is gone: change to one that is there\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full device")
def test_a_full_disk_ends_neither_the_log_nor_the_answers(network: Path) -> None:
    engine = start("gtp", "--network", network, "--log", "/dev/full")
    replies, errors = engine.communicate(b"name\nplay b A1\nname\nquit\n", timeout=600)
    assert (replies.count(b"="), engine.returncode) == (4, 0)
    assert complaints(errors).count("\n") == 1 and b"the log /dev/full is not complete" in errors
    with open("/dev/full", "wb") as full:
        for command in ("gtp", "analysis"):
            engine = start(command, "--network", network, stdout=full)
            _, errors = engine.communicate(b"name\nquit\n", timeout=600)
            assert engine.returncode == 1 and complaints(errors).count("\n") == 1 and b"No space left" in errors


def test_a_client_that_waits_is_told_when_the_network_is_there(network: Path) -> None:
    engine = start("gtp", "--network", network, "--ready")
    _, errors = engine.communicate(b"genmove b\nquit\n", timeout=600)
    assert errors.endswith(b"GTP ready\n")


def test_rules_and_komi_for_clients_that_cannot_send_them(network: Path) -> None:
    engine = start("gtp", "--network", network, "--rules", "japanese", "--komi", "0.5")
    replies, _ = engine.communicate(b"get_komi\nkata-get-rules\nclear_board\nget_komi\nquit\n", timeout=600)
    komi, rules, _, again, _, _ = replies.decode().split("\n\n")
    assert komi == again == "= 0.5" and json.loads(rules[2:])["scoring"] == "TERRITORY"
    engine = start("gtp", "--network", network, "--rules", "calvinball")
    _, errors = engine.communicate(b"quit\n", timeout=600)
    assert engine.returncode == 1 and errors.startswith(b"honte: unknown rules 'calvinball'")
