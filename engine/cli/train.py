"""`honte train`."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypedDict, get_type_hints

from cyclopts import App, Parameter
from docstring_parser import parse_from_object

from honte.data.settings import BatchConfig
from honte.engine.cli.machine import choose_machine
from honte.engine.cli.options import Device, Precision, Threads
from honte.features.errors import HonteError
from honte.policy.recipes import TrainConfig

if TYPE_CHECKING:
    from honte.data.batches import BatchStream
    from honte.policy.run import Run
    from honte.policy.training import Trainer

Line = dict[str, Any] | None
Watch = Callable[[Line], None]


def _options() -> dict[str, Any]:
    """The settings as options, absent unless given, so that the user's can be told from a run's own."""
    documented = [*parse_from_object(TrainConfig).params, *parse_from_object(BatchConfig).params]
    helps = {entry.arg_name: entry.description for entry in reversed(documented)}
    types, defaults = get_type_hints(TrainConfig), TrainConfig()
    options = {}
    for name in dict.fromkeys(entry.arg_name for entry in documented):
        default = getattr(defaults, name)
        options[name] = Annotated[
            types[name],
            Parameter(
                name="--from" if name == "parent" else None,
                help=helps[name] if default in (None, ()) else f"{helps[name]} [default: {default}]",
                negative=None if types[name] is bool else (),
                consume_multiple=True,
                parse=name != "side",
            ),
        ]
    return options


if TYPE_CHECKING:
    Settings = dict[str, Any]
else:
    Settings = TypedDict("Settings", _options(), total=False)

app = App(name="train", help="Train a network on a corpus, or show how training went.")


@app.default
def train(
    run: Path,
    *,
    settings: Annotated[Settings, Parameter(name="*")] = {},  # noqa: B006 - never changed
    save_minutes: float = 10.0,
    tensorboard: Annotated[bool, Parameter(negative=())] = False,
    device: Device = None,
    precision: Precision = "auto",
    threads: Threads = None,
) -> None:
    """Train a network, or go on with a run; Ctrl-C or SIGTERM saves the run and ends.

    On several devices: `torchrun --nproc-per-node N -m honte train RUN --micro-batches N …`.

    Parameters
    ----------
    run
        Folder of the run, which is begun if it is new and gone on with if it is not.
    save_minutes
        Minutes between saves of the run.
    tensorboard
        Write the metrics for TensorBoard too, to the folder "tensorboard" of the run.
    """
    from honte.data.batches import BatchStream
    from honte.data.corpus import Corpus
    from honte.policy.parallel import own_device, workers
    from honte.policy.run import open_run
    from honte.policy.training import Trainer
    from honte.policy.training import train as run_training

    opened, config = open_run(run, _absolute(settings))
    where, dtype = choose_machine(own_device(device), precision, threads)
    with workers(where) as team:
        opened.read_only = not team.leads
        trainer = Trainer(
            config,
            BatchStream(Corpus.open(*config.corpus), replace(config, side="all" if config.validation else "train")),
            device=where,
            dtype=dtype,
            validation=_validation_stream(config),
            workers=team,
        )
        trainer.restore(opened)
        with ExitStack() as stack:
            watches = []
            if team.leads:
                watches.append(stack.enter_context(_progress(trainer)))
                if tensorboard:
                    watches.append(stack.enter_context(_tensorboard(trainer, opened)))

            def watch(line: Line) -> None:
                for watch_it in watches:
                    watch_it(line)

            run_training(trainer, opened, save_minutes=save_minutes, watch=watch)


@app.command
def plot(
    *runs: Path, output: Annotated[Path, Parameter(alias="-o")] = Path("curves.png")
) -> None:
    """Draw the curves of runs: loss, top-1, learning rate.

    Parameters
    ----------
    runs
        Folders of the runs.
    output
        The picture to write, as PNG, SVG or PDF.
    """
    try:
        from honte.policy.curves import draw_curves
    except ModuleNotFoundError as error:
        raise HonteError(f"plots need {error.name}: pip install 'honte[plot]'") from None

    if not runs:
        raise HonteError("no run is named: give the folder of one or more")
    draw_curves(runs, output)


def _absolute(settings: Settings) -> dict[str, Any]:
    """The settings with paths that mean the same from everywhere, as they are saved with the run."""
    given = dict(settings)
    for name in ("corpus", "validation"):
        if name in given:
            given[name] = tuple(str(Path(path).resolve()) for path in given[name])
    for name in ("init", "parent"):
        if given.get(name, "default") != "default":
            given[name] = str(Path(given[name]).resolve())
    return given


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
    from honte.data.corpus import Corpus

    if not config.validation and not config.validation_share:
        return None
    # one sample for all seeds, so that runs with different ones can be compared
    settings = replace(config, seed=0, symmetry=False, hide_ages=0.0, side="all" if config.validation else "validation")
    return BatchStream(Corpus.open(*(config.validation or config.corpus)), settings)
