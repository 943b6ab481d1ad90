"""`honte export`: a network as an ONNX file, or with smaller weights."""

from pathlib import Path
from typing import Literal

from honte.engine.cli.options import Json, OptionalBoardSize, Output
from honte.engine.cli.terminal import say, say_json
from honte.features.errors import HonteError


def export(
    source: str = "default",
    /,
    *,
    output: Output,
    size: OptionalBoardSize = None,
    bits: Literal[8, 16, 32] | None = None,
    json_: Json = False,
) -> None:
    """Write a network as an ONNX file, and check the file against onnxruntime.

    A Go network takes planes, float32 (batch, 48, N, N), and gives logits (batch, N·N); row-major from the top left.

    Parameters
    ----------
    source
        Folder of a Go network, or of several ("default" are those that come with Honte), a .safetensors file that
        `honte backbones train` wrote, or the name of a backbone, which is exported with random weights.
    output
        File to write.
    size
        Lines of the board that a Go network is exported for; 19 by default, where one is trained for that. On a size
        that none is trained for it is the convolutions of the next larger.
    bits
        Write a Go network as Honte has its own instead, a folder for --network, with so many bits for each weight of a
        filter.
    """
    if bits and size:
        raise HonteError("--size is for ONNX, whose networks are for one size: with --bits all is kept")
    if bits:
        return _export_checkpoint(source, output, bits, json_=json_)

    from torch import nn

    from honte.policy.backbones import create_model, list_models
    from honte.policy.backbones.onnx import export_onnx
    from honte.policy.family import Family
    from honte.policy.images.weights import load_weights

    if output.suffix.lower() != ".onnx":
        raise HonteError(f"cannot write '{output}': give a name that ends in .onnx, or a folder's and --bits")
    network: nn.Module
    input_name, what = "images", ""
    if source.endswith(".safetensors"):
        backbone = load_weights(Path(source))
        network, shape = backbone, (backbone.in_chans, *_sides(backbone.image_size))
    elif source in list_models() and not Path(source).exists():
        backbone = create_model(source)
        network, shape = backbone, (backbone.in_chans, *_sides(backbone.image_size))
    else:
        family = Family(source)
        size = size or family.usual_size
        policy = family.read(*family.answering(size))
        input_name, what = "planes", f"{family.words(size)}, "
        network, shape = policy, (policy.config.planes, *_sides(size))
    difference = export_onnx(network, shape, output, input_name=input_name)
    if json_:
        described = {"file": str(output), "input": [input_name, *shape], "difference": difference}
        say_json(described)
    else:
        say(f"{output}: {what}{input_name} (batch, {', '.join(map(str, shape))});"
            f" onnxruntime differs by {difference:.1g}")


def _export_checkpoint(source: str, folder: Path, bits: Literal[8, 16, 32], *, json_: bool) -> None:
    from honte.policy import checkpoint

    network, metadata = checkpoint.load(source), checkpoint.read_config(source)["metadata"]
    try:
        checkpoint.save(network, folder, metadata=metadata, bits=bits)
        size = (folder / checkpoint.WEIGHTS).stat().st_size
    except OSError as error:
        raise HonteError(f"cannot write '{folder}': {error.strerror}") from None
    if json_:
        say_json({"folder": str(folder), "bits": bits, "bytes": size})
    else:
        say(f"{folder}: {bits} bits for each weight of a filter, {size / 1e6:.1f} MB")


def _sides(size: int) -> tuple[int, int]:
    return size, size
