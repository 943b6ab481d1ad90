"""The folder of a training run.

config.json        the settings (`TrainConfig`)
state.safetensors  everything needed to go on, and the step it was written at
metrics.jsonl      one JSON object a line, in the order of steps
network/           the network as last exported
"""

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from honte.features.errors import HonteError
from honte.policy.checkpoint import read_config
from honte.policy.files import write_atomically
from honte.policy.recipes import RECIPES, TrainConfig


class RunError(HonteError):
    """A run's folder that cannot be used as asked."""


class Run:
    """Reads and writes a run's folder; all files but the metrics are replaced whole."""

    read_only = False
    """Whether writing does nothing, as in all processes of a run but one."""

    def __init__(self, folder: Path | str) -> None:
        self.folder = Path(folder)
        self.config_path = self.folder / "config.json"
        self.state_path = self.folder / "state.safetensors"
        self.metrics_path = self.folder / "metrics.jsonl"
        self.network_folder = self.folder / "network"

    def exists(self) -> bool:
        return self.config_path.exists()

    def read_config(self) -> TrainConfig:
        try:
            return TrainConfig.from_json(self.config_path.read_text())
        except FileNotFoundError:
            raise RunError(f"no training run in '{self.folder}'") from None
        except (ValueError, TypeError, AttributeError) as error:
            raise RunError(f"'{self.config_path}' cannot be used: {error}") from None

    def write_config(self, config: TrainConfig) -> None:
        self._write(self.config_path, config.to_json().encode())

    def read_state(self) -> tuple[dict[str, Tensor], dict[str, Any]] | None:
        """Return the saved tensors and JSON values, or None if nothing is saved yet."""
        if not self.state_path.exists():
            return None
        try:
            with safe_open(self.state_path, "pt") as file:
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a dict
                return tensors, json.loads(file.metadata()["state"])
        except SafetensorError as error:
            raise RunError(f"'{self.state_path}' cannot be read: {error}") from None

    def write_state(self, tensors: dict[str, Tensor], values: dict[str, Any]) -> None:
        self._write(self.state_path, save(tensors, {"state": json.dumps(values)}))

    def _write(self, path: Path, content: bytes) -> None:
        if not self.read_only:
            write_atomically(path, content)

    def append_metrics(self, line: dict[str, Any]) -> None:
        if self.read_only:
            return
        with self.metrics_path.open("a") as file:
            file.write(json.dumps(line) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def truncate_metrics(self, *, step: int, scored: int) -> None:
        """Drop the lines of later steps and of later scorings, and a last one that was cut off."""
        lines = []
        for line in self.metrics_path.read_text().splitlines() if self.metrics_path.exists() else ():
            try:
                metrics = json.loads(line)
            except ValueError:
                break
            if metrics["step"] <= (step if "loss" in metrics else scored):
                lines.append(line + "\n")
        self._write(self.metrics_path, "".join(lines).encode())


def open_run(folder: Path | str, given: dict[str, Any]) -> tuple[Run, TrainConfig]:
    """Return a run to go on with, and its settings: those given, over those of the run, recipe or parent.

    A run that exists keeps its settings, though its end can be moved. Nothing is written yet.
    Raises RunError.
    """
    run = Run(folder)
    if run.exists():
        config = _go_on(run, given)
    elif run.state_path.exists():
        raise RunError(
            f"'{folder}' holds the state of a run but no {run.config_path.name}, so it is none of `honte train`:"
            " give another folder"
        )
    elif "parent" in given:
        config = _branch_off(given)
    else:
        config = _begin(given)
    if not config.corpus:
        raise RunError(f"a new run needs games to learn from: there is none in '{folder}', so give --corpus")
    return run, config


def _begin(given: dict[str, Any]) -> TrainConfig:
    name = given.get("recipe", "default")
    if name not in RECIPES:
        raise RunError(f"no recipe is called '{name}': choose from {', '.join(RECIPES)}")
    config = RECIPES[name]
    if "init" in given:
        described = read_config(given["init"])
        shape: dict[str, Any] = {key: described.get(key) for key in ("network", "board_size", "filters", "branches")}
        for key in shape.keys() & given.keys():
            wider, unfolded = key == "filters" and given[key] > shape[key], key == "branches" and shape[key] == "plain"
            if given[key] != shape[key] and not wider and not unfolded:
                raise RunError(f"'{given['init']}' has {key} {shape[key]}, so it cannot be {given[key]}")
        config = replace(config, **shape)
    return replace(config, **given)


def _go_on(run: Run, given: dict[str, Any]) -> TrainConfig:
    old = run.read_config()
    new = replace(old, **given)
    state = run.read_state()
    step = state[1]["step"] if state else 0
    if replace(new, steps=old.steps, decay_steps=old.decay_steps) != old:
        changed = [name for name in given if getattr(new, name) != getattr(old, name)]
        raise RunError(
            f"the run in '{run.folder}' was begun with other settings ({', '.join(changed)}):"
            " go on without them, or branch off with --from"
        )
    if new != old and min(old.decay_start, new.decay_start) < step:
        raise RunError(f"the run in '{run.folder}' is at step {step}, too late for this end: branch off with --from")
    return new


def _branch_off(given: dict[str, Any]) -> TrainConfig:
    parent = Run(given["parent"])
    config = parent.read_config()
    state = parent.read_state()
    if state is None:
        raise RunError(f"the run in '{parent.folder}' has not been saved yet")
    if "decay_steps" in given and "steps" not in given:
        given = {**given, "steps": state[1]["step"] + given["decay_steps"]}
    return replace(config, **given)
