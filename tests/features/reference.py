"""The 48 planes once more, slowly: written from the table in the plainest Python, sharing nothing with `features`.

Boards are dicts from (row, column) to 1 or 2, chains and liberties are sets found by flood fill, every question is
answered by making a new board and looking. A ladder question that takes more than PATIENCE moves stays unread: its
point is marked UNREAD in planes 44 and 45.
"""

from functools import cache
from typing import NamedTuple

import numpy as np

UNREAD = 255
PATIENCE = 250


class OutOfPatience(Exception):
    pass


class Game:
    """Stones, their ages and the ko of a game replayed move by move."""

    def __init__(self, size):
        self.size = size
        self.stones = {}
        self.turn_of = {}
        self.turn = 0
        self.ko = None

    def set_up(self, colour, point):
        if colour:
            self.stones[point] = colour
        else:
            self.stones.pop(point, None)
        self.turn_of.pop(point, None)
        self.ko = None

    def play(self, colour, point):
        if point is None:
            self.ko = None
        else:
            after = after_move(self.size, self.stones, self.ko, colour, point)
            self.stones, self.ko = after.stones, after.ko
            for stone in after.taken:
                self.turn_of.pop(stone, None)
            self.turn_of[point] = self.turn
        self.turn += 1


class After(NamedTuple):
    """What a legal move makes: the board, what it took, the ko, and the move's own chain with its liberties.

    A ko is the side that may not retake at once, and where.
    """

    stones: dict
    taken: set
    ko: tuple | None
    own: frozenset
    liberties: set


@cache
def around(size):
    """The neighbours of every point."""
    points = [(row, column) for row in range(size) for column in range(size)]
    beside = {(r, c): ((r - 1, c), (r, c - 1), (r, c + 1), (r + 1, c)) for r, c in points}
    return {point: [near for near in beside[point] if near in beside] for point in points}


def chain_of(size, stones, point):
    neighbours, colour, chain, frontier = around(size), stones[point], {point}, [point]
    while frontier:
        for near in neighbours[frontier.pop()]:
            if near not in chain and stones.get(near) == colour:
                chain.add(near)
                frontier.append(near)
    return frozenset(chain)


def liberties_of(size, stones, chain):
    neighbours = around(size)
    return {near for stone in chain for near in neighbours[stone] if near not in stones}


def after_move(size, stones, ko, colour, point):
    """The After of a legal move, None of an illegal one."""
    if point in stones or (colour, point) == ko:
        return None
    stones = dict(stones)
    stones[point] = colour
    taken = set()
    for near in around(size)[point]:
        if stones.get(near) == 3 - colour and near not in taken:
            chain = chain_of(size, stones, near)
            if not liberties_of(size, stones, chain):
                taken |= chain
    for stone in taken:
        del stones[stone]
    own = chain_of(size, stones, point)
    liberties = liberties_of(size, stones, own)
    if not liberties:
        return None
    ko = (3 - colour, next(iter(taken))) if len(taken) == 1 and len(own) == 1 and len(liberties) == 1 else None
    return After(stones, taken, ko, own, liberties)


def defences(size, stones, prey, attacker):
    """Moves that might save the chain: its liberties, and the last liberties of attacking chains beside it."""
    moves = set(liberties_of(size, stones, prey))
    for stone in prey:
        for near in around(size)[stone]:
            if stones.get(near) == attacker:
                liberties = liberties_of(size, stones, chain_of(size, stones, near))
                if len(liberties) == 1:
                    moves |= liberties
    return moves


class Ladder:
    """One reading: the chain at `prey_stone`, of the attacker's opponent."""

    def __init__(self, size, prey_stone, attacker):
        self.size, self.prey_stone, self.attacker = size, prey_stone, attacker
        self.tried = 0

    def after(self, stones, ko, colour, move):
        self.tried += 1
        if self.tried > PATIENCE:
            raise OutOfPatience
        return after_move(self.size, stones, ko, colour, move)

    def attacked(self, stones, ko):
        """Whether the attacker, to move, catches the prey."""
        liberties = liberties_of(self.size, stones, chain_of(self.size, stones, self.prey_stone))
        if len(liberties) >= 3:
            return False
        if len(liberties) == 1:
            return True
        for move in sorted(liberties):
            after = self.after(stones, ko, self.attacker, move)
            if after and not self.defended(after.stones, after.ko):
                return True
        return False

    def defended(self, stones, ko):
        """Whether the defender, to move, saves the prey, which is in atari."""
        prey = chain_of(self.size, stones, self.prey_stone)
        for move in sorted(defences(self.size, stones, prey, self.attacker)):
            after = self.after(stones, ko, 3 - self.attacker, move)
            if after and not self.attacked(after.stones, after.ko):
                return True
        return False


def planes(game, colour):
    """The planes uint8 (48, N, N) of a Game with `colour` to move."""
    size, stones, other = game.size, game.stones, 3 - colour
    out = np.zeros((48, size, size), np.uint8)
    chains = {chain_of(size, stones, point) for point in stones}
    points = [(row, column) for row in range(size) for column in range(size)]
    out[3] = 1
    for point in points:
        content = stones.get(point)
        if content is None:
            out[2][point] = 1
            continue
        out[0 if content == colour else 1][point] = 1
        age = game.turn - game.turn_of[point] if point in game.turn_of else 8
        out[3 + min(age, 8)][point] = 1
    for chain in chains:
        count = len(liberties_of(size, stones, chain))
        for point in chain:
            out[11 + min(count, 8)][point] = 1
    legal = {}
    for point in points:
        after = after_move(size, stones, game.ko, colour, point)
        if after is None:
            continue
        legal[point] = after
        count = len(after.liberties)
        out[20 + min(len(after.taken), 7)][point] = 1
        out[35 + min(count, 8)][point] = 1
        if count == 1:
            out[27 + min(len(after.own), 8)][point] = 1
        if not fills_true_eye(size, stones, colour, point):
            out[46][point] = 1
    for chain in chains:
        stone = next(iter(chain))
        liberties = liberties_of(size, stones, chain)
        if stones[stone] == other and len(liberties) == 2:
            for point in liberties & legal.keys():
                ladder = Ladder(size, stone, colour)
                try:
                    marked = not ladder.defended(legal[point].stones, legal[point].ko)
                except OutOfPatience:
                    marked = UNREAD
                out[44][point] = max(out[44][point], marked)
        if stones[stone] == colour and len(liberties) == 1:
            for point in defences(size, stones, chain, other) & legal.keys():
                ladder = Ladder(size, stone, other)
                try:
                    marked = not ladder.attacked(legal[point].stones, legal[point].ko)
                except OutOfPatience:
                    marked = UNREAD
                out[45][point] = max(out[45][point], marked)
    return out


def fills_true_eye(size, stones, colour, point):
    if any(stones.get(near) != colour for near in around(size)[point]):
        return False
    row, column = point
    diagonals = [(row + a, column + b) for a in (-1, 1) for b in (-1, 1)]
    inside = [d for d in diagonals if 0 <= d[0] < size and 0 <= d[1] < size]
    hostile = sum(stones.get(d) == 3 - colour for d in inside)
    return hostile + (len(inside) < 4) < 2
