"""The game of a file that a command was given, and what its user should know about it."""

import sys
from itertools import islice
from pathlib import Path

from data.record import GameRecord
from data.sgf import iter_games
from engine.games import load_game


def first_game(path: Path) -> GameRecord:
    """The first game of an SGF file; that there are others, and what was mended in reading it, goes to stderr.

    HonteError or OSError says why there is none.
    """
    record = load_game(path)
    warnings = list(record.warnings)
    if len(list(islice(iter_games(path.read_bytes()), 2))) > 1:
        warnings.insert(0, "holds several games: this is the first")
    for warning in warnings:
        print(f"honte: {path}: {warning}", file=sys.stderr)
    return record
