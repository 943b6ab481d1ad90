"""The board and the rules: play, undo, captures, ko and superko, setup stones, area score."""

from collections.abc import Iterable, Sequence
from typing import Self

import numpy as np
import numpy.typing as npt

from honte.features import chains
from honte.features.arrays import is_plain, whole_numbers
from honte.features.chains import BLACK, EMPTY, WALL, WHITE, Position, new_position
from honte.features.checks import board_size, is_whole, side, whole
from honte.features.compilation import kernel
from honte.features.coordinates import COLUMN_LETTERS, point_to_vertex
from honte.features.errors import HonteError, IllegalMove, Reason
from honte.features.turn import side_to_move

__all__ = ["BLACK", "COLOUR_NAMES", "EMPTY", "WHITE", "Board", "decode_move", "encode_move", "opponent", "setup_rows"]

COLOUR_NAMES = {BLACK: "Black", WHITE: "White"}

def opponent(colour: int) -> int:
    """The other colour of BLACK and WHITE."""
    return 3 - colour


def encode_move(colour: int, point: int) -> int:
    """The code 2·point + (colour - 1) under which games are stored; a pass has point size²."""
    return 2 * point + colour - 1


def decode_move(code: int) -> tuple[int, int]:
    """The colour and point of a move code."""
    return (code & 1) + 1, code >> 1


def setup_rows(setup: npt.ArrayLike | None) -> npt.NDArray[np.int16]:
    """Setup stones as a contiguous int16 array (k, 3) of rows (ply, point, colour); None is no stones.

    HonteError for what is no such array.
    """
    if setup is None:
        return np.empty((0, 3), np.int16)
    if is_plain(setup, np.int16, 2) and setup.shape[1] == 3:
        return setup
    return whole_numbers(setup, np.int16, name="setup stones", shape=(None, 3))


class Board:
    """A Go board with its history.

    Points are 0 … N²-1 from the top-left corner, row by row; point N² is the pass. Colours are BLACK and WHITE; either
    may move at any time. Retaking a ko at once is illegal, filling one's own is not; suicide is where the rules do not
    allow it, which `suicide` says. Questions may ask for positional superko.
    What is no point, colour or size is a HonteError everywhere.
    """

    def __init__(self, size: int = 19) -> None:
        self.size = board_size(size)
        self.position = new_position(self.size)
        self._reset()

    def _reset(self) -> None:
        chains.clear(self.position, self.size)
        self.position["played"][:] = LONG_AGO
        self._moves: list[int] = []
        self._setup: list[tuple[int, int, int]] = []
        self._turns: list[tuple[int, int]] = []
        self._hashes = [self.hash]
        self.captures = {BLACK: 0, WHITE: 0}

    @classmethod
    def from_moves(
        cls,
        moves: Iterable[int],
        *,
        size: int,
        setup: Iterable[Sequence[int]] | None = None,
        turns: Iterable[tuple[int, int]] = (),
        suicide: bool = False,
    ) -> Self:
        """The board after a game's moves (codes) with its setup stones (rows of ply, point, colour).

        `turns` are what `set_to_move` was told, as rows of (ply, colour). Raises IllegalMove naming the move.
        """
        board = cls(size)
        board._replay(moves, () if setup is None else setup, turns, suicide=suicide)
        return board

    @property
    def moves(self) -> tuple[int, ...]:
        """The codes of the moves made."""
        return tuple(self._moves)

    @property
    def setup(self) -> npt.NDArray[np.int16]:
        """The setup stones, int16 (k, 3) rows of (ply, point, colour)."""
        return setup_rows(self._setup or None)

    @property
    def hash(self) -> int:
        """A 64-bit hash of the stones; boards of one size with equal stones have equal hashes."""
        return int(self.position["hash"])

    @property
    def ko_point(self) -> int | None:
        """Where the ko rule forbids the side that lost a stone there to retake."""
        cell = int(self.position["ko"])
        return self._point(cell) if cell else None

    @property
    def last_colour(self) -> int | None:
        """The colour of the last move."""
        return decode_move(self._moves[-1])[0] if self._moves else None

    @property
    def turns(self) -> tuple[tuple[int, int], ...]:
        """What `set_to_move` was told: rows of (ply, colour)."""
        return tuple(self._turns)

    @property
    def to_move(self) -> int:
        """Whose turn it is, as `honte.features.turn.side_to_move` has it."""
        return side_to_move(self._moves, setup=self._setup, turns=self._turns)

    def set_to_move(self, colour: int) -> None:
        """Say whose turn it is now, as SGF's `PL` does; either side may still move."""
        self._turns.append((len(self._moves), side(colour)))

    @property
    def stones(self) -> npt.NDArray[np.uint8]:
        """The colours of all points, a new array uint8 (N, N)."""
        n = self.size
        stones: npt.NDArray[np.uint8] = self.position["colours"][n + 1 : (n + 1) ** 2].reshape(n, n + 1)[:, 1:].copy()
        return stones

    def play(self, colour: int, point: int, *, suicide: bool = False, retake: bool = False) -> None:
        """Make a move or pass. Raises IllegalMove, the board unchanged, when the rules forbid it.

        With `suicide` a chain that a move leaves without liberties goes off the board, to the other side's captures;
        with `retake` a ko may be retaken at once.
        """
        n, colour = self.size, side(colour)
        if point == n * n:
            self.position["ko"] = 0
        else:
            reason = self._forbidden(colour, point)
            if reason and not (suicide and reason == SUICIDE) and not (retake and reason == KO):
                move = f"{'BW'[colour - 1]} {self._vertex(point)}"
                raise IllegalMove(Reason("{} is illegal: {}", move, Reason(reason)))
            cell = self._cell(point)
            if reason == SUICIDE:
                self.captures[opponent(colour)] += chains.commit_suicide(self.position, n, cell, colour)
            else:
                self.captures[colour] += chains.play(self.position, n + 1, cell, colour)
            chains.forget(self.position)
            self.position["played"][cell] = len(self._moves)
        self._moves.append(encode_move(colour, int(point)))
        self._hashes.append(self.hash)

    def place(self, colour: int, point: int) -> None:
        """Set up a stone, or take one off with EMPTY.

        Raises IllegalMove, the board unchanged, when a chain would stand without liberties.
        """
        self.place_all([(colour, point)])

    def place_all(self, stones: Iterable[tuple[int, int]]) -> None:
        """Set up several (colour, point) at once; errors as for `place`."""
        stones = [
            (whole(colour, name="the colour of a setup stone", low=EMPTY, high=WHITE), self._on_board(point))
            for colour, point in stones
        ]
        before = self.position.copy()
        for colour, point in stones:
            cell = self._cell(point)
            self.position["colours"][cell] = colour
            self.position["played"][cell] = LONG_AGO
        if not chains.rebuild(self.position, self.size):
            self.position = before
            raise IllegalMove(Reason("the setup stones would leave a chain without liberties"))
        self._setup.extend((len(self._moves), point, colour) for colour, point in stones)
        self._hashes.append(self.hash)

    def undo(self) -> None:
        """Take back the last move, or the setup stones placed since it if there are any.

        With either goes what was said of whose turn it is then. Raises IllegalMove on a board without history.
        """
        moves, setup = self._moves, self._setup
        turns = [row for row in self._turns if row[0] < len(moves)]
        if setup and setup[-1][0] == len(moves):
            setup = [row for row in setup if row[0] < len(moves)]
        elif moves:
            moves = moves[:-1]
        else:
            raise IllegalMove(Reason("there is nothing to undo"))
        self._replay(moves, setup, turns, suicide=True)

    def is_legal(self, colour: int, point: int, *, superko: bool = False, suicide: bool = False) -> bool:
        """Whether `colour` may move at the point; with `superko`, no earlier position may come back."""
        side(colour)
        if point == self.size**2:
            return True
        reason = self._forbidden(colour, point)
        if reason and not (suicide and reason == SUICIDE):
            return False
        return not (superko and self._repeats(colour, point, suicide=bool(reason)))

    def legal_points(self, colour: int, *, superko: bool = False) -> npt.NDArray[np.bool_]:
        """Where `colour` may move, bool (N²,), without suicide; the pass, always legal, is not among them."""
        legal: npt.NDArray[np.bool_]
        legal, hashes = _legal_moves(self.position, side(colour))
        if superko:
            legal &= ~np.isin(hashes, np.array(self._hashes, np.uint64))
        return legal

    def liberties(self, point: int) -> int:
        """The liberties of the chain at a point; 0 where there is no stone."""
        cell = self._cell(self._on_board(point))
        return int(self.position["counts"][self.position["heads"][cell]]) if self.position["colours"][cell] else 0

    def chain(self, point: int) -> list[int]:
        """The points of the chain at a point; empty where there is no stone."""
        first = cell = self._cell(self._on_board(point))
        if not self.position["colours"][cell]:
            return []
        points: list[int] = []
        while not points or cell != first:
            points.append(self._point(cell))
            cell = int(self.position["links"][cell])
        return sorted(points)

    def area_score(self) -> int:
        """Black's area less White's (Tromp and Taylor): stones, and empty regions that reach one colour only."""
        return int(area(self.position["colours"], self.size))

    def copy(self) -> Self:
        """An independent board with the same history."""
        other = type(self)(self.size)
        other.position = self.position.copy()
        other._moves, other._setup, other._turns = self._moves[:], self._setup[:], self._turns[:]
        other._hashes = self._hashes[:]
        other.captures = dict(self.captures)
        return other

    def __str__(self) -> str:
        n, stars = self.size, star_points(self.size)
        last = decode_move(self._moves[-1])[1] if self._moves else n * n
        letters = "   " + " ".join(COLUMN_LETTERS[:n])
        lines = [letters]
        for row, contents in enumerate(self.stones.tolist()):
            points = range(row * n, row * n + n)
            marks = [".XO"[c] if c or p not in stars else "+" for p, c in zip(points, contents, strict=True)]
            line = f"{n - row:2d} {' '.join(marks)} {n - row}"
            if row == last // n:
                place = 3 + 2 * (last % n)
                line = f"{line[: place - 1]}({line[place]}){line[place + 2 :]}"
            lines.append(line)
        return "\n".join([*lines, letters])

    def _replay(
        self, moves: Iterable[int], setup: Iterable[Sequence[int]], turns: Iterable[tuple[int, int]], *, suicide: bool
    ) -> None:
        moves = [whole(code, name="a move code", low=0, high=2**16 - 1) for code in moves]
        setup = setup_rows(list(setup)).tolist()
        turns = [(int(ply), side(colour)) for ply, colour in turns]
        if any(not 0 <= row[0] <= len(moves) for row in [*setup, *turns]):
            raise HonteError(f"setup stones and turns belong to the plies 0 to {len(moves)} of this game")
        self._reset()
        self._turns = turns
        for ply in range(len(moves) + 1):
            where = "before move {}: {}"
            try:
                stones = [(colour, point) for at, point, colour in setup if at == ply]
                if stones:
                    self.place_all(stones)
                where = "move {}: {}"
                if ply < len(moves):
                    self.play(*decode_move(moves[ply]), suicide=suicide)
            except IllegalMove as error:
                raise IllegalMove(Reason(where, ply + 1, error.reason)) from None

    def _forbidden(self, colour: int, point: int) -> str:
        """Why a move that is no pass is illegal, or an empty text."""
        if not is_whole(point, 0, self.size**2 - 1):
            return "not on the board"
        cell = self._cell(point)
        if chains.is_legal(self.position, self.size + 1, cell, colour):
            return ""
        if self.position["colours"][cell] != EMPTY:
            return "occupied"
        return SUICIDE if chains.is_suicide(self.position, self.size + 1, cell, colour) else KO

    def _repeats(self, colour: int, point: int, *, suicide: bool) -> bool:
        if suicide:
            after = self.copy()
            after.play(colour, point, suicide=True)
            return after.hash in self._hashes
        return int(hash_after(self.position, self.size + 1, self._cell(point), colour)) in self._hashes

    def _vertex(self, point: int) -> str:
        return point_to_vertex(point, self.size) if is_whole(point, 0, self.size**2 - 1) else f"point {point}"

    def _on_board(self, point: int) -> int:
        """A point that must be one of this board."""
        if not is_whole(point, 0, self.size**2 - 1):
            board = f"{self.size}x{self.size}"
            raise IllegalMove(Reason("no point {} on a {} board", str(point)[:40], board))
        return int(point)

    def _cell(self, point: int) -> int:
        row, column = divmod(int(point), self.size)
        return (row + 1) * (self.size + 1) + column + 1

    def _point(self, cell: int) -> int:
        row, column = divmod(cell, self.size + 1)
        return (row - 1) * self.size + column - 1


SUICIDE, KO = "suicide", "ko"
"""Why a move is illegal."""
LONG_AGO = -10_000
"""The turn at which setup stones count as played."""


def star_points(size: int) -> frozenset[int]:
    """The points that are marked on a board of this size (handicap points and centre); none below 7."""
    if size < 7:
        return frozenset()
    edge = 2 if size < 13 else 3
    lines = {edge, size - 1 - edge}
    if size < 13:
        corners = {row * size + column for row in lines for column in lines}
        return frozenset(corners | {size * size // 2} if size % 2 else corners)
    if size % 2:
        lines.add(size // 2)
    return frozenset(row * size + column for row in lines for column in lines)


@kernel
def hash_after(position: Position, stride: int, cell: int, colour: int) -> int:
    """The hash of the stones after a legal move."""
    result = position.hash ^ chains.ZOBRIST[colour, cell]
    position.stamp += 1
    for near in (cell - stride, cell - 1, cell + 1, cell + stride):
        head = position.heads[near]
        if position.colours[near] != 3 - colour or position.counts[head] != 1 or not chains.first_met(position, head):
            continue
        stone = near
        while True:
            result ^= chains.ZOBRIST[3 - colour, stone]
            stone = int(position.links[stone])
            if stone == near:
                break
    return result


@kernel
def _legal_moves(position: Position, colour: int) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.uint64]]:
    """bool (N²,) where the colour may move, and uint64 (N²,) the hash of the stones after each such move."""
    size = position.size
    legal = np.zeros(size * size, np.bool_)
    hashes = np.zeros(size * size, np.uint64)
    for point in range(size * size):
        cell = (point // size + 1) * (size + 1) + point % size + 1
        if chains.is_legal(position, size + 1, cell, colour):
            legal[point] = True
            hashes[point] = hash_after(position, size + 1, cell, colour)
    return legal, hashes


@kernel
def area(colours: npt.NDArray[np.uint8], size: int) -> int:
    """Black's stones and the empty regions that reach only Black, less White's."""
    stride = size + 1
    seen = np.zeros(colours.size, np.bool_)
    stack = np.empty(size * size, np.int64)
    score = 0
    for first in range(stride + 1, (size + 1) * stride):
        if colours[first] == BLACK:
            score += 1
        elif colours[first] == WHITE:
            score -= 1
        elif colours[first] == EMPTY and not seen[first]:
            seen[first] = True
            stack[0] = first
            top = 1
            points = 0
            reached = 0
            while top > 0:
                top -= 1
                cell = stack[top]
                points += 1
                for near in (cell - stride, cell - 1, cell + 1, cell + stride):
                    content = colours[near]
                    if content == EMPTY:
                        if not seen[near]:
                            seen[near] = True
                            stack[top] = near
                            top += 1
                    elif content != WALL:
                        reached |= content
            if reached == BLACK:
                score += points
            elif reached == WHITE:
                score -= points
    return score
