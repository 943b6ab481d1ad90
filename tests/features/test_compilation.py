"""The compiled kernels on disk: kept, made anew, or done without, and a line on stderr that says so."""

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SMALL = "from honte.features.chains import new_position; print(new_position(9)['size'])"
"""What needs two of the smallest kernels."""
COMPILING = "honte: compiling for this machine"


def run(script, *, folder=None, home=None, path=ROOT, **more):
    """What a new process writes on stdout, and the lines of stderr."""
    environment = {name: value for name, value in os.environ.items() if name not in ("HONTE_CACHE", "XDG_CACHE_HOME")}
    environment["PYTHONPATH"] = f"{path}{os.pathsep}{ROOT}"
    environment |= {name: str(value) for name, value in (("HONTE_CACHE", folder), ("HOME", home)) if value is not None}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, **more)
    assert done.returncode == 0, done.stderr
    return done.stdout, done.stderr.splitlines()


@pytest.fixture
def filled(tmp_path):
    """A folder with the compiled kernels of SMALL."""
    stdout, stderr = run(SMALL, folder=tmp_path)
    assert stdout == "9\n" and len(stderr) == 1 and stderr[0].startswith(COMPILING)
    return tmp_path


def test_what_is_compiled_is_kept_and_the_next_start_is_silent(filled):
    (kept,) = filled.iterdir()
    files = {file: file.stat().st_mtime_ns for file in kept.iterdir()}
    assert len(files) == 2 and all(file.suffix == ".kernel" for file in files)
    assert run(SMALL, folder=filled) == ("9\n", [])
    assert {file: file.stat().st_mtime_ns for file in kept.iterdir()} == files


def test_the_users_cache_folder_is_the_default(tmp_path):
    before = {*(ROOT / "features").rglob("*.nb?")}
    run(SMALL, home=tmp_path)
    assert any(tmp_path.rglob("honte/kernels-*/clear-*.kernel"))
    assert {*(ROOT / "features").rglob("*.nb?")} == before, "nothing is written where the package lies"


def halved(file):
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def flipped(file):
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 0x40
    file.write_bytes(data)


@pytest.mark.parametrize("damage", [halved, flipped, lambda file: file.write_bytes(b"")])
def test_damaged_files_are_made_anew(filled, damage):
    for file in filled.rglob("*.kernel"):
        damage(file)
    stdout, stderr = run(SMALL, folder=filled)
    assert stdout == "9\n" and len(stderr) == 2 and "damaged" in stderr[0] and stderr[1].startswith(COMPILING)
    assert run(SMALL, folder=filled) == ("9\n", [])


def small_files_only():
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))


@pytest.mark.parametrize("kind", ["a file", "below a file", "nowhere", "a full disk", "no home"])
def test_where_nothing_can_be_kept_the_program_goes_on(tmp_path, kind):
    (tmp_path / "file").write_text("mine")
    match kind:
        case "a full disk":
            stdout, stderr = run(SMALL, folder=tmp_path, preexec_fn=small_files_only)
            assert not [*tmp_path.glob("kernels-*/*")], "no half of a file is left"
        case "no home":
            stdout, stderr = run(SMALL, home="/dev/null")
        case _:
            places = {"a file": tmp_path / "file", "below a file": tmp_path / "file" / "x", "nowhere": "/proc/x/y"}
            stdout, stderr = run(SMALL, folder=places[kind])
    assert stdout == "9\n"
    assert len(stderr) == 2 and stderr[0].startswith(COMPILING) and "cannot be kept" in stderr[1], stderr
    assert (tmp_path / "file").read_text() == "mine"


def test_folders_out_of_use_go_when_a_new_one_is_made(tmp_path):
    old, beside, notes = (tmp_path / name for name in ("kernels-0123456789abcdef", "kernels-fedcba9876543210", "notes"))
    for folder in (old, beside, notes):
        folder.mkdir()
        (folder / "some.kernel").write_bytes(b"some")
    for folder in (old, notes):
        os.utime(folder, (0, 0))
    run(SMALL, folder=tmp_path)
    assert not old.exists() and beside.is_dir() and notes.is_dir()


def test_a_kernel_beside_the_package_is_compiled_anew_when_its_file_changes(tmp_path):
    module = "from honte.features.compilation import kernel\nF = {}\n@kernel\ndef scaled(x):\n    return F * x\n"
    for factor in (2, 30):  # of two lengths: Python itself takes a file of one second and size for unchanged
        (tmp_path / "own.py").write_text(module.format(factor))
        stdout, _ = run("from own import scaled; print(scaled(7))", folder=tmp_path, path=tmp_path)
        assert stdout == f"{7 * factor}\n"


def test_numba_itself_is_left_as_it_is(tmp_path):
    script = "import numba; before = numba.config.CACHE_DIR\n" + SMALL + "\nassert numba.config.CACHE_DIR == before"
    run(script, folder=tmp_path)
