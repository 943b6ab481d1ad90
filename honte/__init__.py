"""Honte: an AlphaGo-style policy network for Go, to train on one's own games, play with and look into."""

from pathlib import Path

__version__ = "0.2.0"

_ROOT = Path(__file__).parent.parent
if (_ROOT / "features" / "plane_table.py").is_file():
    # In a clone the four floors lie beside this folder, where an installation has them inside it.
    __path__.append(str(_ROOT))
