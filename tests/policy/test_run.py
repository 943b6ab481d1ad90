"""The folder of a run: what it keeps, what it refuses, and that nothing is lost of it."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from honte.policy.recipes import TrainConfig
from honte.policy.run import Run, RunError, open_run
from honte.policy.training import Trainer
from tests.policy.games import RuleStream
from tests.policy.runs import CONFIG, metrics, run_in, trainer_of

ROOT = Path(__file__).parents[2]


def test_a_folder_without_a_run_is_named(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="no training run"):
        Run(tmp_path).read_config(TrainConfig)


def test_a_folder_with_a_run_on_images_is_left_alone(tmp_path: Path) -> None:
    Run(tmp_path).write_state({}, {"config": {"network": "lenet5"}})
    with pytest.raises(RunError, match=r"no config\.json"):
        open_run(tmp_path, {"corpus": ("games.parquet",)})


def test_a_replaced_corpus_is_refused(tmp_path: Path) -> None:
    run_in(tmp_path, replace(CONFIG, steps=5, decay_steps=0))
    other = Trainer(
        CONFIG, RuleStream(seed=3, batch_size=16), device=torch.device("cpu"), dtype=torch.float32,
        validation=RuleStream(seed=2, batch_size=16),
    )  # fmt: skip
    with pytest.raises(RunError, match="was begun with other games"):
        other.restore(Run(tmp_path))


def test_games_that_have_moved_are_asked_for(tmp_path: Path) -> None:
    run_in(tmp_path, replace(CONFIG, corpus=(str(tmp_path / "games.parquet"),), steps=5, decay_steps=0))
    with pytest.raises(RunError, match=r"are not at .*games\.parquet.: say where, with --corpus"):
        open_run(tmp_path, {"steps": 10})
    (tmp_path / "elsewhere.parquet").touch()
    open_run(tmp_path, {"steps": 10, "corpus": (str(tmp_path / "elsewhere.parquet"),)})


def test_intervals_may_be_others_than_a_run_was_begun_with(tmp_path: Path) -> None:
    begun = replace(CONFIG, corpus=(str(tmp_path / "games.parquet"),), steps=5, decay_steps=0)
    (tmp_path / "games.parquet").touch()
    run_in(tmp_path, begun)
    given = {"score_interval": 320, "log_interval": 32, "keep_exports": True}
    assert open_run(tmp_path, given)[1] == replace(begun, **given)
    with pytest.raises(RunError, match=r"other settings \(lr\)"):
        open_run(tmp_path, {**given, "lr": 0.1})


def test_a_lost_state_wipes_nothing(tmp_path: Path) -> None:
    run_in(tmp_path, replace(CONFIG, corpus=("games.parquet",), steps=10, decay_steps=0))
    before = (tmp_path / "metrics.jsonl").read_bytes()
    (tmp_path / "state.safetensors").unlink()
    with pytest.raises(RunError, match=r"has lost 'state\.safetensors'"):
        open_run(tmp_path, {})
    assert before and (tmp_path / "metrics.jsonl").read_bytes() == before


@pytest.mark.parametrize("tensors", [{}, {"a": torch.zeros(2)}])
def test_a_state_of_something_else_is_named(tmp_path: Path, tensors: dict[str, torch.Tensor]) -> None:
    run_in(tmp_path, replace(CONFIG, steps=5, decay_steps=0))
    save_file(tensors, tmp_path / "state.safetensors")
    with pytest.raises(RunError, match="is no state of a run, or damaged"):
        Run(tmp_path).read_state()


def test_a_state_of_another_network_is_named(tmp_path: Path) -> None:
    run_in(tmp_path, replace(CONFIG, steps=5, decay_steps=0))
    for changes in ({"filters": 12}, {"branches": "plain"}, {"other_sizes": (5,)}):
        with pytest.raises(RunError, match=r"of another network than its config\.json says"):
            trainer_of(replace(CONFIG, **changes)).restore(Run(tmp_path))


def test_one_process_at_a_time(tmp_path: Path) -> None:
    script = "import sys; from honte.policy.run import Run\nwith Run(sys.argv[1]).locked(): print('in')"
    command = [sys.executable, "-c", script, str(tmp_path)]
    with Run(tmp_path).locked():
        second = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert second.returncode == 1 and "another process is training in" in second.stderr
    assert subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout == "in\n"


def test_a_damaged_line_deletes_no_others(tmp_path: Path) -> None:
    run = Run(tmp_path)
    whole = [f'{{"step": {step}, "loss": 1.0}}' for step in (10, 20, 30)]
    lines = [whole[0], '{"step": 1\x00#', "[]", *whole[1:]]
    run.metrics_path.write_text("\n".join(lines) + "\n")
    run.truncate_metrics(step=20, scored=0)
    assert run.metrics_path.read_text().splitlines() == lines[:-1]


def test_metrics_cut_off_by_a_kill_are_dropped(tmp_path: Path) -> None:
    run = Run(tmp_path)
    kept = [{"step": 10, "loss": 1.0}, {"step": 10, "validation_loss": 2.0}, {"step": 20, "loss": 3.0}]
    for line in [*kept, {"step": 20, "validation_loss": 4.0}, {"step": 30, "loss": 5.0}]:
        run.append_metrics(line)
    with run.metrics_path.open("a") as file:
        file.write('{"step": 4')
    run.truncate_metrics(step=20, scored=10)
    assert metrics(tmp_path) == kept


@pytest.mark.parametrize("name", ["shape", "init", "recipe"])
def test_what_cannot_be_branched_off(tmp_path: Path, name: str) -> None:
    run_in(tmp_path / "run", replace(CONFIG, corpus=("games.parquet",), steps=5, decay_steps=0))
    given = {"shape": {"filters": 16}, "init": {"init": "default"}, "recipe": {"recipe": "quick"}}[name]
    with pytest.raises(RunError, match="with --init" if name == "shape" else f"leave --{name} out"):
        open_run(tmp_path / "new", {"parent": str(tmp_path / "run"), **given})


def test_a_file_is_no_folder_for_a_run(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for folder in (tmp_path / "file", tmp_path / "file" / "run"):
        with pytest.raises(RunError, match="a file is in the way"), Run(folder).locked():
            pass
