"""SGF files to the games of a corpus: read, filtered, checked against the rules. What worker processes do."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, NamedTuple

from honte.data.grammar import SgfError
from honte.data.record import GameRecord
from honte.data.settings import CorpusFilters
from honte.data.sgf import iter_games
from honte.data.sources import Refusal, SgfFile
from honte.features.board import WHITE
from honte.features.errors import IllegalMove, Reason
from honte.features.planes import check_game
from honte.features.rules import allows_suicide

MAX_GAMES = 100_000
"""The most games read from one file, as they are all in memory at once."""


class Part(NamedTuple):
    """What became of some files."""

    games: list[dict[str, Any]]
    """Rows of the corpus: values by column."""
    refusals: list[Refusal]


def read_files(files: Iterable[SgfFile | Refusal], filters: CorpusFilters) -> Part:
    """The games of the files that the filters and the rules let through, and why not the others."""
    part = Part([], [])
    for file in files:
        if isinstance(file, Refusal):
            part.refusals.append(file)
            continue
        games = iter_games(file.data, source=file.name, keep_before_fault=filters.keep_before_fault)
        for number, game in enumerate(games):
            if number == MAX_GAMES:
                reason = Reason(f"holds more than {MAX_GAMES} games: split it")
                part.refusals.append(Refusal.because(file.name, "damaged", reason))
                break
            if isinstance(game, SgfError):
                part.refusals.append(Refusal.because(game.source, "unreadable", game.reason))
                continue
            taken, refusal = _judge(game, filters)
            part.games.extend([row(taken)] if taken else [])
            part.refusals.extend([refusal] if refusal else [])
    return part


def _judge(game: GameRecord, filters: CorpusFilters) -> tuple[GameRecord | None, Refusal | None]:
    """The game as the corpus takes it, if it does, and what is to be listed: why it does not, or where it is cut."""
    if reason := filters.refusal(game):
        reason = Reason("{} before a fault: {}", reason, game.fault) if game.fault else reason
        return None, Refusal.because(game.source, "filtered", reason)
    if game.handicap >= 2 and len(game.setup) == 0 and game.to_move(0) == WHITE:
        reason = Reason("White begins, but the {} handicap stones are missing", game.handicap)
        return None, Refusal.because(game.source, "illegal", reason)
    ply = check_game(game.moves, size=game.size, setup=game.setup, suicide=allows_suicide(game.rules))
    if ply >= 0:
        fault = _illegality(game, ply)
        game = replace(game, moves=game.moves[:ply], setup=game.setup[game.setup[:, 0] < ply], fault=fault)
        if not filters.keep_before_fault or filters.refusal(game):
            return None, Refusal.because(game.source, "illegal", fault)
    if game.fault:
        cut = Reason("kept up to move {}; {}", len(game.moves), game.fault)
        return replace(game, warnings=(*game.warnings, cut)), Refusal.because(game.source, "cut", cut)
    return game, None


def _illegality(game: GameRecord, ply: int) -> Reason:
    """What is wrong with the move, or the setup stones, of that ply."""
    try:
        game.board()
    except IllegalMove as error:
        return error.reason
    return Reason("move {} is illegal", ply + 1)


def row(game: GameRecord) -> dict[str, Any]:
    """The game as a row of the corpus."""
    warnings = {"warnings": [*map(str, game.warnings)], "general_warnings": [one.general for one in game.warnings]}
    values = vars(game) | {"setup": game.setup.ravel(), **warnings, "key": game.key}
    del values["turns"], values["fault"]
    return values
