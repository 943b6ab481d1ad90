"""The optimiser: Muon for filters, AdamW for every other parameter.

Muon (Jordan et al. 2024, https://kellerjordan.github.io/posts/muon) steps along the momentum with all its
singular values brought near one. Its updates are scaled to the size of AdamW's (Liu et al. 2025,
arXiv:2502.16982), so that one learning rate and one weight decay serve both.
"""

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor

NEWTON_SCHULZ = (3.4445, -4.7750, 2.0315)
"""Coefficients of the quintic that takes singular values in (0, 1] near 1 in five steps (Jordan et al.)."""


def orthogonalise(matrices: Tensor, *, dtype: torch.dtype = torch.float32, steps: int = 5) -> Tensor:
    """Bring all singular values of float32 matrices (batch, rows, columns) near one, computing in `dtype`.

    bfloat16 suffices (Jordan et al.), and is several times faster where the device is made for it.
    """
    wide = matrices.shape[1] <= matrices.shape[2]
    x: Tensor = matrices if wide else matrices.mT
    x = (x / torch.linalg.matrix_norm(x, keepdim=True).clamp(min=1e-7)).to(dtype)
    a, b, c = NEWTON_SCHULZ
    for _ in range(steps):
        gram = x @ x.mT
        x = torch.baddbmm(x, torch.baddbmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    x = x.to(matrices.dtype)
    return x if wide else x.mT


class Muon(torch.optim.Optimizer):
    """Muon on the groups with `filters=True`, AdamW on the others; both with decoupled weight decay.

    A filter (out, in, k, k) counts as the matrix (out, in·k·k). Matrices are orthogonalised in `dtype`.
    """

    def __init__(
        self,
        groups: Iterable[dict[str, Any]],
        *,
        lr: float,
        weight_decay: float = 0.0,
        dtype: torch.dtype = torch.float32,
        momentum: float = 0.95,
        betas: tuple[float, float] = (0.9, 0.99),
        eps: float = 1e-8,
    ) -> None:
        defaults = {"lr": lr, "weight_decay": weight_decay, "momentum": momentum, "betas": betas, "eps": eps}
        super().__init__(groups, {**defaults, "filters": False})
        self.dtype = dtype

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """Take one step along the gradients; parameters without one stay as they are."""
        for group in self.param_groups:
            parameters = [p for p in group["params"] if p.grad is not None]
            if parameters:
                torch._foreach_mul_(parameters, 1 - group["lr"] * group["weight_decay"])
                (self._muon if group["filters"] else self._adamw)(parameters, group)

    def _muon(self, parameters: list[Tensor], group: dict[str, Any]) -> None:
        by_shape: dict[torch.Size, list[Tensor]] = {}
        for p in parameters:
            by_shape.setdefault(p.shape, []).append(p)
        for shape, same in by_shape.items():
            for p in same:
                if not self.state[p]:
                    self.state[p]["momentum"] = torch.zeros_like(p)
            buffers = [self.state[p]["momentum"] for p in same]
            grads = [p.grad for p in same if p.grad is not None]
            torch._foreach_lerp_(buffers, grads, 1 - group["momentum"])
            nesterov = torch._foreach_lerp(grads, buffers, group["momentum"])
            stacked = torch.stack([update.flatten(1) for update in nesterov])
            scale = 0.2 * max(stacked.shape[1:]) ** 0.5
            for p, update in zip(same, orthogonalise(stacked, dtype=self.dtype), strict=True):
                p.add_(update.view(shape), alpha=-group["lr"] * scale)

    def _adamw(self, parameters: list[Tensor], group: dict[str, Any]) -> None:
        by_step: dict[float, list[Tensor]] = {}
        for p in parameters:  # one that has no gradient now and then, as biases of one board of several, has had fewer
            if not self.state[p]:
                self.state[p].update(mean=torch.zeros_like(p), square=torch.zeros_like(p), step=torch.zeros(()))
            self.state[p]["step"] += 1
            by_step.setdefault(self.state[p]["step"].item(), []).append(p)
        beta1, beta2 = group["betas"]
        for step, same in by_step.items():
            grads = [p.grad for p in same if p.grad is not None]
            means, squares = [self.state[p]["mean"] for p in same], [self.state[p]["square"] for p in same]
            torch._foreach_lerp_(means, grads, 1 - beta1)
            torch._foreach_mul_(squares, beta2)
            torch._foreach_addcmul_(squares, grads, grads, 1 - beta2)
            deviations = torch._foreach_sqrt(squares)
            torch._foreach_div_(deviations, (1 - beta2**step) ** 0.5)
            torch._foreach_add_(deviations, group["eps"])
            torch._foreach_addcdiv_(same, means, deviations, -group["lr"] / (1 - beta1**step))
