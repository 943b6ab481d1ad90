"""Which rank the players of some games have, by the moves that they made there."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from honte.data.labels import check_players
from honte.data.record import GameRecord
from honte.engine.movemap.map import BATCH
from honte.features.board import BLACK, COLOUR_NAMES, WHITE, decode_move
from honte.features.errors import HonteError
from honte.features.planes import extract_plies
from honte.policy.levels import UNFITTED, RankEstimate, Temper, bands_of, estimate, read_temper
from honte.policy.predictor import Predictor


@dataclass(frozen=True)
class PlayerRank:
    """A player of some games, and which rank his moves there are like."""

    player: str
    """The name, or the colour in a game without one."""
    stated: tuple[str, ...]
    """What the games say of the rank."""
    games: int
    estimate: RankEstimate

    def as_json(self) -> dict[str, Any]:
        """All of it as one JSON-able object."""
        return {
            "player": self.player, "stated": list(self.stated), "games": self.games, **asdict(self.estimate),
        }  # fmt: skip


class Ranks:
    """The players of games that come one after the other, or some of them, and how likely their moves are by level.

    A player goes by the name that the games give; a side without one is somebody else in every game.
    """

    def __init__(self, predictor: Predictor, *, players: Sequence[str] = ()) -> None:
        """`players` names those that are wanted, capitals making no difference; by default all are."""
        self.predictor = predictor
        self.wanted = players
        self.bands: tuple[str, ...] = ()
        """Of the network that answers on the first game's board."""
        self.temper: Temper | None = None
        """What was fitted for that network, if anything was."""
        self.games = 0
        self._names: set[str] = set()
        self._found: dict[str, list[npt.NDArray[np.float32]]] = {}
        self._stated: dict[str, dict[str, None]] = {}
        self._played: Counter[str] = Counter()

    def add(self, record: GameRecord) -> None:
        """Look at a game. HonteError when it breaks the rules, or its board's network knows other bands or none."""
        try:
            record.board()  # the last move must be legal too
            bands = bands_of(self.predictor, record.size)
            if bands != (self.bands or bands):
                raise HonteError(f"the network for {record.size}x{record.size} has other bands: give such games apart")
            own = {colour: list(rows) for colour, rows in self._of_colours(record, bands)}
        except HonteError as error:
            raise HonteError(f"{record.source}: {error}") from None
        if not self.bands:
            self.bands, self.temper = bands, read_temper(self.predictor, record.size)
        self.games += 1
        self._played.update({_player(record, colour)[0] for colour in own})
        for colour, rows in own.items():
            name, rank = _player(record, colour)
            self._stated.setdefault(name, {}).update(dict.fromkeys([rank] if rank else []))
            self._found.setdefault(name, []).append(np.concatenate(rows))

    def players(self) -> list[PlayerRank]:
        """The players with a move, those with the most moves first. CorpusError for a wanted one who is not there."""
        check_players(self.wanted, self._names, whose="the games")
        temper = self.temper or UNFITTED
        found = [
            PlayerRank(
                player=name,
                stated=tuple(self._stated[name]),
                games=self._played[name],
                estimate=estimate(np.concatenate(parts), self.bands, temper),
            )
            for name, parts in self._found.items()
        ]
        return sorted(found, key=lambda each: -each.estimate.moves)

    def _of_colours(
        self, record: GameRecord, bands: Sequence[str]
    ) -> Iterator[tuple[int, Iterator[npt.NDArray[np.float32]]]]:
        """The log-likelihoods of each side's moves at each level, if it has moves and is wanted."""
        self._names |= {record.black, record.white}
        wanted = {name.casefold() for name in self.wanted}
        moves = [decode_move(int(code)) for code in record.moves]
        for colour in (BLACK, WHITE):
            if wanted and _player(record, colour)[0].casefold() not in wanted:
                continue
            plies = [ply for ply, (mover, point) in enumerate(moves) if mover == colour and point < record.size**2]
            if plies:
                yield colour, _likelihoods(record, plies, [self.predictor.with_level(band) for band in bands])


def _likelihoods(
    record: GameRecord, plies: Sequence[int], told: Sequence[Predictor]
) -> Iterator[npt.NDArray[np.float32]]:
    """The log-likelihoods (moves, levels) of the moves at some plies, none of them a pass, in batches."""
    for start in range(0, len(plies), BATCH):
        some = plies[start : start + BATCH]
        points = record.moves[some] >> 1
        colours = [decode_move(int(record.moves[ply]))[0] for ply in some]
        planes = extract_plies(record.moves, some, size=record.size, setup=record.setup, colours=colours)
        maps = [predictor.log_probabilities(planes).cpu().numpy() for predictor in told]
        yield np.stack([its[np.arange(len(some)), points] for its in maps], axis=1)


def _player(record: GameRecord, colour: int) -> tuple[str, str]:
    """Who a side is, and the rank that the game states."""
    name, rank = (record.black, record.black_rank) if colour == BLACK else (record.white, record.white_rank)
    return name or f"{COLOUR_NAMES[colour]} of {record.source}", rank
