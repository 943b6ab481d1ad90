"""What the engine answers over GTP: a function per command, whose parameters are the command's syntax.

Nothing here imports the network or compiled code when the module loads, so that a client is greeted at once;
the commands that need them wait for them.
"""

from honte.engine.commands import analysis, core, gogui, servers
from honte.engine.commands.session import COMMANDS, Session

__all__ = ["COMMANDS", "Session", "analysis", "core", "gogui", "servers"]
