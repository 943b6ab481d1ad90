"""How sure a share is that was counted, and how sure a mean is of few values."""

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


def student(freedom: int) -> float:
    """Deviations of a 95 % interval where they were estimated themselves, by Student's t with so many degrees.

    By four terms of its expansion in 1/freedom (Abramowitz and Stegun 26.7.5): a tenth too small at 1, exact to 1 %
    from 2 on.
    """
    terms = (
        (Z**3 + Z) / 4,
        (5 * Z**5 + 16 * Z**3 + 3 * Z) / 96,
        (3 * Z**7 + 19 * Z**5 + 17 * Z**3 - 15 * Z) / 384,
        (79 * Z**9 + 776 * Z**7 + 1482 * Z**5 - 1920 * Z**3 - 945 * Z) / 92160,
    )
    return Z + sum(term * (1 / freedom) ** power for power, term in enumerate(terms, start=1))
