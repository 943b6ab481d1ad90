"""What Leela Zero prints: whole numbers, in ten-thousandths in analysis and in thousandths in heat maps."""

import numpy as np
import numpy.typing as npt

from honte.engine.dialects.seen import Look
from honte.features.coordinates import point_to_vertex


def line(look: Look, points: list[int], *, score: bool = False) -> str:
    """The moves as `lz-analyze` prints them; with `score` each has the lead, which Sabaki reads."""
    rate = round(10_000 * look.win_rate)
    lead = f" scoreLead {look.estimate.lead:.3f}" if score and look.estimate.lead is not None else ""
    infos = []
    for order, point in enumerate(points):
        vertex = point_to_vertex(point, look.size)
        prior = round(10_000 * look.probability(point))
        infos.append(
            f"info move {vertex} visits {look.visits(point)} winrate {rate}{lead} prior {prior} lcb {rate} "
            f"order {order} pv {vertex}"
        )
    return " ".join(infos)


def heatmap(look: Look) -> str:
    """The map as `heatmap` prints it, a row of the board a line, then the pass and the win rate."""
    only_pass = not look.probabilities.any()
    return f"{thousandths(look.probabilities)}\npass: {1000 * only_pass}\nwinrate: {look.estimate.win_rate:.6f}"


def heatmaps(maps: npt.NDArray[np.float32], look: Look) -> str:
    """The maps (8, N²) under all symmetries, each with its heading."""
    every = "\n".join(f"symmetry {index}\n{thousandths(each)}" for index, each in enumerate(maps))
    return f"{every}\n{heatmap(look).split(chr(10), look.size)[-1]}"


def thousandths(probabilities: npt.NDArray[np.float32]) -> str:
    """Probabilities (N²,) in thousandths, a row of the board a line."""
    size = round(probabilities.size**0.5)
    rows = np.rint(1000 * probabilities).astype(int).reshape(size, size)
    return "\n".join(" ".join(f"{value:3d}" for value in row) for row in rows)
