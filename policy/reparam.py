"""Training-time forms of a layer that fold away exactly.

A convolution is trained as a sum of branches: a k x k kernel, a 1 x 1 kernel, and the bare input with a factor a
channel where the channels match; then one norm, and ReLU where the layer has one. The branches are those of RepVGG
(Ding et al., CVPR 2021), but summed as kernels, before the convolution, so that they cost nothing (docs/experiments.md
compares the two). With fixed statistics all of it is one k x k convolution with a bias.
"""

import copy
import math
from collections.abc import Iterable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from honte.features.errors import HonteError
from honte.policy.backbones.blocks import Conv, ConvReLU, convolve
from honte.policy.network import PolicyNetwork
from honte.policy.normalisation import batch_norm_relu

BRANCHES = {"plain": (), "bn": ("square",), "merged": ("square", "point", "identity")}
"""The named sets of branches; `plain` trains the layer as it is."""

EQUAL_SHARE = ((1 - 1 / math.pi) / 2) ** 0.5
"""Factor to He's initialisation with which a kernel's output varies as its input does, a Gaussian's ReLU."""

SETTLED_SIZE = 4.0
"""Euclidean norm of a filter at which, by an estimate, steps and weight decay are in balance; a fresh one has 0.8."""


class Norm(nn.Module):
    """Batch norm over (B, C, N, N), and ReLU if asked: by the batch's statistics in training, by its own in use.

    Its own are not gathered in passing: `calibrate` measures them, for the weights that are to be used.
    """

    mean: Tensor
    variance: Tensor
    eps = 1e-5

    def __init__(self, channels: int, *, relu: bool) -> None:
        super().__init__()
        self.relu = relu
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.register_buffer("mean", torch.zeros(channels))
        self.register_buffer("variance", torch.ones(channels))

    def forward(self, x: Tensor) -> Tensor:
        if self.training:
            return batch_norm_relu(x, self.weight, self.bias, eps=self.eps, relu=self.relu)
        y = F.batch_norm(x, self.mean, self.variance, self.weight, self.bias, eps=self.eps)
        return F.relu(y) if self.relu else y

    def affine(self) -> tuple[Tensor, Tensor]:
        """The norm in use as scale (C,) and shift (C,), in float64 on the CPU: not every device knows float64."""
        weight, bias, mean, variance = (t.cpu().double() for t in (self.weight, self.bias, self.mean, self.variance))
        scale = weight / torch.sqrt(variance + self.eps)
        return scale, bias - mean * scale

    def set_statistics(self, mean: Tensor, variance: Tensor) -> None:
        """Take over statistics (C,), computing something else in use than before."""
        self.mean.copy_(mean.to(self.mean.dtype))
        self.variance.copy_(variance.to(self.variance.dtype))

    def renorm(self, mean: Tensor, variance: Tensor) -> None:
        """Take over statistics (C,), float64 on the CPU, computing the same in use as before."""
        scale, shift = self.affine()
        self.weight.copy_((scale * torch.sqrt(variance + self.eps)).to(self.weight.dtype))
        self.bias.copy_((shift + mean * scale).to(self.bias.dtype))
        self.set_statistics(mean, variance)


class BranchedConv(nn.Module):
    """The training-time form of a convolution, with ReLU or without; `fold` gives the layer that it stands for."""

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: int, branches: tuple[str, ...], *, relu: bool
    ) -> None:
        super().__init__()
        self.square = _kernel(out_channels, in_channels, kernel_size)
        point = "point" in branches and kernel_size > 1
        self.point = _kernel(out_channels, in_channels, 1) if point else None
        self.identity: nn.Parameter | None = None
        if "identity" in branches and in_channels == out_channels:
            self.identity = nn.Parameter(torch.ones(out_channels))
        self.norm = Norm(out_channels, relu=relu)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.norm(convolve(x, self.kernel()))
        return y

    def kernel(self) -> Tensor:
        """The sum of the branches, (out, in, k, k)."""
        kernel: Tensor = self.square
        edges = (kernel.shape[-1] // 2,) * 4
        if self.point is not None:
            kernel = kernel + F.pad(self.point, edges)
        if self.identity is not None:
            kernel = kernel + F.pad(torch.diag(self.identity)[:, :, None, None], edges)
        return kernel

    def fold(self) -> Conv:
        out_channels, in_channels, kernel_size, _ = self.square.shape
        scale, bias = self.norm.affine()
        layer = (ConvReLU if self.norm.relu else Conv)(in_channels, out_channels, kernel_size).to(self.square.dtype)
        layer.load_state_dict({"weight": self.kernel().cpu().double() * scale[:, None, None, None], "bias": bias})
        return layer.to(self.square.device)

    def unfold(self, layer: Conv) -> None:
        """Become, in eval mode, what a plain layer is, with filters as large as they are late in training.

        Under a norm the size of a filter decides only how fast it turns at a given rate.
        """
        factor = SETTLED_SIZE / layer.weight.flatten(1).norm(dim=1).clamp(min=1e-6)
        self.square.copy_(layer.weight * factor[:, None, None, None])
        if self.point is not None:
            self.point.zero_()
        if self.identity is not None:
            centre = self.square.shape[-1] // 2
            diagonal = self.square[:, :, centre, centre].diagonal()
            self.identity.copy_(diagonal)
            diagonal.zero_()
        self.norm.set_statistics(torch.zeros_like(factor), torch.ones_like(factor))
        self.norm.weight.copy_((1 + self.norm.eps) ** 0.5 / factor)
        self.norm.bias.copy_(layer.bias if layer.bias is not None else torch.zeros_like(factor))


def _kernel(out_channels: int, in_channels: int, size: int) -> nn.Parameter:
    kernel = torch.empty(out_channels, in_channels, size, size)
    return nn.Parameter(nn.init.kaiming_normal_(kernel, nonlinearity="relu") * EQUAL_SHARE)


def expand(network: PolicyNetwork, branches: str) -> PolicyNetwork:
    """A network of the same shape in its training-time form, freshly initialised."""
    if branches not in BRANCHES:
        raise HonteError(f"no set of branches is called '{branches}': choose from {', '.join(BRANCHES)}")
    if branches == "plain":
        return network
    expanded = copy.deepcopy(network)
    expanded.branches = branches
    for name, layer in list(expanded.named_modules()):
        if isinstance(layer, Conv) and layer.on_board:
            form = BranchedConv(
                layer.in_channels,
                layer.out_channels,
                layer.kernel_size[0],
                BRANCHES[branches],
                relu=isinstance(layer, ConvReLU),
            )
            expanded.set_submodule(name, form.to(layer.weight))
    return expanded


@torch.no_grad()
def fold(network: PolicyNetwork) -> PolicyNetwork:
    """The plain network, in eval mode, that computes what `network` computes in eval mode."""
    folded = copy.deepcopy(network)
    folded.branches = "plain"
    for name, layer in list(folded.named_modules()):
        if isinstance(layer, BranchedConv):
            folded.set_submodule(name, layer.fold())
    return folded.eval()


@torch.no_grad()
def unfold(plain: PolicyNetwork, branches: str, batches: Iterable[Tensor]) -> PolicyNetwork:
    """A training-time form, in eval mode, that computes what a plain network computes.

    Its norms have the statistics of batches of planes (B, planes, N, N), so that it computes nearly the same in
    training, too. Where `fold` comes first, this gives weights to go on with.
    """
    unfolded = expand(plain, branches)
    layers = dict(plain.named_modules())
    for name, form in unfolded.named_modules():
        layer = layers.get(name)
        if isinstance(form, BranchedConv) and isinstance(layer, Conv):
            form.unfold(layer)
    unfolded.eval()
    for norm, (mean, variance) in _statistics(unfolded, batches).items():
        norm.renorm(mean, variance)
    return unfolded


@torch.no_grad()
def calibrate(network: PolicyNetwork, batches: Iterable[Tensor]) -> None:
    """Set every norm's statistics, in place, to their averages over batches of planes (B, planes, N, N)."""
    was_training = network.training
    network.train()
    for norm, (mean, variance) in _statistics(network, batches).items():
        norm.set_statistics(mean, variance)
    network.train(was_training)


def _statistics(network: PolicyNetwork, batches: Iterable[Tensor]) -> dict[Norm, Tensor]:
    """Mean and variance of the input of every norm, float64 (2, C) on the CPU, averaged over batches of planes."""
    sums: dict[Norm, Tensor] = {}

    def measure(norm: Norm, inputs: tuple[Tensor]) -> None:
        points = inputs[0].float().movedim(1, -1).flatten(0, -2)  # torch.var_mean takes four times as long
        mean = points.mean(0)
        variance = (points - mean).square_().mean(0)
        sums[norm] = sums.get(norm, 0) + torch.stack((mean, variance)).cpu().double()

    norms = [module for module in network.modules() if isinstance(module, Norm)]
    if not norms:
        return {}
    hooks = [norm.register_forward_pre_hook(measure) for norm in norms]
    count = 0
    for planes in batches:
        network(planes)
        count += 1
    for hook in hooks:
        hook.remove()
    return {norm: total / count for norm, total in sums.items()}
