"""Training on the games of a corpus."""

import contextlib
import copy
import logging
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from itertools import count
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from honte.data.batches import ahead
from honte.data.mixture import Stream
from honte.data.settings import WHOSE_MOVES
from honte.features import PLANE_COUNT
from honte.policy import checkpoint
from honte.policy.evaluation import evaluate
from honte.policy.feeding import Feeder, Load, activations
from honte.policy.learner import Learner, Progress
from honte.policy.muon import Muon
from honte.policy.network import NetworkConfig, PolicyNetwork, with_boards
from honte.policy.parallel import Workers
from honte.policy.predictor import Predictor
from honte.policy.recipes import TrainConfig
from honte.policy.reparam import calibrate, expand, fold, unfold
from honte.policy.run import Run, RunError, begun_with, holds_trunk
from honte.policy.widening import widen

log = logging.getLogger(__name__)
Forward = Callable[[Tensor, tuple[int, int, int]], Tensor]
"""From the planes and the form of a load to logits."""


def build_network(config: TrainConfig) -> PolicyNetwork:
    """The network of a run in its training-time form, initialised from the run's seed."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        shape = NetworkConfig(
            network=config.network,
            board_size=config.board_size,
            other_sizes=config.other_sizes,
            planes=PLANE_COUNT + len(config.bands),
            bands=config.bands,
            filters=config.filters,
        )
        return expand(PolicyNetwork(shape), config.branches)


def compiled_forward(forward: Forward, load: Load) -> Forward:
    """The forward pass compiled, or as it is, with a warning, where the compiler does not work on this load."""
    compiled: Forward = torch.compile(forward, dynamic=False)
    try:
        torch.autograd.backward(compiled(load.planes, load.form).sum())
    except Exception as error:  # of many kinds: Triton, a C compiler or a header may be missing
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        log.warning("goes on without torch.compile, more slowly: %s", reason)
        torch._dynamo.reset()
        return forward
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


def build_optimiser(
    network: PolicyNetwork, *, lr: float, weight_decay: float, dtype: torch.dtype = torch.float32
) -> Muon:
    """The optimiser with its two groups: filters with weight decay, norms and biases without.

    `dtype` is the type of activations, in which Muon computes, too; weights and states are float32.
    """
    parameters = list(network.parameters())
    groups = [
        {"params": [p for p in parameters if p.ndim == 4], "filters": True},
        {"params": [p for p in parameters if p.ndim != 4], "weight_decay": 0.0},
    ]
    return Muon(groups, lr=lr, weight_decay=weight_decay, dtype=dtype)


class Trainer(Learner[Load]):
    """A network that learns to foretell the moves of games; the average of its weights is what is exported."""

    config: TrainConfig

    def __init__(
        self,
        config: TrainConfig,
        stream: Stream,
        *,
        device: torch.device,
        dtype: torch.dtype,
        validation: Stream | None = None,
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
        self.feeder = Feeder(stream, device)
        self.stream = stream
        self.validation = validation
        self.device = device
        self.dtype = dtype
        self.network = build_network(config).to(device).train()
        self.forward: Forward = self.logits
        if device.type == "cuda":
            torch.backends.cudnn.benchmark = True  # as all batches are alike
            if compiled:
                self.forward = self.compiled()
        self.optimiser = build_optimiser(self.network, lr=config.lr, weight_decay=config.weight_decay, dtype=dtype)
        self.average = {name: p.detach().clone() for name, p in self.network.named_parameters()}
        streams = [stream] if validation is None else [stream, validation]
        self.progress = Progress(fingerprint=" ".join(each.fingerprint for each in streams))
        self.window = torch.zeros(2, device=device)
        """Sum of the losses and count of the moves guessed since the last line of metrics."""

    def logits(self, planes: Tensor, form: tuple[int, int, int]) -> Tensor:
        """(B, N²) of the planes of a load."""
        return self.network(activations(planes, form, self.dtype))  # type: ignore[no-any-return]

    def compiled(self) -> Forward:
        """The forward pass compiled for the parts that a batch is worked through in."""
        load = self.feeder.sent(self.stream.batch(0, part=0, parts=self.config.micro_batches))
        torch.cuda.synchronize(self.device)
        forward = compiled_forward(self.logits, load)
        self.network.zero_grad()
        return forward

    def batches(self) -> Generator[Load]:
        workers = self.workers
        return self.feeder.loads(count(self.progress.step), part=workers.rank, parts=workers.count)

    def take_step(self, batch: Load) -> None:
        config, step = self.config, self.progress.step
        parts = config.micro_batches // self.workers.count
        figures = torch.zeros_like(self.window)
        for part_planes, part_moves in zip(batch.planes.chunk(parts), batch.moves.chunk(parts), strict=True):
            logits = self.forward(part_planes, batch.form)
            loss = F.cross_entropy(logits, part_moves)
            torch.autograd.backward(loss / config.micro_batches)
            with torch.no_grad():
                figures += torch.stack([loss * len(part_moves), (logits.argmax(1) == part_moves).sum()])
        self.workers.sum([*(p.grad for p in self.network.parameters() if p.grad is not None), figures])
        self.window += figures
        self.step_optimiser()
        # while there is little to average, the average forgets the initial weights faster than `ema` says
        decay = min(config.ema, (step + 1) / (step + 10))
        with torch.no_grad():
            torch._foreach_lerp_(list(self.average.values()), list(self.network.parameters()), 1 - decay)

    def figures(self, steps: int) -> dict[str, Any]:
        config, progress = self.config, self.progress
        positions = steps * config.batch_size
        loss, correct = (self.window / positions).tolist()
        return {
            "positions": progress.step * config.batch_size,
            "loss": loss,
            "top1": correct,
            "positions_per_second": round(positions / progress.window_seconds, 2),
        }

    @torch.no_grad()
    def averaged(self) -> PolicyNetwork:
        """The network of the averaged weights, in its training-time form, norm statistics measured."""
        network = copy.deepcopy(self.network)
        network.load_state_dict(self.average, strict=False)
        calibrate(network, self.calibration_planes())
        return network.eval()

    def calibration_planes(self) -> Generator[Tensor]:
        """The planes that norm statistics are measured on, in batches: the next ones to be learnt from."""
        first, config = self.progress.step, self.config
        with contextlib.closing(
            self.feeder.loads(range(first, first + -(-config.calibration_positions // config.batch_size)))
        ) as loads:
            for load in loads:
                yield activations(load.planes, load.form, self.dtype)

    def score(self, network: PolicyNetwork) -> dict[str, float]:
        """A network's cross-entropy and top-1 on a fixed sample of the validation corpora, if any."""
        if self.validation is None:
            return {}
        predictor = Predictor(fold(network), device=self.device, dtype=self.dtype)
        positions = min(self.config.score_positions, self.validation.positions)
        steps = range(-(-positions // self.config.batch_size))
        report = evaluate(predictor, ahead(self.validation.batch, steps, self.feeder.threads))
        return {"validation_loss": report.cross_entropy.value, "validation_top1": report.top1.value}

    def load_init(self, folder: str) -> PolicyNetwork:
        """Read a checkpoint, or a file of a trunk's weights, in the run's training-time form, unfolding a plain one."""
        if holds_trunk(folder):
            network = PolicyNetwork(self.network.config, pretrained=folder).eval().to(self.device)
        else:
            network = checkpoint.load(begun_with(folder, self.config.board_size), device=self.device, folded=False)
            network = with_boards(network, *self.config.sizes)
        if network.branches == self.network.branches:
            return network
        fewer = network.config.planes  # where it is to be told more
        return unfold(network, self.config.branches, (planes[:, :fewer] for planes in self.calibration_planes()))

    def _corpora(self) -> list[str]:
        return [f"'{path}'" for path in (*self.config.corpus, *self.config.validation)]

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
        self.take_over(tensors)

    @torch.no_grad()
    def take_over(self, tensors: dict[str, Tensor]) -> None:
        super().take_over(tensors)
        for name, average in self.average.items():
            average.copy_(tensors[f"average.{name}"])

    def tensors(self) -> dict[str, Tensor]:
        return super().tensors() | {f"average.{name}": average for name, average in self.average.items()}

    @property
    def gave_up(self) -> bool:
        return self.config.patience is not None and self.progress.worse >= self.config.patience

    def export(self, run: Run) -> dict[str, Any]:
        """Score the averaged network and write it to the run's folder; return the line of metrics.

        A run of limited patience keeps the best there; one that keeps its exports has a folder of each besides, named
        by the positions that it has learnt from, folded and in half precision. One worker does it, while the others go
        on to the next step and wait there.
        """
        config, progress = self.config, self.progress
        line: dict[str, Any] = {
            "step": progress.step,
            "positions": progress.step * config.batch_size,
            "seconds": round(progress.seconds, 2),
        }
        progress.scored = progress.step
        if self.workers.leads:
            network = self.averaged()
            line |= self.score(network)
            progress.note(line.get("validation_loss"))
            if config.patience is None or progress.worse == 0:
                checkpoint.save(network, run.network_folder, metadata=self.metadata(line))
            if config.keep_exports:
                kept = run.exports_folder / str(line["positions"])
                checkpoint.save(fold(network), kept, metadata=self.metadata(line), bits=16)
            run.append_metrics(line)
        return line

    def finish(self, run: Run) -> None:
        if self.config.patience is None or self.progress.best is None:
            line = {"step": self.progress.step, "positions": self.progress.step * self.config.batch_size}
            checkpoint.save(self.averaged(), run.network_folder, metadata=self.metadata(line))

    def metadata(self, line: dict[str, Any]) -> dict[str, Any]:
        """What is written beside a network: a line of metrics, and what it has learnt from."""
        config = self.config
        learnt = {
            "corpus": config.corpus,
            "fingerprint": self.stream.fingerprint,
            **{name: getattr(config, name) for name in (*WHOSE_MOVES, "init", "patience")},
            "validation_share": 0.0 if config.validation else config.validation_share,
        }
        return {**line, "learnt_from": learnt}
