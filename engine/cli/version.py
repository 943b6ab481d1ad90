"""What `honte --version` says: the version, and the networks that come with it; imports nothing heavy."""

import json
from pathlib import Path
from typing import Any

import honte.policy
from honte import __version__


def version() -> str:
    """`honte 0.2.0`, and a line for each network that comes with it, by its own config.json."""
    paths = (Path(honte.policy.__path__[0]) / "weights").rglob("config.json")
    configs = sorted((json.loads(path.read_bytes()) for path in paths), key=lambda config: config["board_size"])
    return "\n".join([f"honte {__version__}", *map(_network, configs)])


def _network(config: dict[str, Any]) -> str:
    size, seen = config["board_size"], config["metadata"].get("positions")
    text = f"network: {config['network']}, {size}x{size}, {config['filters']} filters"
    text += f", {seen:,} positions seen" if seen else ""
    return f"{text}, told ranks" if config.get("bands") else text
