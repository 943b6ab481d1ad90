"""`honte train` and `honte evaluate`."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypedDict, get_type_hints

from cyclopts import App, Parameter
from docstring_parser import parse_from_object

from data.settings import BatchConfig
from features.errors import HonteError
from policy.recipes import TrainConfig

if TYPE_CHECKING:
    import torch
    from rich.table import Table

    from data.batches import BatchStream
    from policy.evaluation import Figure, Report
    from policy.training import Trainer


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

Device = Annotated[str | None, Parameter(help="Device to compute on, such as cpu or cuda:0; the best by default.")]
Precision = Annotated[
    Literal["auto", "float32", "bfloat16"],
    Parameter(help="Type of the activations; auto takes bfloat16 where the device is made for it."),
]
Threads = Annotated[int | None, Parameter(help="Processor threads to compute on; all cores by default.")]


app = App(name="train", help="Train a network on a corpus, or show how training went.")


@app.default
def train(
    run: Path,
    *,
    settings: Annotated[Settings, Parameter(name="*")] = {},  # noqa: B006 - never changed
    save_minutes: float = 10.0,
    device: Device = None,
    precision: Precision = "auto",
    threads: Threads = None,
) -> None:
    """Train a network, or go on with a run; Ctrl-C or SIGTERM saves the run and ends.

    On several devices: `torchrun --nproc-per-node N -m engine.cli train RUN --micro-batches N …`.

    Parameters
    ----------
    run
        Folder of the run, which is begun if it is new and gone on with if it is not.
    save_minutes
        Minutes between saves of the run.
    """
    from data.batches import BatchStream
    from data.corpus import Corpus
    from policy.parallel import own_device, workers
    from policy.run import open_run
    from policy.training import Trainer
    from policy.training import train as run_training

    opened, config = open_run(run, _absolute(settings))
    where, dtype = _machine(own_device(device), precision, threads)
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
        with _progress(trainer) if team.leads else nullcontext(lambda line: None) as watch:
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
        from policy.curves import draw_curves
    except ModuleNotFoundError as error:
        raise HonteError(f"plots need {error.name}: pip install 'honte[plot]'") from None

    if not runs:
        raise HonteError("no run is named: give the folder of one or more")
    draw_curves(runs, output)


def evaluate(
    corpus: tuple[Path, ...],
    /,
    *,
    network: str = "default",
    symmetries: Literal[1, 8] = 1,
    positions: int | None = None,
    batch_size: int = 128,
    json_: Annotated[bool, Parameter(name="--json", negative=())] = False,
    device: Device = None,
    precision: Precision = "auto",
    threads: Threads = None,
) -> None:
    """Measure how well a network predicts the moves of a corpus.

    Parameters
    ----------
    corpus
        Corpus files; every position of every game on the network's board size counts.
    network
        Folder of the network; "default" is the one that comes with Honte.
    symmetries
        8 averages the network over all turns and reflections of the board, for eight times the work.
    positions
        Take only so many positions, chosen at random but always the same.
    batch_size
        Positions that go through the network at once.
    json_
        Print the figures as JSON.
    """
    from rich.console import Console
    from rich.progress import track

    from data.batches import BatchStream
    from data.corpus import Corpus
    from policy.checkpoint import load
    from policy.evaluation import evaluate as score
    from policy.predictor import Predictor

    where, dtype = _machine(device, precision, threads)
    predictor = Predictor(load(network), device=where, dtype=dtype, symmetries=symmetries)
    stream = BatchStream(
        Corpus.open(*corpus),
        BatchConfig(batch_size=batch_size, board_size=predictor.board_size, symmetry=False, side="all"),
    )
    wanted = stream.positions if positions is None else min(positions, stream.positions)
    count = -(-wanted // batch_size)
    batches = stream.in_order() if wanted == stream.positions else islice(stream.prefetch(), count)
    shown = track(batches, "Evaluating", total=count, console=Console(stderr=True), transient=True)
    report = score(predictor, shown)
    if json_:
        print(json.dumps(asdict(report)))
    else:
        Console().print(_table(report))


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


def _machine(device: str | None, precision: str, threads: int | None) -> "tuple[torch.device, torch.dtype]":
    """Set the number of threads, choose device and type, and say on stderr what was chosen and why."""
    import torch

    from policy.precision import choose_device, choose_dtype

    if threads is not None:
        torch.set_num_threads(threads)
    where = choose_device(device)
    dtype, reason = choose_dtype(where)
    if precision != "auto":
        dtype, reason = getattr(torch, precision), "as asked"
    name = str(dtype).removeprefix("torch.")
    print(f"{where}, {torch.get_num_threads()} threads; {name}: {reason}", file=sys.stderr)
    return where, dtype


@contextmanager
def _progress(trainer: "Trainer") -> "Iterator[Callable[[dict[str, Any] | None], None]]":
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

    def watch(line: dict[str, Any] | None) -> None:
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
    from data.batches import BatchStream
    from data.corpus import Corpus

    if not config.validation and not config.validation_share:
        return None
    settings = replace(config, symmetry=False, hide_ages=0.0, side="all" if config.validation else "validation")
    return BatchStream(Corpus.open(*(config.validation or config.corpus)), settings)


def _table(report: "Report") -> "Table":
    from rich.table import Table

    def mean(figure: "Figure", share: bool) -> str:
        form = "{:.2%}" if share else "{:.4f}"
        spread = "" if figure.high is None else f" ± {form.format(figure.high - figure.value)}"
        return form.format(figure.value) + spread

    table = Table(caption=f"{report.games:,} games; calibration error {report.calibration_error:.2%}")
    for heading in ("moves", "positions", "top-1", "top-5", "cross-entropy"):
        table.add_column(heading, justify="right")
    for name, score in {**report.phases, "all": report}.items():
        table.add_row(
            name,
            f"{score.positions:,}",
            mean(score.top1, True),
            mean(score.top5, True),
            mean(score.cross_entropy, False),
        )
    return table
