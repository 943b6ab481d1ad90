"""An explanation in words."""

from typing import TYPE_CHECKING

from honte.features.board import COLOUR_NAMES
from honte.features.coordinates import point_to_vertex

if TYPE_CHECKING:
    from honte.engine.explain.explanation import Explanation

NAMED = 3
"""Stones that are named."""
NOTABLE = 0.3
"""Changes of log p below this are not worth a word."""
REACHES = (2, 4, 6)
"""Lines within which the share of the gradient is told."""


def sentences(explanation: "Explanation") -> list[str]:
    """The move, the stones that matter most, the planes, and how far the network looks."""
    vertex = point_to_vertex(explanation.point, explanation.moves.size)
    colour = COLOUR_NAMES[explanation.moves.colour]
    told = [
        f"{colour} {vertex}: {share(explanation.probability)}, choice {explanation.moves.rank(explanation.point)}."
    ]
    notable = [stone for stone in explanation.stones if abs(stone.change) >= NOTABLE][:NAMED]
    if not notable:
        told.append("No single stone changes it much.")
    for stone in notable:
        at = point_to_vertex(stone.point, explanation.moves.size)
        told.append(
            f"Without {COLOUR_NAMES[stone.colour]}'s stone at {at} it would be {share(stone.probability)}"
            f" ({stone.change:+.1f} in log p)."
        )
    for group in [group for group in explanation.planes[:1] if abs(group.change) >= NOTABLE]:
        unseen = "" if group.trained else ", a position unlike any it was trained on"
        told.append(
            f"Without {named(group.group)} it would be {share(group.probability)} ({group.change:+.1f}){unseen}."
        )
    within = [
        f"{100 * explanation.rings[min(reach, len(explanation.rings) - 1)]:.0f} % within {reach}" for reach in REACHES
    ]
    told.append(f"Of the gradient of its logit lie {', '.join(within)} lines.")
    return told


def named(group: str) -> str:
    """A group of planes, as something that is left out."""
    plural = {"turns since": "the history", "liberties": "the liberties", "capture size": "the capture sizes",
              "self-atari size": "the self-atari sizes", "liberties after": "the liberties after the move",
              "ladder capture": "the ladders that capture", "ladder escape": "the ladders that escape",
              "sensibleness": "the sensible moves"}  # fmt: skip
    return plural.get(group, group)


def share(probability: float) -> str:
    """A probability in percent, with as many places as it needs."""
    percent = 100 * probability
    return f"{percent:.1f} %" if percent >= 0.1 else f"{percent:.2g} %" if percent >= 1e-4 else "less than 0.0001 %"
