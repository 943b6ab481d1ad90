"""What the page is told at its start: the networks, the planes, and how boards and maps are drawn."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from honte.data.bands import band_of
from honte.engine.drawing.colours import LABELLED, RING, SCALE, SHOWN
from honte.features import PLANE_NAMES, PLANES
from honte.features.board import star_points
from honte.features.checks import MAX_SIZE, MIN_SIZE
from honte.features.coordinates import COLUMN_LETTERS
from honte.features.errors import HonteError
from honte.policy.evaluation import PHASES
from honte.policy.family import Family
from honte.policy.predictor import Predictor


def describe(predictors: Mapping[str, Predictor]) -> dict[str, Any]:
    """All of it as one JSON-able object."""
    return {
        "networks": [
            {
                "name": name,
                "size": predictor.board_size,
                "trained_for": _trained_for(predictor.family),
                "levels": predictor.family.levels(),
                "level": _level(predictor),
            }
            for name, predictor in predictors.items()
        ],
        "planes": [
            {"name": PLANE_NAMES[group.index + offset], "group": group.group, "meaning": group.meaning}
            for group in PLANES
            for offset in range(len(group.labels))
        ],
        "stars": {str(size): sorted(star_points(size)) for size in range(2, 26)},
        "phases": PHASES,
        "letters": COLUMN_LETTERS,
        "scale": SCALE,
        "ring": RING,
        "shown": SHOWN,
        "labelled": LABELLED,
    }


def _trained_for(family: Family) -> dict[str, int]:
    """For every size of board that has an answer, the size that the network which gives it is trained for."""
    found = {}
    for size in range(MIN_SIZE, MAX_SIZE + 1):
        with suppress(HonteError):
            found[str(size)] = family.trained_for(size)
    return found


def _level(predictor: Predictor) -> str:
    """The lowest rank of the band that the predictor is told, empty for none."""
    levels = predictor.family.levels()
    return levels[band_of(predictor.level, levels)] if predictor.level else ""
