"""`honte reinforce`."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypedDict

from cyclopts import Parameter

from honte.engine.cli.learning import Line, SaveMinutes, Watch, learning_bar
from honte.engine.cli.machine import choose_machine
from honte.engine.cli.options import Device, Precision, Threads
from honte.engine.cli.settings import absolute, options_of
from honte.engine.cli.terminal import counted, note
from honte.policy.reinforce.settings import ReinforceConfig

if TYPE_CHECKING:
    from honte.policy.reinforce.openings import Openings
    from honte.policy.reinforce.trainer import Reinforcer
    from honte.policy.run import Run

if TYPE_CHECKING:
    Settings = dict[str, Any]
else:
    Settings = TypedDict("Settings", options_of(ReinforceConfig), total=False)


def reinforce(
    run: Path,
    *,
    settings: Annotated[Settings, Parameter(name="*")] = {},  # noqa: B006 - never changed
    save_minutes: SaveMinutes = 10.0,
    device: Device = None,
    precision: Precision = "auto",
    threads: Threads = None,
) -> None:
    """Improve a network by games against its earlier selves, or go on with that; Ctrl-C or SIGTERM ends it, saved.

    On several devices: `torchrun --nproc-per-node N -m honte reinforce RUN …`.

    Parameters
    ----------
    run
        Folder of the run, which is begun if it is new and gone on with if it is not.
    """
    import torch

    from honte.policy.learner import learn
    from honte.policy.parallel import own_device, workers
    from honte.policy.reinforce.trainer import Reinforcer, open_run

    opened, config = open_run(run, absolute(settings))
    where, dtype = choose_machine(own_device(device), precision, threads)
    with ExitStack() as stack:
        team = stack.enter_context(workers(where))
        opened.read_only = not team.leads
        stack.enter_context(opened.locked())
        learner = Reinforcer(
            config, opened, device=where, dtype=dtype, openings=_openings(config), workers=team,
            threads=torch.get_num_threads(),
        )  # fmt: skip
        learner.restore(opened)
        if team.leads:
            _say_what_begins(learner)
        with _progress(learner) if team.leads else nullcontext(_silent) as watch:
            ending = learn(learner, opened, save_minutes=save_minutes, watch=watch)
        if team.leads:
            _say_what_came_of_it(learner, opened, ending)


def _openings(config: ReinforceConfig) -> "Openings | None":
    from honte.data.corpus import Corpus
    from honte.policy.reinforce.openings import Openings

    if not config.corpus:
        return None
    return Openings(
        Corpus.open(*config.corpus), size=config.board_size, most=config.opening_moves, share=config.opening_share,
        seed=config.seed,
    )  # fmt: skip


def _say_what_begins(learner: "Reinforcer") -> None:
    config, progress = learner.config, learner.progress
    parameters = sum(parameter.numel() for parameter in learner.network.parameters())
    note(
        f"{config.board_size}x{config.board_size}, komi {config.komi:g}, {counted(config.games, 'game')} a step;"
        f" a network of {parameters:,} parameters that begins as {config.init}"
    )
    if progress.step:
        note(f"goes on at step {progress.step:,}")


def _silent(line: Line) -> None:
    """What the processes show that do not lead."""


@contextmanager
def _progress(learner: "Reinforcer") -> Iterator[Watch]:
    """Show on stderr how it goes; where that is no terminal, only the scores and what seems wrong."""
    from honte.policy.reinforce.alarms import alarms

    config, progress = learner.config, learner.progress
    bar, task = learning_bar("step {task.completed:,}", total=config.steps, completed=progress.step)
    said: set[str] = set()

    def watch(line: Line) -> None:
        bar.update(task, completed=progress.step)
        if line is None:
            return
        if "against_first" in line:
            bar.console.print(
                f"step {line['step']:,}: {line['against_first']:.1%} of {counted(line['score_games'], 'game')}"
                f" against the first network ({line['low']:.1%} … {line['high']:.1%})"
            )
            return
        bar.update(
            task,
            figures=f"{line['games_per_second']:.2f} games/s  {line['length']:.0f} moves  won {line['win_rate']:.0%}"
            f"  Black {line['black_wins']:.0%}  entropy {line['entropy']:.2f}"
            f"  {line['openings']} openings of {line['empty_boards']}",
        )
        for kind, sentence in alarms(line).items():
            if kind not in said:
                bar.console.print(f"step {line['step']:,}: {sentence}")
            said.add(kind)

    with bar:
        yield watch


def _say_what_came_of_it(learner: "Reinforcer", run: "Run", ending: str) -> None:
    config, progress = learner.config, learner.progress
    why = {"end": "at its end", "stopped": "stopped"}[ending]
    games, minutes = progress.step * config.games, progress.seconds / 60
    note(f"{why}: step {progress.step:,}, {counted(games, 'game')}, {minutes:.1f} minutes")
    note(f"network: {run.network_folder}; compare it with: honte match 'honte gtp --network {run.network_folder}' …")
    if ending == "stopped":
        note(f"go on with: honte reinforce {run.folder}")
