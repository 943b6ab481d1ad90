import errno
import os
from pathlib import Path

import pytest

from honte.policy.files import write_atomically


def test_a_full_disk_is_said_of_the_file_and_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    path = tmp_path / "game.sgf"
    path.write_bytes(b"before")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left") as raised:
        write_atomically(path, b"after")
    assert raised.value.filename == str(path)
    assert [file.name for file in tmp_path.iterdir()] == ["game.sgf"] and path.read_bytes() == b"before"
