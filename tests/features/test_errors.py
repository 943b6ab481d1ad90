"""Sentences that say why."""

import copy
import pickle

import pytest

from honte.features.board import Board
from honte.features.errors import NO_REASON, IllegalMove, Reason


def test_a_reason_is_its_sentence_and_says_what_it_is_in_general() -> None:
    illegal = Reason("{} is illegal: {}", "B {3}", Reason("ko"))
    reason = Reason("move {}: {}", 3, illegal)
    assert reason == "move 3: B {3} is illegal: ko" and str(reason) == f"{reason}" == "".join([reason])
    assert reason.general == "move …: … is illegal: ko"
    assert reason.particulars == (3, illegal)
    assert not NO_REASON and NO_REASON.general == ""


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda reason: pickle.loads(pickle.dumps(reason))])
def test_a_reason_survives_its_way_to_another_process(again) -> None:  # type: ignore[no-untyped-def]
    reason = Reason("move {}: {}", 3, Reason("{} names no point", "B[{}]"))
    assert again(reason) == reason == "move 3: B[{}] names no point"
    assert (again(reason).general, again(reason).particulars) == (reason.general, reason.particulars)


def test_an_illegal_move_has_its_reason() -> None:
    with pytest.raises(IllegalMove, match=r"^move 2: W A9 is illegal: occupied$") as error:
        Board.from_moves([0, 1], size=9)
    assert error.value.reason.general == "move …: … is illegal: occupied"
    assert pickle.loads(pickle.dumps(error.value)).reason == error.value.reason
