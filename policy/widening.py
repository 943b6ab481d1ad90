"""More filters for a network that has learnt already.

A narrow network learns several times as many positions in the same time as a wide one, and nearly as much from each
as long as it has seen few. So a wide network is best begun narrow. The one that `widen` makes computes the same at
first, as in Net2Net (Chen et al., ICLR 2016), but its new filters are fresh ones that nothing listens to yet, rather
than copies of the old, which would learn the same as those.
"""

import torch
from torch import Tensor

from honte.features.errors import HonteError
from honte.policy.network import PolicyNetwork


@torch.no_grad()
def widen(narrow: PolicyNetwork, wide: PolicyNetwork) -> None:
    """Give `wide`, in place, all that `narrow` has learnt, so that it computes the same.

    Both have the same backbone, boards and form, and `wide` is freshly initialised or as narrow; more planes that it is
    given are not listened to yet either. Raises HonteError for
    backbones whose filters do not keep their places, such as GoogLeNet, whose layers lie side by side.
    """
    tensors = wide.state_dict()
    for name, learnt in _alike(narrow, wide).items():
        tensor = tensors[name]
        corner = tuple(slice(length) for length in learnt.shape)
        if tensor.ndim > 1:
            tensor[corner[:1]] = 0  # old filters do not listen to new ones yet
        tensor[corner] = learnt
    if not _compute_the_same(narrow, wide):
        raise HonteError(
            f"'{narrow.config.network}' cannot be widened from {narrow.config.filters} filters to"
            f" {wide.config.filters}: they do not keep their places; train it from the start"
        )


def _alike(narrow: PolicyNetwork, wide: PolicyNetwork) -> dict[str, Tensor]:
    """The tensors of `narrow` by the names of `wide`'s.

    A layer has a branch for the bare input where that has as many channels as its output, so that the first layer has
    one at 48 filters alone: it is nothing yet where `narrow` has none, and part of the kernel where `wide` has none.
    """
    learnt, wanted = narrow.state_dict(), wide.state_dict()
    for name in [name for name in learnt if name.endswith(".identity") and name not in wanted]:
        square = name.replace(".identity", ".square")
        learnt[square] = learnt[square].clone()
        centre = learnt[square].shape[-1] // 2
        learnt[square][:, :, centre, centre].diagonal().add_(learnt.pop(name))
    for name in [name for name in wanted if name.endswith(".identity") and name not in learnt]:
        wanted[name].zero_()
    return learnt


def _compute_the_same(narrow: PolicyNetwork, wide: PolicyNetwork) -> bool:
    modes = narrow.training, wide.training
    size, planes = wide.config.board_size, wide.config.planes
    noise: Tensor = torch.rand(2, planes, size, size, generator=torch.Generator().manual_seed(0))
    expected, computed = (
        net.eval()(noise[:, : net.config.planes].to(next(net.parameters()).device)).cpu() for net in (narrow, wide)
    )
    narrow.train(modes[0])
    wide.train(modes[1])
    return torch.allclose(expected, computed, rtol=1e-3, atol=1e-3)
