"""`honte review`: games looked at move by move."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from honte.features.errors import HonteError

if TYPE_CHECKING:
    from rich.table import Table

    from honte.engine.review import Review

TABLES = (".parquet", ".csv")


def review(
    source: list[Path],
    /,
    *,
    output: Annotated[Path | None, Parameter(alias="-o")] = None,
    picture: Path | None = None,
    json_: Annotated[bool, Parameter(name="--json", negative=())] = False,
    network: str = "default",
    symmetries: Literal[1, 8] = 1,
) -> None:
    """Say of every move of a game how likely the network thought it, and what it would rather have played.

    Parameters
    ----------
    source
        An SGF file; or, for a table of many games, any SGF files, folders and archives.
    output
        Write the game with its review, .sgf: labels, comments and variations for an editor such as Sabaki. Or, for
        many games, a table with a row for each game and player: .parquet, .csv. A table that was not finished goes
        on when the same command is given again; games that were refused stand beside it in .refused.csv.
    picture
        Draw the probabilities over the game, and the most surprising moves, to this .png or .svg file.
    json_
        Print the review, or how many games were reviewed, as JSON.
    network
        Folder of the network; "default" is the one that comes with Honte.
    symmetries
        8 averages the network over all turns and reflections of the board, for eight times the work.
    """
    from honte.policy.checkpoint import load
    from honte.policy.predictor import Predictor

    kind = output.suffix.lower() if output else ""
    if output and kind not in (".sgf", *TABLES):
        raise HonteError(f"cannot write '{output}': give a name that ends in .sgf, .parquet or .csv")
    if picture and picture.suffix.lower() not in (".png", ".svg"):
        raise HonteError(f"cannot draw '{picture}': give a name that ends in .png or .svg")
    if output and kind in TABLES:
        if picture:
            raise HonteError("--picture is of one game: leave it out, or write an .sgf file")
        _review_all(source, output, network=network, symmetries=symmetries, json_=json_)
        return
    if len(source) != 1:
        raise HonteError("for several games give a table to write: -o games.parquet or -o games.csv")

    from rich.console import Console

    from honte.engine.cli.game import first_game
    from honte.engine.review import Review, annotate

    reviewed = Review(first_game(source[0]), Predictor(load(network), symmetries=symmetries))
    if output:
        output.write_bytes(annotate(source[0].read_bytes(), reviewed))
    if picture:
        from honte.engine.drawing import save_picture
        from honte.engine.drawing.review import draw_review

        save_picture(draw_review(reviewed), picture)
    if json_:
        print(json.dumps(reviewed.as_json()))
    else:
        for table in _tables(reviewed):
            Console().print(table, highlight=False)


def _review_all(sources: list[Path], output: Path, *, network: str, symmetries: Literal[1, 8], json_: bool) -> None:
    import hashlib

    from honte.engine.cli.corpus import progress_bar
    from honte.engine.reviews import review_all
    from honte.policy.checkpoint import load, resolve
    from honte.policy.predictor import Predictor

    predictor = Predictor(load(network), symmetries=symmetries)
    weights = hashlib.blake2b((resolve(network) / "model.safetensors").read_bytes(), digest_size=16).hexdigest()
    with progress_bar() as progress:
        counts = review_all(
            sources, output, predictor=predictor, identity=f"{weights}, symmetries {symmetries}", progress=progress
        )
    if json_:
        print(json.dumps(counts))
    else:
        print(f"{counts['games']:,} games reviewed, {counts['refused']:,} refused")


def _tables(reviewed: "Review") -> "list[Table]":
    from rich.markup import escape
    from rich.table import Table

    from honte.engine.movemap import COLOUR_NAMES
    from honte.features.board import BLACK
    from honte.features.coordinates import point_to_vertex

    record = reviewed.record
    players = Table("player", box=None, padding=(0, 2, 0, 0))
    for heading in ("moves", "number", "first choice", "among five", "mean probability"):
        players.add_column(heading, justify="right")
    for colour, phases in reviewed.predictability().items():
        name = (record.black if colour == BLACK else record.white) or COLOUR_NAMES[colour]
        for phase, figures in phases.items():
            shares = (f"{100 * share:.1f} %" for share in (figures.top1, figures.top5, figures.probability))
            players.add_row(escape(name), phase, str(figures.moves), *shares)
    surprises = Table("most surprising", "", box=None, padding=(0, 2, 0, 0))
    for heading in ("probability", "choice"):
        surprises.add_column(heading, justify="right")
    surprises.add_column("the network's moves, in %")
    for moves in reviewed.surprises:
        assert moves.played is not None
        surprises.add_row(
            f"move {moves.number}",
            f"{COLOUR_NAMES[moves.colour]} {point_to_vertex(moves.played, moves.size)}",
            f"{100 * float(moves.probabilities[moves.played]):.2f} %",
            str(moves.rank(moves.played)),
            moves.preferences(3),
        )
    return [players, surprises]
