"""Playouts a second on a settled 19x19 board: `python tests/benchmarks/bench_playouts.py`.

The board is cut into walls and rooms as finished games are: about a third of its points are empty.
"""

import sys
import time

from honte.features.board import BLACK, WHITE, Board
from honte.features.playout import playouts


def settled() -> Board:
    """Black left, White right; rooms of one to four points, and in the largest a dead stone of the other side."""
    board = Board(19)
    for point in range(361):
        row, column = divmod(point, 19)
        room = row % 4 in (1, 2) and column % 4 in (1, 2) and column not in (9, 10)
        if not room:
            board.place(BLACK if column < 10 else WHITE, point)
        elif row % 4 == column % 4 == 1 and row % 8 == 1:
            board.place(WHITE if column < 10 else BLACK, point)
    return board


def main() -> None:
    count, repeats = (200, 1) if "--smoke" in sys.argv else (5_000, 5)
    board = settled()
    playouts(board, BLACK, count=1)
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        playouts(board, BLACK, count=count)
        times.append(time.perf_counter() - start)
    print(f"{count / min(times):,.0f} playouts/s, best of {repeats}; {int((board.stones == 0).sum())} empty points")


if __name__ == "__main__":
    main()
