"""`honte review`: games looked at move by move."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from honte.engine.cli.options import Device, Flag, Json, Networks, OptionalOutput, Precision, Symmetries
from honte.engine.cli.terminal import counted, note, progress_bar, say, say_json, show, table
from honte.features.errors import HonteError

if TYPE_CHECKING:
    from rich.table import Table

    from honte.engine.review.game import Review
    from honte.engine.review.rank import PlayerRank
    from honte.policy.predictor import Predictor

TABLES = (".parquet", ".csv")


def review(
    source: list[Path],
    /,
    *,
    output: OptionalOutput = None,
    picture: Path | None = None,
    rank: Flag = False,
    player: Annotated[tuple[str, ...], Parameter(negative=())] = (),
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
    rank
        Say instead which rank the players' moves are like, over all games of any SGF files, folders and archives: by a
        network that was told ranks (honte train --bands).
    player
        With --rank, only these players, by the exact name.
    picture
        Draw the probabilities over the game, and the most surprising moves, to this .png or .svg file.
    """
    kind = output.suffix.lower() if output else ""
    if player and not rank:
        raise HonteError("--player is for --rank: give that too")
    if rank and (output or picture):
        raise HonteError("--rank writes no file: leave --output and --picture out, or take what --json prints")
    if output and kind not in (".sgf", *TABLES):
        raise HonteError(f"cannot write '{output}': give a name that ends in .sgf, .parquet or .csv")
    if picture and picture.suffix.lower() not in (".png", ".svg"):
        raise HonteError(f"cannot draw '{picture}': give a name that ends in .png or .svg")
    if picture and kind in TABLES:
        raise HonteError("--picture is of one game: leave it out, or write an .sgf file")
    if len(source) != 1 and not rank and kind not in TABLES:
        raise HonteError("for several games give a table to write: -o games.parquet or -o games.csv")

    from honte.policy.predictor import load_network

    predictor = load_network(*network or (), symmetries=symmetries, device=device, precision=precision)
    if rank:
        _review_ranks(source, player, predictor, json_=json_)
    elif output and kind in TABLES:
        _review_all(source, output, predictor, json_=json_)
    else:
        _review_one(source[0], output, picture, predictor, json_=json_)


def _review_one(
    source: Path, output: Path | None, picture: Path | None, predictor: "Predictor", *, json_: bool
) -> None:
    from honte.data.tree import read_trees, write_trees
    from honte.engine.cli.game import first_game, tell
    from honte.engine.review.annotation import annotate
    from honte.engine.review.game import Review
    from honte.policy.files import write_atomically

    reviewed = Review(first_game(source), predictor)
    if output:
        trees = read_trees(source.read_bytes(), source=str(source))
        tell(source, [sentence for sentence in trees.lost if sentence not in reviewed.record.warnings])
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


def _review_all(sources: list[Path], output: Path, predictor: "Predictor", *, json_: bool) -> None:
    from honte.engine.review.table import review_all

    identity = f"{predictor.family.digest()}, symmetries {predictor.symmetries}"
    with progress_bar() as progress:
        counts = review_all(sources, output, predictor=predictor, identity=identity, progress=progress)
    if json_:
        say_json(counts)
    else:
        say(f"{counted(counts['games'], 'game')} reviewed, {counts['refused']:,} refused")


def _review_ranks(sources: list[Path], players: tuple[str, ...], predictor: "Predictor", *, json_: bool) -> None:
    """Print which rank the players of all games have; those that were refused are listed."""
    from honte.data.record import GameRecord
    from honte.engine.review.rank import Ranks
    from honte.engine.review.table import games_of
    from honte.policy.levels import UNFITTED

    if not predictor.family.levels():
        raise HonteError("no network here was told ranks, by which to tell them: train one with honte train --bands")
    ranks, refused = Ranks(predictor, players=players), list[str]()
    with progress_bar() as progress:
        for game in games_of(sources, progress=progress):
            try:
                if not isinstance(game, GameRecord):
                    raise HonteError(f"{game.source}: {game.reason}")
                ranks.add(game)
            except HonteError as error:
                refused.append(str(error))
    found, temper = ranks.players(), ranks.temper or UNFITTED
    if json_:
        document = {"games": ranks.games, "refused": refused, "bands": list(ranks.bands), "temper": asdict(temper)}
        say_json({**document, "calibrated": ranks.temper is not None, "players": [each.as_json() for each in found]})
        return
    for sentence in refused:
        note(f"refused: {sentence}")
    if not found:
        raise HonteError("there is no game with a move there by which a rank could be told")
    unfitted = "which honte evaluate --by band --calibrate would fit to the network"
    fitted = "as fitted to players of known rank" if ranks.temper else unfitted
    weight = f"each of n moves counts {temper.weight:g} / (1 + n / {temper.moves:g}), {fitted}"
    show(_ranks(found, ranks.bands, f"{counted(ranks.games, 'game')}; {weight}"))


def _ranks(found: "list[PlayerRank]", bands: tuple[str, ...], caption: str) -> "Table":
    rows = []
    for each in found:
        its = each.estimate
        bounds = f"{its.low} to {its.high}" if its.high else f"{its.low} or more"
        shares = (f"{share:.0%}" for share in its.bands.values())
        rows.append((each.player, ", ".join(each.stated), each.games, its.moves, its.rank, bounds, *shares))
    headings = ("player", "stated", ">games", ">moves", ">rank", ">nine in ten", *(f">{band}" for band in bands))
    return table(*headings, rows=rows, caption=caption)


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
