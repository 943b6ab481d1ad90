"""`honte evaluate`: how well a network predicts the moves of games, of all players together or of each."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, fields, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from honte.data.settings import BatchConfig, Side
from honte.engine.cli.figures import table_of_figures, with_interval
from honte.engine.cli.machine import choose_machine
from honte.engine.cli.options import Count, Device, Flag, Json, Network, OptionalCount, Precision, Symmetries, Threads
from honte.engine.cli.terminal import counted, note, say, say_json, show, tracked
from honte.features.errors import HonteError

if TYPE_CHECKING:
    from rich.table import Table

    from honte.data.batches import Batch, BatchStream
    from honte.data.corpus import Corpus
    from honte.policy.evaluation import Figure, Gain, Report, Score
    from honte.policy.predictor import Predictor

UNNAMED = "(no name)"
KINDS = {"validation": "kept back", "train": "not kept back", "all": "all"}


def evaluate(
    corpus: tuple[Path, ...],
    /,
    *,
    network: Network = "default",
    against: Annotated[tuple[str, ...], Parameter(negative=())] = (),
    player: tuple[str, ...] = (),
    min_rank: str | None = None,
    max_rank: str | None = None,
    by: Literal["phase", "size", "rank", "player", "band"] = "phase",
    min_moves: Count = 100,
    bands: Annotated[tuple[str, ...], Parameter(negative=(), consume_multiple=True)] = (),
    calibrate: Flag = False,
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
        Corpus files; every position of every game on the boards that the network has learnt counts, or of those games
        alone that were kept back, where the network learnt from the others.
    against
        Another network to hold against it on the same positions; by default the one that it began with, if it says so.
        With --by band several may be given, and the last is what a band's own network is held against.
    player
        Only moves of these players, by the exact name.
    min_rank
        Only moves of players of at least this rank (3k, 6d, 9p).
    max_rank
        Only moves of players of at most this rank.
    by
        What a line of the table is: a phase of the game, a size of board, the moves of a rank, or a player's own ("how
        often does it predict mine?"). Or, with band, every network at each level that it was told, against the moves
        of each band of rank.
    min_moves
        With --by player, only players with at least so many moves.
    bands
        With --by band, the lowest ranks of the bands, from the weakest up; by default those that the network was told.
    calibrate
        With --by band, keep with the network how sure to be of ranks that are told by it (honte review --rank).
    side
        Which games: those kept back, those learnt from, or all. By default those kept back of the corpus that the
        network was trained on, and all of another.
    positions
        Take only so many positions, rounded up to whole batches, chosen at random but always the same; with --by band,
        so many of each, rounded up to whole games.
    batch_size
        Positions that go through the network at once.
    """
    from honte.data.corpus import Corpus
    from honte.policy.evaluation import Outcomes, outcomes
    from honte.policy.family import Family
    from honte.policy.predictor import Predictor

    if not corpus:
        raise HonteError("no corpus is named: give one or more that 'honte corpus build' made")
    if by == "band" and (min_rank or max_rank):
        raise HonteError("--by band has ranks of its own: leave --min-rank and --max-rank out, or give --bands")
    if by != "band" and (bands or calibrate or len(against) > 1):
        raise HonteError("--bands, --calibrate and more than one --against are for --by band: give that too")
    where, dtype = choose_machine(device, precision, threads)

    def open_network(name: str) -> Predictor:
        return Predictor(Family(name), device=where, dtype=dtype, symmetries=symmetries)

    predictor = open_network(network)
    opened = Corpus.open(*corpus)
    metadata = _metadata(network)
    learnt = _learnt_from(opened, corpus, metadata.get("learnt_from"))
    config = BatchConfig(
        batch_size=batch_size, symmetry=False, player=player, min_rank=min_rank, max_rank=max_rank
    )
    there = {int(size) for size in opened.sizes}
    known = there & predictor.family.members.keys()
    streams = _streams(opened, config, sorted(known or there), learnt, chosen=side)
    chosen = streams[0].config.side
    games = sum(stream.census().games for stream in streams)
    note(f"scored: {KINDS[chosen]}, {counted(games, 'game')}; " + _whether_learnt(chosen, learnt))
    if known and (others := sum(int(size) not in known for size in opened.sizes)):
        note(f"left out: {counted(others, 'game')} on boards of sizes that the network has not learnt")
    if by == "band":
        from honte.engine.cli.matrix import evaluate_by_band

        rivals = {name: (open_network(name), _metadata(name)) for name in against}
        networks = {network: (predictor, metadata), **rivals}
        evaluate_by_band(networks, streams, bands, positions=positions, calibrate=calibrate, json_=json_)
        return
    share = 1.0 if positions is None else min(1.0, positions / sum(stream.positions for stream in streams))
    count = sum(_batches_in(stream, share) for stream in streams)

    def foretold(by_whom: Predictor, task: str) -> Outcomes:
        return outcomes(by_whom, tracked(_batches(_told(streams, by_whom), share), task, total=count))

    found = foretold(predictor, "Evaluating")
    report = found.report()
    document = {**asdict(report), "side": chosen, "learnt_from": chosen != "validation" if learnt else None}
    if by == "player":
        players = found.of_players(opened)
        scores = {name: found.score(moves) for name, moves in players.items() if len(moves) >= min_moves}
        document["players"] = [{"player": name, **asdict(score)} for name, score in scores.items()]
        document["players_with_fewer_moves"] = len(players) - len(scores)
        fewer = counted(len(players) - len(scores), "player") + f" with fewer than {counted(min_moves, 'move')}"
        named = {name or UNNAMED: score for name, score in scores.items()}
        figures = _table("player", named, report, 1, f"not shown: {fewer}")
    elif by == "rank":
        ranks = {name: found.score(moves) for name, moves in found.of_ranks(opened).items()}
        document["ranks"] = [{"rank": name, **asdict(score)} for name, score in ranks.items()]
        figures = _table("rank", {name or "(none)": score for name, score in ranks.items()}, report, 1, "")
    else:
        sizes = {f"{size}x{size}": found.score(moves) for size, moves in found.of_sizes(opened).items()}
        document["sizes"] = {name: asdict(score) for name, score in sizes.items()}
        parts = sizes if by == "size" or len(sizes) > 1 else report.phases
        caption = f"{counted(report.games, 'game')}; calibration error {report.calibration_error:.2%}"
        figures = _table("board" if parts is sizes else ">moves", parts, report, 2, caption)
    if other := against[0] if against else _began_with(metadata):
        gain = found.gain(foretold(open_network(other), f"Evaluating {other}"))
        document["against"] = {"network": other, **asdict(gain), "words": _words(gain.cross_entropy)}
    if json_:
        say_json(document)
        return
    show(figures)
    if other:
        say(_gain(gain, other))


def _streams(
    corpus: "Corpus",
    config: BatchConfig,
    sizes: Sequence[int],
    learnt: dict[str, Any] | None,
    *,
    chosen: Side | None,
) -> "list[BatchStream]":
    """The positions to score, a stream a size of board; CorpusError when there are none.

    Without a side chosen they are those kept back where the network learnt from the others, and where that leaves none,
    or the network did not, all.
    """
    from honte.data.batches import BatchStream
    from honte.data.corpus import CorpusError
    from honte.data.labels import held_out

    known = {field.name for field in fields(BatchConfig)}
    settings = {name: value for name, value in (learnt or {}).items() if name in known}
    settings = {name: tuple(value) if isinstance(value, list) else value for name, value in settings.items()}
    learner = BatchConfig(**settings)
    by_default: list[Side] = ["validation", "all"] if learnt and learner.validation_share else ["all"]
    for side in [chosen] if chosen else by_default:
        streams, lack = [], None
        for size in sizes:
            kept_back = held_out(corpus, replace(learner, board_size=size))
            try:
                made = BatchStream(corpus, replace(config, board_size=size, side=side), kept_back=kept_back)
                streams.append(made)
            except CorpusError as error:
                lack = lack or error
        if streams:
            return streams
    assert lack is not None
    raise lack


def _told(streams: "Sequence[BatchStream]", predictor: "Predictor") -> "list[BatchStream]":
    """The same positions, with the planes of the bands of rank that the network for each size is told."""
    from honte.data.batches import BatchStream

    told = []
    for stream in streams:
        bands = predictor.at(stream.config.board_size).config.bands
        config = replace(stream.config, bands=bands)
        told.append(BatchStream(stream.corpus, config, kept_back=stream.kept_back) if bands else stream)
    return told


def _batches_in(stream: "BatchStream", share: float) -> int:
    return -(-round(stream.positions * share) // stream.config.batch_size)


def _batches(streams: "Sequence[BatchStream]", share: float) -> "Iterator[Batch]":
    """The batches of a share of the positions of each stream."""
    for stream in streams:
        yield from stream.in_order() if share == 1 else islice(stream.prefetch(), _batches_in(stream, share))


def _learnt_from(corpus: "Corpus", paths: tuple[Path, ...], learnt: dict[str, Any] | None) -> dict[str, Any] | None:
    """What the network's metadata say of this corpus; None where it is another, or they say nothing."""
    from honte.data.labels import fingerprint

    if learnt is None:
        return None
    same_files = {str(Path(path).resolve()) for path in paths} <= set(learnt["corpus"])
    names = bool(learnt.get("player"))
    return learnt if same_files or fingerprint(corpus, names=names) == learnt["fingerprint"] else None


def _metadata(network: str) -> dict[str, Any]:
    """What is known of how a network was made; of several, nothing."""
    from honte.policy.checkpoint import CheckpointError, read_config

    try:
        metadata: dict[str, Any] = read_config(network).get("metadata", {})
    except CheckpointError:  # a folder of several
        return {}
    return metadata


def _whether_learnt(side: str, learnt: dict[str, Any] | None) -> str:
    if learnt is None:
        return "the network does not say that it learnt from this corpus"
    if side != "validation":
        return "the network learnt from them, so that this is how well it remembers"
    kept = ", though the best of its scorings on them was kept, which flatters it a little"
    return "the network did not learn from them" + kept * (learnt.get("patience") is not None)


def _began_with(metadata: dict[str, Any]) -> str | None:
    """The network that a network's run began with, where that is known and still there."""
    from honte.policy.checkpoint import CheckpointError, read_config

    began: str | None = metadata.get("learnt_from", {}).get("init")
    if began is None:
        return None
    try:
        read_config(began)
    except CheckpointError:
        note(f"'{began}', which it began with, is not there: --against NETWORK states the gain over another")
        return None
    return began


def _table(heading: str, parts: "dict[str, Score]", report: "Report", digits: int, caption: str) -> "Table":
    """A line a part and one for all; shares have so many digits after the point."""
    rows = [
        (name, f"{score.games:,}", f"{score.positions:,}", *_cells(score, digits))
        for name, score in {**parts, "all": report}.items()
    ]
    headings = (heading, ">games", ">positions", ">top-1", ">top-5", ">cross-entropy")
    return table_of_figures(*headings, rows=rows, figures=3, caption=caption)


def _cells(score: "Score", digits: int) -> tuple[str, str, str]:
    """Figures with their 95 % intervals."""
    share = f".{digits}%"
    return (
        with_interval(score.top1, share),
        with_interval(score.top5, share),
        with_interval(score.cross_entropy, f".{digits + 2}f"),
    )


def _gain(gain: "Gain", other: str) -> str:
    """A sentence on how much better a network is than another."""

    points = f"{with_interval(gain.top1, '+.2f', 100)} points, {_words(gain.top1)}"
    nats = f"{with_interval(gain.cross_entropy, '+.4f')} nats, {_words(gain.cross_entropy)}"
    return f"gain over {other} on the same moves: top-1 {points}; cross-entropy {nats}"


def _words(figure: "Figure") -> str:
    if figure.low is None or figure.high is None:
        return "of which one game does not tell whether it is chance"
    if figure.low > 0:
        return "a gain beyond chance"
    return "a loss beyond chance" if figure.high < 0 else "no gain beyond chance"
