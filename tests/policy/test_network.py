import pytest
import torch

from honte.features.errors import HonteError
from honte.policy.network import NetworkConfig, PolicyNetwork, with_boards
from honte.policy.reparam import BRANCHES, SETTLED_SIZE, calibrate, expand, fold, unfold
from tests.policy.networks import tiny, unsettle


@pytest.mark.parametrize(
    ("filters", "parameters"), [(128, 1_777_641), (192, 3_882_793), (256, 6_798_953), (384, 15_064_297)]
)
def test_parameter_count_is_the_papers(filters: int, parameters: int) -> None:
    with torch.device("meta"):
        network = PolicyNetwork(NetworkConfig(filters=filters))
    assert sum(p.numel() for p in network.parameters()) == parameters


def test_merged_form_has_its_own_parameters() -> None:
    with torch.device("meta"):
        network = expand(PolicyNetwork(NetworkConfig()), "merged")
    # 1x1 filters, factors of the bare input, and scale and shift of a norm a layer instead of the bias
    extra = 48 * 192 + 11 * 192 * 192 + 11 * 192 + 12 * 192
    assert sum(p.numel() for p in network.parameters()) == 3_882_793 + extra


def test_exported_names_are_stable() -> None:
    layers = [f"trunk.conv{n}.{kind}" for n in range(1, 13) for kind in ("weight", "bias")]
    assert list(tiny().state_dict()) == [*layers, "head.weight", "head.bias"]


def test_untrained_network_is_uniform() -> None:
    logits = tiny()(torch.rand(2, 6, 9, 9))
    assert logits.shape == (2, 81)
    assert not logits.any()


def test_network_is_the_stack_of_the_paper() -> None:
    network = unsettle(tiny().double())
    weights = network.state_dict()
    x = planes = torch.rand(2, 6, 9, 9, dtype=torch.float64)
    for n in range(1, 13):
        kernel = torch.nn.functional.conv2d(
            x, weights[f"trunk.conv{n}.weight"], weights[f"trunk.conv{n}.bias"], padding=2 if n == 1 else 1
        )
        x = kernel.clamp(min=0)
    expected = (x * weights["head.weight"]).sum(1).flatten(1) + weights["head.bias"]
    assert torch.allclose(network(planes), expected)


@pytest.mark.parametrize("branches", BRANCHES)
def test_every_parameter_gets_a_gradient(branches: str) -> None:
    network = unsettle(expand(tiny(), branches))
    network(torch.rand(4, 6, 9, 9)).square().sum().backward()
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None and parameter.grad.abs().sum() > 0, name


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-9), (torch.float32, 1e-4)])
@pytest.mark.parametrize("branches", BRANCHES)
def test_folding_is_exact(branches: str, dtype: torch.dtype, tolerance: float) -> None:
    network = unsettle(expand(tiny().to(dtype), branches)).eval()
    folded = fold(network)
    planes = torch.rand(4, 6, 9, 9, dtype=dtype)
    expected, actual = network(planes), folded(planes)
    assert expected.std() > 1e-3
    assert (actual - expected).abs().max() < tolerance * max(1, expected.abs().max())
    assert list(folded.state_dict()) == list(tiny().state_dict())


def test_folding_leaves_the_original_alone() -> None:
    network = unsettle(expand(tiny(), "merged"))
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    fold(network)
    assert all(torch.equal(tensor, before[name]) for name, tensor in network.state_dict().items())


def test_calibration_on_one_batch_gives_that_batchs_normalisation() -> None:
    network = unsettle(expand(tiny().double(), "merged"))
    planes = torch.rand(16, 6, 9, 9, dtype=torch.float64)
    trained = network.train().trunk(planes)
    calibrate(network, [planes])
    assert network.training
    assert torch.allclose(network.eval().trunk(planes), trained, rtol=1e-4, atol=1e-5)


def test_calibration_averages_over_batches() -> None:
    network = expand(tiny(), "bn")
    low, high = torch.zeros(2, 6, 9, 9), torch.ones(2, 6, 9, 9)
    means = []
    for batches in ([low], [high], [low, high]):
        calibrate(network, batches)
        means.append(network.trunk.conv1.norm.mean.clone())
    assert torch.allclose(means[2], (means[0] + means[1]) / 2)
    assert not torch.allclose(means[0], means[1])


@pytest.mark.parametrize("branches", BRANCHES)
def test_unfolding_is_exact(branches: str) -> None:
    plain = unsettle(tiny().double())
    planes = torch.rand(32, 6, 9, 9, dtype=torch.float64)
    unfolded = unfold(plain, branches, [planes[:16], planes[16:]])
    assert unfolded.branches == branches and not unfolded.training
    expected = plain(planes)
    assert torch.allclose(unfolded(planes), expected, rtol=1e-9)
    assert torch.allclose(fold(unfolded)(planes), expected, rtol=1e-9)


def test_an_unfolded_network_computes_the_same_in_training() -> None:
    plain = unsettle(tiny().double())
    planes = torch.rand(64, 6, 9, 9, dtype=torch.float64)
    unfolded = unfold(plain, "merged", [planes])
    assert torch.allclose(unfolded.train().trunk(planes), plain.trunk(planes), rtol=1e-4, atol=1e-6)


def test_unfolded_filters_turn_at_one_speed() -> None:
    network = unfold(unsettle(tiny()), "merged", [torch.rand(8, 6, 9, 9)])
    for number in range(1, 13):
        layer = network.get_submodule(f"trunk.conv{number}")
        sizes = layer.kernel().flatten(1).norm(dim=1)
        assert torch.allclose(sizes, torch.full_like(sizes, SETTLED_SIZE))


def test_unknown_names_are_answered_with_the_known() -> None:
    with pytest.raises(HonteError, match="alphago"):
        NetworkConfig(network="alphazero")
    with pytest.raises(HonteError, match="merged"):
        expand(tiny(), "repvg")


def test_each_size_has_biases_of_its_own_and_an_unknown_one_none() -> None:
    network = unsettle(tiny(other_sizes=(5, 13)))
    names = {"head.weight", "head.bias", "head.others.5", "head.others.13"}
    assert {name for name in network.state_dict() if name.startswith("head.")} == names
    for size in (5, 7, 9, 13):
        planes = torch.rand(2, 6, size, size)
        bare = (network.trunk(planes) * network.head.weight).sum(1).flatten(1)
        biases = {5: network.head.others["5"], 9: network.head.bias, 13: network.head.others["13"]}
        assert torch.allclose(network(planes), bare + biases.get(size, torch.zeros(())), atol=1e-5)


def test_a_network_can_be_had_for_other_boards() -> None:
    network = unsettle(tiny(other_sizes=(5,)))
    changed = with_boards(network, 13, 5)
    assert changed.config.sizes == (13, 5) and network.config.sizes == (9, 5)
    assert not changed.head.bias.any() and torch.equal(changed.head.others["5"], network.head.others["5"])
    planes = torch.rand(2, 6, 5, 5)
    assert torch.equal(changed(planes), network(planes))
    assert torch.equal(with_boards(changed, 5)(planes), network(planes))


@pytest.mark.parametrize("sizes", [(9,), (5, 5), (0,)])
def test_sizes_are_different_ones(sizes: tuple[int, ...]) -> None:
    with pytest.raises(HonteError, match="not some different sizes"):
        NetworkConfig(board_size=9, other_sizes=sizes)
