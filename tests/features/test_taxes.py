"""What rules take off a count, or add to it: eyes in seki, two points a group, the button. Boards counted by hand."""

from dataclasses import replace

import numpy as np
import pytest

from honte.features.board import BLACK, WHITE, Board
from honte.features.estimate import estimate
from honte.features.playout import Playouts
from honte.features.rules import AGA, CHINESE, JAPANESE, NAMED
from honte.features.scoring import Judgement, area_komi
from tests.features.games import drawn

SEKI = """
. X . O .
X X . O O
X X . O O
X X . O O
. X . O O
"""
"""Two eyes of Black's, one of White's, and a column that neither fills."""
GROUPS = "\n".join(["..XO.OX.."] * 9)
"""Black has a group on either side, White one between them."""


def judged(drawing: str, neutral: str = "") -> Judgement:
    """The stones live, and what lies in the columns named is nobody's."""
    board = drawn(drawing)
    owner = np.where(board.stones == BLACK, 1.0, np.where(board.stones == WHITE, -1.0, 0.0)).astype(np.float32)
    shared = np.zeros(board.stones.shape, np.float32)
    shared[:, ["ABCDEFGHJ".index(column) for column in neutral]] = 1
    return Judgement(board, Playouts(owner.ravel(), shared.ravel(), np.zeros(1, np.int32)))


@pytest.mark.parametrize(
    ("scoring", "tax", "lead"),
    [("AREA", "NONE", 0), ("AREA", "SEKI", -1), ("AREA", "ALL", -1),
     ("TERRITORY", "NONE", 1), ("TERRITORY", "SEKI", 0), ("TERRITORY", "ALL", 0)],
)  # fmt: skip
def test_eyes_in_seki(scoring: str, tax: str, lead: int) -> None:
    """Black has 8 stones and 2 eyes, White 9 and 1."""
    rules = replace(CHINESE, scoring=scoring, tax=tax)
    assert judged(SEKI, neutral="C").margin(komi=0, rules=rules) == lead


@pytest.mark.parametrize(
    ("name", "lead"),
    [("chinese", 27), ("stone-scoring", 25), ("japanese", 27), ("ancient-territory", 25)],
)
def test_two_points_a_group(name: str, lead: int) -> None:
    """Six columns are Black's, four of them empty; three are White's, one of them empty."""
    assert judged(GROUPS).margin(komi=0, rules=NAMED[name]) == lead


@pytest.mark.parametrize(("passer", "points"), [(None, 0), (BLACK, -0.5), (WHITE, 0.5)])
def test_the_first_to_pass_takes_the_button(passer: int | None, points: float) -> None:
    board = Board(5)
    board.play(BLACK, 12)
    if passer:
        for colour in (passer, 3 - passer, passer):
            board.play(colour, 25)
    assert area_komi(board, komi=7, rules=NAMED["aga-button"]) == 7 + points
    assert area_komi(board, komi=7, rules=AGA) == 7
    leads = [estimate(board, WHITE, komi=7, rules=rules).lead or 0 for rules in (NAMED["aga-button"], AGA)]
    assert leads[0] - leads[1] == pytest.approx(points)
    blank = np.zeros(25, np.float32)
    judgement = Judgement(board, Playouts(blank, blank, np.zeros(1, np.int32)))
    margins = [judgement.margin(komi=7, rules=rules) for rules in (NAMED["aga-button"], AGA)]
    assert margins[0] - margins[1] == -points


def test_japanese_rules_are_without_eyes_in_seki() -> None:
    assert judged(SEKI, neutral="C").margin(komi=0, rules=JAPANESE) == 0
