"""`honte planes`: what the network is shown of a position."""

import io
from pathlib import Path
from textwrap import shorten
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from honte.engine.cli.options import Json, OptionalOutput
from honte.engine.cli.terminal import console_of_stdout, has_colours, say_json, show, show_board, table
from honte.features.errors import HonteError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from rich.table import Table

_BEFORE_WHERE = 36
"""Columns of the list that are not for the points, the space after them included."""
PlaneNumber = Annotated[int, Parameter(validator=Number(gte=0, lte=47))]


def planes(
    game: Path,
    /,
    *,
    move: int | None = None,
    plane: Annotated[list[PlaneNumber] | None, Parameter(consume_multiple=True, negative=())] = None,
    output: OptionalOutput = None,
    json_: Json = False,
) -> None:
    """Show the 48 planes of a position: what the network sees of it.

    Parameters
    ----------
    game
        SGF file.
    move
        Number of the move to look at, 1 for the first: the position before it. Without it, the end of the game.
    plane
        Numbers of planes, 0 to 47, to see on the board.
    output
        Draw all planes to this file, .png or .svg, or write them as an array uint8 (48, N, N) to a .npy file.
    """
    from honte.engine.cli.game import first_game, naming
    from honte.engine.cli.positions import plies_named
    from honte.features import PLANE_NAMES, PLANES
    from honte.features.coordinates import point_to_vertex
    from honte.features.planes import extract_plies

    kind = output.suffix.lower() if output else ""
    if output and kind not in (".png", ".svg", ".npy"):
        raise HonteError(f"cannot write '{output}': give a name that ends in .png, .svg or .npy")
    record = first_game(game)
    (ply,) = plies_named([] if move is None else [str(move)], record)
    colour = record.to_move(ply)
    with naming(record):
        shown = extract_plies(record.moves, [ply], size=record.size, setup=record.setup, colours=[colour])[0]
    if output and kind == ".npy":
        import numpy as np

        from honte.policy.files import write_atomically

        buffer = io.BytesIO()
        np.save(buffer, shown)
        write_atomically(output, buffer.getvalue())
    elif output:
        from honte.engine.drawing import save_picture
        from honte.engine.drawing.planes import draw_planes

        save_picture(draw_planes(shown, colour), output)
    meanings = [group.meaning for group in PLANES for _ in group.labels]
    vertices = [[point_to_vertex(int(point), record.size) for point in one.ravel().nonzero()[0]] for one in shown]
    if json_:
        columns = zip(PLANE_NAMES, meanings, vertices, strict=True)
        say_json([{"name": name, "meaning": meaning, "set": points} for name, meaning, points in columns])
    elif plane:
        _show_boards(shown, colour, plane)
    elif not output:
        show(_list(vertices))


def _list(vertices: list[list[str]]) -> "Table":
    """What each plane is and where it is set, a line each as far as there is room."""
    from honte.features import PLANE_NAMES

    room = console_of_stdout().width - _BEFORE_WHERE
    places = (shorten(" ".join(points), max(room, 8), placeholder=" …") for points in vertices)
    rows = [(index, PLANE_NAMES[index], len(vertices[index]), where) for index, where in enumerate(places)]
    made = table(">", "plane", ">points", "where", rows=rows)
    made.caption = "--plane NUMBER shows one on the board, with its meaning; -o planes.png draws all"
    return made


def _show_boards(planes: "npt.NDArray[np.uint8]", colour: int, chosen: list[int]) -> None:
    from honte.engine.drawing.text import plane_as_text
    from honte.features import PLANE_NAMES, PLANES
    from honte.features.board import opponent
    from honte.features.plane_table import OWN

    stones = colour * planes[OWN] + opponent(colour) * planes[OWN + 1]
    meanings = [group.meaning for group in PLANES for _ in group.labels]
    console = console_of_stdout()
    for index in chosen:
        console.print(f"\n{index} {PLANE_NAMES[index]}: {meanings[index]}\n")
        board = plane_as_text(planes[index], stones, ascii_only=not has_colours(console), width=console.width)
        show_board(console, board)
