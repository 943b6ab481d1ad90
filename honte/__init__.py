"""Honte: an AlphaGo-style Go policy network, to train on one's own games, play with and look into."""

from pathlib import Path

__version__ = "0.2.0"

_HERE = Path(__file__).parent
if (_HERE.parent / "pyproject.toml").is_file():
    # In a clone the four floors lie beside this folder, where an installation has them inside it.
    __path__.append(str(_HERE.parent))
