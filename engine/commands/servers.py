"""What game servers, their clients and match runners ask: rules, settings, time and chat, who the engine is."""

import json
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

from honte.engine.commands.session import (
    Session,
    command,
    failing_as,
    read_colour,
    read_integer,
    read_number,
    read_truth,
)
from honte.engine.gtp import GtpError, Reply
from honte.features.coordinates import point_to_vertex
from honte.features.rules import named, parse

TIME_SYSTEMS = {"none": 0, "absolute": 1, "canadian": 3, "byoyomi": 3}
"""Of KGS, and how many numbers follow each."""

PARAMETERS: dict[str, Callable[[str], Any]] = {
    "temperature": read_number,
    "top_p": read_number,
    "random_plies": read_integer,
    "safe": read_truth,
    "resign_threshold": read_number,
}
"""The settings of play that can be changed during a game, and how they are read."""

GREETING = "I am Honte, a policy network: I look at the board once and play what looks like the proper move."


@command("kgs-rules")
def kgs_rules(session: Session, name: str) -> str:
    """KGS has a superko in its Chinese rules, too."""
    with failing_as("unknown rules"):
        session.rules = named("chinese-kgs" if name == "chinese" else name)
    return ""


@command("kata-set-rules")
def kata_set_rules(session: Session, *description: str) -> str:
    with failing_as("unknown rules"):
        session.rules = parse(" ".join(description))
    return ""


@command("kata-get-rules")
def kata_get_rules(session: Session) -> str:
    return json.dumps(session.rules.as_json())


@command("kata-list-params")
def kata_list_params(session: Session) -> str:
    return " ".join(PARAMETERS)


@command("kata-get-param")
def kata_get_param(session: Session, name: str) -> str:
    _require_parameter(name)
    return json.dumps(getattr(session.player.settings, name))


@command("kata-set-param")
def kata_set_param(session: Session, name: str, value: str) -> str:
    _require_parameter(name)
    player = session.player
    player.settings = replace(player.settings, **{name: PARAMETERS[name](value)})
    return ""


@command("kgs-time_settings")
def kgs_time_settings(session: Session, system: str, *numbers: str) -> str:
    """Checked and forgotten, as `time_settings` is."""
    if len(numbers) != TIME_SYSTEMS.get(system):
        raise GtpError("syntax error")
    for number in numbers:
        read_number(number)
    return ""


@command("kgs-chat")
def kgs_chat(session: Session, place: str, sender: str, *words: str) -> str:
    return GREETING


@command("kgs-game_over")
def kgs_game_over(session: Session, *result: str) -> str:
    return ""


@command("kgs-genmove_cleanup")
def kgs_genmove_cleanup(session: Session, colour: str) -> str:
    """A move that takes dead stones off, where the players did not agree on them; a pass when none are left."""
    mover = read_colour(colour)
    return session.play(mover, session.choose(mover, cleanup=True))


@command("cgos-opponent_name")
def cgos_opponent_name(session: Session, *name: str) -> str:
    return ""


@command("cgos-opponent_rating")
def cgos_opponent_rating(session: Session, *rating: str) -> str:
    return ""


@command("cgos-gameover")
def cgos_gameover(session: Session, *result: str) -> str:
    return ""


@command("cgos-genmove_analyze")
def cgos_genmove_analyze(session: Session, colour: str, *arguments: str) -> Reply:
    """One line of JSON and the move; win rate and score are those of the side to move."""
    from honte.engine.dialects.seen import VISITS

    mover, board = read_colour(colour), session.board
    analysis = session.analyse(mover)
    estimate = analysis.estimate
    document = {
        "winrate": round(estimate.win_rate, 4),
        "visits": VISITS,
        "moves": [
            {
                "move": point_to_vertex(candidate, board.size),
                "winrate": round(estimate.win_rate, 4),
                "prior": round(analysis.probability(candidate), 4),
                "visits": analysis.visits(candidate),
                "pv": point_to_vertex(candidate, board.size),
            }
            for candidate in analysis.candidates()
        ],
    }
    if estimate.lead is not None:
        document["score"] = round(estimate.lead, 2)
    return f"\n{json.dumps(document)}\nplay {session.play(mover, session.choose(mover))}"


@command("gomill-describe_engine")
def gomill_describe_engine(session: Session) -> str:
    """Name, version, board and settings, for the records of a match."""
    settings = ", ".join(f"{name} {json.dumps(value)}" for name, value in asdict(session.player.settings).items())
    size = session.network_size()
    return f"{session.name} {session.version}\na policy network for {size}x{size}\n{settings}"


@command("gomill-explain_last_move")
def gomill_explain_last_move(session: Session) -> str:
    """How probable the last move was to the network, and what it liked best; nothing before the first move."""
    from honte.engine.dialects.seen import Analysis
    from honte.engine.words import percent
    from honte.features.board import decode_move
    from honte.features.estimate import Estimate

    board = session.board.copy()
    if not board.moves:
        return ""
    colour, point = decode_move(board.moves[-1])
    board.undo()
    probabilities = session.player.predictor.probabilities(board, colour)
    candidates = Analysis(board.size, colour, probabilities, Estimate()).candidates(most=3)
    best = ", ".join(
        f"{point_to_vertex(each, board.size)} {percent(float(probabilities[each]))} %"
        for each in candidates
        if each < board.size**2
    )
    if point == board.size**2:
        return f"a pass; the network's own choices: {best}"
    p = probabilities[point]
    return f"choice {1 + int((probabilities > p).sum())} of the network, {percent(float(p))} %; its best: {best}"


@command("gomill-cpu_time")
def gomill_cpu_time(session: Session) -> str:
    """Of the whole process: little of it is spent on anything but moves."""
    return f"{time.process_time():.3f}"


def _require_parameter(name: str) -> None:
    if name not in PARAMETERS:
        raise GtpError(f"unknown parameter; known are {', '.join(PARAMETERS)}")
