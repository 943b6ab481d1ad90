"""Plays a game with KaTrain's own engine, game and AI: `python drive.py SIZE RULES STRATEGY COMMAND`.

Black and White play by KaTrain's strategy until both have passed. Prints one JSON document: the moves, what KaTrain
says the result is, the complaints it logged, and how long queries waited that were behind many that were given up.
"""

import json
import os
import sys
import threading
import time

os.environ["KIVY_NO_ARGS"] = os.environ["KIVY_NO_CONSOLELOG"] = "1"
sys.stdout, output = sys.stderr, sys.stdout  # kivy prints

from katrain.core.ai import generate_ai_move  # noqa: E402
from katrain.core.constants import OUTPUT_ERROR  # noqa: E402
from katrain.core.engine import KataGoEngine  # noqa: E402
from katrain.core.game import Game  # noqa: E402

size, rules, strategy, command = sys.argv[1:]
errors: list[str] = []
SETTINGS = {"game/size": size, "game/komi": 6.5, "game/rules": rules, "game/handicap": 0}


class KaTrain:
    """What the engine and the game want of the program around them."""

    def log(self, message: object, level: int = 0) -> None:
        if level == OUTPUT_ERROR:
            errors.append(str(message))

    def config(self, name: str, default: object = None) -> object:
        return SETTINGS.get(name, default)

    def __call__(self, *arguments: object) -> None:
        errors.append(str(arguments))


katrain = KaTrain()
engine = KataGoEngine(
    katrain,
    {"backend": "custom", "altcommand": command, "max_visits": 500, "fast_visits": 25, "max_time": 8.0,
     "wide_root_noise": 0.0, "_enable_ownership": True},
)  # fmt: skip
game = Game(katrain, engine)
settings = {"max_points_lost": 99.0, "settled_weight": 1.0, "opponent_fac": 0.5, "min_visits": 1,
            "attach_penalty": 1, "tenuki_penalty": 0.5}  # fmt: skip
limit = 3 * int(size) ** 2
while not game.end_result and len(game.current_node.nodes_from_root) < limit:
    move, node = generate_ai_move(game, strategy, settings)
    if node is None:
        break
while not game.current_node.analysis_complete:
    time.sleep(0.05)
result = game.end_result
moves = [node.move.gtp() for node in game.current_node.nodes_from_root if node.move]

# A new game behind queries that nobody waits for any more.
for node in list(game.root.nodes_in_tree):
    node.analyze(engine)
time.sleep(0.5)
engine.on_new_game()
answered = threading.Event()
started = time.monotonic()
engine.request_analysis(game.root, lambda *_: answered.set())
answered.wait(120)
waited = time.monotonic() - started
engine.shutdown(finish=None)
json.dump({"moves": moves, "result": result, "errors": errors, "waited": waited}, output)
output.flush()
os._exit(0)
