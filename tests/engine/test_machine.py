"""What commands that compute much do to the process."""

import platform
import subprocess
import sys

import pytest

FAULTS_OF_STEPS = """
import resource, statistics, sys
import torch
from honte.engine.cli.machine import choose_machine

if sys.argv[1] == "keep":
    choose_machine("cpu", "float32", 1)

def faults_of_step():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    blocks = [torch.ones(size << 20) for size in (1, 4, 16)]  # of 4, 16 and 64 MiB
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

print(statistics.median_low([faults_of_step() for _ in range(11)]))
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc's allocator is told to keep its memory")
def test_the_memory_of_a_step_is_that_of_the_step_before() -> None:
    def faults(how: str) -> int:
        done = subprocess.run([sys.executable, "-c", FAULTS_OF_STEPS, how], capture_output=True, text=True, check=True)
        return int(done.stdout)

    pages = 84 * 256  # of 4 KiB
    assert faults("keep") < pages // 100
    assert faults("leave") > pages // 2
