"""SGF files to the games of a corpus: read, filtered, checked against the rules. What worker processes do."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from honte.data.grammar import SgfError
from honte.data.record import GameRecord
from honte.data.settings import CorpusFilters
from honte.data.sgf import iter_games
from honte.data.sources import Refusal, SgfFile
from honte.features.board import WHITE
from honte.features.errors import IllegalMove
from honte.features.planes import check_game

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
        for number, game in enumerate(iter_games(file.data, source=file.name)):
            if number == MAX_GAMES:
                part.refusals.append(Refusal(file.name, "damaged", f"holds more than {MAX_GAMES} games: split it"))
                break
            if isinstance(game, SgfError):
                part.refusals.append(Refusal(game.source, "unreadable", game.reason))
            elif refusal := refuse(game, filters):
                part.refusals.append(refusal)
            else:
                part.games.append(row(game))
    return part


def refuse(game: GameRecord, filters: CorpusFilters) -> Refusal | None:
    """Why a game is not taken, if it is not."""
    if reason := filters.refusal(game):
        return Refusal(game.source, "filtered", reason)
    if game.handicap >= 2 and len(game.setup) == 0 and game.to_move(0) == WHITE:
        reason = f"White begins, but the {game.handicap} handicap stones are missing"
        return Refusal(game.source, "illegal", reason)
    ply = check_game(game.moves, size=game.size, setup=game.setup)
    return None if ply < 0 else Refusal(game.source, "illegal", illegality(game, ply))


def illegality(game: GameRecord, ply: int) -> str:
    """What is wrong with the move, or the setup stones, of that ply."""
    try:
        game.board()
    except IllegalMove as error:
        return str(error)
    return f"ply {ply}: the move is illegal"


def row(game: GameRecord) -> dict[str, Any]:
    """The game as a row of the corpus."""
    values = vars(game) | {"setup": game.setup.ravel(), "warnings": list(game.warnings), "key": game.key}
    del values["first_colour"]
    return values
