"""Whole games against GNU Go: neither side may ever complain, and both must see the same board."""

import gtp
import pytest

from honte.engine.gtp import Command
from honte.engine.match.client import Engine
from honte.engine.play.player import Player
from honte.engine.play.settings import PlaySettings
from honte.features.board import BLACK, WHITE
from honte.features.coordinates import vertex_to_point
from honte.features.scoring import MOVES_PER_POINT
from tests.engine.stubs import new_session, uniform

GTP_COLOURS = {BLACK: "black", WHITE: "white"}


@pytest.mark.parametrize(
    ("size", "ours", "seed"), [(5, BLACK, 1), (7, WHITE, 2), (9, BLACK, 3), (13, WHITE, 4), (11, BLACK, 5)]
)
def test_a_game_against_gnu_go(gnugo: list[str], size: int, ours: int, seed: int) -> None:
    session = new_session(Player(uniform(size), PlaySettings(temperature=1.0, seed=seed, resign_threshold=0)))

    def honte(name: str, *arguments: str) -> str:
        return session.answer(Command("", name, arguments))

    with Engine([*gnugo, "--seed", str(seed), "--chinese-rules"]) as opponent:
        for command in (f"boardsize {size}", "clear_board", "komi 5.5"):
            opponent.send(command)
            honte(*command.split())
        passes, colour = 0, BLACK
        while passes < 2:
            name = GTP_COLOURS[colour]
            if colour == ours:
                vertex = honte("genmove", name)
                opponent.play(name, vertex)
            else:
                vertex = opponent.genmove(name)
                if vertex.lower() == "resign":
                    break
                honte("play", name, vertex)
            passes = passes + 1 if vertex.lower() == "pass" else 0
            colour = 3 - colour
        assert 2 < len(session.board.moves) <= MOVES_PER_POINT * size**2
        for colour, name in GTP_COLOURS.items():
            theirs = {vertex_to_point(vertex, size) for vertex in opponent.send(f"list_stones {name}").split()}
            assert theirs == {point for point in range(size**2) if session.board.stones.flat[point] == colour}
        with pytest.raises(gtp.FailedCommand):
            opponent.play("black", "Z9")  # the client would have told of a complaint
