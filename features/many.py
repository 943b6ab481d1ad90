"""Many games side by side: their planes, and moves drawn from a network's logits, in threads.

The rules are those by which the engine plays: nobody repeats a position, commits suicide or fills an own true eye. A
side passes when it has no move left that a playout would make, two passes end a game, and so does a board on which
playouts leave nothing to play for, which is asked now and then once many stones stand. Black begins and the sides take
turns. Chance is a hash of the seed, the number of the game and that of the move, so that a game does not depend on
those beside it or on the number of threads.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt

from honte.features.arrays import whole_numbers
from honte.features.board import LONG_AGO, area, hash_after
from honte.features.chains import BLACK, EMPTY, POSITION, Position, clear, forget, is_legal, new_position, play
from honte.features.checks import whole
from honte.features.compilation import kernel
from honte.features.errors import HonteError, IllegalMove, Reason
from honte.features.plane_kernels import cell_of, fill, places_of
from honte.features.plane_table import PLANE_COUNT, SENSIBLE
from honte.features.playout import is_reasonable, mixed, play_out

PLAYING, PASSED, SETTLED, CAPPED = range(4)
"""How a game stands: going on, or ended by two passes, by a settled board, or at the greatest length."""
LATE = 0.4
"""Whether the board is settled is asked once so much of it is stones,"""
EVERY = 4
"""and then after every so many moves,"""
PLAYOUTS = 8
"""of so many playouts for each side to move first,"""
AGREED = 0.75
"""which must give each point to one owner, or leave it neutral, so often on balance."""


class ManyGames:
    """Games of one board size that go on side by side.

    `moves` uint16 (count, length) are their move codes, `lengths` how many were made, `ends` uint8 how they stand, and
    `leads` Black's area less White's, without komi, of those that have ended.
    """

    def __init__(
        self,
        numbers: npt.NDArray[np.uint64],
        *,
        size: int,
        seed: int,
        length: int,
        openings: Sequence[npt.NDArray[np.uint16]] = (),
        threads: int = 1,
    ) -> None:
        """Begin the games of these numbers, which with the seed decide what chance does.

        `openings`, if any, are the moves with which each begins, alternating from Black. No game has more than `length`
        moves. Raises IllegalMove for an opening that cannot be played, HonteError for what is out of range.
        """
        whole(length, name="the length of a game", low=1, high=2**15 - 1)
        whole(threads, name="the number of threads", low=1, high=1024)
        self.size, self.threads, self.count = size, threads, len(numbers)
        self.keys = _mix_all(np.ascontiguousarray(numbers, np.uint64), np.uint64(seed))
        self.moves = np.zeros((self.count, length), np.uint16)
        self.lengths = np.zeros(self.count, np.int32)
        self.ends = np.zeros(self.count, np.uint8)
        self.leads = np.zeros(self.count, np.int32)
        self._hashes = np.zeros((self.count, length + 1), np.uint64)
        self._positions = np.zeros(self.count, POSITION)
        self._scratch = [new_position(size) for _ in range(threads)]
        self._pool = ThreadPoolExecutor(threads, "games")
        given = np.zeros(self.count, np.int32)
        for game, opening in enumerate(openings):
            if len(opening) > length:
                raise HonteError(f"an opening of {len(opening)} moves is longer than a game may be, {length}")
            given[game] = len(opening)
            self.moves[game, : len(opening)] = opening
        failed = begin(
            self._positions, size, given, self.moves, self.lengths, self._hashes, self.ends, self.leads
        )
        if failed >= 0:
            raise IllegalMove(Reason("move {} of opening {} is illegal", self.lengths[failed] + 1, failed + 1))

    @property
    def live(self) -> npt.NDArray[np.bool_]:
        """bool (count,): the games that go on."""
        going: npt.NDArray[np.bool_] = self.ends == PLAYING
        return going

    @property
    def to_move(self) -> npt.NDArray[np.int32]:
        """int32 (count,): the colour whose turn it is."""
        return self.lengths % 2 + BLACK

    def planes(self, games: npt.NDArray[np.intp]) -> npt.NDArray[np.uint8]:
        """The planes uint8 (K, 48, N, N) of the present positions of K games; HonteError for one that is not there."""
        games = self._chosen(games)
        out = np.empty((len(games), PLANE_COUNT, self.size, self.size), np.uint8)
        flat, places = out.reshape(len(games), PLANE_COUNT, -1), places_of(self.size)[0]

        def work(first: int, last: int, _scratch: Position) -> None:
            part = slice(first, last)
            _fill_many(self._positions, self.size, games[part], self.lengths, places, flat[part])

        self._in_parts(len(games), work)
        return out

    def play(
        self,
        games: npt.NDArray[np.intp],
        planes: npt.NDArray[np.uint8],
        logits: npt.NDArray[np.float32],
        *,
        temperature: npt.NDArray[np.float32] | float,
    ) -> None:
        """Make a move in each of K live games, drawn by the softmax of logits (K, N²) / temperature.

        It is over the sensible points of `planes`, which are those of the games. At a temperature of 0 the move is the
        one of the highest logit; an array (K,) gives each game its own. HonteError for games that have ended or are
        named twice, and for arrays of other shapes.
        """
        games = self._chosen(games)
        if not self.live[games].all() or len(np.unique(games)) < len(games):
            raise HonteError("a move is made in games that go on, once in each")
        count, points = len(games), self.size**2
        if planes.shape != (count, PLANE_COUNT, self.size, self.size) or logits.shape != (count, points):
            raise HonteError(f"{count} games have planes and logits, not arrays {planes.shape} and {logits.shape}")
        flat = np.ascontiguousarray(planes, np.uint8).reshape(count, PLANE_COUNT, points)
        heat = np.ascontiguousarray(np.broadcast_to(np.asarray(temperature, np.float32), (count,)))
        logits = np.ascontiguousarray(logits, np.float32)

        def work(first: int, last: int, scratch: Position) -> None:
            part = slice(first, last)
            _play_many(
                self._positions, scratch, self.size, games[part], flat[part], logits[part], heat[part], self.keys,
                self.moves, self.lengths, self._hashes, self.ends, self.leads,
            )

        self._in_parts(len(games), work)

    def _chosen(self, games: npt.NDArray[np.intp]) -> npt.NDArray[np.int64]:
        chosen: npt.NDArray[np.int64] = whole_numbers(games, np.int64, name="games", low=0, high=self.count - 1)
        return chosen

    def _in_parts(self, count: int, work: Callable[[int, int, Position], None]) -> None:
        bounds = [count * part // self.threads for part in range(self.threads + 1)]
        list(self._pool.map(work, bounds[:-1], bounds[1:], self._scratch))


@kernel
def _mix_all(numbers: npt.NDArray[np.uint64], seed: np.uint64) -> npt.NDArray[np.uint64]:
    keys = np.empty_like(numbers)
    for place in range(numbers.size):
        keys[place] = mixed(mixed(seed) ^ mixed(numbers[place]))
    return keys


@kernel
def begin(
    positions: npt.NDArray[np.void], size: int, given: npt.NDArray[np.int32], moves: npt.NDArray[np.uint16],
    lengths: npt.NDArray[np.int32], hashes: npt.NDArray[np.uint64], ends: npt.NDArray[np.uint8],
    leads: npt.NDArray[np.int32],
) -> int:
    """Empty the boards and play the openings; the first game whose opening is illegal, else -1."""
    for game in range(positions.size):
        position = positions[game]
        clear(position, size)
        position.played[:] = LONG_AGO
        hashes[game, 0] = position.hash
        for ply in range(given[game]):
            code = int(moves[game, ply])
            if (code & 1) != (ply & 1) or code >> 1 > size * size:
                return game
            if code >> 1 == size * size:
                position.ko = 0
            else:
                cell = cell_of(code >> 1, size)
                if not is_legal(position, size + 1, cell, (ply & 1) + 1):
                    return game
                play(position, size + 1, cell, (ply & 1) + 1)
                forget(position)
                position.played[cell] = ply
            lengths[game] = ply + 1
            hashes[game, ply + 1] = position.hash
        ends[game] = passes(position, size, game, moves, lengths, hashes)
        if ends[game] != PLAYING:
            leads[game] = area(position.colours, size)
    return -1


@kernel
def _fill_many(
    positions: npt.NDArray[np.void], size: int, games: npt.NDArray[np.intp], lengths: npt.NDArray[np.int32],
    places: npt.NDArray[np.int32], out: npt.NDArray[np.uint8],
) -> None:
    for place in range(games.size):
        game = games[place]
        length = int(lengths[game])
        fill(positions[game], size, length, (length & 1) + 1, places, out[place])


@kernel
def _play_many(
    positions: npt.NDArray[np.void], scratch: Position, size: int, games: npt.NDArray[np.intp],
    planes: npt.NDArray[np.uint8], logits: npt.NDArray[np.float32], heat: npt.NDArray[np.float32],
    keys: npt.NDArray[np.uint64], moves: npt.NDArray[np.uint16], lengths: npt.NDArray[np.int32],
    hashes: npt.NDArray[np.uint64], ends: npt.NDArray[np.uint8], leads: npt.NDArray[np.int32],
) -> None:
    """Draw and make a move in each of the games, with the passes that follow, and see whether it has ended."""
    allowed = np.empty(size * size, np.uint8)
    totals = np.empty((2, size * size), np.int64)
    outcome = np.empty(1, np.int32)
    for place in range(games.size):
        game = games[place]
        position = positions[game]
        colour = int(lengths[game] & 1) + 1
        chance = mixed(keys[game] ^ mixed(np.uint64(lengths[game])))
        allowed[:] = planes[place, SENSIBLE]
        earlier = hashes[game, : lengths[game] + 1]
        point = draw(position, size, colour, logits[place], allowed, float(heat[place]), chance, earlier)
        if point == size * size:
            position.ko = 0
        else:
            cell = cell_of(point, size)
            play(position, size + 1, cell, colour)
            forget(position)
            position.played[cell] = lengths[game]
        write(position, game, 2 * point + colour - 1, moves, lengths, hashes)
        ends[game] = passes(position, size, game, moves, lengths, hashes)
        if ends[game] != PLAYING:
            leads[game] = area(position.colours, size)
        elif (
            lengths[game] % EVERY == 0
            and stones(position, size) >= LATE * size * size
            and settled(position, scratch, mixed(chance), outcome, totals)
        ):
            ends[game] = SETTLED
            leads[game] = np.sign(totals[0]).sum()


@kernel
def write(
    position: Position, game: int, code: int, moves: npt.NDArray[np.uint16], lengths: npt.NDArray[np.int32],
    hashes: npt.NDArray[np.uint64],
) -> None:
    """Write down a move that was made."""
    moves[game, lengths[game]] = code
    lengths[game] += 1
    hashes[game, lengths[game]] = position.hash


@kernel
def passes(
    position: Position, size: int, game: int, moves: npt.NDArray[np.uint16], lengths: npt.NDArray[np.int32],
    hashes: npt.NDArray[np.uint64],
) -> int:
    """Pass for whoever has to; how the game stands then."""
    while True:
        length = int(lengths[game])
        if length >= 2 and moves[game, length - 1] >> 1 == size * size and moves[game, length - 2] >> 1 == size * size:
            return PASSED
        if length == moves.shape[1]:
            return CAPPED
        if has_move(position, size, (length & 1) + 1):
            return PLAYING
        position.ko = 0
        write(position, game, 2 * size * size + (length & 1), moves, lengths, hashes)


@kernel
def has_move(position: Position, size: int, colour: int) -> bool:
    """Whether a side has a move that a playout would make."""
    for point in range(size * size):  # noqa: SIM110 - numba
        if is_reasonable(position, size + 1, cell_of(point, size), colour):
            return True
    return False


@kernel
def stones(position: Position, size: int) -> int:
    count = 0
    for point in range(size * size):
        count += position.colours[cell_of(point, size)] != EMPTY
    return count


@kernel
def settled(
    position: Position, scratch: Position, seed: np.uint64, outcome: npt.NDArray[np.int32],
    totals: npt.NDArray[np.int64],
) -> bool:
    """Whether playouts leave nothing to play for; then `totals` are their sums of owners and of neutral points.

    No more are played once there is a point on which they can no longer agree.
    """
    totals[:] = 0
    left = 2 * PLAYOUTS
    for number in range(PLAYOUTS):
        for first in range(2):
            play_out(position, scratch, first + 1, seed, first * PLAYOUTS + number, outcome, totals)
            left -= 1
            for point in range(totals.shape[1]):
                if max(abs(totals[0, point]), totals[1, point]) + left < AGREED * 2 * PLAYOUTS:
                    return False
    return True


@kernel
def draw(
    position: Position, size: int, colour: int, logits: npt.NDArray[np.float32], allowed: npt.NDArray[np.uint8],
    temperature: float, chance: np.uint64, earlier: npt.NDArray[np.uint64],
) -> int:
    """Draw one of the allowed points, but none that brings an earlier position back; the pass where none is left.

    What does is allowed no longer.
    """
    weights = np.empty(size * size, np.float64)
    while True:
        best = -1
        for point in range(logits.size):
            if allowed[point] and (best < 0 or logits[point] > logits[best]):
                best = point
        if best < 0:
            return size * size
        drawn = best
        if temperature > 0:
            total = 0.0
            for point in range(logits.size):
                weights[point] = np.exp((logits[point] - logits[best]) / temperature) if allowed[point] else 0.0
                total += weights[point]
            chance = mixed(chance)
            left = float(chance >> np.uint64(11)) / 2.0**53 * total
            for point in range(logits.size):
                left -= weights[point]
                if left < 0:
                    drawn = point
                    break
        after = hash_after(position, size + 1, cell_of(drawn, size), colour)
        if not (earlier == after).any():
            return drawn
        allowed[drawn] = 0
