import sys
from collections.abc import Iterator
from pathlib import Path

import gtp
import pytest

from honte.engine.match.client import Engine, EngineError
from tests.waiting import PATIENCE

PEER = """
import sys, time
print("a banner", flush=True)
for line in sys.stdin:
    match line.split():
        case ["quit"]:
            open(sys.argv[1], "w").close()
            print("=\\n", flush=True)
            break
        case ["showboard"]:
            print("=\\n  A B\\n2 . X\\n\\n", flush=True)
        case ["genmove", colour]:
            print("thinking about", colour)
            print("= D4\\r\\n\\r", flush=True)
        case ["die"]:
            sys.exit("out of stones")
        case ["sleep"]:
            time.sleep(60)
        case words:
            print("?", *words, "\\n", flush=True)
"""


@pytest.fixture
def goodbye(tmp_path: Path) -> Path:
    """A file that appears when the peer is told to quit."""
    return tmp_path / "goodbye"


@pytest.fixture
def peer(goodbye: Path) -> Iterator[Engine]:
    with Engine([sys.executable, "-c", PEER, str(goodbye)], timeout=PATIENCE) as engine:
        yield engine


def test_commands_of_the_base_class(peer: Engine) -> None:
    assert peer.genmove("b") == "D4"
    assert peer.showboard() == "\n  A B\n2 . X"


def test_a_refusal_is_a_failed_command_and_the_engine_goes_on(peer: Engine) -> None:
    with pytest.raises(gtp.FailedCommand, match="play b Z99"):
        peer.play("b", "Z99")
    assert peer.genmove("w") == "D4"


def test_a_death_tells_its_last_words(peer: Engine) -> None:
    for _ in range(2):
        with pytest.raises(EngineError, match=r"ended with status 1 .*: out of stones"):
            peer.send("die")


def test_silence_is_ended(peer: Engine) -> None:
    peer.timeout = 0.3
    with pytest.raises(EngineError, match=r"did not answer 'sleep' within 0\.3 seconds"):
        peer.send("sleep")
    with pytest.raises(EngineError, match="ended with status"):
        peer.send("genmove b")


def test_close_says_goodbye(peer: Engine, goodbye: Path) -> None:
    peer.close()
    assert goodbye.exists()
    peer.close()


@pytest.mark.parametrize("command", ["no-such-engine --gtp", [], "   "])
def test_an_engine_that_is_not_there(command: str | list[str]) -> None:
    with pytest.raises(EngineError, match="cannot start the engine"):
        Engine(command)


def test_gnu_go_plays(gnugo: list[str]) -> None:
    with Engine(gnugo) as engine:
        engine.boardsize(7)
        engine.clear_board()
        engine.play("black", "D4")
        assert engine.genmove("white") not in ("D4", "PASS")
        with pytest.raises(gtp.FailedCommand, match="illegal move"):
            engine.play("black", "D4")
