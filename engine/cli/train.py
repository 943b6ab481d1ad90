"""`honte train`."""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypedDict

from cyclopts import App, Parameter

from honte.data.settings import WHOSE_MOVES, BatchConfig
from honte.engine.cli.learning import Line, SaveMinutes, Watch, learning_bar
from honte.engine.cli.machine import choose_machine
from honte.engine.cli.options import Device, Flag, Precision, Threads
from honte.engine.cli.settings import absolute, options_of
from honte.engine.cli.terminal import console_of_stderr, counted, note, table
from honte.features.errors import HonteError
from honte.policy.recipes import RECIPES, TrainConfig, describe

if TYPE_CHECKING:
    from honte.data.corpus import Corpus
    from honte.data.mixture import Stream
    from honte.policy.run import Run
    from honte.policy.training import Trainer

LEAST_SHARE = 0.01
"""Of the positions of a corpus that must be on boards of a size for it to be learnt without being asked for."""
BOARDS = (
    "Lines of the boards to learn from; several train one network over all of them. By default those that at least a"
    " hundredth of the positions of the corpus are on."
)
FEW = 1_000_000
"""Positions from which a network learns little that begins with nothing."""
FEW_IN_BAND = 10_000
"""Positions of a band of ranks from which little is learnt of how it differs from the others."""

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
            hidden=("side", "other_sizes"),
        )
        | {"board_size": Annotated[tuple[int, ...], Parameter(help=BOARDS, negative=(), consume_multiple=True)]},
        total=False,
    )

app = App(name="train", help="Train a network on a corpus, or show how training went.")


@app.default
def train(
    run: Path,
    *,
    settings: Annotated[Settings, Parameter(name="*")] = {},  # noqa: B006 - never changed
    save_minutes: SaveMinutes = 10.0,
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
    tensorboard
        Write the metrics for TensorBoard too, to the folder "tensorboard" of the run.
    no_compile
        On a GPU, do without torch.compile, which needs Triton and a C compiler.
    """
    from honte.data.corpus import Corpus
    from honte.data.mixture import stream_of
    from honte.policy.learner import learn
    from honte.policy.parallel import own_device, workers
    from honte.policy.run import Run, open_run
    from honte.policy.training import Trainer, memory_for_batches

    given = _with_boards(absolute(settings))
    if not Run(run).exists() and given.keys() & {"corpus", "parent", "board_size"} == {"corpus"}:
        given |= _boards(_usual_sizes(given))
    opened, config = open_run(run, given)
    corpus = Corpus.open(*config.corpus)
    where, dtype = choose_machine(own_device(device), precision, threads)
    with ExitStack() as stack:
        team = stack.enter_context(workers(where))
        opened.read_only = not team.leads
        stream = stream_of(corpus, replace(config, side="all" if config.validation else "train"), config.sizes)
        validation = _validation_stream(corpus, config)
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


def _with_boards(given: dict[str, Any]) -> dict[str, Any]:
    """The settings with a size of board and other sizes in place of the sizes that were given."""
    empty = [name for name, value in given.items() if value == ()]
    if empty:
        raise HonteError(f"{empty[0]} is given without a value: write one or more after it")
    return {**given, **_boards(given["board_size"])} if "board_size" in given else given


def _boards(sizes: Iterable[int]) -> dict[str, Any]:
    """The settings for boards of these sizes, at least one: first the largest."""
    largest, *others = sorted(set(sizes), reverse=True)
    return {"board_size": largest, "other_sizes": tuple(others)}


def _usual_sizes(given: dict[str, Any]) -> list[int]:
    """The sizes of board to learn from where none is named."""
    from honte.data.corpus import Corpus
    from honte.data.labels import positions_by_size

    config = BatchConfig(**{name: given[name] for name in WHOSE_MOVES if name in given})
    counts = positions_by_size(Corpus.open(*given["corpus"]), config)
    whole = sum(counts.values())
    return [size for size, count in counts.items() if whole and count >= LEAST_SHARE * whole] or [19]


def _say_what_begins(trainer: "Trainer") -> None:
    """A table on stderr: what is learnt from, what is not and why, how large all is, and when it ends."""
    from honte.data.mixture import Mixture

    config, census, progress = trainer.config, trainer.stream.census(), trainer.progress
    boards = ", ".join(f"{size}x{size}" for size in config.sizes)
    each = trainer.stream.streams if isinstance(trainer.stream, Mixture) else []
    parts = ", ".join(f"{part.positions:,} on {part.config.board_size}x{part.config.board_size}" for part in each)
    games, positions = f"{counted(census.games, 'game')} of the corpus", counted(census.positions, "position")
    rows = [
        ("learnt from", f"{games}, {positions}" + f" ({parts})" * bool(parts)),
        ("left out", f"{census.other_size:,} on boards other than {boards}, {census.filtered:,} by the filters"),
        ("kept back", f"{counted(census.other_side, 'game')} of the corpus"
         if trainer.validation and not config.validation else
         f"none: nothing is scored, as {'no share is kept back' if census.games > 1 else 'there is only one game'}"
         if trainer.validation is None else "none, as --validation is given"),
    ]  # fmt: skip
    rows += _bands(trainer)
    keys = trainer.stream.corpus.table["key"].to_pylist()
    if twice := len(keys) - len(set(keys)):
        rows.append(("attention", f"in the corpus again, and counted again: {counted(twice, 'game')}"))
    if trainer.validation is not None:
        scored = trainer.validation.census()
        sample = min(scored.positions, config.score_positions)
        whole = f"{counted(scored.positions, 'position')} of {counted(scored.games, 'game')}"
        rows.append(("scored on", f"{sample:,} of {whole}"))
        if config.validation:
            learnt = set(keys)
            shared = sum(key in learnt for key in trainer.validation.corpus.table["key"].to_pylist())
            if shared:
                rows.append(("attention", f"learnt from, too, though of --validation: {counted(shared, 'game')}"))
    parameters = sum(parameter.numel() for parameter in trainer.network.parameters())
    steps = counted(-(-census.positions // config.batch_size), "step")
    rows += [
        ("network", f"{config.network}, {config.filters:,} filters, {parameters:,} parameters while it learns"),
        ("an epoch", f"{steps} of {counted(config.batch_size, 'position')}"),
        ("the end", _expected_end(config, census.positions)),
    ]
    if progress.step:
        rows.append(("goes on at", f"step {progress.step:,}"))
    elif census.positions < FEW and config.init is None and config.parent is None:
        rows.append(("attention", f"{positions} are few to learn Go from: --recipe finetune --init"
                     " default begins with the network that comes with Honte"))  # fmt: skip
    console_of_stderr().print(table("", "", rows=rows))


def _bands(trainer: "Trainer") -> list[tuple[str, str]]:
    """Rows of what each band of ranks has to be learnt from. HonteError where one has nothing, in a new run."""
    import numpy as np

    from honte.data.bands import band_words
    from honte.data.labels import ranks_there
    from honte.data.mixture import Mixture

    bands, stream = trainer.config.bands, trainer.stream
    if not bands:
        return []
    each = stream.streams if isinstance(stream, Mixture) else [stream]
    counts = np.sum([part.positions_by_band() for part in each], axis=0)
    counted = {band_words(bands, place): int(count) for place, count in enumerate(counts)}
    for band, count in counted.items():
        if not count and not trainer.progress.step:
            raise HonteError(f"no move to learn from is of a player of {band}, so leave that band out of --bands:"
                             f" {ranks_there(stream.corpus)}")  # fmt: skip
    rows = [("bands", ", ".join(f"{band}: {count:,}" for band, count in counted.items()))]
    if few := [band for band, count in counted.items() if count < FEW_IN_BAND]:
        rows.append(("attention", f"so few positions teach little of what sets a band apart: {', '.join(few)}"))
    return rows


def _expected_end(config: TrainConfig, positions: int) -> str:
    ends = ["Ctrl-C"]
    if config.patience is not None:
        ends.insert(0, f"after {counted(config.patience, 'scoring')} in a row, every"
                       f" {counted(config.score_interval, 'position')}, that are no better")  # fmt: skip
    if config.steps is not None:
        seen = config.steps * config.batch_size
        ends.insert(0, f"at step {config.steps:,}, {counted(seen, 'position')} ({seen / positions:.1f} epochs)")
    return ", or ".join(ends)


def _say_what_came_of_it(trainer: "Trainer", run: "Run", ending: str) -> None:
    config, progress = trainer.config, trainer.progress
    positions, minutes = progress.step * config.batch_size, progress.seconds / 60
    seen = f"step {progress.step:,}, {counted(positions, 'position')}, {minutes:.1f} minutes"
    worse = f"no better for {counted(progress.worse, 'scoring')}"
    why = {"end": "at its end", "worse": worse, "stopped": "stopped"}
    note(f"{why[ending]}: {seen}")
    if progress.best is not None:
        kept = "" if config.patience is None else ", which is the network that is kept"
        note(f"best validation loss {progress.best:.4f}, at step {progress.best_step:,}{kept}")
    if (run.network_folder / "config.json").exists():
        note(f"network: {run.network_folder}; play it with: honte gtp --network {run.network_folder}")
    if config.init is not None and progress.best is not None and not config.validation:
        note(f"what it gained: honte evaluate {' '.join(config.corpus)} --network {run.folder}")
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
    config, progress = trainer.config, trainer.progress
    total = None if config.steps is None else config.steps * config.batch_size
    bar, task = learning_bar(
        "{task.completed:,} positions", total=total, completed=progress.step * config.batch_size
    )
    lines = 0

    def watch(line: Line) -> None:
        nonlocal lines
        bar.update(task, completed=progress.step * config.batch_size)
        if line is None:
            return
        if "loss" in line:
            speed = line["positions_per_second"]
            figures = f"loss {line['loss']:.3f}  top-1 {line['top1']:.1%}  {speed:.1f} positions/s"
            bar.update(task, figures=figures)
            lines += 1
            if lines == 2:  # the first has the time that kernels took to be compiled
                bar.console.print(_pace(trainer, speed), soft_wrap=True)
        elif "validation_loss" in line:
            bar.console.print(
                f"step {line['step']:,}: validation loss {line['validation_loss']:.4f},"
                f" top-1 {line['validation_top1']:.2%}"
            )

    with bar:
        yield watch


def _pace(trainer: "Trainer", speed: float) -> str:
    """How long things take at so many positions a second."""
    config, seen = trainer.config, trainer.progress.step * trainer.config.batch_size
    parts = [f"an epoch takes {_duration(trainer.stream.positions / speed)}"]
    if trainer.validation is not None:
        parts.append(f"a scoring comes every {_duration(config.score_steps * config.batch_size / speed)}")
    if config.steps is not None:
        parts.append(f"the last step in {_duration((config.steps * config.batch_size - seen) / speed)}")
    return f"{speed:,.0f} positions/s on this machine: {', '.join(parts)}"


def _duration(seconds: float) -> str:
    for unit, length in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.1f} {unit}"
    return f"{seconds:.0f} seconds"


def _validation_stream(corpus: "Corpus", config: TrainConfig) -> "Stream | None":
    """What to score on: corpora of its own, or the share of the games that training leaves out."""
    from honte.data.batches import BatchStream
    from honte.data.corpus import Corpus, CorpusError
    from honte.data.mixture import mixed, stream_of

    # one sample for all seeds, so that runs with different ones can be compared
    settings = replace(config, seed=0, symmetry=False, hide_ages=0.0, side="all" if config.validation else "validation")
    if config.validation:
        return stream_of(Corpus.open(*config.validation), settings, config.sizes)
    streams = []
    for size in config.sizes if config.validation_share else ():
        with suppress(CorpusError):  # of one game, or none that is kept back meets the filters
            streams.append(BatchStream(corpus, replace(settings, board_size=size)))
    return mixed(streams) if streams else None
