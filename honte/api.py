"""Maps in one call, for `import honte`: what a network sees in a position of a game, or in many at once."""

from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

from honte.data.load import load
from honte.data.record import GameRecord
from honte.engine.explain import Explanation
from honte.engine.explain import explain as explain_position
from honte.engine.movemap import MoveMap
from honte.engine.review.rank import PlayerRank, Ranks
from honte.features.coordinates import vertex_to_point
from honte.policy.predictor import Predictor, load_network


def move_map(
    game: GameRecord | Path | str | bytes, after: int | None = None, *, network: Predictor | None = None
) -> MoveMap:
    """Where a network would move after so many moves of a game, by default at its end.

    The game is a record, or what `load` makes one of; the network is what comes with Honte unless another is
    given. HonteError when the game cannot be read, has no such position, or is on a board where no network answers.
    """
    record = game if isinstance(game, GameRecord) else load(game)
    return move_maps([(record, len(record.moves) if after is None else after)], network=network)[0]


def move_maps(
    positions: GameRecord | Iterable[tuple[GameRecord, int]], *, network: Predictor | None = None
) -> list[MoveMap]:
    """The maps of many positions, of one game or of many, which go through the network in batches.

    A position is a game and a number of moves, after which it is looked at; a game by itself stands for all its
    positions, from the empty board to its end.
    """
    predictor = network or shipped_network()
    if isinstance(positions, GameRecord):
        return MoveMap.of_game(positions, range(len(positions.moves) + 1), predictor)
    return MoveMap.of_positions(positions, predictor)


def explain(
    game: GameRecord | Path | str | bytes,
    after: int | None = None,
    *,
    point: str | None = None,
    network: Predictor | None = None,
) -> Explanation:
    """Why a network would move at a point, after so many moves of a game, by default at its end.

    Every stone and every group of planes is left out in turn. Without a point it is the move that was made there, or
    the network's first choice. HonteError as for `move_map`, and where no move is possible.
    """
    record = game if isinstance(game, GameRecord) else load(game)
    predictor = network or shipped_network()
    ply = len(record.moves) if after is None else after
    place = None if point is None else vertex_to_point(point, record.size)
    return explain_position(record, ply, predictor, point=place)


def rank(
    games: GameRecord | Path | str | bytes | Iterable[GameRecord | Path | str | bytes],
    *,
    player: str | Sequence[str] = (),
    network: Predictor | None = None,
) -> list[PlayerRank]:
    """Which rank the players of a game, or of several, have by their moves: of all, or of those that are named.

    The network must be one that was told ranks, as `honte train --bands` makes them. A game is a record, or what `load`
    makes one of. HonteError as for `move_map`, and where the network was told no ranks.
    """
    several = [games] if isinstance(games, GameRecord | Path | str | bytes) else games
    ranks = Ranks(network or shipped_network(), players=[player] if isinstance(player, str) else player)
    for game in several:
        ranks.add(game if isinstance(game, GameRecord) else load(game))
    return ranks.players()


@cache
def shipped_network() -> Predictor:
    """The networks that come with Honte, each loaded once."""
    return load_network()
