"""One game of two engines: the referee keeps the board and the clocks and does the scoring, whatever they believe."""

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import gtp
import numpy as np

from honte.data.record import GameRecord
from honte.engine.match.client import Engine, EngineError
from honte.engine.match.settings import MatchSettings
from honte.features.board import BLACK, WHITE, Board, decode_move, opponent
from honte.features.coordinates import point_to_vertex, vertex_to_point
from honte.features.errors import HonteError
from honte.features.handicap import handicap_of
from honte.features.rules import named
from honte.features.scoring import MOVES_PER_POINT, final_margin, format_result

NAMES = {BLACK: "black", WHITE: "white"}


class Forfeit(Exception):
    """A side has lost for another reason than the position: F for a fault, T for time."""

    def __init__(self, colour: int, reason: str, kind: str = "F") -> None:
        self.reason = f"{NAMES[colour]} {reason}"
        super().__init__(self.reason)
        self.result = f"{'BW'[2 - colour]}+{kind}"


class Clock:
    """The time of one side as GTP counts it: main time, then periods in each of which so many stones are to be played.

    Without a period the main time is all there is.
    """

    def __init__(self, main: float, period: float, stones: int) -> None:
        self.seconds, self.stones = main, 0
        """What `time_left` says: seconds, and the stones to play in them, 0 in main time."""
        self._period, self._stones = period, stones

    def spend(self, seconds: float) -> bool:
        """Take the time of a move off; whether it was made in time."""
        self.seconds -= seconds
        if not self.stones and (self.seconds >= 0 or not self._period):
            return self.seconds >= 0
        if not self.stones:
            self.seconds, self.stones = self.seconds + self._period, self._stones
        self.stones -= 1
        in_time = self.seconds >= 0
        if not self.stones:
            self.seconds, self.stones = self._period, self._stones
        return in_time


class Seat:
    """A player's place, at which the same command is started anew whenever its engine is gone."""

    def __init__(self, command: str, timeout: float) -> None:
        self.command = command
        self._timeout = timeout
        self._engine: Engine | None = None

    def send(self, command: str) -> str:
        """The reply of the engine; EngineError when it is gone or silent, `gtp.FailedCommand` when it refuses."""
        self._engine = self._engine or Engine(self.command, timeout=self._timeout)
        try:
            return self._engine.send(command)
        except EngineError:
            self.close()
            raise

    def begin(self, settings: MatchSettings, opening: Board) -> list[str]:
        """Prepare a game, up to its handicap stones; the commands that the engine knows.

        HonteError when it does not play such games.
        """
        try:
            known = self._demand("list_commands").split()
        except EngineError:  # it has ended since the last game, or cannot be started
            known = self._demand("list_commands").split()
        for command in (f"boardsize {settings.size}", "clear_board", f"komi {settings.komi:g}"):
            self._demand(command)
        for command, name in (("kata-set-rules", settings.rules), ("kgs-rules", settings.rules.replace("-", "_"))):
            if command in known:
                with contextlib.suppress(gtp.FailedCommand):
                    self.send(f"{command} {name}")
                    break
        if settings.main_time is not None and "time_settings" in known:
            stones = settings.byo_yomi_stones if settings.byo_yomi_time else 0
            self._demand(f"time_settings {settings.main_time:g} {settings.byo_yomi_time:g} {stones}")
        if handicap_of(opening):
            vertices = (point_to_vertex(point, settings.size) for _, point, _ in opening.setup.tolist())
            self._demand(f"set_free_handicap {' '.join(vertices)}")
        return known

    def _demand(self, command: str) -> str:
        """The reply to a command without which there can be no game."""
        try:
            return self.send(command)
        except gtp.FailedCommand as error:
            raise HonteError(f"the engine '{self.command}' refuses '{command}': {error}") from None

    def close(self) -> None:
        """End the engine, if there is one."""
        if self._engine is not None:
            self._engine.close()
            self._engine = None


@dataclass(frozen=True)
class Outcome:
    """A game that was played, and what there is to say about it."""

    record: GameRecord
    lead: float | None = None
    """Black's in points, if the referee counted the game."""
    fault: str = ""
    """Why a side has lost it, if it was by a fault or on time."""
    claims: dict[int, str] = field(default_factory=dict)
    """By colour, how the engines that can score scored it, in their words: `B+3.5`."""

    @property
    def notes(self) -> list[str]:
        """The same in sentences."""
        scores = [f"{NAMES[colour]} scores {claim}" for colour, claim in self.claims.items()]
        return [self.fault, *scores] if self.fault else scores


class Referee:
    """Runs one game."""

    def __init__(self, seats: dict[int, Seat], settings: MatchSettings, watch: Callable[[Board], None]) -> None:
        self.seats, self.settings, self.watch = seats, settings, watch
        self.rules = named(settings.rules)
        self.known: dict[int, list[str]] = {}

    def run(self, opening: Board) -> Outcome:
        """Play on from handicap stones and moves to the end. HonteError when an engine does not play such games."""
        lead, fault, claims = None, "", dict[int, str]()
        self.board = opening.copy()
        try:
            for colour, seat in self.seats.items():
                self.known[colour] = seat.begin(self.settings, opening)
            for mover, point in map(decode_move, opening.moves):
                for colour in self.seats:
                    self._ask(colour, f"play {NAMES[mover]} {point_to_vertex(point, opening.size)}")
            result = self._play()
            if not result:
                lead = final_margin(self.board, komi=self.settings.komi, rules=self.rules)
                result, claims = format_result(lead), self._claims()
        except Forfeit as forfeit:
            result, fault = forfeit.result, forfeit.reason
        record = GameRecord(
            size=self.board.size,
            moves=np.array(self.board.moves, np.uint16),
            setup=self.board.setup,
            handicap=handicap_of(self.board),
            komi=self.settings.komi,
            rules=self.settings.rules,
            result=result,
            black=self.seats[BLACK].command,
            white=self.seats[WHITE].command,
            date=datetime.now(UTC).date().isoformat(),
        )
        return Outcome(record, lead, fault, claims)

    def _play(self) -> str:
        """Let the engines move until both pass or the game is too long; the result if one resigns, else nothing."""
        board, passes = self.board, 0
        colour = board.to_move
        clocks = {side: self._clock() for side in self.seats}
        while passes < 2 and len(board.moves) + 1 <= MOVES_PER_POINT * board.size**2:
            clock = clocks[colour]
            if clock and "time_left" in self.known[colour]:
                self._ask(colour, f"time_left {NAMES[colour]} {max(0, int(clock.seconds))} {clock.stones}")
            start = time.monotonic()
            reply = self._ask(colour, f"genmove {NAMES[colour]}").strip()
            if clock and not clock.spend(time.monotonic() - start):
                raise Forfeit(colour, "has no time left", "T")
            if reply.lower() == "resign":
                return f"{'BW'[2 - colour]}+R"
            point = self._legal(colour, reply)
            board.play(colour, point, suicide=self.rules.suicide)
            self.watch(board)
            self._ask(opponent(colour), f"play {NAMES[colour]} {point_to_vertex(point, board.size)}")
            passes = passes + 1 if point == board.size**2 else 0
            colour = opponent(colour)
        return ""

    def _legal(self, colour: int, vertex: str) -> int:
        """The point of a move that the rules allow."""
        try:
            point = vertex_to_point(vertex, self.board.size)
        except HonteError:
            raise Forfeit(colour, f"answers genmove with {vertex[:40]!r}") from None
        rules = self.rules
        if not self.board.is_legal(colour, point, superko=rules.ko != "SIMPLE", suicide=rules.suicide):
            raise Forfeit(colour, f"plays the illegal move {vertex}")
        return point

    def _claims(self) -> dict[int, str]:
        """What the engines say that the score is, by colour."""
        claims = {}
        for colour, seat in self.seats.items():
            if "final_score" in self.known[colour]:
                with contextlib.suppress(EngineError, gtp.FailedCommand):
                    claims[colour] = seat.send("final_score")
        return claims

    def _clock(self) -> Clock | None:
        settings = self.settings
        if settings.main_time is None:
            return None
        return Clock(settings.main_time, settings.byo_yomi_time, settings.byo_yomi_stones)

    def _ask(self, colour: int, command: str) -> str:
        """The reply of an engine, for which it loses the game if it is none."""
        try:
            return self.seats[colour].send(command)
        except gtp.FailedCommand as error:
            raise Forfeit(colour, f"refuses '{command}': {error}") from None
        except EngineError as error:
            raise Forfeit(colour, f"is out: {error}") from None
