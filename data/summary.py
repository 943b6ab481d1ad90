"""What is in a corpus, as `honte corpus info` tells it."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from honte.data.corpus import Corpus, general_warnings, read_refusals, refusals_path
from honte.data.fields import first_date, rank_name, rank_value, winner


def summarise(path: Path) -> dict[str, Any]:
    """The contents of a corpus file and its refusals as plain values, ready for JSON. Raises CorpusError."""
    corpus = Corpus.open(path)
    refusals = read_refusals(path) if refusals_path(path).exists() else []
    column = {name: corpus.table[name].to_pylist() for name in corpus.table.column_names}
    ranks = Counter(rank_value(rank) for rank in (*column["black_rank"], *column["white_rank"]))
    best_first = sorted(ranks, key=lambda rank: -100 if rank is None else rank, reverse=True)
    return {
        "corpus": str(path),
        "games": corpus.games,
        "positions": corpus.positions,
        "bytes": path.stat().st_size,
        "bytes_per_position": round(path.stat().st_size / max(corpus.positions, 1), 3),
        "sizes": _tally(f"{size}x{size}" for size in column["size"]),
        "years": _tally((first_date(date)[:4] for date in column["date"]), by_name=True),
        "ranks": {"" if rank is None else rank_name(rank): ranks[rank] for rank in best_first},
        "handicaps": _tally(map(str, column["handicap"]), by_name=True),
        "komi": _tally("" if komi is None else f"{komi:g}" for komi in column["komi"]),
        "rules": _tally(column["rules"]),
        "results": _tally(_how_won(result) for result in column["result"]),
        "warnings": _tally(general_warnings(path)),
        "refused": _tally(refusal.kind for refusal in refusals),
        "reasons": _tally(f"{refusal.kind}: {refusal.general}" for refusal in refusals),
    }


def _tally(values: Iterable[str], *, by_name: bool = False) -> dict[str, int]:
    """How often each value occurs, the commonest first or in the order of the names."""
    counts = Counter(values)
    return dict(sorted(counts.items()) if by_name else counts.most_common())


def _how_won(result: str) -> str:
    """A result in short: who won, and whether by points."""
    colour = ("", "B", "W")[winner(result)]
    if not colour:
        return result if len(result) < 8 else "other"
    _, _, how = result.partition("+")
    return f"{colour}+points" if how[:1].isdigit() else f"{colour}+{how[:1].upper()}"

