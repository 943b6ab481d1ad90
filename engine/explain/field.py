"""How far a network looks: where the input changes a point's logit, by its gradient."""

import numpy as np
import numpy.typing as npt
import torch

from honte.policy.network import PolicyNetwork


def field_of(network: PolicyNetwork, planes: npt.NDArray[np.uint8], point: int) -> npt.NDArray[np.float32]:
    """The share that each point has in the gradient of a point's logit, float32 (N, N), which sums to 1.

    Of the planes (C, N, N) that it takes: at each point the sizes of the derivatives by all planes, added up.
    """
    first = next(network.trunk.parameters())
    given = torch.from_numpy(planes)[None].to(first.device, first.dtype).requires_grad_()
    with torch.enable_grad():
        (gradient,) = torch.autograd.grad(network(given)[0, point], given)
    sizes: npt.NDArray[np.float32] = gradient[0].float().abs().sum(0).cpu().numpy()
    return sizes / np.float32(max(sizes.sum(), 1e-30))


def rings(field: npt.NDArray[np.float32], point: int) -> list[float]:
    """The share that lies within 0, 1, 2 … lines of a point, until it is all: squares, as kernels are."""
    size = len(field)
    row, column = divmod(point, size)
    lines = np.arange(size)
    distance = np.maximum(abs(lines - row)[:, None], abs(lines - column)[None])
    within = [float(field[distance <= reach].sum()) for reach in range(int(distance.max()) + 1)]
    return within[: next((reach for reach, share in enumerate(within) if share > 0.9995), len(within)) + 1]
