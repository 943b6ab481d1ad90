"""Matches of two engines, and what they say about strength.

The state of a match is the folder of its games: one SGF each, written whole or not at all, so that a match that was
killed goes on where it was, and the game it was in is played again.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from honte.data.record import GameRecord
from honte.data.sgf import parse, parse_collection, serialise, to_tree
from honte.data.tree import read_trees, write_trees
from honte.engine.match.referee import Outcome, Referee, Seat
from honte.engine.match.settings import MatchSettings
from honte.features.board import BLACK, WHITE, Board, opponent
from honte.features.errors import HonteError, IllegalMove
from honte.features.handicap import fixed_handicap, handicap_of
from honte.policy.files import write_atomically
from honte.policy.wilson import wilson

LEAD, FAULT, CLAIMS = "LEAD", "FAULT", {BLACK: "BCLAIM", WHITE: "WCLAIM"}
"""Properties of a match's SGF: Black's lead in points, why a side has lost, and how each engine scores the game."""


@dataclass(frozen=True)
class Game:
    """A game of a match."""

    number: int
    outcome: Outcome

    @property
    def winner(self) -> int | None:
        """0 for the first engine, 1 for the second, None for a draw. The first is Black in games 0, 2, 4 …"""
        colour = self.outcome.record.winner
        return None if not colour else (colour - BLACK + self.number) % 2

    @property
    def forfeit(self) -> bool:
        """Whether it was lost by a fault or on time."""
        return bool(self.outcome.fault)

    def claims(self) -> list[bool]:
        """For each engine that scored a game which the referee counted, whether it did as he."""
        lead = self.outcome.lead
        if lead is None:
            return []
        claimed = [_lead_claimed(claim) for claim in self.outcome.claims.values()]
        return [each is not None and math.isclose(each, lead, abs_tol=1e-6) for each in claimed]


@dataclass(frozen=True)
class Standing:
    """The games of a match so far."""

    games: tuple[Game, ...] = ()

    def wins(self, engine: int) -> int:
        """Games that the first (0) or second (1) engine has won."""
        return sum(game.winner == engine for game in self.games)

    def forfeits(self, engine: int) -> int:
        """Games that an engine has lost by a fault or on time."""
        return sum(game.forfeit and game.winner == 1 - engine for game in self.games)

    @property
    def draws(self) -> int:
        return sum(game.winner is None for game in self.games)

    @property
    def rate(self) -> float | None:
        """The first engine's share of the points, half of them in a draw; None before the first game."""
        return (self.wins(0) + self.draws / 2) / len(self.games) if self.games else None

    @property
    def interval(self) -> tuple[float, float]:
        """A 95 % interval of the rate."""
        return wilson(self.rate or 0.0, len(self.games))

    def as_json(self) -> dict[str, object]:
        """The figures; an Elo difference that is not finite is None."""
        claims = [claim for game in self.games for claim in game.claims()]
        return {
            "games": len(self.games),
            "wins": self.wins(0),
            "losses": self.wins(1),
            "draws": self.draws,
            "win_rate": self.rate,
            "win_rate_interval": self.interval,
            "elo": None if self.rate is None else elo(self.rate),
            "elo_interval": [elo(bound) for bound in self.interval],
            "wins_as_black": sum(game.winner == 0 and game.number % 2 == 0 for game in self.games),
            "games_as_black": sum(game.number % 2 == 0 for game in self.games),
            "forfeits": [self.forfeits(0), self.forfeits(1)],
            "scores": len(claims),
            "scores_as_the_referee": sum(claims),
            "longest_game": max((len(game.outcome.record.moves) for game in self.games), default=0),
        }


def elo(rate: float) -> float | None:
    """The difference of Elo's ratings at which this is the expected share of the points; None for all or none."""
    return 400 * math.log10(rate / (1 - rate)) if 0 < rate < 1 else None


def play_match(
    commands: tuple[str, str],
    settings: MatchSettings,
    folder: Path,
    *,
    watch: Callable[[Standing, Board | None], None] = lambda standing, board: None,
) -> Standing:
    """Play the games of a match that its folder does not hold yet.

    `watch` hears of every move, and with no board of every game. Raises HonteError for an engine that cannot be
    started or does not play such games, and for a folder that holds another match.
    """
    openings = read_openings(settings)
    seats = [Seat(command, settings.timeout) for command in commands]
    standing = Standing()
    try:
        for number in range(settings.games):
            path = folder / f"{number:05d}.sgf"
            black, white = seats if number % 2 == 0 else reversed(seats)
            outcome = _load(path, black, white, settings)
            if outcome is None:
                referee = Referee({BLACK: black, WHITE: white}, settings, partial(watch, standing))
                outcome = referee.run(_opening(openings, number // 2, settings))
                write_atomically(path, written(outcome))
            standing = Standing((*standing.games, Game(number, outcome)))
            watch(standing, None)
    finally:
        for seat in seats:
            seat.close()
    return standing


def read_openings(settings: MatchSettings) -> list[Board]:
    """The position after every game in the file of openings; HonteError for one that cannot be played."""
    if settings.openings is None:
        return []
    if settings.handicap:
        raise HonteError("a file of openings brings its own handicap stones; give it without --handicap")
    if not settings.openings.is_file():
        raise HonteError(f"there is no SGF file '{settings.openings}'")
    records = parse_collection(settings.openings.read_bytes(), source=str(settings.openings))
    openings = []
    for index, record in enumerate(records, 1):
        where = f"{settings.openings}: opening {index}"
        if record.size != settings.size:
            raise HonteError(
                f"{where} is for {record.size}x{record.size} boards; this match is for {settings.size}x{settings.size}"
            )
        try:
            opening = record.board(len(record.moves[: settings.opening_plies]))
        except IllegalMove as error:
            raise HonteError(f"{where}: {error}") from None
        if len(opening.setup) != handicap_of(opening):
            raise HonteError(f"{where} sets up stones that are no handicap: two or more of Black's, before all moves")
        openings.append(opening)
    return openings


def _opening(openings: list[Board], pair: int, settings: MatchSettings) -> Board:
    """The opening of two games: the next of the file, or handicap stones and moves at random from the third line up."""
    if openings:
        return openings[pair % len(openings)]
    random, board = np.random.default_rng((settings.seed, pair)), Board(settings.size)
    if settings.handicap:
        board.place_all([(BLACK, point) for point in fixed_handicap(settings.size, settings.handicap)])
    colour = board.to_move
    rows, columns = np.indices((settings.size, settings.size)).reshape(2, -1)
    edge = min(2, (settings.size - 1) // 2)
    inside = (np.minimum(rows, columns) >= edge) & (np.maximum(rows, columns) < settings.size - edge)
    for _ in range(settings.opening_plies or 0):
        points = np.flatnonzero(board.legal_points(colour, superko=True) & inside)
        if not len(points):
            break
        board.play(colour, int(random.choice(points)))
        colour = opponent(colour)
    return board


def _load(path: Path, black: Seat, white: Seat, settings: MatchSettings) -> Outcome | None:
    """The game that was played before, if it was; HonteError if it is of another match."""
    if not path.exists():
        return None
    outcome = load_outcome(path)
    record = outcome.record
    wanted = GameRecord(
        size=settings.size,
        komi=settings.komi,
        rules=settings.rules,
        handicap=record.handicap if settings.openings else settings.handicap,
        black=black.command,
        white=white.command,
    )
    wanted = parse(serialise(wanted))  # as it reads when it has been written
    for name in ("size", "komi", "rules", "handicap", "black", "white"):
        old, new = getattr(record, name), getattr(wanted, name)
        if old != new:
            raise HonteError(f"'{path}' is of another match: its {name} is {old!r}, not {new!r}; give another --output")
    return outcome


def load_outcome(path: Path) -> Outcome:
    """The outcome of a game that `written` wrote; HonteError where it is no such game."""
    data = path.read_bytes()
    game = read_trees(data).games[0]
    try:
        lead = float(game.text(LEAD)) if LEAD in game.properties else None
    except ValueError:
        raise HonteError(f"'{path}' is no game of a match: its {LEAD} is no number; give another --output") from None
    claims = {colour: game.text(name) for colour, name in CLAIMS.items() if name in game.properties}
    return Outcome(parse(data, source=str(path)), lead, game.text(FAULT), claims)


def written(outcome: Outcome) -> bytes:
    """The game as SGF: the outcome in properties of its own, and in sentences as the game's comment."""
    game = to_tree(outcome.record)
    if outcome.lead is not None:
        game.set_text(LEAD, str(outcome.lead))
    if outcome.fault:
        game.set_text(FAULT, outcome.fault)
    for colour, claim in outcome.claims.items():
        game.set_text(CLAIMS[colour], claim)
    if outcome.notes:
        game.set_text("GC", "\n".join(outcome.notes))
    return write_trees([game])


def _lead_claimed(words: str) -> float | None:
    """Black's lead by an engine's reply to `final_score`; None where it names no points."""
    match = re.fullmatch(r"([BW])\+(\d+(?:\.\d+)?)", words.strip(), re.IGNORECASE)
    if match:
        return float(match.group(2)) * (1 if match.group(1) in "Bb" else -1)
    return 0.0 if words.strip() in ("0", "Draw") else None
