"""What to compute on, and in which type: bfloat16 where the machine multiplies it faster than float32."""

import torch

from honte.features.errors import HonteError


def choose_device(name: str | None = None) -> torch.device:
    """The device of that name, or the best one here. Raises HonteError when there is none."""
    if name is None:
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.zeros(1, device=device).item()  # which a device without memory, such as meta, cannot give
    except (RuntimeError, AssertionError) as error:
        raise HonteError(f"no device '{name}' here: {str(error).splitlines()[0]}") from None
    return device


def choose_dtype(device: torch.device) -> tuple[torch.dtype, str]:
    """The type for activations on a device, and the reason in words."""
    if device.type == "cuda":
        major, minor = torch.cuda.get_device_capability(device)
        if major >= 8:
            return torch.bfloat16, f"CUDA compute capability {major}.{minor} is made for it"
        return torch.float32, f"CUDA compute capability {major}.{minor} has no fast bfloat16"
    if device.type == "cpu":
        if torch.cpu._is_amx_tile_supported():
            return torch.bfloat16, "this processor has AMX"
        if torch.cpu._is_avx512_bf16_supported():
            return torch.bfloat16, "this processor has AVX512-BF16"
        return torch.float32, "this processor has no bfloat16 instructions"
    return torch.float32, f"bfloat16 is untried on {device.type}"
