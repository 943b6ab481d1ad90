"""`honte review`: games looked at move by move."""

from pathlib import Path
from typing import TYPE_CHECKING

from honte.engine.cli.options import Device, Json, Networks, OptionalOutput, Precision, Symmetries
from honte.engine.cli.terminal import progress_bar, say, say_json, show, table
from honte.features.errors import HonteError

if TYPE_CHECKING:
    from rich.table import Table

    from honte.engine.review.game import Review

TABLES = (".parquet", ".csv")


def review(
    source: list[Path],
    /,
    *,
    output: OptionalOutput = None,
    picture: Path | None = None,
    json_: Json = False,
    network: Networks = None,
    symmetries: Symmetries = 1,
    device: Device = None,
    precision: Precision = "auto",
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
    """
    kind = output.suffix.lower() if output else ""
    if output and kind not in (".sgf", *TABLES):
        raise HonteError(f"cannot write '{output}': give a name that ends in .sgf, .parquet or .csv")
    if picture and picture.suffix.lower() not in (".png", ".svg"):
        raise HonteError(f"cannot draw '{picture}': give a name that ends in .png or .svg")
    if output and kind in TABLES:
        if picture:
            raise HonteError("--picture is of one game: leave it out, or write an .sgf file")
        counts = _review_all(
            source, output, network=network, symmetries=symmetries, device=device, precision=precision
        )
        if json_:
            say_json(counts)
        else:
            say(f"{counts['games']:,} games reviewed, {counts['refused']:,} refused")
        return
    if len(source) != 1:
        raise HonteError("for several games give a table to write: -o games.parquet or -o games.csv")

    from honte.data.tree import read_trees, write_trees
    from honte.engine.cli.game import first_game, tell
    from honte.engine.review.annotation import annotate
    from honte.engine.review.game import Review
    from honte.policy.files import write_atomically
    from honte.policy.predictor import load_network

    predictor = load_network(*network or (), symmetries=symmetries, device=device, precision=precision)
    reviewed = Review(first_game(source[0]), predictor)
    if output:
        trees = read_trees(source[0].read_bytes(), source=str(source[0]))
        tell(source[0], [sentence for sentence in trees.lost if sentence not in reviewed.record.warnings])
        annotate(trees.games[0], reviewed)
        write_atomically(output, write_trees(trees.games))
    if picture:
        from honte.engine.drawing import save_picture
        from honte.engine.review.picture import draw_review

        save_picture(draw_review(reviewed), picture)
    if json_:
        say_json(reviewed.as_json())
    else:
        show(_players(reviewed), _surprises(reviewed))


def _review_all(
    sources: list[Path], output: Path, *, network: Networks, symmetries: int, device: str | None, precision: Precision
) -> dict[str, int]:
    from honte.engine.review.table import review_all
    from honte.policy.predictor import load_network

    predictor = load_network(*network or (), symmetries=symmetries, device=device, precision=precision)
    identity = f"{predictor.family.digest()}, symmetries {symmetries}"
    with progress_bar() as progress:
        return review_all(sources, output, predictor=predictor, identity=identity, progress=progress)


def _players(reviewed: "Review") -> "Table":
    from honte.features.board import BLACK, COLOUR_NAMES

    record, rows = reviewed.record, []
    for colour, phases in reviewed.predictability().items():
        name = (record.black if colour == BLACK else record.white) or COLOUR_NAMES[colour]
        for phase, figures in phases.items():
            shares = (f"{100 * share:.1f} %" for share in (figures.top1, figures.top5, figures.probability))
            rows.append((name, phase, figures.moves, *shares))
    return table("player", "moves", ">number", ">first choice", ">among five", ">mean probability", rows=rows)


def _surprises(reviewed: "Review") -> "Table":
    from honte.engine.movemap.words import preferences
    from honte.features.board import COLOUR_NAMES
    from honte.features.coordinates import point_to_vertex

    rows = []
    for moves in reviewed.surprises:
        assert moves.played is not None
        rows.append(
            (
                f"move {moves.number}",
                f"{COLOUR_NAMES[moves.colour]} {point_to_vertex(moves.played, moves.size)}",
                f"{100 * float(moves.probabilities[moves.played]):.2f} %",
                moves.rank(moves.played),
                preferences(moves, 3),
            )
        )
    return table("most surprising", "", ">probability", ">choice", "the network's moves, in %", rows=rows)
