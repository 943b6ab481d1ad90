"""`honte planes`: what the network is shown of a position."""

from pathlib import Path

from honte.engine.cli.options import Json, OptionalOutput
from honte.engine.cli.terminal import say_json, show, table
from honte.features.errors import HonteError


def planes(
    game: Path,
    /,
    *,
    move: int | None = None,
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
    output
        Draw all planes to this file, .png or .svg, or write them as an array uint8 (48, N, N) to a .npy file.
    """
    from honte.engine.cli.game import first_game
    from honte.engine.positions import plies_named
    from honte.features import PLANE_NAMES, PLANES
    from honte.features.coordinates import point_to_vertex
    from honte.features.planes import extract_plies

    kind = output.suffix.lower() if output else ""
    if output and kind not in (".png", ".svg", ".npy"):
        raise HonteError(f"cannot write '{output}': give a name that ends in .png, .svg or .npy")
    record = first_game(game)
    (ply,) = plies_named([] if move is None else [str(move)], record)
    colour = record.to_move(ply)
    shown = extract_plies(record.moves, [ply], size=record.size, setup=record.setup, colours=[colour])[0]
    if output and kind == ".npy":
        import numpy as np

        np.save(output, shown)
    elif output:
        from honte.engine.drawing import save_picture
        from honte.engine.drawing.planes import draw_planes

        save_picture(draw_planes(shown, colour), output)
    meanings = [group.meaning for group in PLANES for _ in group.labels]
    if json_:
        vertices = [
            [point_to_vertex(int(point), record.size) for point in plane.ravel().nonzero()[0]] for plane in shown
        ]
        columns = zip(PLANE_NAMES, meanings, vertices, strict=True)
        say_json([{"name": name, "meaning": meaning, "set": points} for name, meaning, points in columns])
    elif not output:
        rows = [
            (index, name, shown[index].sum(), meaning)
            for index, (name, meaning) in enumerate(zip(PLANE_NAMES, meanings, strict=True))
        ]
        show(table(">", "plane", ">points", "set where", rows=rows))
