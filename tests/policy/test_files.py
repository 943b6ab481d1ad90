import os
import threading
from pathlib import Path

import pytest

from honte.policy.files import write_atomically
from tests.disks import full_disk
from tests.waiting import PATIENCE


def test_a_full_disk_is_said_of_the_file_and_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "game.sgf"
    path.write_bytes(b"before")
    with full_disk(), pytest.raises(OSError, match="No space left") as raised:
        write_atomically(path, b"after")
    assert raised.value.filename == str(path)
    assert [file.name for file in tmp_path.iterdir()] == ["game.sgf"] and path.read_bytes() == b"before"


def test_a_pipe_is_written_into_and_stays(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()), daemon=True)
    reader.start()
    write_atomically(pipe, b"whole")
    assert pipe.is_fifo()
    reader.join(PATIENCE)
    assert read == [b"whole"]
