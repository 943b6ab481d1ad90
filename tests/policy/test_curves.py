"""The picture of a run's curves."""

import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("matplotlib")

from PIL import Image

from honte.policy.curves import _averaged, draw_curves, read_metrics
from honte.policy.run import RunError


@pytest.fixture
def run(tmp_path: Path) -> Path:
    lines = [
        {"step": step, "positions": 64 * step, "loss": 5 - step / 1000, "top1": step / 5000, "lr": 3e-3}
        for step in range(50, 2001, 50)
    ]
    lines.insert(20, {"step": 1000, "validation_loss": 4.1, "validation_top1": 0.21})
    (tmp_path / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return tmp_path


def test_metrics_are_told_apart(run: Path) -> None:
    training, scorings = read_metrics(run)
    assert [line["step"] for line in training] == list(range(50, 2001, 50))
    assert [line["step"] for line in scorings] == [1000]


def test_the_picture_has_the_curve_and_the_scoring(run: Path, tmp_path: Path) -> None:
    draw_curves([run], tmp_path / "with.png")
    (run / "metrics.jsonl").write_text(
        "".join(line + "\n" for line in (run / "metrics.jsonl").read_text().splitlines() if "validation" not in line)
    )
    draw_curves([run], tmp_path / "without.png")
    pictures = [np.asarray(Image.open(tmp_path / name).convert("RGB")) for name in ("with.png", "without.png")]
    assert pictures[0].shape == pictures[1].shape == (960, 1080, 3)
    assert all((picture != 255).any() for picture in pictures)
    assert (pictures[0] != pictures[1]).any()


def test_averages_are_means_of_what_came_before() -> None:
    values = np.arange(100.0)
    averaged = _averaged(values)
    assert averaged[0] == 0
    assert averaged[50] == values[45:51].mean()


def test_what_cannot_be_drawn_is_said(run: Path, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="no training run in"):
        draw_curves([tmp_path / "nowhere"], tmp_path / "x.png")
    with pytest.raises(RunError, match=r"cannot draw .*xyz"):
        draw_curves([run], tmp_path / "x.xyz")
    (run / "metrics.jsonl").write_text("")
    with pytest.raises(RunError, match="no metrics yet"):
        draw_curves([run], tmp_path / "x.png")
