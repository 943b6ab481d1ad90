"""What a device that is not here would be asked to do, by tensors that have no values in its place."""

from typing import Any

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from honte.policy.reparam import calibrate, expand, fold, unfold
from tests.policy.networks import tiny


class NoDoubles(TorchDispatchMode):
    """Has the device "meta" refuse float64, as Apple's do, and give ones where values are asked for."""

    def __torch_dispatch__(self, operation: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if operation is torch.ops.aten._to_copy.default and kwargs.get("device", torch.device("meta")).type == "cpu":
            kwargs = {**kwargs, "device": "cpu", "dtype": kwargs.get("dtype", args[0].dtype)}
            return torch.ones(args[0].shape, **kwargs) if args[0].is_meta else operation(*args, **kwargs)
        made = operation(*args, **kwargs)
        for tensor in made if isinstance(made, tuple | list) else [made]:
            if isinstance(tensor, torch.Tensor) and tensor.dtype == torch.float64 and tensor.is_meta:
                raise TypeError(f"{operation}: the device has no float64")
        return made


def test_the_device_refuses_doubles() -> None:
    with NoDoubles(), pytest.raises(TypeError, match="no float64"):
        assert torch.ones(2, device="meta").cpu().double().sum() == 2
        torch.ones(2, device="meta").double()


def test_an_export_needs_no_doubles_on_the_device() -> None:
    with NoDoubles():
        network = expand(tiny(), "merged").to("meta")
        planes = torch.rand(4, 6, 9, 9, device="meta")
        calibrate(network, [planes])
        folded = fold(network.eval())
        unfolded = unfold(folded, "merged", [planes])
        assert folded(planes).is_meta and unfolded(planes).shape == (4, 81)
