"""What the engine answers over GTP: a function per command, whose parameters are the command's syntax.

The commands parse words; what they say is put together in `honte.engine.dialects`. Nothing here imports the network or
compiled code when the module loads, so that a client is greeted at once; the commands that need them wait for them.
"""

from honte.engine.commands import core, gogui, maps, questions, servers, setup
from honte.engine.commands.session import COMMANDS, Session

__all__ = ["COMMANDS", "Session", "core", "gogui", "maps", "questions", "servers", "setup"]
