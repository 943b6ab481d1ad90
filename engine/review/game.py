"""A game looked at move by move: how likely the network thought each, and what it would rather have played."""

from collections import defaultdict
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from honte.data.grammar import SgfError
from honte.data.record import GameRecord
from honte.engine.movemap import MoveMap
from honte.features.board import BLACK, COLOUR_NAMES, WHITE
from honte.features.errors import HonteError, Reason
from honte.policy.evaluation import PHASES
from honte.policy.predictor import Predictor

SURPRISES = 5
"""Most surprising moves that a summary lists."""


@dataclass(frozen=True)
class Predictability:
    """How well some moves were foretold."""

    moves: int
    top1: float
    """Share of the moves that were the network's first choice."""
    top5: float
    """Share that were among its first five."""
    probability: float
    """Mean probability of the moves."""
    cross_entropy: float
    """Mean of -ln of the probability, 0 counted as one in a million."""

    @classmethod
    def of(cls, maps: list[MoveMap]) -> "Predictability":
        """Of moves that were made, passes not among them; at least one."""
        p = np.array([moves.probabilities[moves.played] for moves in maps], np.float64)
        ranks = np.array([moves.rank(moves.played) for moves in maps if moves.played is not None])
        return cls(
            moves=len(maps),
            top1=float((ranks == 1).mean()),
            top5=float((ranks <= 5).mean()),
            probability=float(p.mean()),
            cross_entropy=float(-np.log(np.maximum(p, 1e-6)).mean()),
        )


class Review:
    """A record and the map before each of its moves. Raises SgfError when they cannot be made."""

    def __init__(self, record: GameRecord, predictor: Predictor) -> None:
        self.record = record
        try:
            record.board()  # the last move must be legal too, though no map is behind it
            self.maps = MoveMap.of_game(record, range(len(record.moves)), predictor)
        except HonteError as error:
            raise SgfError(record.source, Reason("{}", error)) from None

    @property
    def played(self) -> list[MoveMap]:
        """The maps where something other than a pass was played."""
        return [moves for moves in self.maps if moves.played != self.record.size**2]

    @property
    def surprises(self) -> list[MoveMap]:
        """The moves with the lowest probability, the lowest first."""
        return sorted(self.played, key=lambda moves: float(moves.probabilities[moves.played]))[:SURPRISES]

    def predictability(self) -> dict[int, dict[str, Predictability]]:
        """By colour, then by phase (`1-50`, …, as far as there are moves) and for the whole game (`all`)."""
        found: dict[int, dict[str, Predictability]] = {}
        for colour in (BLACK, WHITE):
            own = [moves for moves in self.played if moves.colour == colour]
            parts: dict[str, list[MoveMap]] = defaultdict(list)
            for moves in own:
                parts[phase(moves.number)].append(moves)
            if own:
                parts["all"] = own
            found[colour] = {name: Predictability.of(maps) for name, maps in parts.items()}
        return found

    def as_json(self) -> dict[str, Any]:
        """The review as one JSON-able object."""
        record = self.record
        documents = [moves.as_json() for moves in self.maps]
        return {
            "source": record.source,
            "black": record.black,
            "white": record.white,
            "predictability": {
                COLOUR_NAMES[colour].lower(): {name: asdict(figures) for name, figures in phases.items()}
                for colour, phases in self.predictability().items()
            },
            "surprises": [moves.number for moves in self.surprises],
            "moves": [
                {key: document[key] for key in ("move_number", "to_move", "played", "best")} for document in documents
            ],
        }


def phase(number: int) -> str:
    """The name of the phase that a move of that number belongs to."""
    for first, last in PHASES:
        if last is None or number <= last:
            return f"{first}-{last}" if last else f"{first}-"
    raise AssertionError("the last phase has no end")
