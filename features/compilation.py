"""How the kernels are compiled: once a machine, without the interpreter's lock."""

from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path
from typing import Any

from numba import config, njit

_FOLDER = Path(__file__).parent


def _cache_folder() -> Path:
    """A folder of compiled kernels that belongs to exactly this source.

    Numba looks for changes in the file of a kernel alone, while its compiled code contains the kernels that it calls
    from other files.
    """
    source = blake2b(digest_size=8)
    for file in sorted(_FOLDER.glob("*.py")):
        source.update(file.read_bytes())
    return Path(config.CACHE_DIR or _FOLDER / "__pycache__") / f"kernels-{source.hexdigest()}"


_CACHE_FOLDER = str(_cache_folder())


def kernel(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a function with numba on its first call, cached on disk and releasing the GIL."""
    others = config.CACHE_DIR
    config.CACHE_DIR = _CACHE_FOLDER
    try:
        return njit(cache=True, nogil=True)(function)  # type: ignore[no-any-return]
    finally:
        config.CACHE_DIR = others
