"""One verdict on finished boards: moves, leads, questions and the referee have the same score and owners."""

import numpy as np
import pytest

from honte.engine.dialects.seen import opinion
from honte.engine.play.ending import LATE, ending
from honte.engine.play.player import Player
from honte.engine.play.settings import PlaySettings
from honte.features.board import BLACK, WHITE, Board, opponent
from honte.features.rules import CHINESE, JAPANESE, TROMP_TAYLOR, Rules
from honte.features.scoring import Judgement, final_margin
from tests.engine.stubs import uniform
from tests.features.boards import KILLED, SEKI, SEKI_WITH_EYES, SETTLED
from tests.features.games import drawn


@pytest.mark.parametrize("rules", [CHINESE, JAPANESE, TROMP_TAYLOR], ids=["area", "territory", "as it stands"])
@pytest.mark.parametrize("drawing", [KILLED, SEKI, SEKI_WITH_EYES, SETTLED])
def test_a_finished_game_has_one_score(drawing: str, rules: Rules) -> None:
    board = drawn(drawing)
    for colour in (BLACK, WHITE):
        board.play(colour, board.size**2)
    wanted = final_margin(board, komi=6.5, rules=rules)
    for colour, sign in ((BLACK, 1), (WHITE, -1)):
        end = ending(board, colour, komi=6.5, rules=rules, always=True)
        seen, passes = opinion(board, colour, komi=6.5, rules=rules)
        assert end is not None and passes
        assert seen.lead == (end.agreed if rules.dead_come_off else end.standing) == sign * wanted
        assert seen.win_rate == (sign * wanted > 0)


def test_dead_stones_are_owned_by_who_takes_them() -> None:
    board = drawn(KILLED)
    for colour in (BLACK, WHITE):
        board.play(colour, board.size**2)
    seen, _ = opinion(board, BLACK, komi=6.5, rules=CHINESE)
    dead = [point for chain in Judgement.of(board).chains("dead") for point in chain]
    assert seen.ownership is not None and len(dead) == 4 and np.all(seen.ownership[dead] == 1)


def test_a_glance_finds_every_end() -> None:
    """It spares most of the whole judgements, but none of a board that is settled or of a side without hope."""
    spared = settled = hopeless = 0
    for seed in range(4):
        player = Player(uniform(7), PlaySettings(temperature=1.0, resign_threshold=0.0, seed=seed))
        board, colour, point = Board(7), BLACK, 0
        while point < 49 and len(board.moves) < 70:
            whole = ending(board, colour, komi=0.5, always=True)
            assert whole is not None
            near = ending(board, colour, komi=0.5), ending(board, colour, komi=0.5, hope=0.3)
            if np.count_nonzero(board.stones) >= LATE * 49:
                assert not whole.settled or None not in near
                assert whole.chance > 0.15 or near[1] is not None
                spared += near[0] is None
                settled += whole.settled
                hopeless += whole.chance <= 0.15
            point = player.choose(board, colour, komi=0.5)
            board.play(colour, point)
            colour = opponent(colour)
    assert spared > 20 and settled and hopeless
