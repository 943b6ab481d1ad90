"""Positions that are named on the command line: move numbers of a game, or the moves and stones themselves."""

import re
from collections.abc import Sequence

import numpy as np

from honte.data.record import GameRecord
from honte.engine.cli.terminal import counted
from honte.features.board import BLACK, WHITE, encode_move, opponent, setup_rows
from honte.features.coordinates import vertex_to_point
from honte.features.errors import HonteError
from honte.features.turn import side_to_move

_COLOURS = {"b": BLACK, "w": WHITE}
_RANGE = re.compile(r"(-?\d+)(?:-(\d+))?")


def plies_named(moves: Sequence[str], record: GameRecord) -> list[int]:
    """The plies of move numbers (`57`) and ranges (`57-60`) in ascending order, each once.

    Without any, the end of the game. Raises HonteError for what is no move of the game.
    """
    count = len(record.moves)
    plies: set[int] = set()
    for text in moves:
        found = _RANGE.fullmatch(text)
        if found is None:
            raise HonteError(f"--move takes numbers and ranges such as 57 or 57-60, not '{text}'")
        first = int(found.group(1))
        last = int(found.group(2) or first)
        for number in (first, last):
            if not 1 <= number <= count + 1:
                has = f"'{record.source}' has {counted(count, 'move')}"
                raise HonteError(f"{has}: --move must be 1 to {count + 1}, not {number}")
        if last < first:
            raise HonteError(f"--move {text} goes backwards: write {last}-{first}")
        plies.update(range(first - 1, last))
    return sorted(plies) or [count]


def position_named(moves: str, *, black: str, white: str, size: int) -> tuple[GameRecord, int]:
    """The game whose end is a position in words, and who is to move: stones, then moves, all as vertices.

    Black and White take turns, Black first, or White where all stones are Black's; `b` or `w` among the moves says
    who is next. Raises HonteError for what is no vertex.
    """
    stones = [
        (0, vertex_to_point(vertex, size), colour)
        for colour, vertices in ((BLACK, black), (WHITE, white))
        for vertex in vertices.replace(",", " ").split()
    ]
    colour = side_to_move((), setup=stones)
    codes = []
    for word in moves.replace(",", " ").split():
        if word.lower() in _COLOURS:
            colour = _COLOURS[word.lower()]
        else:
            codes.append(encode_move(colour, vertex_to_point(word, size)))
            colour = opponent(colour)
    record = GameRecord(
        size=size, moves=np.array(codes, np.uint16), setup=setup_rows(stones or None), source="the position"
    )
    return record, colour
