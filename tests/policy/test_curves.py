"""The picture of a run's curves."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("matplotlib")

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from matplotlib.font_manager import FontEntry, fontManager
from PIL import Image

from honte.policy.curves import _averaged, _figure, _lettering, draw_curves, read_metrics
from honte.policy.run import RunError
from tests.disks import full_disk


@pytest.fixture
def run(tmp_path: Path) -> Path:
    lines = [
        {"step": step, "positions": 64 * step, "loss": 5 - step / 1000, "top1": step / 5000, "lr": 3e-3,
         "seconds": 2.0 * step}
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


def test_a_line_that_was_cut_is_not_there_yet(run: Path) -> None:
    with (run / "metrics.jsonl").open("a") as file:
        file.write('{"step": 2050, "posi')
    training, _ = read_metrics(run)
    assert [line["step"] for line in training] == list(range(50, 2001, 50))


DAMAGE = ('{"step": 2050, "posi', "[]", "7", "null", "{}", "\x00\ufffd", '{"loss": "high", "step": 1}')


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_line_is_named_and_left_out(run: Path, caplog: pytest.LogCaptureFixture, damage: str) -> None:
    lines = (run / "metrics.jsonl").read_text().splitlines()
    (run / "metrics.jsonl").write_text("\n".join([*lines[:9], damage, *lines[9:], damage]) + "\n")
    training, scorings = read_metrics(run)
    assert [line["step"] for line in training] == list(range(50, 2001, 50)) and len(scorings) == 1
    assert "line 10 " in caplog.text and "(and 1 more)" in caplog.text


def test_lines_without_times_are_not_drawn_over_hours(run: Path, caplog: pytest.LogCaptureFixture) -> None:
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    for line in lines[:5]:
        line.pop("seconds")
    (run / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    draw_curves([run], run / "curves.png", over="hours")
    assert "line 1 has no seconds (and 4 more)" in caplog.text
    assert len(read_metrics(run)[0]) == len(read_metrics(run, over="hours")[0]) + 5
    for line in lines[5:]:
        line.pop("seconds", None)
    (run / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    with pytest.raises(RunError, match="drawn over hours: line 1 has no seconds"):
        draw_curves([run], run / "curves.png", over="hours")


@pytest.mark.filterwarnings("error")
def test_a_name_is_drawn_in_letters_that_are_there(run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Matplotlib warns where it draws a box for a letter, and where it leaves out the name of a curve."""
    usual = [font for font in fontManager.ttflist if "mpl-data" in font.fname]  # a machine's own may have the letters
    monkeypatch.setattr(fontManager, "ttflist", [*usual, font_of("\u68cb\u624b", tmp_path / "own.ttf")])
    families, names = _lettering(["\u68cb\u624b", "\u4e2d\U00020bb7 2"])
    assert "own" in families and names == ["\u68cb\u624b", r"\u4e2d\U00020bb7 2"]
    for name in ("\u68cb\u624b", "\u4e2d", "$a$_$", "_hidden", "\x1b\u202e"):
        shutil.copytree(run, tmp_path / "runs" / name, ignore=shutil.ignore_patterns("runs"))
        draw_curves([tmp_path / "runs" / name], tmp_path / "curves.png")


def font_of(letters: str, path: Path) -> FontEntry:
    """A font that has these letters alone, all of one square."""
    names = {ord(letter): f"u{ord(letter):x}" for letter in letters}
    builder = FontBuilder(1000)
    builder.setupGlyphOrder([".notdef", *names.values()])
    builder.setupCharacterMap(names)
    pen = TTGlyphPen(None)
    for step, corner in enumerate([(0, 0), (0, 900), (900, 900), (900, 0)]):
        (pen.lineTo if step else pen.moveTo)(corner)
    pen.closePath()
    square = pen.glyph()
    builder.setupGlyf(dict.fromkeys([".notdef", *names.values()], square))
    builder.setupHorizontalMetrics(dict.fromkeys([".notdef", *names.values()], (1000, 0)))
    builder.setupHorizontalHeader(ascent=900, descent=-100)
    builder.setupNameTable({"familyName": "own", "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost()
    builder.save(path)
    return FontEntry(fname=str(path), name="own", style="normal", variant="normal", weight=400, stretch="normal")


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
    with pytest.raises(RunError, match="cannot draw"):
        draw_curves([run], tmp_path / "x")
    (run / "metrics.jsonl").write_text("")
    with pytest.raises(RunError, match="no metrics yet"):
        draw_curves([run], tmp_path / "x.png")


def test_a_full_disk_leaves_the_picture_of_before(run: Path, tmp_path: Path) -> None:
    picture = tmp_path / "curves.png"
    picture.write_bytes(b"before")
    with full_disk(), pytest.raises(OSError, match="No space left") as raised:
        draw_curves([run], picture)
    assert raised.value.filename == str(picture) and picture.read_bytes() == b"before"


def test_curves_over_hours(run: Path) -> None:
    """A step takes two seconds: the last one ends after 4,000, and the scoring stands at step 1,000."""
    axes = _figure([read_metrics(run)], ["run"], "hours").axes[0]
    training, _, scorings = (line.get_xdata() for line in axes.lines)
    assert training[-1] == pytest.approx(4000 / 3600)  # type: ignore[index]
    assert list(scorings) == pytest.approx([2000 / 3600])  # type: ignore[call-overload]
