"""The colours of boards and of probabilities, the same in pictures, in the page, in clients and in the terminal."""

from honte.features.board import BLACK, EMPTY, WHITE

Colour = tuple[int, int, int]
"""Red, green, blue, 0 to 255."""

PAPER: Colour = (250, 248, 244)
TEXT: Colour = (58, 46, 32)
SHADOW: Colour = (92, 66, 34)
SET: Colour = (28, 70, 150)
"""Where a plane is 1."""
GREY: Colour = (176, 168, 154)
"""Of stones behind a plane."""

# From pale to deep blue: lightness falls all the way, so the order survives every kind of colour blindness,
# and none of it looks like wood.
SCALE: tuple[Colour, ...] = ((222, 238, 226), (140, 205, 204), (62, 148, 190), (38, 88, 158), (28, 32, 92))
EDGE: Colour = (36, 80, 127)
"""Around tiles: on wood it tells them from it where colours do not, in grey and in print."""
WOOD: Colour = (226, 186, 120)
INK: dict[int, Colour] = {EMPTY: (92, 66, 34), BLACK: (16, 16, 18), WHITE: (252, 252, 250)}
"""Of lines and stones."""
RING: Colour = (213, 62, 0)
"""Of the move that was played."""

AGAINST: Colour = (200, 80, 0)
NEITHER: Colour = (250, 250, 250)
FOR: Colour = (20, 70, 160)
"""Of what lies below 0, at 0 and above."""

SHOWN = 0.001
"""Points below this probability are left bare."""
LABELLED = 0.01
"""Points from this probability on carry a number."""


def colour_of(probability: float) -> Colour:
    """The colour of a probability; its square root runs along the scale, so that small ones differ too."""
    place = min(max(probability, 0.0), 1.0) ** 0.5 * (len(SCALE) - 1)
    index = min(int(place), len(SCALE) - 2)
    low, high = SCALE[index], SCALE[index + 1]
    red, green, blue = (round(a + (b - a) * (place - index)) for a, b in zip(low, high, strict=True))
    return red, green, blue


def against_or_for(share: float) -> Colour:
    """The colour of what speaks against (from -1, orange) or for (to 1, blue); 0 is nearly white.

    The square root of its size runs along the scale, so that small ones differ too.
    """
    strength = min(abs(share), 1.0) ** 0.5
    end = FOR if share > 0 else AGAINST
    red, green, blue = (round(a + (b - a) * strength) for a, b in zip(NEITHER, end, strict=True))
    return red, green, blue


def contrast(colour: Colour) -> Colour:
    """Near-black or white, whichever is read better on a colour (by its relative luminance, as in WCAG)."""
    red, green, blue = ((channel / 255) ** 2.2 for channel in colour)
    return (10, 12, 24) if 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.19 else (255, 255, 255)
