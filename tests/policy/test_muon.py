import math

import pytest
import torch

from honte.policy.muon import Muon, orthogonalise


def follow(optimiser: torch.optim.Optimizer, parameters: list[torch.Tensor], steps: int = 5) -> None:
    """Take steps down a gradient that depends on the weights and on the step."""
    for step in range(steps):
        generator = torch.Generator().manual_seed(step)
        for p in parameters:
            p.grad = p.detach() + torch.randn(p.shape, generator=generator)
        optimiser.step()


def copies(*shapes: tuple[int, ...]) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
    torch.manual_seed(0)
    originals = [torch.randn(shape) for shape in shapes]
    return [o.clone().requires_grad_() for o in originals], [o.clone().requires_grad_() for o in originals]


def test_matrices_move_as_under_torch_muon() -> None:
    ours, theirs = copies((6, 20), (20, 6), (6, 20), (1, 8))
    originals = [p.detach().clone() for p in ours]
    follow(
        Muon(
            [{"params": ours, "filters": True}],
            lr=0.02,
            weight_decay=0.1,
            dtype=torch.bfloat16,
        ),
        ours,
    )
    follow(
        torch.optim.Muon(theirs, lr=0.02, weight_decay=0.1, momentum=0.95, adjust_lr_fn="match_rms_adamw"),
        theirs,
    )
    for a, b, start in zip(ours, theirs, originals, strict=True):
        assert (a - b).norm() < 0.02 * (b - start).norm()


def test_vectors_move_as_under_torch_adamw() -> None:
    ours, theirs = copies((5,), (3, 4), (2, 3, 3, 3))
    follow(Muon([{"params": ours}], lr=0.02, weight_decay=0.1), ours)
    follow(torch.optim.AdamW(theirs, lr=0.02, weight_decay=0.1, betas=(0.9, 0.99)), theirs)
    for a, b in zip(ours, theirs, strict=True):
        assert torch.allclose(a, b, atol=1e-6)


def test_a_filter_moves_as_its_matrix() -> None:
    filters, _ = copies((6, 4, 3, 3))
    matrices = [filters[0].detach().flatten(1).clone().requires_grad_()]
    for parameters in (filters, matrices):
        optimiser = Muon([{"params": parameters, "filters": True}], lr=0.02)
        for step in range(3):
            for p in parameters:
                p.grad = torch.randn(6, 36, generator=torch.Generator().manual_seed(step)).view_as(p)
            optimiser.step()
    assert torch.allclose(filters[0].flatten(1), matrices[0])


def slowly(matrix: torch.Tensor) -> torch.Tensor:
    """Five Newton-Schulz steps on the matrix itself."""
    x = matrix.double() / matrix.double().norm()
    for _ in range(5):
        x = 3.4445 * x - 4.7750 * (x @ x.T) @ x + 2.0315 * (x @ x.T) @ (x @ x.T) @ x
    return x


@pytest.mark.parametrize("shape", [(16, 40), (40, 16), (1, 40)])
@pytest.mark.parametrize(("smallest", "dtype", "error"), [
    (1.0, torch.float32, 1e-5), (1e-5, torch.float32, 1e-5), (1.0, torch.bfloat16, 0.03)
])  # fmt: skip
def test_orthogonalising_takes_the_steps_of_newton_and_schulz(
    shape: tuple[int, int], smallest: float, dtype: torch.dtype, error: float
) -> None:
    torch.manual_seed(0)
    left, _, right = torch.linalg.svd(torch.randn(shape), full_matrices=False)
    matrix = left * torch.logspace(0, math.log10(smallest), min(shape)) @ right
    expected = slowly(matrix)
    assert (orthogonalise(matrix[None], dtype=dtype)[0].double() - expected).norm() < error * expected.norm()


@pytest.mark.parametrize("shape", [(1, 16, 40), (1, 40, 16), (3, 16, 40)])
def test_orthogonalised_singular_values_are_near_one(shape: tuple[int, ...]) -> None:
    torch.manual_seed(0)
    singular = torch.linalg.svdvals(orthogonalise(torch.randn(shape)))
    assert singular.min() > 0.6 and singular.max() < 1.3


def test_parameters_without_a_gradient_stay() -> None:
    still, moving = torch.ones(3, 3, requires_grad=True), torch.ones(3, 3, requires_grad=True)
    moving.grad = torch.ones(3, 3)
    for filters in (True, False):
        Muon([{"params": [still, moving], "filters": filters}], lr=0.1, weight_decay=0.5).step()
    assert torch.equal(still, torch.ones(3, 3))
    assert not torch.equal(moving, torch.ones(3, 3))


def test_a_parameter_without_a_gradient_now_and_then_counts_its_own_steps() -> None:
    """As biases by point of one board of several: against each by itself, given the gradients that it had."""
    gradients = [torch.randn(3) for _ in range(6)]
    together = [torch.nn.Parameter(torch.ones(3)) for _ in range(2)]
    alone = [torch.nn.Parameter(torch.ones(3)) for _ in range(2)]
    both = Muon([{"params": together}], lr=0.1)
    each = [Muon([{"params": [p]}], lr=0.1) for p in alone]
    for step, gradient in enumerate(gradients):
        together[0].grad = alone[0].grad = gradient
        together[1].grad = alone[1].grad = gradient if step % 3 == 0 else None
        both.step()
        for optimiser in each:
            optimiser.step()
    for mine, its in zip(together, alone, strict=True):
        assert torch.equal(mine, its)
