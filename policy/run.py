"""The folder of a training run.

config.json        the settings (`TrainConfig`)
state.safetensors  everything needed to go on, and the step it was written at
metrics.jsonl      one JSON object a line, in the order of steps
network/           the network as last exported
"""

import json
import os
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from features.errors import HonteError
from policy.files import write_atomically
from policy.recipes import TrainConfig


class RunError(HonteError):
    """A run's folder that cannot be used as asked."""


class Run:
    """Reads and writes a run's folder; all files but the metrics are replaced whole."""

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
        except ValueError as error:
            raise RunError(f"'{self.config_path}' cannot be used: {error}") from None

    def write_config(self, config: TrainConfig) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        write_atomically(self.config_path, lambda path: path.write_text(config.to_json()))

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
        metadata = {"state": json.dumps(values)}
        write_atomically(self.state_path, lambda path: save_file(tensors, path, metadata=metadata))

    def append_metrics(self, line: dict[str, Any]) -> None:
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
        write_atomically(self.metrics_path, lambda path: path.write_text("".join(lines)))
