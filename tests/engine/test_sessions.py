"""Long mixtures of commands against a slow model, which keeps a list of what happened and replays it every time."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from honte.engine.play.player import Player
from honte.features.coordinates import COLUMN_LETTERS
from honte.policy.predictor import Predictor
from tests.engine.stubs import new_session, talk, tiny_network
from tests.features.reference import after_move, chain_of, liberties_of

Point = tuple[int, int]
Stones = list[tuple[str, Point]]
COLOURS = {"b": 1, "w": 2, "empty": 0}
LETTERS = "abcdefghijklmnopqrs"
SIZES = (5, 6, 7)


class Illegal(Exception):
    """A move or a position against the rules."""


class Seen(NamedTuple):
    """What a game has come to."""

    stones: dict[Point, int]
    ko: tuple[int, Point] | None
    captures: dict[int, int]
    moves: list[tuple[int, Point | None]]
    to_move: int


class Model:
    """A game as a list of `("play", colour, point)`, `("setup", stones)` and `("turn", colour)`."""

    def __init__(self, size: int, dice: random.Random) -> None:
        self.size, self.dice = size, dice
        self.komi, self.suicide = 7.5, False
        self.events: list[tuple] = []  # type: ignore[type-arg]

    def seen(self) -> Seen:
        stones: dict[Point, int] = {}
        ko, said, first = None, 0, dict[Point, int]()
        captures, moves = {1: 0, 2: 0}, list[tuple[int, Point | None]]()
        for kind, *what in self.events:
            if kind == "turn":
                (said,) = what
            elif kind == "setup":
                for name, point in what[0]:
                    stones.pop(point, None)
                    stones |= {point: COLOURS[name]} if COLOURS[name] else {}
                    first |= {} if moves else {point: COLOURS[name]}
                if not all(liberties_of(self.size, stones, chain_of(self.size, stones, point)) for point in stones):
                    raise Illegal
                ko = None
            else:
                moves.append((what[0], what[1]))
                stones, ko, said = *self.after(stones, ko, captures, *what, suicide=True), 0
        handicap = 1 in first.values() and 2 not in first.values()
        return Seen(stones, ko, captures, moves, said or (3 - moves[-1][0] if moves else 1 + handicap))

    def after(self, stones, ko, captures, colour, point, *, suicide):  # type: ignore[no-untyped-def]
        """Stones and ko after a move; its captures are added."""
        if point is None:
            return stones, None
        if after := after_move(self.size, stones, ko, colour, point):
            captures[colour] += len(after[1])
            return after[0], after[2]
        if point in stones or (colour, point) == ko or not suicide:
            raise Illegal
        chain = chain_of(self.size, stones | {point: colour}, point)
        captures[3 - colour] += len(chain)
        return {place: its for place, its in stones.items() if place not in chain}, None

    def tried(self, *events: tuple) -> bool:  # type: ignore[type-arg]
        """Let this happen if the rules allow it; whether they do."""
        seen, count = self.seen(), len(self.events)
        stones, ko, captures = seen.stones, seen.ko, dict(seen.captures)
        try:
            for kind, *what in events:
                if kind == "play":
                    stones, ko = self.after(stones, ko, captures, *what, suicide=self.suicide)
            self.events += events
            self.seen()
        except Illegal:
            del self.events[count:]
            return False
        return True

    def legal(self, colour: int) -> set[str]:
        points = [(row, column) for row in range(self.size) for column in range(self.size)]
        count, legal = len(self.events), set()
        for point in points:
            if self.tried(("play", colour, point)):
                legal.add(self.vertex(point))
                del self.events[count:]
        return legal

    def vertex(self, point: Point | None) -> str:
        return "pass" if point is None else f"{COLUMN_LETTERS[point[1]]}{self.size - point[0]}"

    def point(self) -> Point:
        return self.dice.randrange(self.size), self.dice.randrange(self.size)

    def some(self, *colours: str) -> tuple[Stones, str]:
        """Stones at random, and the words for them."""
        stones = [(self.dice.choice(colours), self.point()) for _ in range(self.dice.randrange(1, 6))]
        return stones, " ".join(f"{colour} {self.vertex(point)}" for colour, point in stones)


def play(model: Model, folder: Path) -> tuple[str, bool]:
    seen, dice = model.seen(), model.dice
    colour = seen.to_move if dice.random() < 0.8 else dice.choice([1, 2])
    free = [point for point in ((dice.randrange(model.size), c) for c in range(model.size)) if point not in seen.stones]
    point = dice.choice([None, model.point(), seen.ko and seen.ko[1], *free, *free, *free])
    return f"play {' bw'[colour]} {model.vertex(point)}", model.tried(("play", colour, point))


def sequence(model: Model, folder: Path) -> tuple[str, bool]:
    stones, words = model.some("b", "w")
    return f"gogui-play_sequence {words}", model.tried(*(("play", COLOURS[name], point) for name, point in stones))


def undo(model: Model, folder: Path) -> tuple[str, bool]:
    """The last move, and all that happened since."""
    plays = [place for place, event in enumerate(model.events) if event[0] == "play"]
    del model.events[plays[-1] if plays else len(model.events) :]
    return "undo", bool(plays)


def set_up(model: Model, folder: Path) -> tuple[str, bool]:
    """A diagram, in which Black is to move, or stones amid a game."""
    before, anew = model.events, model.dice.random() < 0.4
    stones, words = model.some("b", "w") if anew else model.some("b", "w", "empty")
    model.events = [] if anew else [*before]
    turn = () if any(event[0] == "play" for event in model.events) else (("turn", 1),)
    legal = len({point for _, point in stones}) == len(stones) and model.tried(("setup", stones), *turn)
    model.events = model.events if legal else before
    return f"{'set_position' if anew else 'gogui-setup'} {words}", legal


def handicap(model: Model, folder: Path) -> tuple[str, bool]:
    points = [point for _, point in model.some("b")[0]]
    legal = len(set(points)) == len(points) > 1 and not model.seen().stones
    legal = legal and model.tried(("setup", [("b", point) for point in points]))
    return f"set_free_handicap {' '.join(map(model.vertex, points))}", legal


def turn(model: Model, folder: Path) -> tuple[str, bool]:
    colour = model.dice.choice([1, 2])
    return f"gogui-setup_player {' bw'[colour]}", model.tried(("turn", colour))


def anew(model: Model, folder: Path) -> tuple[str, bool]:
    size = model.dice.choice([0, 0, *SIZES, 4, 26])
    if size in (0, *SIZES):
        model.size, model.events = size or model.size, []
    return f"boardsize {size}" if size else "clear_board", size in (0, *SIZES)


def settings(model: Model, folder: Path) -> tuple[str, bool]:
    if model.dice.random() < 0.5:
        model.komi = model.dice.choice([0.5, -7.5, 6])
        return f"komi {model.komi}", True
    model.suicide = model.dice.random() < 0.5
    return f"kata-set-rules {'new-zealand' if model.suicide else 'chinese'}", True


def load(model: Model, folder: Path) -> tuple[str, bool]:
    """A game that another session played, and perhaps a move before whose it is to be seen."""
    other = Model(model.dice.choice(SIZES), model.dice)
    other.suicide = model.dice.random() < 0.5
    for command in [set_up, *model.dice.choices([play, sequence], [5, 1], k=model.dice.randrange(25))]:
        command(other, folder)
    text = f"(;SZ[{other.size}]RU[{'NZ' if other.suicide else 'Chinese'}]KM[3.5]"
    for kind, *what in other.events:
        if kind == "play":
            point = what[1] and LETTERS[what[1][1]] + LETTERS[what[1][0]]
            text += f";{' BW'[what[0]]}[{point or ''}]"
        elif kind == "turn":
            text += f"PL[{' BW'[what[0]]}]"
        else:
            for colour, (row, column) in what[0]:
                text += f"A{'EBW'[COLOURS[colour]]}[{LETTERS[column]}{LETTERS[row]}]"
    (folder / "game.sgf").write_text(f"{text})")
    plays = [place for place, event in enumerate(other.events) if event[0] == "play"]
    number = model.dice.randrange(1, len(plays) + 3)
    if number <= len(plays):
        mover = other.events[plays[number - 1]][1]
        other.events = [*other.events[: plays[number - 1]], ("turn", mover)]
    model.size, model.events, model.komi, model.suicide = other.size, other.events, 3.5, other.suicide
    return f"loadsgf {folder}/game.sgf {number}", True


COMMANDS: dict[Callable[[Model, Path], tuple[str, bool]], int] = {
    play: 60, undo: 14, sequence: 4, set_up: 5, handicap: 2, turn: 3, anew: 1, settings: 3, load: 3,
}  # fmt: skip


@pytest.mark.parametrize("seed", range(4))
def test_any_mixture_of_commands_leaves_the_board_of_the_model(seed: int, tmp_path: Path) -> None:
    dice = random.Random(seed)
    session, model, past = new_session(Player(Predictor(tiny_network(7)))), Model(7, dice), list[str]()
    asked = "".join(f"{question} b\n{question} w\n" for question in ("list_stones", "captures", "all_legal"))
    for step in range(150):
        line, legal = dice.choices([*COMMANDS], [*COMMANDS.values()])[0](model, tmp_path)
        past.append(f"{line} -> {legal}")
        reply, *answers = talk(f"{line}\n{asked}move_history\nget_komi\n".encode(), session).split("\n\n")[:-1]
        assert reply == "=" if legal else reply.startswith("? "), past
        seen = model.seen()
        for colour, stones, taken, points in zip((1, 2), answers[:2], answers[2:4], answers[4:6], strict=True):
            assert set(stones[2:].split()) == {model.vertex(at) for at, c in seen.stones.items() if c == colour}, past
            assert taken == f"= {seen.captures[colour]}", past
            assert step % 10 or set(points[2:].split()) == model.legal(colour), past
        history = [f"{['black', 'white'][colour - 1]} {model.vertex(point)}" for colour, point in seen.moves]
        assert answers[6][2:].split("\n") == (history[::-1] or [""]) and answers[7] == f"= {model.komi:g}", past
        assert session.board.to_move == seen.to_move, past
