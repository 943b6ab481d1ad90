"""What game servers and their clients ask: rules, time and chat on KGS, the tournaments of CGOS."""

import json

from engine.commands.session import Session, command, failing_as, read_colour, read_number
from engine.gtp import GtpError, Reply
from engine.rules import named, parse
from features.coordinates import point_to_vertex

TIME_SYSTEMS = {"none": 0, "absolute": 1, "canadian": 3, "byoyomi": 3}
"""Of KGS, and how many numbers follow each."""

GREETING = "I am Honte, a policy network: I look at the board once and play what looks like the proper move."


@command("kgs-rules")
def kgs_rules(session: Session, name: str) -> str:
    with failing_as("unknown rules"):
        session.rules = named(name)
    return ""


@command("kata-set-rules")
def kata_set_rules(session: Session, *description: str) -> str:
    with failing_as("unknown rules"):
        session.rules = parse(" ".join(description))
    return ""


@command("kata-get-rules")
def kata_get_rules(session: Session) -> str:
    return json.dumps(session.rules.as_json())


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
    from engine.analysis import VISITS

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
