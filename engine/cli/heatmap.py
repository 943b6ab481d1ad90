"""`honte heatmap`: where the network would move, in positions of a game or in one from the command line."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter
from cyclopts.validators import Number

from honte.features.errors import HonteError

if TYPE_CHECKING:
    from honte.engine.movemap import MoveMap

FORMATS = (".png", ".svg", ".json", ".npz", ".gif", ".webp")
ANIMATIONS = (".gif", ".webp")


def heatmap(
    game: Path | None = None,
    /,
    *,
    move: Annotated[list[str] | None, Parameter(consume_multiple=True, negative=())] = None,
    position: str | None = None,
    black: str = "",
    white: str = "",
    size: Annotated[int, Parameter(validator=Number(gte=2, lte=25))] = 19,
    output: Annotated[Path | None, Parameter(alias="-o")] = None,
    json_: Annotated[bool, Parameter(name="--json", negative=())] = False,
    network: str = "default",
    symmetries: Literal[1, 8] = 1,
    cell: Annotated[int | None, Parameter(validator=Number(gte=12, lte=120))] = None,
    plain: Annotated[bool, Parameter(negative=())] = False,
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
    json_
        Print the map as JSON; several positions make a list.
    network
        Folder of the network; "default" is the one that comes with Honte.
    symmetries
        8 averages the network over all turns and reflections of the board, for eight times the work.
    cell
        Pixels between two lines of the board; 44, and 26 in animations.
    plain
        Draw the board as a diagram on paper, without wood.
    seconds
        How long an animation shows a position.
    """
    from rich.console import Console

    from honte.engine.cli.game import first_game
    from honte.engine.movemap import MoveMap, as_text
    from honte.engine.positions import plies_named, position_named
    from honte.policy.checkpoint import load
    from honte.policy.predictor import Predictor

    kind = output.suffix.lower() if output else ""
    if output and kind not in FORMATS:
        raise HonteError(f"cannot write '{output}': give a name that ends in {', '.join(FORMATS)}")
    from_words = bool(position or black or white)
    if from_words and (game or move):
        raise HonteError("give a game, or a position with --position, --black and --white, but not both")
    if from_words:
        record, colour = position_named(position or "", black=black, white=white, size=size)
        predictor = Predictor(load(network), symmetries=symmetries)
        maps = [MoveMap.of(record.board(), colour, predictor)]
    elif game:
        record = first_game(game)
        plies = plies_named(move or [], record)
        if kind in ANIMATIONS and not move:
            plies = list(range(len(record.moves) + 1))
        maps = MoveMap.of_game(record, plies, Predictor(load(network), symmetries=symmetries))
    else:
        raise HonteError("give an SGF file, or a position with --position, --black and --white")
    if output:
        _write(maps, output, cell=cell, plain=plain, seconds=seconds)
    if json_:
        print(_json(maps))
    elif not output:
        console = Console()
        for moves in maps:
            console.print(as_text(moves, ascii_only=console.options.ascii_only or not console.color_system))


def _json(maps: "list[MoveMap]") -> str:
    documents = [moves.as_json() for moves in maps]
    return json.dumps(documents[0] if len(documents) == 1 else documents)


def _write(maps: "list[MoveMap]", output: Path, *, cell: int | None, plain: bool, seconds: float) -> None:
    kind = output.suffix.lower()
    if kind == ".json":
        output.write_text(_json(maps) + "\n", encoding="utf-8")
    elif kind == ".npz":
        from honte.engine.movemap import save_arrays

        save_arrays(maps, output)
    elif kind in ANIMATIONS:
        from honte.engine.drawing.board import draw_maps
        from honte.engine.drawing.raster import render, save_animation

        frames = (render(draw_maps([moves], cell=cell or 26, plain=plain)) for moves in maps)
        save_animation(frames, output, seconds=seconds, count=len(maps))
    else:
        from honte.engine.drawing import save_picture
        from honte.engine.drawing.board import CELL, draw_maps

        save_picture(draw_maps(maps, cell=cell or CELL, plain=plain), output)
