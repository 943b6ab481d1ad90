"""`honte explain`: why the network would move at a point."""

from pathlib import Path
from typing import TYPE_CHECKING

from honte.engine.cli.options import Device, Json, Networks, OptionalCount, OptionalOutput, Precision, Symmetries
from honte.engine.cli.terminal import say, say_json, show, table
from honte.features.errors import HonteError

if TYPE_CHECKING:
    from rich.table import Table

    from honte.engine.explain import Explanation

SHOWN = 10
"""Stones in the table."""


def explain(
    game: Path,
    /,
    *,
    move: OptionalCount = None,
    point: str | None = None,
    output: OptionalOutput = None,
    json_: Json = False,
    network: Networks = None,
    symmetries: Symmetries = 1,
    device: Device = None,
    precision: Precision = "auto",
) -> None:
    """Say why the network would move at a point: what changes without each stone, and without what it is told.

    Every stone is left out in turn. The others keep their ages, the same side is to move, and liberties, captures,
    ladders and legal moves are those of the board that is left. Then every group of planes is left out, which makes
    positions that the network was not trained on, but for the history.

    Parameters
    ----------
    game
        SGF file.
    move
        Number of the move to explain, 1 for the first; the end of the game by default.
    point
        Explain this point instead of the move that was made, such as Q16.
    output
        Write a picture (.png, .svg) or the numbers (.json) to this file instead.
    """
    from honte.engine.cli.game import first_game, naming
    from honte.engine.cli.positions import plies_named
    from honte.engine.explain import explain as explain_position
    from honte.features.coordinates import vertex_to_point
    from honte.policy.predictor import load_network

    if output and output.suffix.lower() not in (".png", ".svg", ".json"):
        raise HonteError(f"cannot write '{output}': give a name that ends in .png, .svg or .json")
    record = first_game(game)
    (ply,) = plies_named([str(move)] if move else [], record)
    place = vertex_to_point(point, record.size) if point else None
    predictor = load_network(*network or (), symmetries=symmetries, device=device, precision=precision)
    with naming(record):
        explanation = explain_position(record, ply, predictor, point=place)
    if output:
        explanation.save(output)
    if json_:
        say_json(explanation.as_json())
    elif not output:
        _show(explanation)


def _show(explanation: "Explanation") -> None:
    from honte.engine.explain import sentences
    from honte.engine.movemap.words import heading

    say(heading(explanation.moves))
    for sentence in sentences(explanation):
        say(sentence)
    say("")
    show(_stones(explanation), _planes(explanation))


def _stones(explanation: "Explanation") -> "Table":
    from honte.engine.explain.words import share
    from honte.features.board import COLOUR_NAMES
    from honte.features.coordinates import point_to_vertex

    rows = [
        (
            f"{COLOUR_NAMES[stone.colour]} {point_to_vertex(stone.point, explanation.moves.size)}",
            share(stone.probability),
            f"{stone.change:+.2f}",
        )
        for stone in explanation.stones[:SHOWN]
    ]
    return table("without", ">probability", ">log p", rows=rows)


def _planes(explanation: "Explanation") -> "Table":
    from honte.engine.explain.words import named, share

    rows = [
        (named(group.group), share(group.probability), f"{group.change:+.2f}", "" if group.trained else "not trained")
        for group in explanation.planes
    ]
    return table("without", ">probability", ">log p", "", rows=rows)
