"""Options that several commands have, each with its help written once; nothing heavy is imported, for quick help."""

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter
from cyclopts.validators import Number

Network = Annotated[
    str, Parameter(help='Folder of a network, or of several for different boards; "default" is what comes with Honte.')
]
Networks = Annotated[
    list[str] | None,
    Parameter(
        name="--network",
        negative=(),
        help="Folder of a network, or of several for boards of different sizes; may be given several times. The network"
        " trained for a size plays there, on other sizes the next larger does. By default those that come with Honte.",
    ),
]
Symmetries = Annotated[
    Literal[1, 8],
    Parameter(
        help="8 averages the network over all turns and reflections of the board, for eight times the work."
    ),
]
Level = Annotated[
    str,
    Parameter(
        help="Rank to play like, such as 15k or 2d: on 9x9 by a network that comes with Honte, elsewhere by one that"
        " was told ranks (honte train --bands). Moves are then drawn at temperature 1, and from 11k on among those that"
        " make up a share, down to 0.6 at 4d, unless --temperature and --top-p say otherwise."
    ),
]
Device = Annotated[str | None, Parameter(help="Device to compute on, such as cpu or cuda:0; the best by default.")]
Precision = Annotated[
    Literal["auto", "float32", "bfloat16"],
    Parameter(help="Type of the activations; auto takes bfloat16 where the device is made for it."),
]
Threads = Annotated[
    int | None,
    Parameter(validator=Number(gte=1), help="Processor threads to compute on; all cores by default."),
]

Json = Annotated[bool, Parameter(name="--json", negative=(), help="Print the result as one JSON document.")]
Flag = Annotated[bool, Parameter(negative=())]
"""A switch that is off unless it is given."""
Output = Annotated[Path, Parameter(alias="-o")]
OptionalOutput = Annotated[Path | None, Parameter(alias="-o")]
Count = Annotated[int, Parameter(validator=Number(gte=1))]
OptionalCount = Annotated[int | None, Parameter(validator=Number(gte=1))]
BoardSize = Annotated[int, Parameter(validator=Number(gte=2, lte=25))]
OptionalBoardSize = Annotated[int | None, Parameter(validator=Number(gte=2, lte=25))]
