"""`honte heatmap`: where the network would move, in positions of a game or in one from the command line."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from honte.engine.cli.options import (
    BoardSize,
    Device,
    Flag,
    Json,
    Level,
    Networks,
    OptionalOutput,
    Precision,
    Symmetries,
)
from honte.engine.cli.terminal import console_of_stdout, has_colours, say_json, show_board
from honte.features.errors import HonteError

if TYPE_CHECKING:
    from honte.engine.movemap import MoveMap


def heatmap(
    game: Path | None = None,
    /,
    *,
    move: Annotated[list[str] | None, Parameter(consume_multiple=True, negative=())] = None,
    position: str | None = None,
    black: str = "",
    white: str = "",
    size: BoardSize = 19,
    output: OptionalOutput = None,
    json_: Json = False,
    network: Networks = None,
    symmetries: Symmetries = 1,
    level: Level = "",
    device: Device = None,
    precision: Precision = "auto",
    cell: Annotated[int | None, Parameter(validator=Number(gte=12, lte=120))] = None,
    plain: Flag = False,
    seconds: Annotated[float, Parameter(validator=Number(gt=0, lte=60))] = 0.5,
) -> None:
    """Show where the network would move in a position, or in several.

    Parameters
    ----------
    game
        SGF file; without one, give the position itself.
    move
        Numbers of the moves to look at, 1 for the first, and ranges such as 40-45: each shows the position before
        the move, with the move marked. Without it, the end of the game; for an animation, all of it.
    position
        Moves instead of a game, Black's first: "Q16 D4 R14". A b or w among them says who is next.
    black
        Black stones that are on the board before the moves of --position: "D4 Q16".
    white
        White stones likewise.
    size
        Lines of the board for --position, --black and --white.
    output
        Write to this file instead of showing in the terminal: a picture (.png, .svg; several positions make a strip),
        an animation (.gif, .webp), or numbers (.json, .npz).
    cell
        Pixels between two lines of the board; 44, and 26 in animations.
    plain
        Draw the board as a diagram on paper, without wood.
    seconds
        How long an animation shows a position.
    """
    from honte.engine.cli.game import first_game, naming
    from honte.engine.cli.positions import plies_named, position_named
    from honte.engine.movemap import MoveMap
    from honte.engine.movemap.saving import ANIMATIONS, document, file_kind, save_maps
    from honte.engine.movemap.words import title
    from honte.policy.predictor import load_network

    kind = file_kind(output) if output else ""
    predictor = partial(
        load_network, *network or (), symmetries=symmetries, level=level, device=device, precision=precision
    )
    from_words = position is not None or bool(black or white)
    if from_words and (game or move):
        raise HonteError("give a game, or a position with --position, --black and --white, but not both")
    if from_words:
        record, colour = position_named(position or "", black=black, white=white, size=size)
        maps = [MoveMap.of(record.board(), colour, predictor())]
    elif game:
        record = first_game(game)
        plies = plies_named(move or [], record)
        if kind in ANIMATIONS and not move:
            plies = list(range(len(record.moves) + 1))
        with naming(record):
            maps = MoveMap.of_game(record, plies, predictor())
    else:
        raise HonteError("give an SGF file, or a position with --position, --black and --white")
    if output:
        save_maps(maps, output, cell=cell, plain=plain, seconds=seconds, title=title(record, network))
    if json_:
        say_json(document(maps))
    elif not output:
        _show(maps)


def _show(maps: "list[MoveMap]") -> None:
    from honte.engine.movemap.text import map_as_text
    from honte.engine.movemap.words import captions

    console = console_of_stdout()
    for moves in maps:
        show_board(console, map_as_text(moves, ascii_only=not has_colours(console), width=console.width))
        console.print("", *captions(moves), sep="\n")
