"""Small networks for the tests."""

import numpy as np
import torch

from honte.policy.network import NetworkConfig, PolicyNetwork
from honte.policy.predictor import Predictor
from honte.policy.reparam import Norm


def tiny(**changes: object) -> PolicyNetwork:
    """The same fresh network every time: 8 filters, 9x9 boards, 6 planes."""
    torch.manual_seed(0)
    return PolicyNetwork(NetworkConfig(**{"board_size": 9, "planes": 6, "filters": 8, **changes}))


def unsettle(network: PolicyNetwork) -> PolicyNetwork:
    """Give every parameter and statistic, in place, a value that no initialisation would."""
    generator = torch.Generator().manual_seed(1)
    for tensor in network.state_dict().values():
        tensor.add_(torch.randn(tensor.shape, generator=generator, dtype=torch.float64) * 0.1)
    for norm in network.modules():
        if isinstance(norm, Norm):
            norm.variance.abs_().add_(0.1)
    return network


def of_all_points(predictor: Predictor, planes: np.ndarray) -> np.ndarray:
    """Probabilities (B, N²), illegal points included."""
    probabilities: np.ndarray = predictor.log_probabilities(planes).exp().numpy()
    return probabilities
