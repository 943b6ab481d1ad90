"""Where a network would move: a map of probabilities over the points of a position."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from honte.data.record import GameRecord
from honte.features.board import COLOUR_NAMES, Board, decode_move, opponent
from honte.features.coordinates import point_to_vertex, vertex_to_point
from honte.features.errors import HonteError
from honte.features.plane_table import OWN
from honte.features.planes import extract_plies
from honte.policy.predictor import Predictor

BATCH = 64
"""Positions of a game that are looked at together."""


@dataclass(frozen=True, eq=False)
class MoveMap:
    """The probabilities of all moves in one position."""

    stones: npt.NDArray[np.uint8]
    """Colours of the points (N, N)."""
    colour: int
    """The side to move."""
    probabilities: npt.NDArray[np.float32]
    """Of each point, (N²,); they sum to 1 over the legal points and are 0 elsewhere."""
    number: int
    """Number of the move to be made, 1 for the first."""
    last: int | None = None
    """Point of the move before, if there was one."""
    played: int | None = None
    """Point of the move that was made here, if one was; N² is a pass."""

    @classmethod
    def of(cls, board: Board, colour: int, predictor: Predictor, *, played: int | None = None) -> "MoveMap":
        """The map of a board; HonteError when no network answers on its size."""
        return cls(
            stones=board.stones,
            colour=colour,
            probabilities=predictor.probabilities(board, colour),
            number=len(board.moves) + 1,
            last=decode_move(board.moves[-1])[1] if board.moves else None,
            played=played,
        )

    @classmethod
    def of_game(cls, record: GameRecord, plies: Sequence[int], predictor: Predictor) -> "list[MoveMap]":
        """The maps of a game's positions, in batches; plies ascend, and the moves made there count as played.

        HonteError when no network answers on the size, IllegalMove when the game breaks the rules.
        """
        maps: list[MoveMap] = []
        for start in range(0, len(plies), BATCH):
            some = plies[start : start + BATCH]
            colours = [record.to_move(ply) for ply in some]
            planes = extract_plies(record.moves, some, size=record.size, setup=record.setup, colours=colours)
            maps += [cls.at(record, *entry) for entry in zip(some, planes, predictor.maps(planes), strict=True)]
        return maps

    @classmethod
    def of_positions(cls, positions: Iterable[tuple[GameRecord, int]], predictor: Predictor) -> "list[MoveMap]":
        """The maps of positions of any games, each named by its game and ply, in batches of one size of board.

        Raises what `of_game` does.
        """
        maps: list[MoveMap] = []
        waiting = iter(positions)
        while some := list(islice(waiting, BATCH)):
            found: dict[int, MoveMap] = {}
            for size in {record.size for record, _ in some}:
                places = [place for place, (record, _) in enumerate(some) if record.size == size]
                planes = np.stack([some[place][0].planes(some[place][1]) for place in places])
                for place, *seen in zip(places, planes, predictor.maps(planes), strict=True):
                    found[place] = cls.at(*some[place], *seen)
            maps += [found[place] for place in range(len(some))]
        return maps

    @classmethod
    def at(
        cls,
        record: GameRecord,
        ply: int,
        planes: npt.NDArray[np.uint8],
        probabilities: npt.NDArray[np.float32],
        *,
        colour: int | None = None,
    ) -> "MoveMap":
        """The map at a ply of a game, of its planes (48, N, N) and the probabilities over its legal points."""
        colour = colour or record.to_move(ply)
        return cls(
            stones=colour * planes[OWN] + opponent(colour) * planes[OWN + 1],
            colour=colour,
            probabilities=probabilities,
            number=ply + 1,
            last=decode_move(int(record.moves[ply - 1]))[1] if ply else None,
            played=decode_move(int(record.moves[ply]))[1] if ply < len(record.moves) else None,
        )

    @property
    def size(self) -> int:
        return len(self.stones)

    def best(self, count: int) -> list[int]:
        """The most probable points in order, none of probability 0."""
        order = np.argsort(-self.probabilities, kind="stable")[:count]
        return [int(point) for point in order if self.probabilities[point] > 0]

    def top(self, count: int = 5) -> list[tuple[str, float]]:
        """The most probable moves in order, as vertices with their probabilities."""
        return [(point_to_vertex(point, self.size), float(self.probabilities[point])) for point in self.best(count)]

    def __getitem__(self, vertex: str) -> float:
        """The probability of a move by its vertex, such as "Q16". HonteError for what is no point of the board."""
        point = vertex_to_point(str(vertex), self.size)
        if point == self.size**2:
            raise HonteError("a map has no probability of a pass: ask for a point such as 'Q16'")
        return float(self.probabilities[point])

    def __array__(
        self, dtype: npt.DTypeLike | None = None, copy: bool | None = None
    ) -> npt.NDArray[Any]:
        """The probabilities float32 (N, N), from the top of the board."""
        return np.array(self.probabilities.reshape(self.size, self.size), dtype=dtype, copy=copy)

    def save(self, path: Path | str, *, cell: int | None = None, plain: bool = False) -> None:
        """Write the map to a file, in the form that the name ends in: .png, .svg, .json or .npz.

        `cell` are the pixels between two lines of the board; `plain` leaves the wood out.
        """
        from honte.engine.movemap.saving import save_maps

        save_maps([self], Path(path), cell=cell, plain=plain)

    def _repr_png_(self) -> bytes:
        """The picture, which a notebook shows."""
        from honte.engine.movemap.saving import png

        return png(self)

    def rank(self, point: int) -> int:
        """1 for the most probable point."""
        return 1 + int((self.probabilities > self.probabilities[point]).sum())

    def as_json(self) -> dict[str, Any]:
        """What the map says, as one JSON-able object; `probabilities` are rows from the top of the board."""
        played = None
        if self.played is not None:
            played = {"vertex": point_to_vertex(self.played, self.size)}
            if self.played < self.size**2:
                played |= self._entry(self.played)
        return {
            "size": self.size,
            "move_number": self.number,
            "to_move": COLOUR_NAMES[self.colour].lower(),
            "played": played,
            "best": [self._entry(point) for point in self.best(10)],
            "probabilities": [
                [round(float(p), 6) for p in row] for row in self.probabilities.reshape(self.size, self.size)
            ],
        }

    def _entry(self, point: int) -> dict[str, Any]:
        return {
            "vertex": point_to_vertex(point, self.size),
            "probability": round(float(self.probabilities[point]), 6),
            "rank": self.rank(point),
        }
