from dataclasses import replace

import pytest

from honte.engine.movemap import MoveMap
from honte.engine.movemap.words import captions, percent, preferences, what_was_played


def test_captions(moves: MoveMap) -> None:
    assert captions(moves) == [
        "Move 4, White to play",
        "Played: D3, 30.0 %, choice 2",
        "Best, in %: C3 60.0,  D3 30.0,  E1 9.6,  A1 0.4",
    ]
    assert preferences(moves, 1) == "C3 60.0"


@pytest.mark.parametrize(("played", "told"), [(25, "Played: pass"), (None, None)])
def test_a_pass_or_nothing_played(moves: MoveMap, played: int | None, told: str | None) -> None:
    other = replace(moves, played=played)
    assert what_was_played(other) == told and len(captions(other)) == (3 if told else 2)


@pytest.mark.parametrize(
    ("p", "text"), [(1, "100"), (0.996, "100"), (0.374, "37"), (0.0996, "10"), (0.0994, "9.9"), (0.01, "1.0")]
)
def test_percent(p: float, text: str) -> None:
    assert percent(p) == text
