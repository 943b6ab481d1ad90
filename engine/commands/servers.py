"""What game servers, their clients and match runners ask: rules, settings, time and chat, who the engine is."""

import json
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from honte import __version__
from honte.engine.commands.session import (
    Session,
    command,
    failing_as,
    read_colour,
    read_integer,
    read_number,
    read_truth,
)
from honte.engine.dialects.kata_profile import level_named, level_of, profile_of
from honte.engine.gtp import GtpError, Reply
from honte.features.coordinates import point_to_vertex
from honte.features.rules import changed, named, parse

if TYPE_CHECKING:
    from honte.engine.play.player import Player

TIME_SYSTEMS = {"none": 0, "absolute": 1, "canadian": 3, "byoyomi": 3}
"""Of KGS, and how many numbers follow each."""

KATA_TIME_SYSTEMS = {"none": 0, "absolute": 1, "byoyomi": 3, "canadian": 3, "fischer": 2, "fischer-capped": 4}
"""Of KataGo, and how many numbers follow each."""

LZ_OPTIONS = {"visits": int, "playouts": int, "lagbuffer": int, "maximum memory use (mib)": int,
              "percentage of memory for cache": int, "pondering": bool}  # fmt: skip
"""Of Leela Zero's search, and what each takes."""

PARAMETERS: dict[str, Callable[[str], Any]] = {
    "temperature": read_number,
    "top_p": read_number,
    "random_plies": read_integer,
    "safe": read_truth,
    "resign_threshold": read_number,
}
"""The settings of play that can be changed during a game, and how they are read."""

LEVELS: dict[str, Callable[[str], str]] = {"level": level_named, "humanSLProfile": level_of}
"""What says whom to play like, in Honte's words and in KataGo's, and how it is read."""

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


@command("kata-set-rule")
def kata_set_rule(session: Session, name: str, value: str) -> str:
    """One of the fields that `kata-get-rules` prints, its value in any case."""
    with failing_as("unknown rules"):
        said = {"TRUE": True, "FALSE": False}.get(value.upper(), value.upper())
        session.rules = changed(session.rules, {"scoring" if name == "score" else name: said})
    return ""


@command("kata-get-rules")
def kata_get_rules(session: Session) -> str:
    return json.dumps(session.rules.as_json())


@command("kata-list-params")
def kata_list_params(session: Session) -> str:
    return " ".join([*PARAMETERS, *LEVELS])


@command("kata-get-param")
def kata_get_param(session: Session, name: str) -> str:
    _require_parameter(name)
    return json.dumps(_parameters(session.player)[name])


@command("kata-set-param")
def kata_set_param(session: Session, name: str, value: str) -> str:
    _require_parameter(name)
    player = session.player
    if name in LEVELS:
        player.predictor = player.predictor.with_level(LEVELS[name](value))
    else:
        player.settings = replace(player.settings, **{name: PARAMETERS[name](value)})
    return ""


@command("kata-get-params")
def kata_get_params(session: Session) -> str:
    return json.dumps(_parameters(session.player))


@command("kata-get-models")
def kata_get_models(session: Session) -> str:
    """The networks by the boards that they are trained for, in the fields of KataGo's that hold for them."""
    names = (f"{session.name} {__version__} {size}x{size}" for size in sorted(session.player.predictor.family.members))
    return json.dumps([{"name": session.name, "internalName": name} for name in names])


@command("lz-setoption")
def lz_setoption(session: Session, *words: str) -> str:
    """`name NAME value VALUE`; options of a search are accepted, since there is none that they could change."""
    name, _, value = " ".join(words).removeprefix("name ").partition(" value ")
    if name.lower() not in LZ_OPTIONS or not value:
        raise GtpError(f"unknown option; known are {', '.join(LZ_OPTIONS)}")
    read_truth(value) if LZ_OPTIONS[name.lower()] is bool else read_number(value)
    return ""


@command("clear_cache")
def clear_cache(session: Session) -> str:
    return ""


@command("stop")
def stop(session: Session) -> str:
    """Any line ends an analysis."""
    return ""


@command("kata-list_time_settings")
def kata_list_time_settings(session: Session) -> str:
    return " ".join(KATA_TIME_SYSTEMS)


@command("kata-time_settings")
def kata_time_settings(session: Session, system: str, *numbers: str) -> str:
    """Checked and forgotten, as `time_settings` is."""
    _check_time(KATA_TIME_SYSTEMS, system, numbers)
    return ""


@command("kgs-time_settings")
def kgs_time_settings(session: Session, system: str, *numbers: str) -> str:
    """Checked and forgotten, as `time_settings` is."""
    _check_time(TIME_SYSTEMS, system, numbers)
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
    """One line of JSON and the move."""
    from honte.engine.dialects.cgos import document

    mover = read_colour(colour)
    line = json.dumps(document(session.look(mover)))
    return f"\n{line}\nplay {session.play(mover, session.choose(mover))}"


@command("gomill-describe_engine")
def gomill_describe_engine(session: Session) -> str:
    """Name, version, network and settings, for the records of a match."""
    values = asdict(session.player.settings) | _parameters(session.player)
    settings = ", ".join(f"{name} {json.dumps(value)}" for name, value in values.items() if name != "humanSLProfile")
    words = session.player.predictor.family.words(session.board.size)
    return f"{session.name} {__version__}\n{words}\n{settings}"


@command("gomill-explain_last_move")
def gomill_explain_last_move(session: Session) -> str:
    """How probable the last move was to the network, and what it liked best; nothing before the first move."""
    from honte.engine.dialects.seen import Look
    from honte.engine.movemap.words import percent
    from honte.features.board import decode_move
    from honte.features.estimate import Estimate

    board = session.board.copy()
    if not board.moves:
        return ""
    colour, point = decode_move(board.moves[-1])
    board.undo()
    probabilities = session.player.predictor.probabilities(board, colour)
    candidates = Look(board.size, colour, probabilities, Estimate()).candidates(most=3)
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
@command("cputime")
def gomill_cpu_time(session: Session) -> str:
    """Of the whole process: little of it is spent on anything but moves."""
    return f"{time.process_time():.3f}"


def _parameters(player: "Player") -> dict[str, Any]:
    """All that can be set, as it is."""
    level = player.predictor.level
    settings = {name: getattr(player.settings, name) for name in PARAMETERS}
    drawn = {"temperature": player.temperature, "top_p": player.top_p}
    return settings | drawn | {"level": level, "humanSLProfile": profile_of(level)}


def _require_parameter(name: str) -> None:
    if name not in {*PARAMETERS, *LEVELS}:
        raise GtpError(f"unknown parameter; known are {', '.join([*PARAMETERS, *LEVELS])}")


def _check_time(systems: dict[str, int], system: str, numbers: tuple[str, ...]) -> None:
    if len(numbers) != systems.get(system):
        raise GtpError("syntax error")
    for number in numbers:
        read_number(number)
