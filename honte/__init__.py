"""Honte: an AlphaGo-style policy network for Go, to train on one's own games, play with and look into.

    import honte

    game = honte.load("game.sgf")                     # or bytes, or the text of an SGF
    game.board(56), game.to_move(56)                  # after 56 moves; game.moves, game.black, game.result …
    game.planes(56)                                   # uint8 (48, 19, 19): what the network is shown

    seen = honte.move_map(game, 56)                   # where the network that comes with Honte would move
    seen.top(5), seen["Q16"], seen.save("map.png")    # and numpy.asarray(seen)
    why = honte.explain(game, 56, point="Q16")        # what changes without each stone; why.stones, why.save("why.png")
    network = honte.load_network("runs/mine", symmetries=8, device="cuda")
    maps = honte.move_maps(game, network=network)     # of every position, in batches

    honte.build_corpus(["mygames", "more.zip"], "games.parquet")
    for batch in honte.batches("games.parquet"):      # with a length; DataLoader(…, batch_size=None) takes it
        batch.planes, batch.moves

A mistake in what is given raises `HonteError`, which says what to do. The rest is in the four floors: `honte.features`
knows Go, `honte.data` reads games, `honte.policy` learns and predicts, `honte.engine` plays and shows. Nothing of it is
imported before it is used.
"""

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

__version__ = "0.2.0"

__all__ = [
    "BLACK",
    "PLANE_NAMES",
    "WHITE",
    "BatchConfig",
    "Corpus",
    "GameRecord",
    "HonteError",
    "MoveMap",
    "Predictor",
    "batches",
    "build_corpus",
    "explain",
    "load",
    "load_network",
    "move_map",
    "move_maps",
    "rank",
]

if TYPE_CHECKING:
    from honte.api import explain, move_map, move_maps, rank
    from honte.data.batches import batches
    from honte.data.build import build as build_corpus
    from honte.data.corpus import Corpus
    from honte.data.load import load
    from honte.data.record import GameRecord
    from honte.data.settings import BatchConfig
    from honte.engine.movemap import MoveMap
    from honte.features.board import BLACK, WHITE
    from honte.features.errors import HonteError
    from honte.features.plane_table import PLANE_NAMES
    from honte.policy.predictor import Predictor, load_network
else:
    _PLACES = {
        "BLACK": "honte.features.board:BLACK",
        "PLANE_NAMES": "honte.features.plane_table:PLANE_NAMES",
        "WHITE": "honte.features.board:WHITE",
        "BatchConfig": "honte.data.settings:BatchConfig",
        "Corpus": "honte.data.corpus:Corpus",
        "GameRecord": "honte.data.record:GameRecord",
        "HonteError": "honte.features.errors:HonteError",
        "MoveMap": "honte.engine.movemap:MoveMap",
        "Predictor": "honte.policy.predictor:Predictor",
        "batches": "honte.data.batches:batches",
        "build_corpus": "honte.data.build:build",
        "explain": "honte.api:explain",
        "load": "honte.data.load:load",
        "load_network": "honte.policy.predictor:load_network",
        "move_map": "honte.api:move_map",
        "move_maps": "honte.api:move_maps",
        "rank": "honte.api:rank",
    }

    def __getattr__(name):
        """A name of the table, imported from its place when it is first asked for."""
        if name not in _PLACES:
            raise AttributeError(f"module 'honte' has no attribute '{name}'")
        place, _, attribute = _PLACES[name].partition(":")
        globals()[name] = value = getattr(import_module(place), attribute)
        return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]


_ROOT = Path(__file__).parent.parent
if (_ROOT / "features" / "plane_table.py").is_file():
    # In a clone the four floors lie beside this folder, where an installation has them inside it.
    __path__.append(str(_ROOT))
