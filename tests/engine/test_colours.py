import numpy as np

from honte.engine.drawing.colours import SCALE, colour_of, contrast


def test_the_scale_darkens_all_the_way() -> None:
    """Its order survives the loss of any colour sense: relative luminance falls strictly."""

    def luminance(colour: tuple[int, int, int]) -> float:
        linear = [(c / 255) ** 2.2 for c in colour]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    values = [luminance(colour_of(p**2)) for p in np.linspace(0, 1, 65)]
    assert (np.diff(values) < 0).all()
    assert (colour_of(0), colour_of(1)) == (SCALE[0], SCALE[-1])
    for p in np.linspace(0, 1, 65):
        ground, ink = luminance(colour_of(p)), luminance(contrast(colour_of(p)))
        assert (max(ground, ink) + 0.05) / (min(ground, ink) + 0.05) >= 4  # WCAG: 4.5 for small print, 3 for large
