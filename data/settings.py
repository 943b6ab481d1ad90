"""What a user may choose about corpora and batches; light to import, as it becomes command-line options."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from honte.data.fields import first_date, is_date, is_rank, rank_value
from honte.features.checks import board_size, is_whole
from honte.features.errors import NO_REASON, HonteError, Reason

if TYPE_CHECKING:
    from honte.data.record import GameRecord

Side = Literal["train", "validation", "all"]
"""Of the split of games: what is learnt from, what is kept back, or both."""


LARGEST_BATCH = 2**17
"""Positions in a batch at most: 2.3 GB of planes on 19x19, before the first layer."""
WHOSE_MOVES = ("player", "only_winner", "min_rank", "max_rank", "first_move", "last_move")
"""The settings of batches that say which moves are labels."""


class SettingError(HonteError):
    """A setting that makes no sense."""


def check_rank(name: str, rank: str | None) -> None:
    """Raise SettingError when what is given as a rank is none."""
    if rank is not None and not is_rank(rank):
        raise SettingError(f"{name} {rank[:40]!r} is no rank: write 3k, 6d or 9p")


def check_ranks(least: str | None, most: str | None) -> None:
    """Raise SettingError when a bound of ranks is none, or no rank lies between the two."""
    check_rank("min_rank", least)
    check_rank("max_rank", most)
    if least is not None and most is not None and not rank_within(least, None, most):
        raise SettingError(f"no rank is from min_rank {least} to max_rank {most}: the weaker comes first")


def rank_within(rank: str, least: str | None, most: str | None) -> bool:
    """Whether a rank lies between two others, None setting no bound; what is no rank is within no bound."""
    value, low, high = (None if text is None else rank_value(text) for text in (rank, least, most))
    if low is None and high is None:
        return True
    return value is not None and (low is None or low <= value) and (high is None or value <= high)


@dataclass(frozen=True, kw_only=True)
class CorpusFilters:
    """Which games a corpus takes."""

    size: int | None = None
    """Only games on a board of this size."""
    min_moves: int = 1
    """Only games with at least so many moves."""
    min_rank: str | None = None
    """Only games in which both players have at least this rank (3k, 6d, 9p)."""
    max_rank: str | None = None
    """Only games in which both players have at most this rank."""
    max_handicap: int | None = None
    """Only games with at most so many handicap stones; 0 leaves even games."""
    rules: tuple[str, ...] = ()
    """Only games under one of these rules, as the files name them (Japanese, Chinese)."""
    player: tuple[str, ...] = ()
    """Only games of one of these players, by the exact name."""
    since: str | None = None
    """Only games of this date or later (2010, 2010-05, 2010-05-31)."""
    until: str | None = None
    """Only games of this date or earlier."""
    keep_before_fault: bool = False
    """Keep the moves before a fault (an illegal move, a point off the board) instead of refusing the game; it is then
    listed as cut."""

    def __post_init__(self) -> None:
        check_ranks(self.min_rank, self.max_rank)
        for name, date in (("since", self.since), ("until", self.until)):
            if date is not None and not is_date(date):
                raise SettingError(f"{name} {date!r} is no date: write 2010, 2010-05 or 2010-05-31")
        if self.since and self.until and self.since[: len(self.until)] > self.until:
            raise SettingError(f"no date is from {self.since} on and until {self.until}")
        if self.size is not None:
            board_size(self.size)
        for name, number in (("min_moves", self.min_moves), ("max_handicap", self.max_handicap)):
            if number is not None and not is_whole(number, 0, 2**31):
                raise SettingError(f"{name} must be a whole number from 0 on, not {number}")

    def refusal(self, record: "GameRecord") -> Reason:
        """Why the corpus does not take a game; empty if it does."""
        if self.size is not None and record.size != self.size:
            return Reason(f"the board is {record.size}x{record.size}")
        if len(record.moves) < self.min_moves:
            return Reason("has too few moves: {}", len(record.moves)) if len(record.moves) else Reason("has no moves")
        if self.max_handicap is not None and record.handicap > self.max_handicap:
            return Reason("has a handicap of {}", record.handicap)
        if self.rules and record.rules.casefold() not in map(str.casefold, self.rules):
            return Reason("is played under {} rules", record.rules or Reason("unnamed"))
        players = {record.black.casefold(), record.white.casefold()}
        if self.player and players.isdisjoint(map(str.casefold, self.player)):
            return Reason("is a game of other players")
        return self._rank_refusal(record) or self._date_refusal(record)

    def _rank_refusal(self, record: "GameRecord") -> Reason:
        for rank in (record.black_rank, record.white_rank):
            if not rank_within(rank, self.min_rank, self.max_rank):
                return Reason("has a player of {}", rank) if rank else Reason("has a player without a rank")
        return NO_REASON

    def _date_refusal(self, record: "GameRecord") -> Reason:
        date = first_date(record.date)
        if (self.since or self.until) and not date:
            return Reason("has no date")
        if self.since and date < self.since[: len(date)]:
            return Reason(f"was played before {self.since}")
        if self.until and date[: len(self.until)] > self.until:
            return Reason(f"was played after {self.until}")
        return NO_REASON


@dataclass(frozen=True, kw_only=True)
class BatchConfig:
    """Which positions make up the batches, and in which form."""

    batch_size: int = 256
    """Positions in a batch."""
    seed: int = 0
    """Names the order of the positions, their symmetries and the hiding of ages."""
    board_size: int = 19
    """Only games on a board of this size."""
    symmetry: bool = True
    """Turn each position by one of the eight symmetries, chosen at random."""
    hide_ages: float = 0.0
    """Share of positions shown without their history, all stones equally old."""
    player: tuple[str, ...] = ()
    """Only moves of these players, by the exact name."""
    only_winner: bool = False
    """Only moves of the side that won, in games whose result names a winner."""
    min_rank: str | None = None
    """Only moves of players of at least this rank (3k, 6d, 9p)."""
    max_rank: str | None = None
    """Only moves of players of at most this rank."""
    bands: tuple[str, ...] = ()
    """Lowest ranks of the bands that a network is told, from the weakest up (15k 5k 1d): each has a plane after the 48,
    which is set where the mover's rank is in it."""
    first_move: int = 1
    """Only moves from this number on."""
    last_move: int | None = None
    """Only moves up to this number, itself included."""
    validation_share: float = 0.02
    """Share of the games, chosen by a hash of the game, kept for validation."""
    side: Side = "train"
    """Which side of that split."""

    def __post_init__(self) -> None:
        check_ranks(self.min_rank, self.max_rank)
        for rank in self.bands:
            check_rank("bands", rank)
        values = [rank_value(rank) or 0 for rank in self.bands]
        if values != sorted(set(values)):
            raise SettingError(f"bands {' '.join(self.bands)} do not rise: write the lowest ranks from the weakest up")
        for name, least, most in (("batch_size", 1, LARGEST_BATCH), ("seed", 0, 2**62), ("first_move", 1, 2**62)):
            if not is_whole(getattr(self, name), least, most):
                to = f"to {most:,}" if most == LARGEST_BATCH else "on"
                raise SettingError(f"{name} must be a whole number from {least} {to}, not {getattr(self, name)}")
        if self.side not in get_args(Side):
            raise SettingError(f"there is no side {self.side!r}: choose from {', '.join(get_args(Side))}")
        for name, share in (("hide_ages", self.hide_ages), ("validation_share", self.validation_share)):
            if not 0 <= share <= 1:
                raise SettingError(f"{name} {share} is no share: write a number from 0 to 1")
