"""The queue of KataGo's JSON protocol: what is urgent comes first, and what nobody waits for is given up."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from honte.engine.dialects.kata_queue import Analyst
from tests.engine.dialects.asking import ask, query
from tests.engine.stubs import save_tiny_network, uniform


def queue(*lines: dict[str, Any]) -> tuple[Analyst, list[dict[str, Any]]]:
    """An analyst that was given these lines and has looked at nothing yet, and what it said at once."""
    analyst = Analyst(uniform(9), win_rate=False)
    return analyst, [response for line in lines for response in analyst.submit(json.dumps(line).encode())]


def rest(analyst: Analyst) -> list[dict[str, Any]]:
    responses = []
    while not analyst.idle:
        responses += analyst.step()
    return responses


MANY = query(id="many", moves=[["B", "C3"], ["W", "D4"]] + [["B", "pass"], ["W", "pass"]] * 20)


def test_queries_that_wait_can_be_given_up() -> None:
    everything = {**MANY, "analyzeTurns": list(range(42))}
    analyst, said = queue(everything, query(id="next"), {"id": "t", "action": "terminate", "terminateId": "many"})
    assert said[0] == {"id": "t", "action": "terminate", "terminateId": "many"}
    assert said[1:] == [
        {"id": "many", "isDuringSearch": False, "noResults": True, "turnNumber": turn} for turn in range(42)
    ]
    assert [response["id"] for response in rest(analyst)] == ["next"]


def test_some_turns_or_all_queries_can_be_given_up() -> None:
    everything = {**MANY, "analyzeTurns": [0, 1, 2, 3]}
    some = {"id": "t", "action": "terminate", "terminateId": "many", "turnNumbers": [1, 3]}
    analyst, said = queue(everything, query(id="next"), some)
    assert [response["turnNumber"] for response in said[1:]] == [1, 3]
    assert [(response["id"], response["turnNumber"]) for response in rest(analyst)] == [
        ("many", 0), ("many", 2), ("next", 0)
    ]  # fmt: skip
    analyst, said = queue(everything, query(id="next"), {"id": "a", "action": "terminate_all"})
    assert analyst.idle and [response["id"] for response in said] == ["a", *["many"] * 4, "next"]
    _, (error,) = queue({"id": "t", "action": "terminate"})
    assert error["field"] == "terminateId" and error["id"] == "t"


def test_the_urgent_comes_first() -> None:
    low, high = {**MANY, "analyzeTurns": [0, 1], "priorities": [-1, 5]}, query(id="high", priority=3)
    analyst, _ = queue(query(id="first"), low, high, query(id="second"))
    order = [(response["id"], response["turnNumber"]) for response in rest(analyst)]
    assert order == [("many", 1), ("high", 0), ("first", 0), ("second", 0), ("many", 0)]
    _, (error,) = queue(query(priorities=[1, 2]))
    assert error["field"] == "priorities"


def test_what_was_queued_before_it_was_given_up_keeps_nobody_waiting(tmp_path: Path) -> None:
    """A new game of KaTrain's behind 233 queries; the command reads what has come before it looks at positions."""
    network = save_tiny_network(tmp_path / "network")
    script = "import sys; from honte.engine.cli import main; sys.exit(main())"
    lines = [query(id=f"old {number}") for number in range(233)]
    lines += [{"id": f"t {n}", "action": "terminate", "terminateId": f"old {n}"} for n in range(233)]
    sent = "\n".join(json.dumps(line) for line in [*lines, query(id="new")]).encode()
    result = subprocess.run(
        [sys.executable, "-c", script, "analysis", "--network", str(network)], input=sent, capture_output=True
    )
    responses = [json.loads(line) for line in result.stdout.splitlines()]
    looked_at = [response["id"] for response in responses if "moveInfos" in response]
    assert looked_at[-1] == "new" and len(looked_at) < 100
    assert len(responses) == 2 * 233 + 1


def test_turns_to_give_up_are_numbers() -> None:
    (error,) = ask({"id": "t", "action": "terminate_all", "turnNumbers": [[1]]})
    assert error["field"] == "turnNumbers"
