"""The end of a game: which chains are dead or in seki, and the score by area or territory.

All of it rests on random playouts, with each side moving first in half of them: a chain is dead when its stones and
liberties mostly end up the opponent's, and in seki when it lives beside points that both sides mostly leave empty.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from honte.features.board import BLACK, EMPTY, WHITE, Board, decode_move
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


@dataclass(frozen=True, eq=False)
class Judgement:
    """What becomes of the stones of a board if the game ends here."""

    board: Board
    played: Playouts
    """What random games make of it, half of them with each side to move."""

    @classmethod
    def of(cls, board: Board, *, count: int = PLAYOUTS) -> "Judgement":
        """Judge a board by so many playouts for each side to move, always the same for the same board."""
        black, white = (playouts(board, colour, count=count) for colour in (BLACK, WHITE))
        return cls(board, black.joined(white))

    def chains(self, status: Status) -> list[list[int]]:
        """The chains of that status, each as sorted points, in the order of their first points."""
        return [chain for chain, its in self._chains if its == status]

    @cached_property
    def _chains(self) -> list[tuple[list[int], Status]]:
        stones = self.board.stones.ravel().tolist()
        size = self.board.size
        shared = {near for point in np.flatnonzero(self.played.neutral > 0.5) for near in neighbours(int(point), size)}
        chains: list[tuple[list[int], Status]] = []
        met: set[int] = set()
        for point, colour in enumerate(stones):
            if colour == EMPTY or point in met:
                continue
            chain = self.board.chain(point)
            met.update(chain)
            status: Status = "dead" if self.hold(chain) < 0 else "alive" if shared.isdisjoint(chain) else "seki"
            chains.append((chain, status))
        return chains

    def hold(self, chain: list[int]) -> float:
        """How surely a chain lives: the mean ownership of its stones and liberties from its own side, -1 … 1."""
        stones, size = self.board.stones.ravel(), self.board.size
        liberties = {near for point in chain for near in neighbours(point, size) if stones[near] == EMPTY}
        mean = float(self.played.ownership[[*chain, *liberties]].mean())
        return mean if stones[chain[0]] == BLACK else -mean

    @cached_property
    def cleared(self) -> Board:
        """A board of the stones that are not dead."""
        board = Board(self.board.size)
        dead = {point for chain in self.chains("dead") for point in chain}
        stones = self.board.stones.ravel().tolist()
        board.place_all([(c, point) for point, c in enumerate(stones) if c != EMPTY and point not in dead])
        return board

    @cached_property
    def _regions(self) -> list["Region"]:
        """The empty regions once dead stones are gone."""
        stones = self.cleared.stones.ravel().tolist()
        seki = {point for chain in self.chains("seki") for point in chain}
        empty = {point for point, colour in enumerate(stones) if colour == EMPTY}
        regions = []
        while empty:
            region, around = spread(next(iter(empty)), empty, self.board.size)
            regions.append(Region(sorted(region), {stones[point] for point in around}, not seki.isdisjoint(around)))
            empty -= region
        return regions

    @cached_property
    def _territory(self) -> dict[int, int]:
        """The points of territory, by the colour that owns them, without those that have to be filled in the end.

        Each side fills the neutral points that connect its stones; a group whose only liberty is then one point of its
        territory is in atari and has to be connected there. So false eyes are no territory (the servers count so).
        """
        territory = {
            point: next(iter(region.colours))
            for region in self._regions
            if len(region.colours) == 1 and not region.seki
            for point in region.points
        }
        stones = self.cleared.stones.ravel().tolist()
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
            return lead + self.cleared.area_score() - (self._eyes_in_seki if rules.tax != "NONE" else 0)
        lead += self.board.captures[BLACK] - self.board.captures[WHITE]
        for chain in self.chains("dead"):
            lead += len(chain) if self.board.stones.flat[chain[0]] == WHITE else -len(chain)
        lead += sum(1 if colour == BLACK else -1 for colour in self._territory.values())
        return lead + (self._eyes_in_seki if rules.tax == "NONE" else 0)

    @property
    def _eyes_in_seki(self) -> int:
        """Black's points that a seki encloses, less White's."""
        eyes = [region for region in self._regions if region.seki and len(region.colours) == 1]
        return sum(len(region.points) if region.colours == {BLACK} else -len(region.points) for region in eyes)

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
        return self.closed and all(abs(self.hold(chain)) >= UNCLEAR for chain, _ in self._chains)

    @property
    def closed(self) -> bool:
        """Whether no empty region but those of a seki lies between both colours once dead stones are gone."""
        return all(region.seki or len(region.colours) == 1 for region in self._regions)


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


@dataclass(frozen=True)
class Region:
    """Empty points that are connected."""

    points: list[int]
    colours: set[int]
    """What it reaches: BLACK, WHITE, both or nothing."""
    seki: bool
    """Whether it reaches a chain in seki."""


def neighbours(point: int, size: int) -> list[int]:
    """The two to four points beside a point."""
    row, column = divmod(point, size)
    ways = ((-size, row > 0), (-1, column > 0), (1, column + 1 < size), (size, row + 1 < size))
    return [point + way for way, on_board in ways if on_board]
