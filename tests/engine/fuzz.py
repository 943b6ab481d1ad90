"""Sends an engine a great many lines, right and wrong, and checks that every command gets exactly one reply.

`python -m tests.engine.fuzz --lines 100000 --seeds 0 10` does it ten times to `honte gtp` with a small random network
for 9x9, without ever waiting for a reply, and tells after each time the rate and how the engine's memory went; what
was stopped goes on with the seeds that are missing. Other options go to the engine instead of that network.
"""

import argparse
import random
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from honte.engine.commands import COMMANDS
from tests.waiting import PATIENCE

HONTE = [sys.executable, "-c", "import sys; from honte.engine.cli import main; sys.exit(main())", "gtp"]

NAMES = [name for name in COMMANDS if name != "quit"]
_WORDS = """b w B white BLACK pass PASS resign A1 e5 J9 I5 T19 z0 true false 0 1 -1 3 9 19 25 26 50 1e9 1e400 nan 7.5
    all average alive dead seki allow avoid interval minmoves maxmoves ownership rootInfo chinese japanese {} [] { A1,B2
    temperature top_p safe random_plies ; é 棋 E5,pass,resign name value koSIMPLEscoreAREA 9:9 +9 09 1e2 .5 5. 0x9 ٩ ²
    \ufeff \u00a0 none absolute byoyomi canadian fischer - . empty lead"""
WORDS = re.split(r"[ \n]+", _WORDS)
_EXAMPLES = """
    1 boardsize 9;komi -7.5;komi 1e1;fixed_handicap 4;place_free_handicap 12;set_free_handicap C3 G7 E5;undo;printsgf;
    set_position b C3 w G7 b E5;gogui-setup b A1 w J9 empty E5;gogui-setup_player w;gogui-play_sequence b D4 w F6;
    kata-set-rules {"ko":"SIMPLE","scoring":"TERRITORY"};kata-set-rule suicide true;kata-set-param temperature 0.5;
    kgs-time_settings byoyomi 60 30 5;kata-time_settings fischer-capped 1 2 3 4;time_settings 0 5 1;time_left b 10 0;
    lz-analyze b 10 avoid w A1,B2 3 minmoves 2;kata-analyze 5 maxmoves 3 pvVisits true movesOwnership true;analyze w 20;
    kata-genmove_analyze b ownership true rootInfo true;lz-setoption name visits value 1;printsgf g.sgf;loadsgf g.sgf 3;
    kgs-rules japanese;kata-raw-nn w all;heatmap all;final_status_list dead;final_score;kgs-genmove_cleanup w;
    kata-set-rules tromp-taylor;play b pass;play w pass;list_stones b;is_legal w E5;honte-plane 44;kgs-chat game a b"""
EXAMPLES = [line.strip() for line in _EXAMPLES.split(";")]
OFTEN = ["undo", "undo", "clear_board", "showboard", "lz-analyze 10", "kata-analyze w 5 ownership true", "genmove b"]


@dataclass
class Outcome:
    """What a session of fuzzing came to."""

    lines: int
    commands: int
    failures: int
    """Commands that were refused."""
    seconds: float
    memory: list[int]
    """Resident KiB of the engine at each tenth of the lines; empty where /proc is not there."""


def lines(count: int, seed: int) -> Iterator[bytes]:
    """Random lines without their newlines, the same for the same seed."""
    dice = random.Random(seed)
    for number in range(count):
        line = _command(dice).encode()
        match dice.random():
            case chance if chance < 0.5:
                line = b"%d %b" % (number, line)
            case chance if chance < 0.6:
                line = _mutated(line, dice)
            case chance if chance < 0.64:
                line = dice.randbytes(dice.randrange(60))
            case chance if chance < 0.66:
                line = dice.choice([b"", b"   ", b"\t\r", b"# interrupt", b"\x00", b"7", b"007  # seven"])
            case chance if chance < 0.7:
                line += b"\r"
            case chance if chance < 0.7002:
                line = line + dice.choice([b" ", b"x", b" A1"]) * dice.randrange(20_000, 300_000)
        yield line.replace(b"\n", b" ")


def _command(dice: random.Random) -> str:
    match dice.random():
        case chance if chance < 0.5:
            return f"play {dice.choice('bw')} {dice.choice('ABCDEFGHJ')}{dice.randrange(1, 10)}"
        case chance if chance < 0.65:
            return dice.choice(OFTEN)
        case chance if chance < 0.8:
            words = dice.choice(EXAMPLES).split(" ")
            if dice.random() < 0.5:
                words[dice.randrange(len(words))] = dice.choice(WORDS)
            return " ".join(words)
    return " ".join([dice.choice(NAMES), *dice.choices(WORDS, k=dice.choice([0, 0, 1, 1, 2, 3, 5]))])


def _mutated(line: bytes, dice: random.Random) -> bytes:
    changed = bytearray(line)
    for _ in range(dice.randrange(1, 4)):
        place = dice.randrange(len(changed) + 1)
        changed[place : place + dice.randrange(3)] = dice.randbytes(dice.randrange(3))
    return bytes(changed)


def expected(line: bytes) -> str | None:
    """The id that the reply to a line must bear, empty for none; None if there must be no reply."""
    text = re.sub(rb"[\x00-\x08\x0b-\x1f\x7f]", b"", line).split(b"#")[0].replace(b"\t", b" ").strip(b" ")
    if not text:
        return None
    number = re.match(rb"(\d{1,10})(?: |$)", text)
    return number[1].decode() if number else ""


def fuzz(command: Sequence[str], *, count: int, seed: int = 0, timeout: float = PATIENCE) -> Outcome:
    """Send `count` random lines to an engine. AssertionError says which line was answered otherwise than once."""
    started = time.perf_counter()
    folder = tempfile.TemporaryDirectory()  # in which `printsgf` may write what it likes
    engine = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=folder.name)
    assert engine.stdin is not None and engine.stdout is not None
    waiting: deque[tuple[str, bytes]] = deque()
    memory: list[int] = []

    def send() -> None:
        assert engine.stdin is not None
        for number, line in enumerate(lines(count, seed)):
            if re.match(rb"(\d{1,10} )?quit( |$)", line.strip()):
                continue
            if (identifier := expected(line)) is not None:
                waiting.append((identifier, line))
            engine.stdin.write(line + b"\n")
            if count >= 10 and number % (count // 10) == count // 10 - 1:
                memory.extend(resident(engine.pid))
        waiting.append(("999", b"999 quit"))
        engine.stdin.write(b"999 quit\n")
        engine.stdin.flush()

    sender = threading.Thread(target=send, daemon=True)
    sender.start()
    watchdog = threading.Timer(timeout, engine.kill)
    watchdog.start()
    commands = failures = 0
    begun = False
    for reply in engine.stdout:
        if not begun:
            identifier, line = waiting.popleft()
            match = re.match(rb"[=?](\d*)(?= |$)", reply.rstrip(b"\n"))
            assert match and match[1].decode() == identifier, f"{line[:200]!r} was answered {reply[:200]!r}"
            commands += 1
            failures += reply[:1] == b"?"
        begun = reply != b"\n"
    watchdog.cancel()
    status = engine.wait(PATIENCE)
    assert status == 0, f"the engine ended with status {status} after {commands} commands"
    sender.join(10)
    assert not waiting, f"{len(waiting)} commands without a reply, the first {waiting[0][1][:200]!r}"
    return Outcome(count, commands, failures, time.perf_counter() - started, memory)


def resident(process: int) -> list[int]:
    """Resident KiB of a process; nothing where /proc is not there."""
    try:
        return [int(re.findall(r"VmRSS:\s*(\d+)", Path(f"/proc/{process}/status").read_text())[0])]
    except (OSError, IndexError):
        return []


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=100_000)
    parser.add_argument("--seeds", type=int, nargs=2, default=[0, 10], metavar=("FIRST", "END"))
    options, rest = parser.parse_known_args()
    with tempfile.TemporaryDirectory() as folder:
        if not rest:
            from tests.engine.stubs import save_tiny_network

            rest = ["--network", str(save_tiny_network(Path(folder) / "network"))]
        command = [*HONTE, *rest, "--log", "/dev/null"]
        for seed in range(*options.seeds):
            outcome = fuzz(command, count=options.lines, seed=seed, timeout=1e6)
            print(
                f"seed {seed}: {outcome.lines} lines, {outcome.commands} commands, {outcome.failures} of them refused, "
                f"{outcome.lines / outcome.seconds:.0f} lines/s; every command answered once; resident MiB at each "
                f"tenth: {' '.join(str(kib // 1024) for kib in outcome.memory)}",
                flush=True,
            )


if __name__ == "__main__":
    main()
