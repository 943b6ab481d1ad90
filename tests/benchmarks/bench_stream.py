"""How evenly analysis streams, how soon it can be interrupted, and whether memory stays flat.

`python tests/benchmarks/bench_stream.py [--seconds 600]` runs `lz-analyze` at an interval of 10 (a tenth of a second)
on a random 19x19 network. Memory is the engine's, from /proc.
"""

import re
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path

from honte.policy.checkpoint import save
from honte.policy.network import NetworkConfig, PolicyNetwork

HONTE = [sys.executable, "-c", "import sys; from honte.engine.cli import main; sys.exit(main())", "gtp"]
INTERRUPTIONS = 20


def resident(process: int) -> float:
    """MiB, or nan where there is no /proc."""
    status = Path(f"/proc/{process}/status")
    return int(re.findall(r"VmRSS:\s*(\d+)", status.read_text())[0]) / 1024 if status.exists() else float("nan")


def main() -> None:
    seconds = 600.0
    if "--seconds" in sys.argv:
        seconds = float(sys.argv[sys.argv.index("--seconds") + 1])
    if "--smoke" in sys.argv:
        seconds = 2.0
    with tempfile.TemporaryDirectory() as folder:
        save(PolicyNetwork(NetworkConfig()), Path(folder))
        command = [*HONTE, "--network", folder]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0) as engine:
            assert engine.stdin is not None and engine.stdout is not None

            def ask(line: bytes) -> bytes:
                assert engine.stdin is not None and engine.stdout is not None
                engine.stdin.write(line + b"\n")
                return engine.stdout.readline()

            times, memory = [], []
            ask(b"lz-analyze b 10")
            while not times or times[-1] - times[0] < seconds:
                assert engine.stdout.readline().startswith(b"info move ")
                times.append(time.perf_counter())
                memory.append(resident(engine.pid))
            waits = []
            for _ in range(INTERRUPTIONS):
                start = time.perf_counter()
                line = ask(b"protocol_version")
                while line != b"= 2\n":
                    line = engine.stdout.readline()
                waits.append(time.perf_counter() - start)
                engine.stdout.readline()
                ask(b"lz-analyze w 10")
                engine.stdout.readline()
            engine.stdin.write(b"quit\n")
            engine.stdin.close()
            engine.stdout.read()
    gaps = [b - a for a, b in pairwise(times)]
    print(
        f"{len(times)} lines in {times[-1] - times[0]:.1f} s: every {1e3 * sum(gaps) / len(gaps):.2f} ms, "
        f"at most {1e3 * max(gaps):.1f} ms apart, 100 asked for"
    )
    print(f"interruption: answered within {1e3 * max(waits):.1f} ms, worst of {INTERRUPTIONS}; 50 allowed")
    print(f"memory: {memory[0]:.1f} MiB at the first line, {max(memory):.1f} at most, {memory[-1]:.1f} at the last")


if __name__ == "__main__":
    main()
