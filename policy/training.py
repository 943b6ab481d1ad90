"""The training loop."""

import contextlib
import copy
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from honte.data.batches import Batch, BatchStream
from honte.policy import checkpoint
from honte.policy.evaluation import evaluate
from honte.policy.muon import Muon
from honte.policy.network import NetworkConfig, PolicyNetwork
from honte.policy.parallel import Workers
from honte.policy.predictor import Predictor
from honte.policy.recipes import TrainConfig
from honte.policy.reparam import calibrate, expand, fold, unfold
from honte.policy.run import Run, RunError
from honte.policy.widening import widen


def build_network(config: TrainConfig) -> PolicyNetwork:
    """Return the network of a run in its training-time form, initialised from the run's seed."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        shape = NetworkConfig(network=config.network, board_size=config.board_size, filters=config.filters)
        return expand(PolicyNetwork(shape), config.branches)


def build_optimiser(network: PolicyNetwork, config: TrainConfig, dtype: torch.dtype = torch.float32) -> Muon:
    """Return the optimiser with its two groups: filters with weight decay, norms and biases without.

    `dtype` is the type of activations, in which Muon computes, too; weights and states are float32.
    """
    parameters = list(network.parameters())
    groups = [
        {"params": [p for p in parameters if p.ndim == 4], "filters": True},
        {"params": [p for p in parameters if p.ndim != 4], "weight_decay": 0.0},
    ]
    return Muon(groups, lr=config.lr, weight_decay=config.weight_decay, dtype=dtype)


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


class Trainer:
    """A network on its way: weights, their average, the optimiser, and how far it is.

    A step draws no random numbers, so that these are all of a run's state.
    """

    def __init__(
        self,
        config: TrainConfig,
        stream: BatchStream,
        *,
        device: torch.device,
        dtype: torch.dtype,
        validation: BatchStream | None = None,
        workers: Workers = Workers(),  # noqa: B008 - frozen
    ) -> None:
        """Raises RunError when a batch cannot be dealt out to the workers."""
        if config.micro_batches % workers.count:
            raise RunError(
                f"{workers.count} processes cannot share {config.micro_batches} parts of a batch:"
                f" give --micro-batches {workers.count} or a multiple"
            )
        self.config = config
        self.workers = workers
        self.stream = stream
        self.validation = validation
        self.device = device
        self.dtype = dtype
        self.network = build_network(config).to(device).train()
        self.forward = torch.compile(self.network) if device.type == "cuda" else self.network
        self.optimiser = build_optimiser(self.network, config, dtype)
        self.average = {name: p.detach().clone() for name, p in self.network.named_parameters()}
        self.progress = Progress()
        self.window = torch.zeros(2, device=device)
        """Sum of the losses and count of the moves guessed since the last line of metrics."""

    def to_device(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Return a batch's planes, in the type of activations, and its moves, on the device."""
        planes, moves = torch.from_numpy(batch.planes), torch.from_numpy(batch.moves)
        if self.device.type == "cuda":
            planes, moves = planes.pin_memory(), moves.pin_memory()
        planes, moves = planes.to(self.device, non_blocking=True), moves.to(self.device, non_blocking=True)
        return planes.to(self.dtype, memory_format=torch.channels_last), moves

    def take_step(self, batch: Batch) -> None:
        """Learn from a batch, of which this worker has its part."""
        config, step = self.config, self.progress.step
        planes, moves = self.to_device(batch)
        parts = config.micro_batches // self.workers.count
        figures = torch.zeros_like(self.window)
        for part_planes, part_moves in zip(planes.chunk(parts), moves.chunk(parts), strict=True):
            logits = self.forward(part_planes)
            loss = F.cross_entropy(logits, part_moves)
            torch.autograd.backward(loss / config.micro_batches)
            with torch.no_grad():
                figures += torch.stack([loss * len(part_moves), (logits.argmax(1) == part_moves).sum()])
        self.workers.sum([*(p.grad for p in self.network.parameters() if p.grad is not None), figures])
        self.window += figures
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), config.clip_norm)
        for group in self.optimiser.param_groups:
            group["lr"] = config.learning_rate(step)
        self.optimiser.step()
        self.optimiser.zero_grad()
        # while there is little to average, the average forgets the initial weights faster than `ema` says
        decay = min(config.ema, (step + 1) / (step + 10))
        with torch.no_grad():
            torch._foreach_lerp_(list(self.average.values()), list(self.network.parameters()), 1 - decay)
        self.progress.step += 1

    def close_window(self) -> dict[str, Any]:
        """Return the line of metrics for the steps since the last one."""
        config, progress = self.config, self.progress
        self.refuse_divergence()
        positions = config.log_every * config.batch_size
        loss, correct = (self.window / positions).tolist()
        line = {
            "step": progress.step,
            "positions": progress.step * config.batch_size,
            "loss": loss,
            "top1": correct,
            "lr": config.learning_rate(progress.step - 1),
            "positions_per_second": round(positions / progress.window_seconds, 2),
            "seconds": round(progress.seconds, 2),
        }
        self.window.zero_()
        progress.window_seconds = 0.0
        return line

    def refuse_divergence(self) -> None:
        """Raise RunError when the weights are no longer finite, as they are after a loss that is not."""
        if not all(torch.isfinite(parameter).all() for parameter in self.network.parameters()):
            raise RunError(
                f"the weights were no longer finite at step {self.progress.step}:"
                " go on from the last save with a lower learning rate"
            )

    @torch.no_grad()
    def averaged(self) -> PolicyNetwork:
        """Return the network of the averaged weights, in its training-time form, norm statistics measured."""
        network = copy.deepcopy(self.network)
        network.load_state_dict(self.average, strict=False)
        calibrate(network, self.calibration_planes())
        return network.eval()

    def calibration_planes(self) -> Iterator[Tensor]:
        """The planes of the batches that norm statistics are measured on, the next ones to be learnt from."""
        first = self.progress.step
        for step in range(first, first + self.config.calibration_batches):
            yield self.to_device(self.stream.batch(step))[0]

    def score(self, network: PolicyNetwork) -> dict[str, float]:
        """Return a network's cross-entropy and top-1 on a fixed sample of the validation corpora, if any."""
        if self.validation is None:
            return {}
        predictor = Predictor(fold(network), device=self.device, dtype=self.dtype)
        steps = range(-(-self.config.score_positions // self.config.batch_size))
        report = evaluate(predictor, map(self.validation.batch, steps))
        return {"validation_loss": report.cross_entropy.value, "validation_top1": report.top1.value}

    def load_init(self, folder: str) -> PolicyNetwork:
        """Read a checkpoint in the run's training-time form, unfolding a plain one."""
        network = checkpoint.load(folder, device=self.device, folded=False)
        if network.branches == self.network.branches:
            return network
        return unfold(network, self.config.branches, self.calibration_planes())

    def save(self, run: Run) -> None:
        """Write all that is needed to go on; raises RunError rather than save a diverged network."""
        self.refuse_divergence()
        tensors = {"window": self.window}
        for name, parameter in self.network.named_parameters():
            tensors[f"network.{name}"] = parameter.detach()
            tensors[f"average.{name}"] = self.average[name]
            for key, value in self.optimiser.state[parameter].items():
                tensors[f"optimiser.{name}.{key}"] = value
        run.write_state(tensors, asdict(self.progress))

    @torch.no_grad()
    def restore(self, run: Run) -> None:
        """Go on from the last save of a run; a new one starts from its parent or its checkpoint, if any."""
        state = run.read_state()
        if state is None and self.config.parent is not None:
            state = Run(self.config.parent).read_state()
        if state is None:
            if self.config.init is not None:
                widen(self.load_init(self.config.init), self.network)
                for name, parameter in self.network.named_parameters():
                    self.average[name].copy_(parameter)
                self.progress.scored = -1  # so that the checkpoint itself is scored first
            return
        tensors, progress = state
        self.progress = Progress(**progress)
        self.window.copy_(tensors["window"])
        for name, parameter in self.network.named_parameters():
            parameter.copy_(tensors[f"network.{name}"])
            self.average[name].copy_(tensors[f"average.{name}"])
            prefix = f"optimiser.{name}."
            self.optimiser.state[parameter] = {
                # the count of steps, a scalar, stays where the optimiser put it, off the device
                key.removeprefix(prefix): value.to(self.device) if value.ndim else value
                for key, value in tensors.items()
                if key.startswith(prefix)
            }


def train(
    trainer: Trainer,
    run: Run,
    *,
    save_minutes: float = 10.0,
    threads: int = 1,
    watch: Callable[[dict[str, Any] | None], None] = lambda line: None,
) -> None:
    """Train until the run's last step, SIGTERM or SIGINT; all three leave the run saved.

    Whatever else ends the process, the run can go on from its last save as if nothing had happened: its
    metrics are those of an uninterrupted run. `watch` is called after every step, with the line of metrics if
    there is one, and with the line of every scoring. Batches are made on `threads` threads of their own.
    """
    config, progress = trainer.config, trainer.progress
    if not run.exists():
        trainer.save(run)
    run.write_config(config)
    run.truncate_metrics(step=progress.step, scored=progress.scored)
    last_save = time.monotonic()
    workers = trainer.workers
    batches = trainer.stream.prefetch(progress.step, threads, part=workers.rank, parts=workers.count)
    with stop_signals() as stop, contextlib.closing(batches):
        clock = time.perf_counter()
        for batch in batches:
            last = progress.step == config.steps
            if progress.step > progress.scored and (last or progress.step % config.score_every == 0):
                trainer.save(run)
                watch(export(trainer, run))
                last_save, clock = time.monotonic(), time.perf_counter()
            if last or workers.any(stop.is_set(), trainer.device):
                break
            trainer.take_step(batch)
            now = time.perf_counter()
            progress.seconds += now - clock
            progress.window_seconds += now - clock
            clock = now
            line = None
            if progress.step % config.log_every == 0:
                line = trainer.close_window()
                run.append_metrics(line)
            watch(line)
            if time.monotonic() - last_save > 60 * save_minutes:
                trainer.save(run)
                last_save = time.monotonic()
        trainer.save(run)


def export(trainer: Trainer, run: Run) -> dict[str, Any]:
    """Write the averaged network to the run's folder and score it; return the line of metrics.

    One worker does it, while the others go on to the next step and wait there.
    """
    line: dict[str, Any] = {"step": trainer.progress.step}
    trainer.progress.scored = trainer.progress.step
    if trainer.workers.leads:
        network = trainer.averaged()
        line |= trainer.score(network)
        checkpoint.save(network, run.network_folder, metadata=line)
        run.append_metrics(line)
    return line


@contextlib.contextmanager
def stop_signals() -> Iterator[threading.Event]:
    """Within, SIGTERM and SIGINT set the event that is given; a second one does what it always does."""
    stop = threading.Event()
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    def request_stop(number: int, frame: object) -> None:
        stop.set()
        signal.signal(number, before[signal.Signals(number)])

    for number in before:
        signal.signal(number, request_stop)
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
