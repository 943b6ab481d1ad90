"""The page knows the rules by itself, in its own language; they are those of the engine."""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np
import pytest

pytest.importorskip("playwright")

from honte.data.sgf import parse
from honte.data.viewing import view
from honte.features.board import Board
from honte.features.errors import IllegalMove


def random_nodes(random: np.random.Generator, *, size: int, suicide: bool) -> Iterator[str]:
    """Nodes of a game that the rules allow: moves of either side, passes, set-up stones, named turns, words."""
    board = Board(size)

    def name(point: int) -> str:
        return "".join("abcdefghi"[at] for at in (point % size, point // size)) if point < size**2 else ""

    def takes_ko(colour: int, point: int) -> bool:
        after = board.copy()
        after.play(colour, point, suicide=suicide)
        return after.ko_point is not None

    def set_up() -> str:
        points = random.choice(size**2, int(random.integers(1, 4)), replace=False).tolist()
        stones = [(int(random.integers(0, 3)), point) for point in points]
        try:
            board.place_all(stones)
        except IllegalMove:
            return ""
        return "".join(f"{('AE', 'AB', 'AW')[colour]}[{name(point)}]" for colour, point in stones)

    def turn() -> str:
        board.set_to_move(int(random.integers(1, 3)))
        return f"PL[{'BW'[board.to_move - 1]}]"

    def move() -> str:
        colour = board.to_move if random.random() < 0.9 else 3 - board.to_move
        legal = [point for point in range(size**2) if board.is_legal(colour, point, suicide=suicide)]
        pool = [point for point in legal if not board.is_legal(colour, point) or takes_ko(colour, point)] or legal
        point = int(random.choice(pool)) if pool and random.random() < 0.95 else size**2
        board.play(colour, point, suicide=suicide)
        return f"{'BW'[colour - 1]}[{name(point)}]"

    while True:
        kind = random.random() * (0.4 if board.ko_point is not None else 1)
        if kind < 0.08:
            yield set_up()
        elif kind < 0.12:
            yield set_up() + turn()
        elif kind < 0.16:
            yield turn()
        elif kind < 0.2:
            yield "C[words]"
        elif kind < 0.26:
            yield set_up() + move()
        elif kind < 0.3:
            yield move() + turn()
        else:
            yield move()


def test_the_page_and_the_server_know_the_same_rules(page: Any) -> None:
    """The stones, whose turn it is and where one may move, at every node of random games as their files are read."""
    random = np.random.default_rng(5)
    games, expected, kinds = [], [], Counter[str]()
    for game in range(30):
        suicide = game % 3 == 0
        root = f"(;SZ[4]RU[{'NZ' if suicide else 'Japanese'}]"
        nodes = list(islice(random_nodes(random, size=4, suicide=suicide), 60))
        begun = [f"{root}{''.join(f';{node}' for node in nodes[:count])})".encode() for count in range(len(nodes) + 1)]
        whole, told = parse(begun[-1]), []
        for node, data in zip(["", *nodes], begun, strict=True):
            record = parse(data)
            board, made = record.board(), len(record.moves)
            colour = (whole if made < len(whole.moves) else record).to_move(made)
            told.append([colour, np.flatnonzero(board.legal_points(colour)).tolist(), board.stones.ravel().tolist()])
            kinds["ko, and no move since"] += board.ko_point is not None and node.startswith(("C", "PL"))
            kinds["suicide"] += re.fullmatch(r"[BW]\[..\]", node) is not None and not board.stones.ravel()[
                record.moves[-1] >> 1
            ]
            kinds["two in a row"] += made > 0 and colour == whole.to_move(made - 1)
        games.append(view(begun[-1]).as_json())
        expected.append(told)
    assert min(kinds.values()) > 5, kinds
    seen = page.evaluate(
        """async (games) => {
            const { Game } = await import("/static/game.js");
            return games.map((tree) => {
                const game = new Game(tree), points = [...Array(16).keys()];
                return game.line(0).map((at) => {
                    const { to_move: turn } = game.position(at);
                    return [turn, points.filter((point) => !game.refusal(at, turn, point)), [...game.stones(at)]];
                });
            });
        }""",
        games,
    )
    assert seen == expected
