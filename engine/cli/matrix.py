"""`honte evaluate --by band`: networks, each at every level that it knows, against the moves of each band of rank."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from honte.data.bands import band_words
from honte.data.fields import rank_name, rank_value
from honte.data.settings import BatchConfig
from honte.engine.cli.figures import table_of_figures, with_interval
from honte.engine.cli.terminal import note, say, say_json, show, table, tracked
from honte.features.errors import HonteError

if TYPE_CHECKING:
    from rich.table import Table

    from honte.data.batches import Batch, BatchStream
    from honte.data.corpus import Corpus
    from honte.policy.evaluation import Gain, Outcomes, Score
    from honte.policy.levels import Reliability, Sample, Temper
    from honte.policy.predictor import Predictor

LEAST_PLAYERS = 20
"""Half of the players are what the temper is fitted to; with fewer nothing is said of how well ranks are told."""


def evaluate_by_band(
    networks: "Mapping[str, tuple[Predictor, Mapping[str, Any]]]",
    streams: "Sequence[BatchStream]",
    bands: Sequence[str],
    *,
    positions: int | None,
    calibrate: bool,
    json_: bool,
) -> None:
    """Print how well networks, by name with what is known of how they were made, foretell the moves of each band.

    The first is before those that are held against it; the bands are by default those that it was told. It is of all
    moves of the streams, or of about so many positions a band. With `calibrate` what is found of telling ranks is kept
    with the first network.
    """
    from honte.policy.levels import keep_temper

    name, (first, _) = next(iter(networks.items()))
    BatchConfig(bands=tuple(bands))  # refuses what are none
    bands = bands or first.family.levels()
    if not bands:
        raise HonteError(f"'{name}' was told no ranks: say which bands with --bands, such as --bands 15k 5k 1d")
    rows = [row for name, (predictor, made) in networks.items() for row in _rows(name, predictor, bands, made)]
    over = "" if rows[-1].level else rows[-1].name
    found = _measure(streams, rows, bands, over=over, positions=positions)
    fitted = _fitted(found.samples, bands)
    if json_:
        say_json({**_as_json(found, fitted), "side": streams[0].config.side})
    else:
        show(*_tables(found), *([_reliability(*fitted)] if fitted else []))
        for exception in _exceptions(found):
            say(f"exception: {exception}")
    if calibrate and fitted:
        note(f"kept in {keep_temper(name, fitted[0])}, for honte review --rank")
    elif calibrate:
        note(
            f"nothing is kept, as there are too few players to calibrate by: it takes {LEAST_PLAYERS} with a name and"
            " enough moves, and a network that was told ranks"
        )


class Row(NamedTuple):
    """One of those whose foresight is measured."""

    network: str
    name: str
    """What the line of the table is called."""
    level: str
    """The band whose moves it should foretell best; empty for none."""
    predictor: "Predictor"


class Matrix(NamedTuple):
    """What was found, by row, then by band."""

    rows: list[Row]
    own: dict[str, str]
    """By band, the name of the first row whose level it is, where there is one."""
    bands: list[str]
    """Those with moves."""
    scores: "dict[str, dict[str, Score]]"
    gains: "dict[str, Gain]"
    """By band: how much better its own row is than the one that is held against all."""
    over: str
    """The name of that; empty where there is none."""
    samples: "list[Sample]"
    """Where the first network was told ranks: players and their moves."""


def _rows(name: str, predictor: "Predictor", bands: Sequence[str], made: Mapping[str, Any]) -> list[Row]:
    """The rows of one network: at each level that it was told, and untold; or the band that it learnt from alone."""
    levels = predictor.family.levels()
    if levels:
        known = [level for level in levels if level in bands]
        told = [Row(name, f"{name} at {level}", level, predictor.with_level(level)) for level in known]
        return [*told, Row(name, f"{name}, untold", "", predictor.with_level(""))]
    own = rank_value(made.get("learnt_from", {}).get("min_rank") or "")
    return [Row(name, name, next((band for band in bands if rank_value(band) == own), ""), predictor)]


def _measure(
    streams: "Sequence[BatchStream]", rows: Sequence[Row], bands: Sequence[str], *, over: str, positions: int | None
) -> Matrix:
    """Score every row on the moves of each band, or on games with so many of them.

    HonteError when no band has a move.
    """
    from honte.data.labels import ranks_there
    from honte.policy.evaluation import outcomes_of_each

    own = {row.level: row.name for row in reversed(rows) if row.level}
    told = [row.name for row in rows if row.network == rows[0].network and row.predictor.level]
    found = Matrix([*rows], own, [], {row.name: {} for row in rows}, {}, over, [])
    for place, band in enumerate(bands):
        highest = rank_name((rank_value(bands[place + 1]) or 0) - 1) if place + 1 < len(bands) else None
        chosen = _of_band(streams, band, highest, positions)
        if not chosen:
            note(f"left out: no move there is of a player of {band_words(bands, place)}")
            continue
        found.bands.append(band)
        count = sum(-(-stream.positions // stream.config.batch_size) for stream in chosen)
        batches: Iterator[Batch] = chain.from_iterable(stream.in_order() for stream in chosen)
        shown = tracked(batches, f"Moves of {band}", total=count)
        outcomes = dict(zip(found.scores, outcomes_of_each([row.predictor for row in rows], shown), strict=True))
        for name, its in outcomes.items():
            found.scores[name][band] = its.score()
        if band in own and over:
            found.gains[band] = outcomes[own[band]].gain(outcomes[over])
        if len(told) == len(bands):
            found.samples.extend(_samples(streams[0].corpus, [outcomes[name] for name in told], place))
    if not found.bands:
        there = ranks_there(streams[0].corpus)
        raise HonteError(f"no move there is of a player in the bands {' '.join(bands)}: {there}")
    return found


def _fitted(samples: "Sequence[Sample]", bands: Sequence[str]) -> "tuple[Temper, list[Reliability]] | None":
    """The temper that half of the players give, and how well the other half's ranks are told; None for too few."""
    from honte.policy.levels import SAMPLES, fit, reliability

    long = [sample for sample in samples if len(sample.likelihoods) >= SAMPLES[0]]
    if len(long) < LEAST_PLAYERS:
        return None
    temper = fit(long[::2])
    return temper, reliability(long[1::2], bands, temper)


def _as_json(matrix: Matrix, fitted: "tuple[Temper, list[Reliability]] | None") -> dict[str, Any]:
    """What was found as one JSON-able object."""
    return {
        "bands": matrix.bands,
        "networks": [
            {
                "network": row.network,
                "level": row.level,
                "scores": {band: asdict(score) for band, score in matrix.scores[row.name].items()},
            }
            for row in matrix.rows
        ],
        "gains": {band: {"over": matrix.over, **asdict(gain)} for band, gain in matrix.gains.items()},
        "exceptions": _exceptions(matrix),
        "temper": asdict(fitted[0]) if fitted else None,
        "estimates": [asdict(each) for each in fitted[1]] if fitted else [],
    }


def _tables(matrix: Matrix) -> "list[Table]":
    """Top-1 and cross-entropy, a line a network and a column a band of players; and what a band's own network gains."""
    first = next(iter(matrix.scores.values()))
    headings = [f">{band}" for band in matrix.bands]
    made = []
    shown = (("top-1 in %", "top1", ".1f", 100), ("cross-entropy", "cross_entropy", ".3f", 1))
    for title, figure, form, factor in shown:
        rows = [
            (name, *(with_interval(getattr(its[band], figure), form, factor) for band in matrix.bands))
            for name, its in matrix.scores.items()
        ]
        rows.append(("moves", *(f"{first[band].positions:,}" for band in matrix.bands)))
        made.append(table_of_figures(f"{title}, on the moves of", *headings, rows=rows, figures=len(headings)))
    if matrix.gains:
        rows = [
            (band, with_interval(gain.top1, "+.2f", 100), with_interval(gain.cross_entropy, "+.4f"))
            for band, gain in matrix.gains.items()
        ]
        headings = [">top-1, points", ">cross-entropy, nats"]
        made.append(table_of_figures(f"gain over {matrix.over}", *headings, rows=rows, figures=2))
    return made


def _exceptions(matrix: Matrix) -> list[str]:
    """Where the diagonal is not best, in sentences."""
    from honte.policy.levels import exceptions

    diagonal = {band: matrix.scores[matrix.own[band]] for band in matrix.bands if band in matrix.own}
    losses = {level: {band: its[band].cross_entropy.value for band in diagonal} for level, its in diagonal.items()}
    return exceptions(losses)


def _reliability(temper: "Temper", found: "list[Reliability]") -> "Table":
    """How well ranks are told, a line a number of moves."""
    rows = [
        (each.moves, each.players, *(f"{share:.0%}" for share in (each.right, each.probability, each.near)),
         f"{each.error:.1f}")
        for each in found
    ]  # fmt: skip
    caption = f"a move counts {temper.weight:g} / (1 + n / {temper.moves:g}), fitted to as many other players"
    return table(
        ">moves", ">players", ">right band", ">as sure", ">within 3 ranks", ">mean error", rows=rows, caption=caption
    )


def _of_band(
    streams: "Sequence[BatchStream]", lowest: str, highest: str | None, positions: int | None
) -> "list[BatchStream]":
    """The streams of the moves of players between two ranks, of whole games with about so many of them together."""
    from honte.data.batches import BatchStream
    from honte.data.corpus import CorpusError

    found = []
    for stream in streams:
        narrow = replace(stream.config, min_rank=lowest, max_rank=highest)
        make = partial(BatchStream, stream.corpus)
        try:
            made = make(narrow, kept_back=stream.kept_back)
        except CorpusError:
            continue
        if positions is not None and made.positions > positions:
            made = make(replace(narrow, side="validation"), kept_back=_some_games(made, positions))
        found.append(made)
    return found


def _some_games(stream: "BatchStream", positions: int) -> "np.ndarray[Any, np.dtype[np.bool_]]":
    """bool (games,): games of a stream, drawn always alike, that have so many of its positions, or a few more."""
    counts = stream.positions_by_game()
    order = np.random.default_rng(0).permutation(stream.corpus.games)
    order = order[counts[order] > 0]
    taken = order[: 1 + int(np.searchsorted(np.cumsum(counts[order]), positions))]
    chosen = np.zeros(stream.corpus.games, np.bool_)
    chosen[taken] = True
    return chosen


def _samples(corpus: "Corpus", told: "Sequence[Outcomes]", place: int) -> "list[Sample]":
    """The players of a band and their moves, foretold at every level; those without a name are nobody."""
    from honte.policy.levels import Sample

    likelihoods = -np.stack([outcomes.losses for outcomes in told], axis=1)
    ranks = told[0].ranks_of_movers(corpus)
    players = told[0].of_players(corpus)
    return [
        Sample(likelihoods[moves], place, float(ranks[moves].mean())) for name, moves in players.items() if name
    ]
