"""The table of the 48 input planes of the AlphaGo policy network.

The planes are those of Silver et al., "Mastering the game of Go with deep neural networks and tree search", Nature 529
(2016), Extended Data Table 2. Where the paper is silent, PLANES says which reading holds here: capture size has a class
for zero and a setup stone is as old as can be (RocAlphaGo's readings); a pass takes a turn; ladders are read as
`honte.features.ladder` says.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class PlaneGroup:
    """Consecutive planes of one meaning, the first at `index`; `labels` tell them apart."""

    index: int
    group: str
    labels: tuple[str, ...]
    meaning: str


ONE_TO_EIGHT = ("1", "2", "3", "4", "5", "6", "7", "8+")
ZERO_TO_SEVEN = ("0", "1", "2", "3", "4", "5", "6", "7+")

PLANES = (
    PlaneGroup(0, "stones", ("own", "opponent", "empty"), "the content of the point"),
    PlaneGroup(3, "ones", ("",), "everywhere"),
    PlaneGroup(4, "turns since", ONE_TO_EIGHT,
               "at a stone, its age: the last move has age 1, a setup or handicap stone counts as 8+"),
    PlaneGroup(12, "liberties", ONE_TO_EIGHT, "at a stone, the liberties of its chain"),
    PlaneGroup(20, "capture size", ZERO_TO_SEVEN,
               "at a legal point, the number of opponent stones the move takes"),
    PlaneGroup(28, "self-atari size", ONE_TO_EIGHT,
               "at a legal point whose move leaves its own chain with exactly one liberty, that chain's size"),
    PlaneGroup(36, "liberties after", ONE_TO_EIGHT,
               "at a legal point, the liberties of the chain the move makes, captures removed"),
    PlaneGroup(44, "ladder capture", ("",),
               "at a legal point where the move puts a two-liberty opponent chain into atari and the chain cannot get "
               "out"),
    PlaneGroup(45, "ladder escape", ("",),
               "at a legal point where the move saves an own chain in atari, by running or by taking, and the chain "
               "then cannot be caught in a ladder"),
    PlaneGroup(46, "sensibleness", ("",), "at a legal point that does not fill an own true eye"),
    PlaneGroup(47, "zeros", ("",), "nowhere"),
)
"""The planes in order: the one table that extraction, docs, viewers and tests go by."""

PLANE_COUNT = 48
PLANE_NAMES = tuple(f"{g.group} {label}".strip() for g in PLANES for label in g.labels)

OWN, ONES, AGES, LIBERTIES, CAPTURES, SELF_ATARI, AFTER, LADDER_CAPTURE, LADDER_ESCAPE, SENSIBLE = (
    0, 3, 4, 12, 20, 28, 36, 44, 45, 46,
)
"""The first plane of each group, by which kernels and their users know it."""
