"""`honte gtp` where compiled kernels are missing, damaged or cannot be kept: it plays, and says so once."""

import os
import resource
import shutil
import signal
import subprocess
import threading
from pathlib import Path

import pytest

from honte.features import compilation
from tests.engine.stubs import save_tiny_network
from tests.engine.test_streams import ENVIRONMENT, HONTE
from tests.waiting import PATIENCE

GAME = b"boardsize 9\nplay b E5\ngenmove w\nfinal_score\nkata-analyze 1 ownership true\nquit\n"
SMALL = ("clear-*.kernel", "forget-*.kernel")
"""Kernels that are compiled in no time."""
NOWHERE = {**{name: value for name, value in ENVIRONMENT.items() if name not in ("HONTE_CACHE", "XDG_CACHE_HOME")},
           "HOME": os.devnull}  # fmt: skip


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_network(tmp_path_factory.mktemp("network"))


def copy_kernels(folder: Path) -> Path:
    """Copy what has been compiled on this machine into a cache folder; where it lies there."""
    source = compilation._folder()
    copy = folder / source.name
    copy.mkdir(parents=True)
    if source.is_dir():
        shutil.copytree(source, copy, dirs_exist_ok=True)
    return copy


def forget_small(cache: Path) -> None:
    """Remove what is compiled in no time."""
    for pattern in SMALL:
        for file in cache.glob(pattern):
            file.unlink()


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """A copy of what has been compiled on this machine, in a cache folder."""
    return copy_kernels(tmp_path / "cache")


def play(network: Path, environment: dict[str, str], **options: object) -> list[str]:
    """What is said on stderr while a game is played as it should be."""
    engine = subprocess.run(
        [*HONTE, "gtp", "--network", str(network)],
        input=GAME, env=environment, capture_output=True, timeout=PATIENCE, **options,
    )  # type: ignore[call-overload]  # fmt: skip
    replies = engine.stdout.decode().split("\n\n")
    assert engine.returncode == 0 and all(reply.startswith("=") for reply in replies[:-1]), engine.stderr
    assert len(replies) == 7 and "ownership" in replies[4]
    return engine.stderr.decode().splitlines()


def small_files_only() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))


def test_without_a_home_it_plays(network: Path) -> None:
    """Nor is there another folder that could be written: everything is compiled, and said to be, once."""
    compiling, cannot = play(network, NOWHERE)
    assert compiling.startswith("honte: compiling for this machine") and "cannot be kept in '/dev/null/" in cannot


def test_on_a_full_disk_it_plays(network: Path, cache: Path) -> None:
    forget_small(cache)
    said = play(network, {**ENVIRONMENT, "HONTE_CACHE": str(cache.parent)}, preexec_fn=small_files_only)
    assert [line.split(" ")[1] for line in said] == ["compiling", "what"] and "cannot be kept" in said[1]
    assert all(file.suffix == ".kernel" for file in cache.iterdir()), "no half of a file is left"


def test_a_damaged_cache_is_mended(network: Path, cache: Path) -> None:
    environment = {**ENVIRONMENT, "HONTE_CACHE": str(cache.parent)}
    play(network, environment)  # what this machine has not compiled yet
    for pattern in SMALL:
        for file in cache.glob(pattern):
            file.write_bytes(b"PK" + file.read_bytes()[: file.stat().st_size // 2])
    said = play(network, environment)
    assert len(said) == 2 and "are damaged and made anew" in said[0] and said[1].startswith("honte: compiling"), said
    assert play(network, environment) == []


def test_that_it_compiles_keeps_no_client_waiting_that_reads_no_stderr(network: Path, cache: Path) -> None:
    """Refused commands fill the pipe of stderr before the first kernel is compiled."""
    forget_small(cache)
    engine = subprocess.Popen(
        [*HONTE, "gtp", "--network", str(network)],
        env={**ENVIRONMENT, "HONTE_CACHE": str(cache.parent)},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert engine.stdin is not None and engine.stdout is not None
    watchdog = threading.Timer(PATIENCE, engine.kill)
    watchdog.start()
    engine.stdin.write(b"komi nothing\n" * 3000)
    engine.stdin.flush()
    for _ in range(6000):
        engine.stdout.readline()
    engine.stdin.write(GAME)
    engine.stdin.close()
    replies = engine.stdout.read()
    watchdog.cancel()
    assert engine.wait(PATIENCE) == 0 and replies.count(b"\n\n") == 6 and b"?" not in replies


def test_an_interrupt_ends_it_while_it_compiles(network: Path) -> None:
    engine = subprocess.Popen(
        [*HONTE, "gtp", "--network", str(network)],
        env=NOWHERE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert engine.stderr is not None and engine.stderr.readline().startswith(b"honte: compiling")
    engine.send_signal(signal.SIGINT)
    _, errors = engine.communicate(timeout=PATIENCE)
    assert engine.returncode == -signal.SIGINT and b"Traceback" not in errors
