"""`honte heatmap`: where the network would move in a position of a game."""

import json
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from features.errors import HonteError


def heatmap(
    game: Path,
    *,
    move: int | None = None,
    output: Annotated[Path | None, Parameter(alias="-o")] = None,
    json_: Annotated[bool, Parameter(name="--json", negative=())] = False,
    network: str = "default",
    symmetries: Literal[1, 8] = 1,
) -> None:
    """Show where the network would move in a position of a game.

    Parameters
    ----------
    game
        SGF file.
    move
        Number of the move to look at, 1 for the first: the position before it, with the move marked.
        Without it, the end of the game.
    output
        Draw the map to this PNG file, instead of in the terminal.
    json_
        Print the map as JSON.
    network
        Folder of the network; "default" is the one that comes with Honte.
    symmetries
        8 averages the network over all turns and reflections of the board, for eight times the work.
    """
    from rich.console import Console

    from engine.games import load_game
    from engine.heatmap import MoveMap, as_text
    from features.board import decode_move
    from policy.checkpoint import load
    from policy.predictor import Predictor

    if output and output.suffix.lower() != ".png":
        raise HonteError(f"cannot draw '{output}': give a name that ends in .png")
    record = load_game(game)
    count = len(record.moves)
    ply = count if move is None else move - 1
    if not 0 <= ply <= count:
        raise HonteError(f"'{game}' has {count} moves: --move must be 1 to {count + 1}, not {move}")
    played = decode_move(int(record.moves[ply]))[1] if ply < count else None
    predictor = Predictor(load(network), symmetries=symmetries)
    moves = MoveMap.of(record.board(ply), record.to_move(ply), predictor, played=played)
    if output:
        from engine.drawing import draw

        draw(moves).save(output)
    if json_:
        print(json.dumps(moves.as_json()))
    elif not output:
        console = Console()
        console.print(as_text(moves, ascii_only=console.options.ascii_only))
