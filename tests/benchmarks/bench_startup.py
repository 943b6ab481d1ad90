"""How long one waits for help, a GTP greeting, a first move: `python tests/benchmarks/bench_startup.py`.

Each time is from the start of the process and the best of a few runs, the first of which fills the caches.
Arguments other than --smoke go to `honte gtp`.
"""

import subprocess
import sys
import time

HONTE = [sys.executable, "-c", "import sys; from honte.engine.cli import main; sys.exit(main())"]


def help_time() -> float:
    start = time.perf_counter()
    subprocess.run([*HONTE, "--help"], stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start


def gtp_time(script: bytes, replies: int) -> float:
    """Until the last reply to the script has come; what the process does after that does not count."""
    start = time.perf_counter()
    command = [*HONTE, "gtp", *(argument for argument in sys.argv[1:] if argument != "--smoke")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(script)
        process.stdin.flush()
        while replies:
            line = process.stdout.readline()
            assert not line.startswith(b"?"), line
            replies -= line == b"\n"
        elapsed = time.perf_counter() - start
        process.stdin.write(b"quit\n")
        process.stdin.flush()
    return elapsed


def main() -> None:
    runs = 2 if "--smoke" in sys.argv else 7
    for name, limit, measure in (
        ("help", 0.3, help_time),
        ("greeting", 0.5, lambda: gtp_time(b"name\nlist_commands\n", 2)),
        (
            "first move",
            4.0,
            lambda: gtp_time(b"name\nlist_commands\nboardsize 19\nclear_board\ngenmove b\n", 5),
        ),
    ):
        best = min(measure() for _ in range(runs))
        print(f"{name}: {best:.3f} s, {best / limit:.2f} of the {limit} s allowed (best of {runs})")


if __name__ == "__main__":
    main()
