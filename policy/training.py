"""The training loop."""

import contextlib
import copy
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

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
from honte.policy.run import Run, RunError, holds_trunk
from honte.policy.stopping import stop_signals
from honte.policy.widening import widen

Ending = Literal["end", "worse", "stopped"]
"""Why a training ended: at its last step, as its scores were no better for as long as its patience, by a signal."""


def build_network(config: TrainConfig) -> PolicyNetwork:
    """Return the network of a run in its training-time form, initialised from the run's seed."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        shape = NetworkConfig(network=config.network, board_size=config.board_size, filters=config.filters)
        return expand(PolicyNetwork(shape), config.branches)


def compile_network(network: PolicyNetwork, device: torch.device, dtype: torch.dtype) -> Callable[[Tensor], Tensor]:
    """Return the network compiled, or as it is, with a warning, where the compiler does not work."""
    size = network.config.board_size
    compiled: Callable[[Tensor], Tensor] = torch.compile(network)
    try:
        planes = torch.zeros(2, network.config.planes, size, size, device=device, dtype=dtype)
        torch.autograd.backward(compiled(planes).sum())
    except Exception as error:  # of many kinds: Triton, a C compiler or a header may be missing
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        warnings.warn(f"goes on without torch.compile, more slowly: {reason}", stacklevel=2)
        torch._dynamo.reset()
        compiled = network
    network.zero_grad()
    return compiled


@contextlib.contextmanager
def memory_for_batches(config: TrainConfig) -> Iterator[None]:
    """Within, running out of memory raises RunError with what to do about it."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if not isinstance(error, MemoryError | torch.OutOfMemoryError) and "allocate memory" not in str(error):
            raise
        raise RunError(
            f"there is not enough memory for batches of {config.batch_size} positions in {config.micro_batches} parts:"
            " give a smaller --batch-size or more --micro-batches"
        ) from None


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
        compiled: bool = True,
    ) -> None:
        """Raises RunError when a batch cannot be dealt out to the workers, or nothing says when to end."""
        if config.patience is not None and validation is None:
            raise RunError(
                "no games are kept back from which to tell when to stop: give --validation or more games, or the recipe"
                " 'default' with --lr 3e-5 and --steps"
            )
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
        self.forward: Callable[[Tensor], Tensor] = self.network
        if compiled and device.type == "cuda":
            self.forward = compile_network(self.network, device, dtype)
        self.optimiser = build_optimiser(self.network, config, dtype)
        self.average = {name: p.detach().clone() for name, p in self.network.named_parameters()}
        streams = [stream] if validation is None else [stream, validation]
        self.progress = Progress(fingerprint=" ".join(each.fingerprint for each in streams))
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
        self.progress.window_steps += 1

    def close_window(self) -> dict[str, Any]:
        """Return the line of metrics for the steps since the last one."""
        config, progress = self.config, self.progress
        self.refuse_divergence()
        positions = progress.window_steps * config.batch_size
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
        progress.window_seconds, progress.window_steps = 0.0, 0
        return line

    def refuse_divergence(self) -> None:
        """Raise RunError when the weights are no longer finite, as they are after a loss that is not."""
        if not all(torch.isfinite(parameter).all() for parameter in self.network.parameters()):
            raise RunError(
                f"the weights were no longer finite at step {self.progress.step}: branch off from the last save with a"
                f" lower learning rate, as in: honte train NEW --from RUN --lr {self.config.lr / 3:.1g}"
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
        """Read a checkpoint, or a file of a trunk's weights, in the run's training-time form, unfolding a plain one."""
        if holds_trunk(folder):
            network = PolicyNetwork(self.network.config, pretrained=folder).eval().to(self.device)
        else:
            network = checkpoint.load(folder, device=self.device, folded=False)
        if network.branches == self.network.branches:
            return network
        return unfold(network, self.config.branches, self.calibration_planes())

    def _corpora(self) -> list[str]:
        return [f"'{path}'" for path in (*self.config.corpus, *self.config.validation)]

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
        state, games = run.read_state(), self.progress.fingerprint
        if state is not None and state[1].get("fingerprint", games) != games:
            raise RunError(
                f"the run in '{run.folder}' was begun with other games than {' and '.join(self._corpora())} now hold:"
                " give those as --corpus, wherever they are, or branch off with --from"
            )
        branched_off = state is None and self.config.parent is not None
        if branched_off:
            state = Run(str(self.config.parent)).read_state()
        if state is None:
            if self.config.init is not None:
                widen(self.load_init(self.config.init), self.network)
                for name, parameter in self.network.named_parameters():
                    self.average[name].copy_(parameter)
                self.progress.scored = -1  # so that the checkpoint itself is scored first
            return
        tensors, progress = state
        self.progress = Progress(**{**progress, "fingerprint": games})
        if branched_off:  # which may be scored on other games
            self.progress = replace(self.progress, best=None, worse=0)
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
) -> Ending:
    """Train until the run's last step, the end of its patience, SIGTERM or SIGINT; all leave it saved and exported.

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
            if progress.step > progress.scored and (last or progress.step % config.score_steps == 0):
                trainer.save(run)
                watch(export(trainer, run))
                last_save, clock = time.monotonic(), time.perf_counter()
            worse = config.patience is not None and progress.worse >= config.patience
            if last or workers.any(worse or stop.is_set(), trainer.device):
                break
            trainer.take_step(batch)
            now = time.perf_counter()
            progress.seconds += now - clock
            progress.window_seconds += now - clock
            clock = now
            line = None
            if progress.step % config.log_steps == 0:
                line = trainer.close_window()
                run.append_metrics(line)
            watch(line)
            if time.monotonic() - last_save > 60 * save_minutes:
                trainer.save(run)
                last_save = time.monotonic()
        trainer.save(run)
        unscored = progress.step > max(progress.scored, 0)
        if unscored and workers.leads and (config.patience is None or progress.best is None):
            save_network(trainer, trainer.averaged(), run, {"step": progress.step})
    return "end" if last else "worse" if worse else "stopped"


def export(trainer: Trainer, run: Run) -> dict[str, Any]:
    """Score the averaged network and write it to the run's folder; return the line of metrics.

    A run of limited patience keeps the best there. One worker does it, while the others go on to the next step and wait
    there.
    """
    config, progress = trainer.config, trainer.progress
    line: dict[str, Any] = {
        "step": progress.step,
        "positions": progress.step * config.batch_size,
        "seconds": round(progress.seconds, 2),
    }
    progress.scored = progress.step
    if trainer.workers.leads:
        network = trainer.averaged()
        line |= trainer.score(network)
        progress.note(line.get("validation_loss"))
        if config.patience is None or progress.worse == 0:
            save_network(trainer, network, run, line)
        run.append_metrics(line)
    return line


def save_network(trainer: Trainer, network: PolicyNetwork, run: Run, line: dict[str, Any]) -> None:
    """Write a network to the run's folder, with what it has learnt from."""
    config = trainer.config
    learnt = {
        "corpus": config.corpus,
        "fingerprint": trainer.stream.fingerprint,
        "validation_share": 0.0 if config.validation else config.validation_share,
    }
    checkpoint.save(network, run.network_folder, metadata={**line, "learnt_from": learnt})
