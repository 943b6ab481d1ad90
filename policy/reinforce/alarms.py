"""What goes wrong when a network plays itself: one opening for all games, games without end, no chance left."""

from typing import Any

FEW_OPENINGS = 0.1
"""Share of the games from an empty board that have an opening of their own, below which play has collapsed."""
MANY_CAPPED = 0.1
"""Share of the games that the cap ends, above which games are endless."""
LITTLE_ENTROPY = 0.1
"""Nats a move, below which next to nothing is drawn."""


def alarms(line: dict[str, Any]) -> dict[str, str]:
    """What seems wrong by a line of metrics: sentences by their kinds."""
    found = {}
    if line["empty_boards"] and line["openings"] < FEW_OPENINGS * line["empty_boards"]:
        found["openings"] = (
            f"only {line['openings']} openings in {line['empty_boards']} games: begin again with a lower --lr, or with"
            " --corpus"
        )
    if line["capped"] > MANY_CAPPED:
        found["capped"] = (
            f"{line['capped']:.0%} of the games were ended by their length: look at some with --keep-games, or allow"
            " more --moves-per-point"
        )
    if line["entropy"] < LITTLE_ENTROPY:
        found["entropy"] = (
            f"moves are hardly drawn any more, at an entropy of {line['entropy']:.2f}: begin again with a lower --lr or"
            " a higher --temperature"
        )
    return found
