"""One game, as everything above the reader of SGF knows it."""

import hashlib
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from honte.data.fields import winner
from honte.features.board import Board, setup_rows
from honte.features.errors import NO_REASON, Reason
from honte.features.planes import extract_plies
from honte.features.rules import allows_suicide
from honte.features.symmetry import point_map
from honte.features.turn import side_to_move


@dataclass(frozen=True, eq=False, kw_only=True)
class GameRecord:
    """A game's moves and what is known about it."""

    size: int = 19
    moves: npt.NDArray[np.uint16] = field(default_factory=lambda: np.empty(0, np.uint16))
    """Codes 2·point + (colour - 1), in order; a pass has point size²."""
    setup: npt.NDArray[np.int16] = field(default_factory=lambda: setup_rows(None))
    """(k, 3) rows (ply, point, colour): before the move of that ply the point gets that colour, or EMPTY."""
    turns: tuple[tuple[int, int], ...] = ()
    """Who is to move where the file says so, as (ply, BLACK or WHITE); the moves themselves count for more."""
    komi: float | None = None
    handicap: int = 0
    rules: str = ""
    result: str = ""
    black: str = ""
    white: str = ""
    black_rank: str = ""
    white_rank: str = ""
    date: str = ""
    event: str = ""
    place: str = ""
    source: str = ""
    """The file it comes from."""
    warnings: tuple[Reason, ...] = ()
    """What the reader mended or doubted."""
    fault: Reason = NO_REASON
    """What is wrong with the move after the last, where the game was kept up to a fault."""

    @property
    def winner(self) -> int:
        """BLACK, WHITE, or 0 where the result names no winner."""
        return winner(self.result)

    @property
    def key(self) -> bytes:
        """16 bytes that name the game: the same for its eight images, whoever played it and wherever.

        Passes at the end do not count, as many servers leave them out.
        """
        end = len(self.moves)
        while end and self.moves[end - 1] >> 1 == self.size**2:
            end -= 1
        moves = self.moves[:end]
        maps = point_map(self.size)
        images = [row.tobytes() for row in (2 * maps[:, moves >> 1] + (moves & 1)).astype("<u2")]
        if len(self.setup):
            images = [setup + row for setup, row in zip(self._setup_images(maps), images, strict=True)]
        return hashlib.blake2b(min(images), digest_size=16, salt=bytes([self.size])).digest()

    def _setup_images(self, maps: npt.NDArray[np.int32]) -> list[bytes]:
        """The setup stones under each symmetry, in an order of their own."""
        ply, point, colour = self.setup.T
        points = maps[:, point]
        order = np.lexsort((points, np.broadcast_to(ply, points.shape)))
        rows = np.stack([ply[order], np.take_along_axis(points, order, 1), colour[order]], axis=2).astype("<i2")
        return [len(image).to_bytes(4, "little") + image.tobytes() for image in rows]

    def board(self, ply: int | None = None) -> Board:
        """The board before the move of that ply, by default at the end. Raises IllegalMove naming the move."""
        ply = len(self.moves) if ply is None else ply
        turns = [turn for turn in self.turns if turn[0] <= ply]
        setup = self.setup[self.setup[:, 0] <= ply]
        suicide = allows_suicide(self.rules)
        board = Board.from_moves(self.moves[:ply], size=self.size, setup=setup, turns=turns, suicide=suicide)
        if board.to_move != self.to_move(ply):
            board.set_to_move(self.to_move(ply))
        return board

    def planes(self, ply: int | None = None) -> npt.NDArray[np.uint8]:
        """The 48 planes (48, N, N) that a network is shown before the move of that ply, by default at the end.

        Raises HonteError for a ply beyond the game, IllegalMove when the game breaks the rules before it.
        """
        ply, colour = len(self.moves) if ply is None else ply, self.to_move(ply)
        planes: npt.NDArray[np.uint8]
        (planes,) = extract_plies(self.moves, [ply], size=self.size, setup=self.setup, colours=[colour])
        return planes

    def to_move(self, ply: int | None = None) -> int:
        """Whose turn it is at that ply, by default at the end, as `honte.features.turn.side_to_move` has it."""
        return side_to_move(self.moves, ply, setup=self.setup, turns=self.turns, handicap=self.handicap)


def in_validation(key: bytes, share: float) -> bool:
    """Whether the game with that key is on the validation side, which holds that share of all games."""
    return int.from_bytes(key[:8], "little") < share * 2**64
