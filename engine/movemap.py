"""Where a network would move: a map of probabilities, as text, as JSON, and in the colours of pictures."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from rich.color import Color
from rich.style import Style
from rich.text import Text

from honte.data.record import GameRecord
from honte.features.board import BLACK, EMPTY, WHITE, Board, decode_move, opponent, star_points
from honte.features.coordinates import COLUMN_LETTERS, point_to_vertex, vertex_to_point
from honte.features.errors import HonteError
from honte.features.planes import OWN, extract_plies
from honte.policy.predictor import Predictor

Colour = tuple[int, int, int]

COLOUR_NAMES = {BLACK: "Black", WHITE: "White"}

# From pale to deep blue: lightness falls all the way, so the order survives every kind of colour blindness,
# and none of it looks like wood.
SCALE: tuple[Colour, ...] = ((222, 238, 226), (140, 205, 204), (62, 148, 190), (38, 88, 158), (28, 32, 92))
WOOD: Colour = (226, 186, 120)
INK: dict[int, Colour] = {EMPTY: (92, 66, 34), BLACK: (16, 16, 18), WHITE: (252, 252, 250)}
"""Of lines and stones."""
RING: Colour = (213, 62, 0)
"""Of the move that was played."""

SHOWN = 0.001
"""Points below this probability are left bare."""
LABELLED = 0.01
"""Points from this probability on carry a number."""
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
        """The map of a board; HonteError when the network is for another size."""
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

        HonteError when the network is for another size, IllegalMove when the game breaks the rules.
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
        """The maps of positions of any games, each named by its game and ply, in batches.

        Raises what `of_game` does.
        """
        maps: list[MoveMap] = []
        waiting = iter(positions)
        while some := list(islice(waiting, BATCH)):
            for record, _ in some:
                predictor.check_size(record.size)
            planes = np.stack([record.planes(ply) for record, ply in some])
            seen = zip(some, planes, predictor.maps(planes), strict=True)
            maps += [cls.at(*position, *entry) for position, *entry in seen]
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
        from honte.engine.saving import save_maps

        save_maps([self], Path(path), cell=cell, plain=plain)

    def _repr_png_(self) -> bytes:
        """The picture, which a notebook shows."""
        from honte.engine.saving import png

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

    def captions(self) -> list[str]:
        """What to write under the map: whose move it is, what was played, and what the network prefers."""
        lines = [f"Move {self.number}, {COLOUR_NAMES[self.colour]} to play"]
        if self.played == self.size**2:
            lines.append("Played: pass")
        elif self.played is not None:
            vertex, p = point_to_vertex(self.played, self.size), float(self.probabilities[self.played])
            lines.append(f"Played: {vertex}, {100 * p:.1f} %, choice {self.rank(self.played)}")
        return [*lines, f"Best, in %: {self.preferences(5)}"]

    def preferences(self, count: int) -> str:
        """The most probable moves in order, with their probabilities in percent."""
        best = self.best(count)
        return ",  ".join(f"{point_to_vertex(p, self.size)} {100 * float(self.probabilities[p]):.1f}" for p in best)

    def _entry(self, point: int) -> dict[str, Any]:
        return {
            "vertex": point_to_vertex(point, self.size),
            "probability": round(float(self.probabilities[point]), 6),
            "rank": self.rank(point),
        }


def thousandths(probabilities: npt.NDArray[np.float32]) -> str:
    """Probabilities (N²,) in thousandths, a row of the board a line."""
    size = round(probabilities.size**0.5)
    rows = np.rint(1000 * probabilities).astype(int).reshape(size, size)
    return "\n".join(" ".join(f"{value:3d}" for value in row) for row in rows)


def colour_of(probability: float) -> Colour:
    """The colour of a probability; its square root runs along the scale, so that small ones differ too."""
    place = min(max(probability, 0.0), 1.0) ** 0.5 * (len(SCALE) - 1)
    index = min(int(place), len(SCALE) - 2)
    low, high = SCALE[index], SCALE[index + 1]
    red, green, blue = (round(a + (b - a) * (place - index)) for a, b in zip(low, high, strict=True))
    return red, green, blue


def contrast(colour: Colour) -> Colour:
    """Near-black or white, whichever is read better on a colour (by its relative luminance, as in WCAG)."""
    red, green, blue = ((channel / 255) ** 2.2 for channel in colour)
    return (10, 12, 24) if 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.19 else (255, 255, 255)


def percent(probability: float) -> str:
    """A probability in percent in at most three characters: `4.2`, `37`, `100`."""
    share = 100 * probability
    return f"{share:.0f}" if share >= 9.95 else f"{share:.1f}"


def as_text(moves: MoveMap, *, ascii_only: bool = False) -> Text:
    """The map for a terminal: three columns a point, whole per cents, the move played in red."""
    size, stars = moves.size, star_points(moves.size)
    marks = {BLACK: "X", WHITE: "O", EMPTY: "."} if ascii_only else {BLACK: "●", WHITE: "●", EMPTY: "·"}
    letters = "   " + "".join(f" {letter} " for letter in COLUMN_LETTERS[:size]) + "\n"
    text = Text(letters)
    for row in range(size):
        text.append(f"{size - row:2d} ")
        for point in range(row * size, (row + 1) * size):
            stone, p = int(moves.stones.flat[point]), float(moves.probabilities[point])
            ground, ink, mark = WOOD, INK[stone], marks[stone]
            if stone == EMPTY:
                mark = "+" if point in stars else mark
                if p >= SHOWN:
                    ground = colour_of(p)
                    ink = contrast(ground)
                if p >= LABELLED:
                    mark = f"{100 * p:.0f}"
            if point == moves.played:
                ground, ink = RING, (255, 255, 255)
            cell = f"({mark})" if point == moves.last else f"{mark:^3}"
            style = Style(color=Color.from_rgb(*ink), bgcolor=Color.from_rgb(*ground), bold=point == moves.played)
            text.append(cell, style)
        text.append(f" {size - row:d}\n")
    text.append(letters)
    for line in moves.captions():
        text.append(f"\n{line}")
    return text
