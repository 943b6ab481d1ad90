"""The curves of training runs as a picture."""

import io
import json
import logging
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import rc_context, rcParams
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, fontManager, get_font

from honte.features.errors import printable
from honte.policy.files import write_atomically
from honte.policy.run import Run, RunError

Metrics = tuple[list[dict[str, Any]], list[dict[str, Any]]]
"""Lines of training, and of scorings."""

SMOOTHING = 20
"""Training curves are averaged over at most so many lines of metrics, and over no more than one in so many."""


log = logging.getLogger(__name__)


def read_metrics(folder: Path | str, *, over: str = "positions") -> Metrics:
    """The lines of training and of scorings that a run wrote, as `draw_curves` draws them over positions or hours.

    A warning of the log says which lines are damaged or lack a figure; they are left out. Raises RunError when there
    are none of training.
    """
    path = Run(folder).metrics_path
    try:
        written = path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        raise RunError(f"no training run in '{folder}'") from None
    whole = written[: written.rfind("\n") + 1]  # the last line may be cut: the run is going on, or was killed
    training: list[dict[str, Any]] = []
    scorings: list[dict[str, Any]] = []
    faults: list[str] = []
    for number, line in enumerate(whole.split("\n")[:-1], start=1):
        try:
            metrics = json.loads(line)
            kinds = [(training, "loss", ("top1", "lr", "seconds" if over == "hours" else "positions")),
                     (scorings, "validation_loss", ("validation_top1",))]  # fmt: skip
            for lines, kind, others in kinds:
                needed = ("step", kind, *others) if kind in metrics else ("step",)
                if all(math.isfinite(metrics[name]) for name in needed) and kind in metrics:
                    lines.append(metrics)
        except KeyError as error:
            faults.append(f"line {number} has no {error.args[0]}")
        except (ValueError, TypeError):
            faults.append(f"line {number} is damaged")
    if faults:
        more = f" (and {len(faults) - 1:,} more)" if len(faults) > 1 else ""
        log.warning("left out of '%s': %s%s", path, faults[0], more)
    if not training:
        what = f", or none with all that is drawn over {over}: {faults[0]}" if faults else ": they come every few steps"
        raise RunError(f"'{folder}' has no metrics yet{what}")
    return training, scorings


def draw_curves(folders: Sequence[Path], path: Path, *, over: str = "positions") -> None:
    """Draw loss, top-1 and learning rate of runs over the positions seen or the hours spent on steps.

    The file's ending says in which format.

    Raises RunError for a run without metrics or a format that cannot be drawn.
    """
    families, names = _lettering([printable(Path(folder).resolve().name) for folder in folders])
    with rc_context({"font.family": families}):
        figure = _figure([read_metrics(folder, over=over) for folder in folders], names, over)
        drawn = io.BytesIO()
        try:
            figure.savefig(drawn, dpi=120, format=path.suffix.removeprefix("."))
        except ValueError as error:
            raise RunError(f"cannot draw '{path}': {error}") from None
    write_atomically(path, drawn.getvalue())


def _figure(runs: Sequence[Metrics], names: Sequence[str], over: str) -> Figure:
    figure = Figure(figsize=(9, 8), layout="constrained")
    axes = figure.subplots(3, 1, sharex=True, height_ratios=[4, 4, 1])
    for number, ((training, scorings), name) in enumerate(zip(runs, names, strict=True)):
        colour = f"C{number}"
        steps = np.array([line["step"] for line in training])
        seen = np.array([line["seconds"] / 3600 if over == "hours" else line["positions"] for line in training])
        for panel, key in ((axes[0], "loss"), (axes[1], "top1")):
            values = np.array([line[key] for line in training])
            panel.plot(seen, values, color=colour, alpha=0.2, linewidth=0.8)
            panel.plot(seen, _averaged(values), color=colour, label=f"training, {name}")
            if scorings:
                panel.plot(
                    np.interp([line["step"] for line in scorings], [0, *steps], [0, *seen]),
                    [line[f"validation_{key}"] for line in scorings],
                    color=colour, linestyle="none", marker="o", markerfacecolor="white", label=f"validation, {name}",
                )
        axes[2].plot(seen, [line["lr"] for line in training], color=colour)
    for panel, label in zip(axes, ("cross-entropy", "top-1", "learning rate"), strict=True):
        panel.set_ylabel(label)
        panel.grid(alpha=0.3)
    axes[1].yaxis.set_major_formatter("{x:.0%}")
    axes[2].set_ylim(bottom=0)
    axes[2].xaxis.set_major_formatter("{x:g}" if over == "hours" else "{x:,.0f}")
    axes[2].set_xlabel("hours of training" if over == "hours" else "positions seen")
    for entry in axes[1].legend(loc="lower right").get_texts():
        entry.set_parse_math(False)  # a name with two dollars is no formula
    return figure


def _lettering(names: Sequence[str]) -> tuple[list[str], list[str]]:
    """Families of fonts for names, and the names with escapes such as `\\u4e2d` for letters that no font here has."""
    lacking = {ord(letter) for name in names for letter in name} - _letters(findfont(FontProperties()))
    families = [*rcParams["font.family"]]
    upright = (font for font in fontManager.ttflist if (font.weight, font.style) == (400, "normal"))
    for font in upright:
        if not lacking:
            break
        found = lacking & _letters(font.fname)
        if found and not font.name.startswith("Last Resort"):  # which has a box for every letter
            families.append(font.name)
            lacking -= found
    escaped = {letter: chr(letter).encode("unicode_escape").decode() for letter in lacking}
    return families, [name.translate(escaped) for name in names]


def _letters(font: str) -> set[int]:
    return set(get_font(font).get_charmap())


def _averaged(values: np.ndarray) -> np.ndarray:
    """Each value averaged with a few before it."""
    window = min(SMOOTHING, 1 + len(values) // SMOOTHING)
    sums = np.cumsum(np.concatenate([[0.0], values]))
    ends = np.arange(1, len(values) + 1)
    starts = np.maximum(ends - window, 0)
    averages: np.ndarray = (sums[ends] - sums[starts]) / (ends - starts)
    return averages
