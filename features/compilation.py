"""How the kernels are compiled: without the interpreter's lock, and once a machine, as far as that can be kept.

What was compiled lies in the user's cache folder, or in `HONTE_CACHE`. Whatever is wrong with that folder, the program
goes on: a file that is missing or damaged is made anew, and where none can be written every start compiles.
"""

import os
import pickle
import shutil
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

import llvmlite
import numba
import platformdirs
from numba.core.caching import FunctionCache
from numba.core.compiler import CompileResult
from numba.core.serialize import dumps

_DIGEST = 16
"""Bytes of the checksum at the head of a file: object code that is damaged would end the process."""
_OUT_OF_USE = 30 * 24 * 3600
"""Seconds after which what other sources compiled is removed."""


def kernel(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a function with numba on its first call, kept on disk and releasing the GIL."""
    compiled: Any = numba.njit(nogil=True)(function)
    compiled._cache = _KernelCache(function)
    return compiled  # type: ignore[no-any-return]


class _KernelCache(FunctionCache):  # type: ignore[misc]
    """The compiled versions of one function, each in a file of its own; nothing that happens to them is an error."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._py_func = function
        self._cache_path = str(_folder())
        self.enable()

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        target_context.refresh()
        file = self._file(sig, target_context.codegen())
        try:
            data = file.read_bytes()
            if blake2b(data[_DIGEST:], digest_size=_DIGEST).digest() != data[:_DIGEST]:
                raise ValueError("its checksum is wrong")
            return CompileResult._rebuild(target_context, *pickle.loads(data[_DIGEST:]))
        except OSError:  # not there, or not for us: saving it says what is wrong
            pass
        except Exception:  # whatever unpickling damaged data may raise
            _say(f"compiled kernels in '{file.parent}' are damaged and made anew")
        _say("compiling for this machine what was not needed before: up to a minute of work, which is kept")
        return None

    def save_overload(self, sig: Any, data: Any) -> None:
        file = self._file(sig, data.codegen)
        content = dumps(data._reduce())
        new = file.with_suffix(f".{os.getpid()}")
        try:
            _make_folder()
            new.write_bytes(blake2b(content, digest_size=_DIGEST).digest() + content)
            new.replace(file)
        except OSError as error:
            with suppress(OSError):
                new.unlink()
            _say(
                f"what was compiled cannot be kept in '{file.parent}' ({error.strerror}), so that every start compiles "
                "anew; set HONTE_CACHE to a folder that can be written"
            )

    def flush(self) -> None:
        """Nothing waits to be written."""

    def _file(self, sig: Any, codegen: Any) -> Path:
        """Where the version of these argument types for this CPU lies.

        Kernels beside this package have its kernels compiled in, so that it and their own file are what they depend on.
        """
        function = self._py_func
        key = repr((self._index_key(sig, codegen), function.__module__, _source(function.__code__.co_filename)))
        name = f"{function.__qualname__}-{blake2b(key.encode(), digest_size=_DIGEST).hexdigest()}"
        return Path(self._cache_path) / f"{name}.kernel"


@cache
def _folder() -> Path:
    """The folder of what is compiled from exactly these sources by exactly this numba."""
    digest = blake2b(digest_size=8)
    settings = (numba.__version__, llvmlite.__version__, sys.implementation.cache_tag, numba.config.BOUNDSCHECK)
    digest.update(repr(settings).encode())
    for file in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(file.read_bytes())
    chosen = os.environ.get("HONTE_CACHE")
    base = Path(chosen).absolute() if chosen else Path(platformdirs.user_cache_dir("honte", appauthor=False))
    if not base.is_absolute():  # of a user without a home: nothing can be kept
        base = Path(os.devnull)
    return base / f"kernels-{digest.hexdigest()}"


@cache
def _source(file: str) -> bytes:
    return blake2b(Path(file).read_bytes(), digest_size=8).digest()


def _make_folder() -> None:
    """Make the folder where it is missing, and then remove those that are out of use; OSError where it cannot be.

    Another version of Honte may be at work beside this one: what it compiled lately stays.
    """
    folder = _folder()
    if folder.is_dir():
        return
    folder.mkdir(parents=True, exist_ok=True)
    for other in folder.parent.glob("kernels-*"):
        if folder.stat().st_mtime - other.stat().st_mtime > _OUT_OF_USE:
            shutil.rmtree(other, ignore_errors=True)


@cache
def _say(sentence: str) -> None:
    """Say something on stderr, once; where there is none, nobody is told."""
    if sys.stderr is not None:
        with suppress(OSError, ValueError):
            print(f"honte: {sentence}", file=sys.stderr, flush=True)
