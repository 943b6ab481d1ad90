import numpy as np

from honte.engine.dialects.leela_zero import thousandths


def test_thousandths() -> None:
    assert thousandths(np.array([1.0, 0, 0.0004, 0.0206], np.float32)) == "1000   0\n  0  21"
