"""The folder of a training run.

config.json        the settings (a `RunConfig`)
state.safetensors  everything needed to go on, and the step it was written at
metrics.jsonl      one JSON object a line, in the order of steps
network/           the network as last exported
exports/           where they are kept, the network of every scoring, in folders named by the positions learnt from
"""

import contextlib
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from filelock import FileLock, Timeout
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from honte.features.errors import HonteError
from honte.policy.backbones import model_info
from honte.policy.backbones.pretrained import PICKLES
from honte.policy.checkpoint import read_config
from honte.policy.family import Family
from honte.policy.files import write_atomically
from honte.policy.recipes import RECIPES, RunConfig, TrainConfig

Config = TypeVar("Config", bound=RunConfig)
CHANGEABLE = (
    "steps", "decay_steps", "corpus", "validation", "score_interval", "log_interval", "patience", "keep_exports",
)  # fmt: skip
"""Settings that a run may go on with as others; corpora only if they hold the same games."""
SHAPE = ("network", "board_size", "other_sizes", "bands", "filters", "branches")
"""Settings that say what the network is."""
BOARDS = ("board_size", "other_sizes")
"""Those of them that may be others than those of the network that a run begins with."""


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
        self.exports_folder = self.folder / "exports"

    def exists(self) -> bool:
        return self.config_path.exists()

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Within, no other process may be within. Raises RunError when one is."""
        if self.read_only:
            yield
            return
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError):
            raise RunError(f"'{self.folder}' is no folder for a run: a file is in the way") from None
        lock = FileLock(self.folder / ".lock", timeout=0)
        try:
            lock.acquire()
        except Timeout:
            raise RunError(
                f"another process is training in '{self.folder}': wait for its end or stop it, or give another folder"
            ) from None
        try:
            yield
        finally:
            lock.release()

    def read_config(self, kind: type[Config]) -> Config:
        """The settings, which are of that kind; RunError when they are not."""
        try:
            return kind.from_json(self.config_path.read_text())
        except FileNotFoundError:
            raise RunError(f"no training run in '{self.folder}'") from None
        except (ValueError, TypeError, AttributeError) as error:
            raise RunError(f"'{self.config_path}' cannot be used: {error}") from None

    def write_config(self, config: RunConfig) -> None:
        self._write(self.config_path, config.to_json().encode())

    def read_state(self) -> tuple[dict[str, Tensor], dict[str, Any]] | None:
        """The saved tensors and JSON values, or None if nothing is saved yet."""
        if not self.state_path.exists():
            return None
        try:
            with safe_open(self.state_path, "pt") as file:
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a dict
                return tensors, json.loads(file.metadata()["state"])
        except (SafetensorError, TypeError, KeyError, ValueError) as error:
            raise RunError(f"'{self.state_path}' is no state of a run, or damaged: {error}") from None

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
        """Drop the lines of later steps and of later scorings, and a last one that was cut off.

        A damaged line elsewhere stays as it is, and so do those after it.
        """
        written = self.metrics_path.read_bytes() if self.metrics_path.exists() else b""
        kept = []
        for line in written[: written.rfind(b"\n") + 1].splitlines(keepends=True):
            try:
                metrics = json.loads(line)
                late = metrics["step"] > (step if "loss" in metrics else scored)
            except (ValueError, TypeError, KeyError):
                late = False
            if not late:
                kept.append(line)
        self._write(self.metrics_path, b"".join(kept))


def open_run(folder: Path | str, given: dict[str, Any]) -> tuple[Run, TrainConfig]:
    """A run to go on with, and its settings: those given, over those of the run, recipe or parent.

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


def kept_exports(folder: Path | str) -> list[Path]:
    """The folders of the networks that a run has kept, in the order of the positions learnt from.

    `folder` is the run's, or that of its exports; the list is empty where there are none.
    """
    inside = Run(folder).exports_folder
    place = inside if inside.is_dir() else Path(folder)
    numbered = [each for each in place.glob("*/") if each.name.isascii() and each.name.isdecimal()]
    return sorted((each for each in numbered if (each / "config.json").exists()), key=lambda each: int(each.name))


def holds_trunk(init: str) -> bool:
    """Whether what a run is to begin with is a file of a trunk's weights, and no folder of a Go network."""
    return Path(init).suffix in (".safetensors", *PICKLES)


def begun_with(init: str, board_size: int) -> Path | str:
    """The folder of the network that a run begins with: of those that come with Honte the one for its board."""
    if init != "default":
        return init
    family = Family(init)
    place = family.members[family.trained_for(board_size)]
    return place if isinstance(place, Path) else init


def _begin(given: dict[str, Any]) -> TrainConfig:
    name = given.get("recipe", "default")
    if name not in RECIPES:
        raise RunError(f"no recipe is called '{name}': choose from {', '.join(RECIPES)}")
    config = RECIPES[name]
    if "init" in given and holds_trunk(given["init"]):
        config = replace(config, filters=model_info(given.get("network", config.network)).widest)
    elif "init" in given:
        described = read_config(begun_with(given["init"], given.get("board_size", config.board_size)))
        shape: dict[str, Any] = {key: described.get(key) for key in SHAPE}
        shape["other_sizes"] = () if "board_size" in given else tuple(described.get("other_sizes", ()))
        shape["bands"] = tuple(described.get("bands", ()))
        for key in shape.keys() & given.keys() - set(BOARDS):
            wider, unfolded = key == "filters" and given[key] > shape[key], key == "branches" and shape[key] == "plain"
            told = key == "bands" and not shape[key]
            if given[key] != shape[key] and not wider and not unfolded and not told:
                raise RunError(f"'{given['init']}' has {key} {shape[key]}, so it cannot be {given[key]}")
        config = replace(config, **shape)
    return replace(config, **given)


def reopen(
    run: Run, kind: type[Config], given: dict[str, Any], *, changeable: Sequence[str]
) -> tuple[Config, Config, int]:
    """The settings that a run had, those that it goes on with, and its step; RunError where they cannot change so."""
    old = run.read_config(kind)
    new = replace(old, **given)  # type: ignore[type-var]
    state = run.read_state()
    if state is None:
        raise RunError(
            f"the run in '{run.folder}' has lost '{run.state_path.name}', without which it cannot go on: put it back,"
            f" or begin another run, with --init {run.network_folder} if a network is there"
        )
    changed = [name for name in given if name not in changeable and getattr(new, name) != getattr(old, name)]
    changed = list(dict.fromkeys("board_size" if name in BOARDS else name for name in changed))
    if changed:
        raise RunError(
            f"the run in '{run.folder}' was begun with other settings ({', '.join(changed)}):"
            f" go on without them, or {new.to_change_all}"
        )
    return old, new, int(state[1]["step"])


def _go_on(run: Run, given: dict[str, Any]) -> TrainConfig:
    old, new, step = reopen(run, TrainConfig, given, changeable=CHANGEABLE)
    for option in ("corpus", "validation"):
        if gone := [path for path in getattr(new, option) if not Path(path).exists()]:
            raise RunError(f"the games of the run in '{run.folder}' are not at '{gone[0]}': say where, with --{option}")
    if bool(new.validation) != bool(old.validation):  # then other games would be learnt from
        raise RunError(
            f"the run in '{run.folder}' was begun with other settings (validation): go on without them, or"
            f" {new.to_change_all}"
        )
    if (new.steps, new.decay_steps) != (old.steps, old.decay_steps) and min(old.decay_start, new.decay_start) < step:
        raise RunError(f"the run in '{run.folder}' is at step {step}, too late for this end: branch off with --from")
    return new


def _branch_off(given: dict[str, Any]) -> TrainConfig:
    parent = Run(given["parent"])
    config = parent.read_config(TrainConfig)
    for name in ("init", "recipe"):
        if name in given:
            raise RunError(f"a run that branches off has its parent's weights and settings: leave --{name} out")
    for name in SHAPE:
        if name in given and given[name] != getattr(config, name):
            raise RunError(
                f"a run that branches off keeps its parent's network, so that {name} cannot be {given[name]}: to change"
                f" it, begin a run with --init {parent.network_folder}"
            )
    state = parent.read_state()
    if state is None:
        raise RunError(f"the run in '{parent.folder}' has not been saved yet")
    if "decay_steps" in given and "steps" not in given:
        given = {**given, "steps": state[1]["step"] + given["decay_steps"]}
    return replace(config, **given)
