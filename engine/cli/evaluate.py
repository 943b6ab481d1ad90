"""`honte evaluate`: how well a network predicts the moves of games, of all players together or of each."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from honte.data.settings import BatchConfig, Side
from honte.engine.cli.machine import choose_machine
from honte.engine.cli.options import Count, Device, Json, Network, OptionalCount, Precision, Symmetries, Threads
from honte.engine.cli.terminal import note, say_json, show, table
from honte.features.errors import HonteError

if TYPE_CHECKING:
    from rich.table import Table

    from honte.data.corpus import Corpus
    from honte.policy.evaluation import Figure, Report, Score

UNNAMED = "(no name)"


def evaluate(
    corpus: tuple[Path, ...],
    /,
    *,
    network: Network = "default",
    by: Literal["phase", "player"] = "phase",
    min_moves: Count = 100,
    symmetries: Symmetries = 1,
    side: Side | None = None,
    positions: OptionalCount = None,
    batch_size: Count = 128,
    json_: Json = False,
    device: Device = None,
    precision: Precision = "auto",
    threads: Threads = None,
) -> None:
    """Measure how well a network predicts the moves of a corpus.

    Parameters
    ----------
    corpus
        Corpus files; every position of every game on the network's board size counts, or of those games alone that
        were kept back, where the network learnt from the others.
    by
        What a line of the table is: a phase of the game, or a player's own moves ("how often does it predict mine?").
    min_moves
        With --by player, only players with at least so many moves.
    side
        Which games: those kept back, those learnt from, or all. By default those kept back of the corpus that the
        network was trained on, and all of another.
    positions
        Take only so many positions, rounded up to whole batches, chosen at random but always the same.
    batch_size
        Positions that go through the network at once.
    """
    from rich.console import Console
    from rich.progress import track

    from honte.data.batches import BatchStream
    from honte.data.corpus import Corpus, CorpusError
    from honte.policy.checkpoint import load, read_config
    from honte.policy.evaluation import outcomes
    from honte.policy.predictor import Predictor

    if not corpus:
        raise HonteError("no corpus is named: give one or more that 'honte corpus build' made")
    where, dtype = choose_machine(device, precision, threads)
    predictor = Predictor(load(network), device=where, dtype=dtype, symmetries=symmetries)
    opened = Corpus.open(*corpus)
    learnt = _learnt_from(opened, corpus, read_config(network).get("metadata", {}).get("learnt_from"))
    share = BatchConfig.validation_share if learnt is None else learnt["validation_share"]
    chosen = side or ("validation" if learnt and share else "all")
    config = BatchConfig(
        batch_size=batch_size, board_size=predictor.board_size, symmetry=False, side=chosen, validation_share=share
    )
    try:
        stream = BatchStream(opened, config)
    except CorpusError:
        if side or chosen == "all":
            raise
        chosen = "all"
        stream = BatchStream(opened, replace(config, side=chosen))
    kinds = {"validation": "kept back", "train": "not kept back", "all": "all"}
    count_of_games = stream.census().games
    note(f"scored: {kinds[chosen]}, {count_of_games:,} games; " + _whether_learnt(chosen, learnt is not None))
    wanted = stream.positions if positions is None else min(positions, stream.positions)
    count = -(-wanted // batch_size)
    batches = stream.in_order() if wanted == stream.positions else islice(stream.prefetch(), count)
    shown = track(batches, "Evaluating", total=count, console=Console(stderr=True), transient=True)
    found = outcomes(predictor, shown)
    report = found.report()
    document = {**asdict(report), "side": chosen, "learnt_from": chosen != "validation" if learnt else None}
    if by == "phase":
        figures = _phases(report)
    else:
        players = found.of_players(stream.corpus)
        scores = {name: found.score(chosen) for name, chosen in players.items() if len(chosen) >= min_moves}
        document["players"] = [{"player": name, **asdict(score)} for name, score in scores.items()]
        document["players_with_fewer_moves"] = len(players) - len(scores)
        fewer = f"{len(players) - len(scores):,} players with fewer than {min_moves:,} moves are not shown"
        figures = _players(report, scores, fewer)
    if json_:
        say_json(document)
    else:
        show(figures)


def _learnt_from(corpus: "Corpus", paths: tuple[Path, ...], learnt: dict[str, Any] | None) -> dict[str, Any] | None:
    """What the network's metadata say of this corpus; None where it is another, or they say nothing."""
    from honte.data.batches import fingerprint

    if learnt is None:
        return None
    same_files = {str(Path(path).resolve()) for path in paths} <= set(learnt["corpus"])
    return learnt if same_files or fingerprint(corpus) == learnt["fingerprint"] else None


def _whether_learnt(side: str, known: bool) -> str:
    if not known:
        return "the network does not say that it learnt from this corpus"
    if side == "validation":
        return "the network did not learn from them"
    return "the network learnt from them, so that this is how well it remembers"


def _phases(report: "Report") -> "Table":
    rows = [
        (name, f"{score.positions:,}", *_cells(score, 2)) for name, score in {**report.phases, "all": report}.items()
    ]
    caption = f"{report.games:,} games; calibration error {report.calibration_error:.2%}"
    return _table(">moves", ">positions", rows=rows, caption=caption)


def _players(report: "Report", players: "dict[str, Score]", caption: str) -> "Table":
    rows = [
        (name or UNNAMED, f"{score.games:,}", f"{score.positions:,}", *_cells(score, 1))
        for name, score in {**players, "all": report}.items()
    ]
    return _table("player", ">games", ">moves", rows=rows, caption=caption)


def _table(*headings: str, rows: Sequence[Sequence[object]], caption: str) -> "Table":
    made = table(*headings, ">top-1", ">top-5", ">cross-entropy", rows=rows, caption=caption)
    for column in made.columns[-3:]:
        column.no_wrap = False  # a narrow terminal has the interval under the figure
    return made


def _cells(score: "Score", digits: int) -> tuple[str, str, str]:
    """Figures with their 95 % intervals; shares with so many digits after the point."""

    def cell(figure: "Figure", form: str) -> str:
        interval = "" if figure.low is None else f" ({figure.low:{form}} to {figure.high:{form}})"
        return f"{figure.value:{form}}{interval}"

    share = f".{digits}%"
    return cell(score.top1, share), cell(score.top5, share), cell(score.cross_entropy, f".{digits + 2}f")
