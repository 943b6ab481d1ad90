"""What every kind of training has in common: a network on its way, the folder that it can go on from, and the loop."""

import contextlib
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator
from dataclasses import asdict, dataclass
from typing import Any, Generic, Literal, TypeVar

import torch
from torch import Tensor

from honte.policy.network import PolicyNetwork
from honte.policy.parallel import Workers
from honte.policy.recipes import RunConfig
from honte.policy.run import Run, RunError
from honte.policy.stopping import stop_signals

Batch = TypeVar("Batch")
Ending = Literal["end", "worse", "stopped"]
"""Why a training ended: at its last step, as its scores were no better for as long as its patience, by a signal."""


@dataclass
class Progress:
    """How far a run is."""

    step: int = 0
    """Steps taken."""
    scored: int = 0
    """Step at which the network was last scored and exported."""
    seconds: float = 0.0
    """Time spent on steps."""
    window_seconds: float = 0.0
    """The same since the last line of metrics."""
    window_steps: int = 0
    """Steps since then."""
    best: float | None = None
    """Lowest validation loss yet."""
    best_step: int = 0
    """Where that was."""
    worse: int = 0
    """Scorings since then."""
    fingerprint: str = ""
    """Of the corpora learnt from and scored on."""

    def note(self, loss: float | None) -> None:
        """Take account of a scoring."""
        if loss is None:
            return
        if self.best is None or loss < self.best:
            self.best, self.best_step, self.worse = loss, self.step, 0
        else:
            self.worse += 1


class Learner(ABC, Generic[Batch]):
    """A network on its way: weights, optimiser, and how far it is.

    A step draws no random numbers but those that its own number decides, so that these are all of a run's state.
    """

    config: RunConfig
    workers: Workers
    device: torch.device
    network: PolicyNetwork
    optimiser: torch.optim.Optimizer
    progress: Progress
    window: Tensor
    """Sums of figures since the last line of metrics, float32 on the device."""

    @abstractmethod
    def batches(self) -> Generator[Batch]:
        """What this worker learns from, a step at a time and without end, from the step that the run is at."""

    @abstractmethod
    def take_step(self, batch: Batch) -> None:
        """Learn from this worker's part of a step."""

    @abstractmethod
    def figures(self, steps: int) -> dict[str, Any]:
        """What the line of metrics says of the `steps` steps of a window; the loop adds the step and the time."""

    @abstractmethod
    def export(self, run: Run) -> dict[str, Any]:
        """Score the network and write it to the run's folder; return the line of metrics."""

    def finish(self, run: Run) -> None:
        """Leave a network in the run's folder, where the loop ended between two scorings."""

    @property
    def gave_up(self) -> bool:
        """Whether there is no hope of a better score."""
        return False

    def step_optimiser(self) -> None:
        """Step along the gradients, which all workers hold the sum of, at the rate of this step; count the step."""
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), self.config.clip_norm)
        for group in self.optimiser.param_groups:
            group["lr"] = self.config.learning_rate(self.progress.step)
        self.optimiser.step()
        self.optimiser.zero_grad()
        self.progress.step += 1
        self.progress.window_steps += 1

    def close_window(self) -> dict[str, Any]:
        """The line of metrics for the steps since the last one."""
        progress = self.progress
        self.refuse_divergence()
        line = {
            "step": progress.step,
            **self.figures(progress.window_steps),
            "lr": self.config.learning_rate(progress.step - 1),
            "seconds": round(progress.seconds, 2),
        }
        self.window.zero_()
        progress.window_seconds, progress.window_steps = 0.0, 0
        return line

    def refuse_divergence(self) -> None:
        """Raise RunError when the weights are no longer finite, as they are after a loss that is not."""
        sums = torch.stack([parameter.detach().sum() for parameter in self.network.parameters()])
        if not torch.isfinite(sums).all():  # one look at the device for all of them
            raise RunError(
                f"the weights were no longer finite at step {self.progress.step}: {self.config.after_divergence()}"
            )

    def tensors(self) -> dict[str, Tensor]:
        """What the state of a run holds, besides how far it is."""
        tensors = {"window": self.window}
        for name, parameter in self.network.named_parameters():
            tensors[f"network.{name}"] = parameter.detach()
            for key, value in self.optimiser.state[parameter].items():
                tensors[f"optimiser.{name}.{key}"] = value
        return tensors

    @torch.no_grad()
    def take_over(self, tensors: dict[str, Tensor]) -> None:
        """Become what `tensors` was taken of. Raises RunError when that was another network."""
        for name, parameter in self.network.named_parameters():
            saved = tensors.get(f"network.{name}")
            if saved is None or saved.shape != parameter.shape:
                raise RunError(
                    "the state of the run is of another network than its config.json says: put back the config.json"
                    " that it was begun with"
                )
        self.window.copy_(tensors["window"])
        for name, parameter in self.network.named_parameters():
            parameter.copy_(tensors[f"network.{name}"])
            prefix = f"optimiser.{name}."
            self.optimiser.state[parameter] = {
                # the count of steps, a scalar, stays where the optimiser put it, off the device
                key.removeprefix(prefix): value.to(self.device) if value.ndim else value
                for key, value in tensors.items()
                if key.startswith(prefix)
            }

    def save(self, run: Run) -> None:
        """Write all that is needed to go on; raises RunError rather than save a diverged network."""
        self.refuse_divergence()
        run.write_state(self.tensors(), asdict(self.progress))


def learn(
    learner: Learner[Batch],
    run: Run,
    *,
    save_minutes: float = 10.0,
    watch: Callable[[dict[str, Any] | None], None] = lambda line: None,
) -> Ending:
    """Learn until the run's last step, the end of its patience, SIGTERM or SIGINT; all leave it saved and exported.

    Whatever else ends the process, the run can go on from its last save as if nothing had happened: its
    metrics are those of an uninterrupted run. `watch` is called after every step, with the line of metrics if
    there is one, and with the line of every scoring.
    """
    config, progress = learner.config, learner.progress
    if not run.exists():
        learner.save(run)
    run.write_config(config)
    run.truncate_metrics(step=progress.step, scored=progress.scored)
    last_save = time.monotonic()
    workers = learner.workers
    batches = learner.batches()
    with stop_signals() as stop, contextlib.closing(batches):
        clock = time.perf_counter()
        for batch in batches:
            last = progress.step == config.steps
            if progress.step > progress.scored and (last or progress.step % config.score_steps == 0):
                learner.save(run)
                watch(learner.export(run))
                last_save, clock = time.monotonic(), time.perf_counter()
            worse = learner.gave_up
            if last or workers.any(worse or stop.is_set(), learner.device):
                break
            learner.take_step(batch)
            now = time.perf_counter()
            progress.seconds += now - clock
            progress.window_seconds += now - clock
            clock = now
            line = None
            if progress.step % config.log_steps == 0:
                line = learner.close_window()
                run.append_metrics(line)
            watch(line)
            if time.monotonic() - last_save > 60 * save_minutes:
                learner.save(run)
                last_save = time.monotonic()
        learner.save(run)
        if progress.step > max(progress.scored, 0) and workers.leads:
            learner.finish(run)
    return "end" if last else "worse" if worse else "stopped"
