"""How sure a share is that was counted."""

import math

Z = 1.96
"""Standard deviations of a 95 % interval."""


def wilson(share: float, count: float) -> tuple[float, float]:
    """The 95 % interval of a share of so many independent trials (E. B. Wilson, "Probable inference", 1927)."""
    if not count:
        return 0.0, 1.0
    centre = (share + Z**2 / (2 * count)) / (1 + Z**2 / count)
    spread = Z / (1 + Z**2 / count) * math.sqrt(share * (1 - share) / count + Z**2 / (4 * count**2))
    return max(0.0, centre - spread), min(1.0, centre + spread)
