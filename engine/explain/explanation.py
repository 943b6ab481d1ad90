"""Why this move: its probability without each stone, and without what each group of planes says; how far it looks."""

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from honte.data.record import GameRecord
from honte.engine.explain.field import field_of, rings
from honte.engine.explain.without import stones_from, without_groups, without_stones
from honte.engine.movemap import MoveMap
from honte.features.board import COLOUR_NAMES
from honte.features.coordinates import point_to_vertex
from honte.features.errors import HonteError
from honte.features.planes import extract, hide_ages
from honte.policy.network import PolicyNetwork

LEAST = 1e-38
"""A probability below this counts as this."""


class Predicts(Protocol):
    """What an explanation asks: a predictor, or something in its place."""

    def at(self, size: int) -> PolicyNetwork: ...

    def maps(self, planes: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]: ...

    def maps_near(self, base: npt.NDArray[np.uint8], planes: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]: ...

    def told(self, planes: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]: ...


@dataclass(frozen=True)
class StoneOff:
    """A stone that is left out."""

    point: int
    colour: int
    probability: float
    """Of the move without it."""
    change: float
    """Of the natural logarithm of that probability: below 0 where the stone speaks for the move."""


@dataclass(frozen=True)
class PlanesOff:
    """A group of planes that is left out."""

    group: str
    probability: float
    change: float
    trained: bool
    """Whether training shows such positions too (a share of them without history); else this is off what it knew."""


@dataclass(frozen=True, eq=False)
class Explanation:
    """What speaks for a move and against it, in one position."""

    moves: MoveMap
    point: int
    """Of the move."""
    stones: list[StoneOff]
    """Every stone of the board, or the nearest, the largest change first."""
    planes: list[PlanesOff]
    """Every group that can be left out, or none, the largest change first."""
    field: npt.NDArray[np.float32]
    """The share of each point (N, N) in the gradient of the move's logit."""

    @property
    def probability(self) -> float:
        """Of the move, in the position as it is."""
        return float(self.moves.probabilities[self.point])

    @property
    def rings(self) -> list[float]:
        """The share of the gradient within 0, 1, 2 … lines of the point."""
        return rings(self.field, self.point)

    def as_json(self) -> dict[str, Any]:
        """All of it as one JSON-able object."""
        size = self.moves.size
        return {
            "size": size,
            "move_number": self.moves.number,
            "to_move": COLOUR_NAMES[self.moves.colour].lower(),
            "point": point_to_vertex(self.point, size),
            "probability": self.probability,
            "rank": self.moves.rank(self.point),
            "stones": [
                {
                    "vertex": point_to_vertex(stone.point, size),
                    "colour": COLOUR_NAMES[stone.colour].lower(),
                    "probability": stone.probability,
                    "change": round(stone.change, 4),
                }
                for stone in self.stones
            ],
            "planes": [
                {
                    "group": group.group,
                    "probability": group.probability,
                    "change": round(group.change, 4),
                    "trained": group.trained,
                }
                for group in self.planes
            ],
            "rings": [round(share, 4) for share in self.rings],
            "field": [[round(float(share), 6) for share in row] for row in self.field],
        }

    def save(self, path: Path | str) -> None:
        """Write it to a file: a picture (.png, .svg) or the numbers (.json)."""
        from honte.engine.drawing import save_picture
        from honte.engine.explain.picture import draw_explanation
        from honte.policy.files import write_atomically

        path = Path(path)
        kind = path.suffix.lower()
        if kind == ".json":
            write_atomically(path, json.dumps(self.as_json()).encode() + b"\n")
        elif kind in (".png", ".svg"):
            save_picture(draw_explanation(self), path)
        else:
            raise HonteError(f"cannot write '{path}': give a name that ends in .png, .svg or .json")


def explain(
    record: GameRecord,
    ply: int,
    predictor: Predicts,
    *,
    point: int | None = None,
    colour: int | None = None,
    hidden: bool = False,
    nearest: int | None = None,
) -> Explanation:
    """Why the move at a point, before the move of a ply: by default the move that was made there, or else the best.

    `colour` is to move if it is not whom the record says, and `hidden` keeps the last moves from the network. Every
    position without a stone and without a group of planes goes through the network, as far as it is not the position
    as it is; for a first look, `nearest` leaves out only so many stones, the nearest to the point, and no group of
    planes.
    Raises HonteError where no move is possible there, IllegalMove when the game breaks the rules.
    """
    board, colour = record.board(ply), colour or record.to_move(ply)
    planes = extract(board, colour)
    if hidden:
        hide_ages(planes)
    moves = MoveMap.at(record, ply, planes, predictor.maps(planes[None])[0], colour=colour)
    point = _chosen(moves) if point is None else point
    if not (0 <= point < record.size**2 and moves.probabilities[point] > 0):
        where = point_to_vertex(point, record.size)
        raise HonteError(f"{COLOUR_NAMES[colour]} cannot move at {where} there: name a point where a move is possible")
    places = stones_from(board, point)[:nearest]
    no_stone = without_stones(board, colour, places)
    if hidden:
        hide_ages(no_stone)
    groups, no_group = without_groups(planes) if nearest is None else ([], planes[None][:0])
    left_out = np.concatenate([no_stone, no_group])
    alone = [float(p) for p in predictor.maps_near(planes, left_out)[:, point]] if len(left_out) else []
    whole = max(float(moves.probabilities[point]), LEAST)

    def change(p: float) -> float:
        return math.log(max(p, LEAST)) - math.log(whole)

    def largest(entry: StoneOff | PlanesOff) -> float:
        return -abs(entry.change)

    colours = board.stones.ravel()
    stones = [StoneOff(place, int(colours[place]), p, change(p)) for place, p in zip(places, alone, strict=False)]
    off = [
        PlanesOff(group.group, p, change(p), group.group == "turns since")
        for group, p in zip(groups, alone[len(places) :], strict=True)
    ]
    field = field_of(predictor.at(record.size), predictor.told(planes[None])[0], point)
    return Explanation(moves, point, sorted(stones, key=largest), sorted(off, key=largest), field)


def _chosen(moves: MoveMap) -> int:
    if moves.played is not None and moves.played < moves.size**2:
        return moves.played
    best = moves.best(1)
    if not best:
        raise HonteError(f"{COLOUR_NAMES[moves.colour]} has no move there to explain")
    return best[0]
