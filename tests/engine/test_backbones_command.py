"""`honte backbones`."""

import io
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load_file

from honte.engine.cli import main
from honte.policy.backbones import list_models, model_info
from honte.policy.images.idx import ImageSet
from honte.policy.run import Run as SavedRun
from tests.policy.images.stripes import stripes, write_set
from tests.waiting import PATIENCE

Run = Callable[..., tuple[int, str, str]]
ROOT = Path(__file__).parents[2]


@pytest.fixture
def honte(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Runs `honte backbones` in this process: exit status, stdout, stderr."""

    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["honte", "backbones", *map(str, arguments)])
        return main(), *capfd.readouterr()

    return run


def test_list_names_every_network(honte: Run) -> None:
    status, text, _ = honte("list")
    assert status == 0
    assert all(name in text for name in list_models())
    assert "25.56 M" in text and "4,089.2 M" in text
    _, out, _ = honte("list", "vgg1*", "--json")
    described = json.loads(out)
    assert [model["name"] for model in described] == ["vgg11", "vgg13", "vgg16", "vgg16_c", "vgg19"]
    assert described[0]["recipe"]["batch_size"] == 256


def test_summary_adds_up_in_every_format(honte: Run) -> None:
    _, out, _ = honte("summary", "alexnet", "--format", "json")
    table = json.loads(out)
    assert table["parameters"] == sum(row["parameters"] for row in table["rows"]) == 62_378_344
    assert table["rows"][0]["formula"] == "(11·11·3 + 1)·96"
    _, markdown, _ = honte("summary", "alexnet", "--format", "md")
    _, text, _ = honte("summary", "alexnet")
    assert len({line.count("|") for line in markdown.splitlines()}) == 1
    for shown in (markdown, text):
        assert "62,378,344" in shown and "1,135,256,096" in shown and "11x11 / 4 / 0" in shown


def test_formulas_give_the_parameters(honte: Run) -> None:
    for name in ("lenet5_1998", "alexnet_two_tower", "googlenet", "resnet18", "alphago"):
        for row in json.loads(honte("summary", name, "--format", "json")[1])["rows"]:
            if row["formula"]:
                assert eval(row["formula"].replace("·", "*")) == row["parameters"], row
            else:
                assert row["parameters"] == 0, row


def test_summary_of_other_inputs_and_of_boards(honte: Run) -> None:
    vgg = json.loads(honte("summary", "vgg16", "--input", "1x32x32", "--format", "json")[1])
    assert vgg["input"] == [1, 32, 32] and vgg["rows"][0]["parameters"] == 640
    board = json.loads(honte("summary", "zfnet", "--board-size", 19, "--format", "json")[1])
    assert board["parameters"] == 3_938_761
    assert {tuple(row["output"][1:]) for row in board["rows"][:-1]} == {(19, 19)}
    small = json.loads(honte("summary", "alphago", "--input", "48x9x9", "--format", "json")[1])
    assert small["parameters"] == model_info("alphago").parameters - 361 + 81


def test_summary_loads_no_compiler() -> None:
    code = (
        "import sys; from honte.engine.cli import main\n"
        "sys.argv = ['honte', 'backbones', 'summary', 'googlenet']; main()\n"
        "print(*{'torch._dynamo', 'sympy', 'numba'} & sys.modules.keys())"
    )
    out = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "6,998,552" in out and out.splitlines()[-1] == ""


@pytest.mark.parametrize("columns", [80, 120])
@pytest.mark.parametrize("name", ["alexnet", "googlenet", "lenet5_1998", "resnet152", "vgg19"])
def test_tables_fit_a_terminal(honte: Run, monkeypatch: pytest.MonkeyPatch, name: str, columns: int) -> None:
    """No number is cut, and every layer is one line, as its name, its output and its figures fit."""
    monkeypatch.setenv("COLUMNS", str(columns))
    lines = honte("summary", name)[1].splitlines()
    whole = json.loads(honte("summary", name, "--format", "json")[1])
    assert max(map(len, lines)) <= columns and not any("…" in line for line in lines)
    assert f"{whole['parameters']:,}" in lines[len(whole["rows"]) + 1].split()
    for line, row in zip(lines[1:], whole["rows"], strict=False):
        words = line.split()
        assert words[0] == row["layer"] and "x".join(map(str, row["output"])) in words
        assert all(f"{row[key]:,}" in words for key in ("parameters", "multiply_adds") if row[key])
    left_out = lines[len(whole["rows"]) + 2 :]
    assert columns > 80 or "no room for: formula" in left_out[0]


@pytest.mark.parametrize("columns", [80, 120])
def test_the_list_fits_a_terminal(honte: Run, monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    lines = honte("list")[1].splitlines()
    assert max(map(len, lines)) <= columns and not any("…" in line for line in lines)
    assert {line.split()[0] for line in lines if line[0] != " "} == {"name", *list_models()}


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "cp437", "utf-8"])
@pytest.mark.parametrize(
    "arguments",
    [("list",), ("list", "--json"), *(("summary", "alexnet", "--format", kind) for kind in ("table", "md", "json"))],
    ids=" ".join,
)
def test_every_encoding_of_stdout_will_do(
    monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], encoding: str
) -> None:
    written = io.BytesIO()
    monkeypatch.setattr(sys, "argv", ["honte", "backbones", *arguments])
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding))
    assert main() == 0
    out = written.getvalue().decode(encoding)
    assert "alexnet" in out
    if "json" in arguments[-1]:
        json.loads(out)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("summary", "alexnt"), "no network is called 'alexnt': choose from alexnet"),
        (("summary", "alexnet", "--input", "3x32x32"), "pass image_size=67 or more"),
        (("summary", "alexnet", "--input", "227"), "such as 3x227x227"),
        (("summary", "alexnet", "--input", "3x227x224"), "is not square"),
        (("list", "nothing*"), "no network's name fits 'nothing*'"),
        (("train", "lenet5", "--data", "cifar"), "choose from fashion-mnist"),
        (("train", "lenet5", "--epochs", "0"), "epochs must be at least 1"),
    ],
)
def test_mistakes_get_one_sentence(honte: Run, arguments: tuple[str, ...], sentence: str) -> None:
    status, out, err = honte(*arguments)
    assert status == 1 and out == ""
    assert err.startswith("honte: ") and err.count("\n") == 1 and sentence in err


def train_command(folder: Path) -> list[object]:
    return ["train", "lenet5", "--data-dir", folder, "--epochs", 2, "--steps", 15, "--threads", 1]


def without_times(out: str) -> dict[str, Any]:
    described: dict[str, Any] = json.loads(out)
    for report in described["reports"]:
        del report["seconds"]
    return described


def test_training_killed_and_resumed_equals_uninterrupted(honte: Run, tmp_path: Path) -> None:
    write_set(tmp_path, ImageSet(stripes(1920, 0), stripes(100, 1)))
    arguments = train_command(tmp_path)
    once, twice = tmp_path / "once", tmp_path / "twice"
    status, out, err = honte(*arguments, "--run", once, "--json")
    assert status == 0 and err.count("test accuracy") == 2
    assert [report["epoch"] for report in json.loads(out)["reports"]] == [1, 2]
    assert sum(t.numel() for t in load_file(once / "weights.safetensors").values()) == model_info("lenet5").parameters
    for step in (5, 20):
        command = [sys.executable, "-m", "honte", "backbones", *map(str, arguments), "--save-minutes", "0"]
        process = subprocess.Popen([*command, "--run", str(twice)], cwd=ROOT, stderr=subprocess.DEVNULL)
        wait_for_step(twice, step)
        process.kill()
        process.wait()
    assert not (twice / "weights.safetensors").exists()
    _, resumed, _ = honte(*arguments, "--run", twice, "--json")
    assert without_times(resumed) == without_times(out)
    assert (twice / "weights.safetensors").read_bytes() == (once / "weights.safetensors").read_bytes()
    status, again, err = honte(*arguments, "--run", twice, "--json")
    assert without_times(again) == without_times(out)
    assert err.startswith("cpu, 1 thread;") and err.count("\n") == 1


def wait_for_step(folder: Path, step: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while (saved := SavedRun(folder).read_state()) is None or saved[1]["progress"]["step"] < step:
        assert time.monotonic() < deadline
        time.sleep(0.01)
