"""`honte train`."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypedDict

from cyclopts import App, Parameter

from honte.data.settings import BatchConfig
from honte.engine.cli.machine import choose_machine
from honte.engine.cli.options import Device, Flag, Precision, Threads
from honte.engine.cli.settings import absolute, options_of
from honte.engine.cli.terminal import note, table
from honte.features.errors import HonteError
from honte.policy.recipes import RECIPES, TrainConfig, describe

if TYPE_CHECKING:
    from honte.data.batches import BatchStream
    from honte.policy.run import Run
    from honte.policy.training import Trainer

Line = dict[str, Any] | None
Watch = Callable[[Line], None]


if TYPE_CHECKING:
    Settings = dict[str, Any]
else:
    Settings = TypedDict(
        "Settings",
        options_of(
            TrainConfig,
            bases=(BatchConfig,),
            further={"recipe": "\n\n".join(f"{name}: {describe(name)}" for name in RECIPES)},
            renamed={"parent": "--from"},
            hidden=("side",),
        ),
        total=False,
    )

app = App(name="train", help="Train a network on a corpus, or show how training went.")


@app.default
def train(
    run: Path,
    *,
    settings: Annotated[Settings, Parameter(name="*")] = {},  # noqa: B006 - never changed
    save_minutes: float = 10.0,
    tensorboard: Flag = False,
    no_compile: Flag = False,
    device: Device = None,
    precision: Precision = "auto",
    threads: Threads = None,
) -> None:
    """Train a network, or go on with a run; Ctrl-C or SIGTERM ends it, saved, and with its network written.

    On several devices: `torchrun --nproc-per-node N -m honte train RUN --micro-batches N …`.

    Parameters
    ----------
    run
        Folder of the run, which is begun if it is new and gone on with if it is not.
    save_minutes
        Minutes between saves of the run.
    tensorboard
        Write the metrics for TensorBoard too, to the folder "tensorboard" of the run.
    no_compile
        On a GPU, do without torch.compile, which needs Triton and a C compiler.
    """
    from honte.data.batches import BatchStream
    from honte.data.corpus import Corpus
    from honte.policy.learner import learn
    from honte.policy.parallel import own_device, workers
    from honte.policy.run import open_run
    from honte.policy.training import Trainer, memory_for_batches

    opened, config = open_run(run, absolute(settings))
    where, dtype = choose_machine(own_device(device), precision, threads)
    with ExitStack() as stack:
        team = stack.enter_context(workers(where))
        opened.read_only = not team.leads
        stream = BatchStream(
            Corpus.open(*config.corpus), replace(config, side="all" if config.validation else "train")
        )
        validation = _validation_stream(config)
        stack.enter_context(opened.locked())
        stack.enter_context(memory_for_batches(config))
        trainer = Trainer(
            config, stream, device=where, dtype=dtype, validation=validation, workers=team, compiled=not no_compile
        )
        trainer.restore(opened)
        watches: list[Watch] = []
        if team.leads:
            _say_what_begins(trainer)
            if tensorboard:
                watches.append(stack.enter_context(_tensorboard(trainer, opened)))

        def watch(line: Line) -> None:
            for watch_it in watches:
                watch_it(line)

        with _progress(trainer) if team.leads else nullcontext() as shown:
            watches += [shown] if shown else []
            ending = learn(trainer, opened, save_minutes=save_minutes, watch=watch)
        if team.leads:
            _say_what_came_of_it(trainer, opened, ending)


@app.command
def plot(
    *runs: Path,
    output: Annotated[Path, Parameter(alias="-o")] = Path("curves.png"),
    over: Literal["positions", "hours"] = "positions",
) -> None:
    """Draw the curves of runs: loss, top-1, learning rate.

    Parameters
    ----------
    runs
        Folders of the runs.
    output
        The picture to write, as PNG, SVG or PDF.
    over
        What runs along the picture: the positions seen, or the hours spent on steps.
    """
    try:
        from honte.policy.curves import draw_curves
    except ModuleNotFoundError as error:
        raise HonteError(f"plots need {error.name}: pip install 'honte[plot]'") from None

    if not runs:
        raise HonteError("no run is named: give the folder of one or more")
    draw_curves(runs, output, over=over)


def _say_what_begins(trainer: "Trainer") -> None:
    """A table on stderr: what is learnt from, what is not and why, how large all is, and when it ends."""
    from rich.console import Console

    config, census, progress = trainer.config, trainer.stream.census(), trainer.progress
    games = "games of the corpus"
    rows = [
        ("learnt from", f"{census.games:,} {games}, {census.positions:,} positions"),
        ("left out", f"{census.other_size:,} on boards other than {config.board_size}x{config.board_size},"
                     f" {census.filtered:,} by the filters"),
        ("kept back", f"{census.other_side:,} {games}" if trainer.validation and not config.validation else
         f"none: nothing is scored, as {'no share is kept back' if census.games > 1 else 'there is only one game'}"
         if trainer.validation is None else "none, as --validation is given"),
    ]  # fmt: skip
    if trainer.validation is not None:
        scored = trainer.validation.census()
        sample = min(scored.positions, config.score_positions)
        rows.append(("scored on", f"{sample:,} of {scored.positions:,} positions of {scored.games:,} games"))
        if config.validation:
            learnt = set(trainer.stream.corpus.table["key"].to_pylist())
            shared = sum(key in learnt for key in trainer.validation.corpus.table["key"].to_pylist())
            rows += [("attention", f"{shared:,} games of --validation are learnt from, too")] * bool(shared)
    parameters = sum(parameter.numel() for parameter in trainer.network.parameters())
    rows += [
        ("network", f"{config.network}, {config.filters} filters, {parameters:,} parameters while it learns"),
        ("an epoch", f"{-(-census.positions // config.batch_size):,} steps of {config.batch_size} positions"),
        ("the end", _expected_end(config, census.positions)),
    ]
    if progress.step:
        rows.append(("goes on at", f"step {progress.step:,}"))
    Console(stderr=True, highlight=False).print(table("", "", rows=rows), soft_wrap=True)


def _expected_end(config: TrainConfig, positions: int) -> str:
    ends = ["Ctrl-C"]
    if config.patience is not None:
        ends.insert(0, f"after {config.patience} scorings in a row, every {config.score_interval:,} positions, that are"
                       " no better")  # fmt: skip
    if config.steps is not None:
        seen = config.steps * config.batch_size
        ends.insert(0, f"at step {config.steps:,}, {seen:,} positions ({seen / positions:.1f} epochs)")
    return ", or ".join(ends)


def _say_what_came_of_it(trainer: "Trainer", run: "Run", ending: str) -> None:
    config, progress = trainer.config, trainer.progress
    positions, minutes = progress.step * config.batch_size, progress.seconds / 60
    seen = f"step {progress.step:,}, {positions:,} positions, {minutes:.1f} minutes"
    why = {"end": "at its end", "worse": f"as {progress.worse} scorings in a row were no better", "stopped": "stopped"}
    note(f"{why[ending]}: {seen}")
    if progress.best is not None:
        kept = "" if config.patience is None else ", which is the network that is kept"
        note(f"best validation loss {progress.best:.4f}, at step {progress.best_step:,}{kept}")
    if (run.network_folder / "config.json").exists():
        note(f"network: {run.network_folder}; play it with: honte gtp --network {run.network_folder}")
    if ending == "stopped":
        note(f"go on with: honte train {run.folder}")
    elif ending == "worse":
        note(f"go on all the same with: honte train {run.folder} --patience {2 * progress.worse}")


def _tensorboard(trainer: "Trainer", run: "Run") -> AbstractContextManager[Watch]:
    try:
        from honte.policy.tensorboard import tensorboard
    except ModuleNotFoundError:
        raise HonteError("TensorBoard is not installed: pip install 'honte[tensorboard]'") from None
    return tensorboard(run, step=trainer.progress.step)


@contextmanager
def _progress(trainer: "Trainer") -> Iterator[Watch]:
    """Show on stderr how training goes; where that is no terminal, only the scores."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    config, progress = trainer.config, trainer.progress
    display = Progress(
        TextColumn("{task.completed:,} positions"),
        BarColumn(),
        TextColumn("loss {task.fields[loss]}  top-1 {task.fields[top1]}  {task.fields[speed]} positions/s"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )
    task = display.add_task(
        "",
        total=None if config.steps is None else config.steps * config.batch_size,
        completed=progress.step * config.batch_size,
        loss="-",
        top1="-",
        speed="-",
    )

    def watch(line: Line) -> None:
        display.update(task, completed=progress.step * config.batch_size)
        if line is None:
            return
        if "loss" in line:
            top1, speed = f"{line['top1']:.1%}", f"{line['positions_per_second']:.1f}"
            display.update(task, loss=f"{line['loss']:.3f}", top1=top1, speed=speed)
        elif "validation_loss" in line:
            display.console.print(
                f"step {line['step']:,}: validation loss {line['validation_loss']:.4f},"
                f" top-1 {line['validation_top1']:.2%}"
            )

    with display:
        yield watch


def _validation_stream(config: TrainConfig) -> "BatchStream | None":
    """What to score on: corpora of its own, or the share of the games that training leaves out."""
    from honte.data.batches import BatchStream
    from honte.data.corpus import Corpus, CorpusError

    if not config.validation and not config.validation_share:
        return None
    # one sample for all seeds, so that runs with different ones can be compared
    settings = replace(config, seed=0, symmetry=False, hide_ages=0.0, side="all" if config.validation else "validation")
    corpus = Corpus.open(*(config.validation or config.corpus))
    try:
        return BatchStream(corpus, settings)
    except CorpusError:
        if config.validation:
            raise
        return None  # the corpus is of one game, or none that is kept back meets the filters
