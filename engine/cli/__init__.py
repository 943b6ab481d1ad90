"""The command `honte`; a subcommand is imported only when it runs, so that help comes at once."""

import os
import signal
import sys
from collections.abc import Callable
from functools import partial
from typing import Any, get_args

from cyclopts import App, ArgumentCollection, CoercionError, CycloptsError

from honte.engine.cli.terminal import note, set_up
from honte.engine.cli.version import version
from honte.features.errors import HonteError


def _refuse_fractions(_app: App, _commands: tuple[str, ...], arguments: ArgumentCollection) -> None:
    """Raise CoercionError for a point in what must be a whole number, which would be rounded."""
    for argument in arguments:
        for token in argument.tokens if _of_whole_numbers(argument.hint) else ():
            if "." in token.value:
                raise CoercionError(argument=argument, token=token, target_type=int)


def _of_whole_numbers(hint: Any) -> bool:
    """Whether a type is `int`, or one with `int` in it, such as `list[int] | None`."""
    return hint is int or any(map(_of_whole_numbers, get_args(hint)))


app = App(
    name="honte",
    version=version,
    version_format="plaintext",
    config=_refuse_fractions,
    help="An AlphaGo-style Go policy network: train it on your own SGFs, play it over GTP, look inside it.",
)
COMMANDS = {
    "gtp:gtp": "Play over the Go Text Protocol, for Sabaki, GoGui and other clients.",
    "analysis:analysis": "Answer queries in the JSON protocol of KataGo's analysis engine.",
    "match:match": "Let two GTP engines play a match, and say how much stronger the first is.",
    "heatmap:heatmap": "Show where the network would move in a position of a game.",
    "review:review": "Say of every move of a game how likely the network thought it.",
    "explain:explain": "Say why the network would move at a point: what speaks for it and against it.",
    "planes:planes": "Show the 48 planes of a position: what the network sees of it.",
    "serve:serve": "Open a page to look into a network: games, maps, planes, layers.",
    "corpus:app": "Build a corpus of games from SGF files and archives.",
    "train:app": "Train a network on a corpus, or show how training went.",
    "reinforce:reinforce": "Improve a network by games against its earlier selves.",
    "evaluate:evaluate": "Measure how well a network predicts the moves of a corpus.",
    "backbones:app": "List the networks, show one, train one on images.",
    "export:export": "Write a network as an ONNX file, for use without PyTorch.",
}
"""Where each command is, and what the list of them says of it."""

for place, summary in COMMANDS.items():
    app.command(f"honte.engine.cli.{place}", name=place.partition(":")[0], help=summary)


def main() -> int:
    """Run the command line; a user's mistake is one sentence on stderr and exit status 1, or 2 if the words are off."""
    set_up()
    try:
        _leave_folder_that_is_gone()
        _called()()
        sys.stdout.flush()
    except HonteError as error:
        return _fail(str(error))
    except CycloptsError as error:
        return _fail(str(error), status=2)
    except BrokenPipeError:
        # Whoever read our output has gone; the interpreter must not flush the rest into nowhere as it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        return _fail(f"{error.filename}: {error.strerror}" if error.filename else str(error))
    except KeyboardInterrupt:
        return 130
    return 0


def _leave_folder_that_is_gone() -> None:
    """Go to the root where the working folder was deleted: libraries of mathematics cannot be loaded from nowhere.

    Engines go on so. Any other command may name files by their places in the folder: HonteError.
    """
    try:
        os.getcwd()
    except OSError:
        os.chdir(os.sep)
        if sys.argv[1:2] not in (["gtp"], ["analysis"]):
            raise HonteError("the working folder is gone: change to one that is there") from None


def _called() -> Callable[[], object]:
    """The call of a command that the command line is; CycloptsError where its words are off.

    An interrupt ends the process at once meanwhile: amid an import Python may lose it, or print a traceback.
    """
    before = signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        command, bound, _ = app.parse_args(sys.argv[1:], exit_on_error=False, print_error=False)
    finally:
        signal.signal(signal.SIGINT, before)
    return partial(command, *bound.args, **bound.kwargs)


def _fail(sentence: str, *, status: int = 1) -> int:
    note(f"honte: {sentence}")
    return status
