"""The end of a game: which chains are dead or in seki, and the score by area or territory.

All of it rests on random playouts, with each side moving first in half of them: a chain is dead when its stones and
liberties mostly end up the opponent's, and in seki when it lives beside points that both sides mostly leave empty. What
is in doubt then is decided as if borders were closed, as those of players who pass are.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from honte.features.board import BLACK, EMPTY, WHITE, Board, decode_move
from honte.features.compilation import kernel
from honte.features.handicap import handicap_of
from honte.features.playout import Playouts, playouts
from honte.features.rules import CHINESE, Rules

Status = Literal["alive", "dead", "seki"]

MOVES_PER_POINT = 1.5
"""No game is longer than this times the points of the board; what stands then is scored."""
PLAYOUTS = 200
"""Games behind a judgement, for each side to move first."""
UNCLEAR = 0.1
"""A chain held less surely than this may still live or die."""
CLOSING = 5
"""What such a chain comes to is decided by the borders where so many points hang on it."""
SIDES = np.array([0, 1, -1], np.int8)
"""The owner that a stone of each colour makes: BLACK 1, WHITE -1."""

_known: dict[int, tuple[bytes, Playouts]] = {}
"""By the number of playouts: the chains that were judged last, and what the playouts came to."""


def area_komi(board: Board, *, komi: float, rules: Rules = CHINESE) -> float:
    """The komi with which counting area comes to what the rules' way of counting comes to.

    Area counts the stones that stand, territory those that were taken; so under rules of territory all that Black has
    played more than White counts for White. Points for handicap stones are White's too.
    """
    komi += _points_given(board, rules=rules)
    if rules.scoring == "AREA":
        return komi
    black, white = (np.count_nonzero(board.stones == colour) for colour in (BLACK, WHITE))
    return komi + (black + board.captures[WHITE]) - (white + board.captures[BLACK])


def _points_given(board: Board, *, rules: Rules) -> float:
    """What the rules give White beside komi: for handicap stones, and the half point of the first to pass."""
    points = float(rules.handicap_points(handicap_of(board)))
    if rules.button:
        passers = (colour for colour, point in map(decode_move, board.moves) if point == board.size**2)
        points += {WHITE: 0.5, BLACK: -0.5, EMPTY: 0.0}[next(passers, EMPTY)]
    return points


def format_result(lead: float) -> str:
    """Black's lead in points as GTP and SGF write a result: `B+3.5`, `W+12`, `0`."""
    return f"{'B' if lead > 0 else 'W'}+{abs(lead):.10g}" if lead else "0"


def final_status(board: Board, status: Status, *, rules: Rules = CHINESE) -> list[list[int]]:
    """The chains of a status, as GTP's `final_status_list` lists them: every chain has exactly one."""
    judgement = Judgement.of(board)
    if rules.dead_come_off or status == "seki":
        return judgement.chains(status)
    return sorted(judgement.chains("alive") + judgement.chains("dead")) if status == "alive" else []


def final_margin(board: Board, *, komi: float, rules: Rules = CHINESE) -> float:
    """Black's lead by the rules' way of counting, dead stones taken off where the rules take them off."""
    if rules.dead_come_off:
        return Judgement.of(board).margin(komi=komi, rules=rules)
    return board.area_score() - area_komi(board, komi=komi, rules=rules)


class Points(NamedTuple):
    """What the points of a board come to, an array (N²,) each."""

    stones: npt.NDArray[np.uint8]
    chains: npt.NDArray[np.int32]
    """As `connected` has them."""
    holds: npt.NDArray[np.float64]
    dead: npt.NDArray[np.bool_]
    seki: npt.NDArray[np.bool_]
    cleared: npt.NDArray[np.uint8]
    owner: npt.NDArray[np.int8]
    beside_seki: npt.NDArray[np.bool_]
    """The empty regions, once dead stones are gone, that reach a chain in seki."""


@dataclass(frozen=True, eq=False)
class Judgement:
    """What becomes of the stones of a board if the game ends here."""

    board: Board
    played: Playouts
    """What random games make of it, half of them with each side to move."""

    @classmethod
    def of(cls, board: Board, *, count: int = PLAYOUTS) -> "Judgement":
        """Judge a board by so many playouts for each side to move, always the same for the same board.

        What they came to last is remembered: a pass changes no stone, and a finished game is asked about many times.
        """
        chains = b"".join(board.position[field].tobytes() for field in ("ko", "colours", "heads", "links"))
        known = _known.get(count)
        if known is None or known[0] != chains:
            black, white = (playouts(board, colour, count=count) for colour in (BLACK, WHITE))
            _known[count] = known = chains, black.joined(white)
        return cls(board, known[1])

    @cached_property
    def _points(self) -> "Points":
        stones = self.board.stones.ravel()
        return Points(stones, *judge(stones, self.played.ownership, self.played.neutral, self.board.size))

    @property
    def holds(self) -> npt.NDArray[np.float64]:
        """(N²,): how surely the chain at a point lives, 0 where there is none.

        It is the mean ownership of the chain's stones and liberties, from its own side, -1 … 1.
        """
        return self._points.holds

    @property
    def dead(self) -> npt.NDArray[np.bool_]:
        """(N²,): where the stones of dead chains are.

        They are held by less than nothing, and a chain in doubt is as `_decided` has it.
        """
        return self._points.dead

    @property
    def seki(self) -> npt.NDArray[np.bool_]:
        """(N²,): where the stones of chains in seki are."""
        return self._points.seki

    def chains(self, status: Status) -> list[list[int]]:
        """The chains of that status, each as sorted points, in the order of their first points."""
        chains = self._points.chains
        alive = (self._points.stones != EMPTY) & ~self.dead & ~self.seki
        its = {"alive": alive, "dead": self.dead, "seki": self.seki}[status]
        return [np.flatnonzero(chains == first).tolist() for first in np.unique(chains[its])]

    @property
    def cleared(self) -> npt.NDArray[np.uint8]:
        """(N²,): the colours of the points once dead stones are gone."""
        return self._points.cleared

    @property
    def owner(self) -> npt.NDArray[np.int8]:
        """(N²,): the owner of every point once dead stones are gone, as `owners` has it."""
        return self._points.owner

    @property
    def owner_standing(self) -> npt.NDArray[np.int8]:
        """(N²,): the owner of every point with all stones counted as alive."""
        its: npt.NDArray[np.int8] = owners(self._points.stones, self._points.chains, self.board.size)
        return its

    @cached_property
    def _territory(self) -> dict[int, int]:
        """The points of territory, by the colour that owns them, without those that have to be filled in the end.

        Each side fills the neutral points that connect its stones; a group whose only liberty is then one point of its
        territory is in atari and has to be connected there. So false eyes are no territory (the servers count so).
        """
        free = (self.cleared == EMPTY) & (self.owner != 0) & ~self._points.beside_seki
        territory = {int(point): BLACK if self.owner[point] > 0 else WHITE for point in np.flatnonzero(free)}
        stones = self.cleared.tolist()
        for colour in (BLACK, WHITE):
            solid = {p for p, its in enumerate(stones) if its == colour or (its == EMPTY and p not in territory)}
            waiting = [point for point in solid if stones[point] == colour]
            while waiting:
                group, liberties = spread(waiting.pop(), solid, self.board.size)
                own = [point for point in liberties if territory.get(point) == colour]
                if len(own) == 1:
                    del territory[own[0]]
                    solid.add(own[0])
                    waiting.append(own[0])
                else:
                    waiting = [point for point in waiting if point not in group]
        return territory

    def margin(self, *, komi: float, rules: Rules = CHINESE) -> float:
        """Black's lead with dead stones taken off; positive when ahead.

        Territory is prisoners, dead stones among them, and the empty regions that reach one colour, less what has to be
        filled in the end. A tax takes eyes in seki off, and one on everything two points of each living group as well.
        """
        lead = -komi - _points_given(self.board, rules=rules)
        if rules.tax == "ALL":
            lead -= 2 * (self._groups(BLACK) - self._groups(WHITE))
        if rules.scoring == "AREA":
            return lead + int(self.owner.sum()) - (self._eyes_in_seki if rules.tax != "NONE" else 0)
        dead = self._points.stones[self.dead]
        lead += self.board.captures[BLACK] - self.board.captures[WHITE] - int(SIDES[dead].sum())
        lead += sum(1 if colour == BLACK else -1 for colour in self._territory.values())
        return lead + (self._eyes_in_seki if rules.tax == "NONE" else 0)

    @property
    def _eyes_in_seki(self) -> int:
        """Black's points that a seki encloses, less White's."""
        return int(self.owner[self._points.beside_seki].sum())

    def _groups(self, colour: int) -> int:
        """The living groups of a colour: chains and the territory between them."""
        territory = {point for point, its in self._territory.items() if its == colour}
        stones = {p for chain in self.chains("alive") for p in chain if self.board.stones.flat[p] == colour}
        groups, rest = 0, territory | stones
        while rest:
            group, _ = spread(next(iter(rest)), rest, self.board.size)
            groups += not group.isdisjoint(territory)
            rest -= group
        return groups

    @property
    def settled(self) -> bool:
        """Whether nothing is left to play for: every border closed, and no chain that may still live or die."""
        return self.closed and bool((np.abs(self.holds[self._points.stones != EMPTY]) >= UNCLEAR).all())

    @property
    def closed(self) -> bool:
        """Whether no empty region but those of a seki lies between both colours once dead stones are gone."""
        return bool(((self.owner != 0) | self._points.beside_seki).all())


def spread(start: int, points: set[int], size: int) -> tuple[set[int], set[int]]:
    """The points connected with `start` among `points`, and those beside them that are not."""
    inside, beside, waiting = {start}, set[int](), [start]
    while waiting:
        for near in neighbours(waiting.pop(), size):
            if near not in points:
                beside.add(near)
            elif near not in inside:
                inside.add(near)
                waiting.append(near)
    return inside, beside


def neighbours(point: int, size: int) -> list[int]:
    """The two to four points beside a point."""
    row, column = divmod(point, size)
    ways = ((-size, row > 0), (-1, column > 0), (1, column + 1 < size), (size, row + 1 < size))
    return [point + way for way, on_board in ways if on_board]


@kernel
def _around(point: int, size: int) -> tuple[int, int, int, int]:
    """The points beside a point, and -1 for those beyond the edge."""
    row, column = point // size, point % size
    return (
        point - size if row > 0 else -1,
        point - 1 if column > 0 else -1,
        point + 1 if column + 1 < size else -1,
        point + size if row + 1 < size else -1,
    )


@kernel
def connected(colours: npt.NDArray[np.uint8], size: int) -> npt.NDArray[np.int32]:
    """For colours (N²,) of points, (N²,): at every point the lowest one of its colour that it is connected with."""
    first = np.full(size * size, -1, np.int32)
    waiting = np.empty(size * size, np.int32)
    for start in range(size * size):
        if first[start] >= 0:
            continue
        first[start] = start
        waiting[0] = start
        count = 1
        while count > 0:
            count -= 1
            point = waiting[count]
            for near in _around(point, size):
                if near >= 0 and colours[near] == colours[point] and first[near] < 0:
                    first[near] = start
                    waiting[count] = near
                    count += 1
    return first


@kernel
def owners(colours: npt.NDArray[np.uint8], regions: npt.NDArray[np.int32], size: int) -> npt.NDArray[np.int8]:
    """(N²,): 1 at Black's stones and the empty regions that reach only Black, -1 at White's, else 0.

    `colours` are of the points, (N²,), and `regions` what `connected` makes of them.
    """
    reached = np.zeros(size * size, np.uint8)
    for point in range(size * size):
        reached[regions[point]] |= colours[point]
        for near in _around(point, size):
            if near >= 0 and colours[point] == EMPTY:
                reached[regions[point]] |= colours[near]
    its = np.zeros(size * size, np.int8)
    for point in range(size * size):
        reach = reached[regions[point]]
        its[point] = (reach == BLACK) - (reach == WHITE)
    return its


@kernel
def _held(
    stones: npt.NDArray[np.uint8], chains: npt.NDArray[np.int32], ownership: npt.NDArray[np.float32], size: int
) -> npt.NDArray[np.float64]:
    """(N²,): at every stone the mean ownership of its chain's stones and liberties, from its own side."""
    total = np.zeros(size * size)
    count = np.zeros(size * size, np.int32)
    met = np.full(size * size, -1, np.int32)  # the last liberty of a chain that was counted
    for point in range(size * size):
        total[chains[point]] += ownership[point]
        count[chains[point]] += 1
        for near in _around(point, size):
            if near >= 0 and stones[point] == EMPTY and stones[near] != EMPTY and met[chains[near]] != point:
                met[chains[near]] = point
                total[chains[near]] += ownership[point]
                count[chains[near]] += 1
    holds = np.zeros(size * size)
    for point in range(size * size):
        holds[point] = total[chains[point]] / count[chains[point]] * SIDES[stones[point]]
    return holds


@kernel
def _reaching(
    regions: npt.NDArray[np.int32], marked: npt.NDArray[np.bool_], size: int
) -> npt.NDArray[np.bool_]:
    """(N²,): the points of the regions that have a marked point beside them."""
    reached = np.zeros(size * size, np.bool_)
    for point in range(size * size):
        for near in _around(point, size):
            if near >= 0 and marked[near]:
                reached[regions[point]] = True
    return reached[regions]


@kernel
def _nobodys(stones: npt.NDArray[np.uint8], dead: npt.NDArray[np.bool_], size: int) -> int:
    """The number of points without an owner once dead stones are gone."""
    cleared = np.where(dead, EMPTY, stones).astype(np.uint8)
    its = owners(cleared, connected(cleared, size), size)
    without: int = its.size - np.count_nonzero(its)
    return without


@kernel
def _decided(
    stones: npt.NDArray[np.uint8], chains: npt.NDArray[np.int32], holds: npt.NDArray[np.float64], size: int
) -> npt.NDArray[np.bool_]:
    """(N²,): where the stones of dead chains are, those that are held by less than nothing.

    But players close their borders before they pass: a chain in doubt changes its lot where that gives many points an
    owner. And one that is dead after that lives where few points lose their owner by it: players leave neutral points,
    where random games cut a stone off.
    """
    dead: npt.NDArray[np.bool_] = (holds < 0) & (stones != EMPTY)
    left = -1
    for most in (-CLOSING, CLOSING):
        for first in range(size * size):
            if chains[first] != first or stones[first] == EMPTY or abs(holds[first]) >= UNCLEAR:
                continue
            if most > 0 and not dead[first]:
                continue
            if left < 0:
                left = _nobodys(stones, dead, size)
            changed = dead != (chains == first)
            then = _nobodys(stones, changed, size)
            if then <= left + most:
                dead, left = changed, then
    return dead


@kernel
def judge(
    stones: npt.NDArray[np.uint8], ownership: npt.NDArray[np.float32], neutral: npt.NDArray[np.float32], size: int
) -> tuple[Any, ...]:
    """What the points of a board come to by its playouts: the fields of `Points` after `stones`."""
    chains = connected(stones, size)
    holds = _held(stones, chains, ownership, size)
    dead = _decided(stones, chains, holds, size)
    cleared = np.where(dead, EMPTY, stones).astype(np.uint8)
    seki = _reaching(chains, neutral > 0.5, size) & (cleared != EMPTY)
    regions = connected(cleared, size)
    beside_seki = _reaching(regions, seki, size) & (cleared == EMPTY)
    return chains, holds, dead, seki, cleared, owners(cleared, regions, size), beside_seki
