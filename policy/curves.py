"""The curves of training runs as a picture."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from honte.policy.run import Run, RunError

SMOOTHING = 20
"""Training curves are averaged over at most so many lines of metrics, and over no more than one in so many."""


def read_metrics(folder: Path | str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The lines of training and of scorings that a run wrote. Raises RunError when there are none."""
    path = Run(folder).metrics_path
    try:
        lines = [json.loads(line) for line in path.read_text().splitlines()]
    except FileNotFoundError:
        raise RunError(f"no training run in '{folder}'") from None
    except ValueError as error:
        raise RunError(f"'{path}' cannot be read: {error}") from None
    training = [line for line in lines if "loss" in line]
    if not training:
        raise RunError(f"'{folder}' has no metrics yet: they come every few steps")
    return training, [line for line in lines if "validation_loss" in line]


def draw_curves(folders: Sequence[Path], path: Path) -> None:
    """Draw loss, top-1 and learning rate of runs over the positions seen; the file's ending says in which format.

    Raises RunError for a run without metrics or a format that cannot be drawn.
    """
    figure = Figure(figsize=(9, 8), layout="constrained")
    axes = figure.subplots(3, 1, sharex=True, height_ratios=[4, 4, 1])
    for number, folder in enumerate(folders):
        training, scorings = read_metrics(folder)
        colour, name = f"C{number}", Path(folder).name
        positions = np.array([line["positions"] for line in training])
        a_step = positions[0] / training[0]["step"]
        for panel, key in ((axes[0], "loss"), (axes[1], "top1")):
            values = np.array([line[key] for line in training])
            panel.plot(positions, values, color=colour, alpha=0.2, linewidth=0.8)
            panel.plot(positions, _averaged(values), color=colour, label=f"{name}, training")
            if scorings:
                panel.plot(
                    [line["step"] * a_step for line in scorings], [line[f"validation_{key}"] for line in scorings],
                    color=colour, linestyle="none", marker="o", markerfacecolor="white", label=f"{name}, validation",
                )
        axes[2].plot(positions, [line["lr"] for line in training], color=colour)
    for panel, label in zip(axes, ("cross-entropy", "top-1", "learning rate"), strict=True):
        panel.set_ylabel(label)
        panel.grid(alpha=0.3)
    axes[1].yaxis.set_major_formatter("{x:.0%}")
    axes[2].set_ylim(bottom=0)
    axes[2].xaxis.set_major_formatter("{x:,.0f}")
    axes[2].set_xlabel("positions seen")
    axes[1].legend(loc="lower right")
    try:
        figure.savefig(path, dpi=120)
    except ValueError as error:
        raise RunError(f"cannot draw '{path}': {error}") from None


def _averaged(values: np.ndarray) -> np.ndarray:
    """Each value averaged with a few before it."""
    window = min(SMOOTHING, 1 + len(values) // SMOOTHING)
    sums = np.cumsum(np.concatenate([[0.0], values]))
    ends = np.arange(1, len(values) + 1)
    starts = np.maximum(ends - window, 0)
    averages: np.ndarray = (sums[ends] - sums[starts]) / (ends - starts)
    return averages
