"""`honte backbones`: the networks, what they are made of, and training them on images."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import App, Parameter

from honte.engine.cli.learning import SaveMinutes
from honte.engine.cli.machine import choose_machine
from honte.engine.cli.options import Device, Json, Threads
from honte.engine.cli.terminal import console_of_stdout, note, say, say_json, show, table
from honte.features.errors import HonteError

if TYPE_CHECKING:
    from honte.policy.backbones.summary import Summary

app = App(name="backbones", help="List the networks, show what they are made of, or train one on images.")


@app.command(name="list")
def list_(pattern: str = "*", /, *, json_: Json = False) -> None:
    """List the networks.

    Parameters
    ----------
    pattern
        Show only names that fit it, such as "resnet*".
    """
    from dataclasses import asdict

    from honte.policy.backbones import list_models, model_info

    models = [model_info(name) for name in list_models(pattern)]
    if not models:
        raise HonteError(f"no network's name fits '{pattern}': 'honte backbones list' shows them all")
    if json_:
        left_out = ("declare", "recipe")
        described = [
            {k: v for k, v in vars(model).items() if k not in left_out}
            | {"recipe": asdict(model.recipe), "variants": model.variants}
            for model in models
        ]
        say_json(described)
        return
    rows = [
        (m.name, m.year, f"{m.parameters / 1e6:,.2f} M", f"{m.multiply_adds / 1e6:,.1f} M", m.title) for m in models
    ]
    show(table("name", "year", ">parameters", ">multiply-adds", "what", rows=rows))


@app.command
def summary(
    name: str,
    /,
    *,
    input_: Annotated[str | None, Parameter(name="--input")] = None,
    board_size: int | None = None,
    width: float = 1.0,
    format_: Annotated[Literal["table", "md", "json"], Parameter(name="--format")] = "table",
) -> None:
    """Show a network layer by layer: sizes, parameters, multiply-adds, and how much of the input it sees.

    Parameters
    ----------
    name
        Name of the network.
    input_
        Channels, height and width of the input, such as 3x227x227; by default the paper's.
    board_size
        Show it as a Go network for boards of so many lines.
    width
        Factor on all channel counts.
    format_
        How to print it: table, md (Markdown) or json.
    """
    import torch

    from honte.policy.backbones import create_model, model_info
    from honte.policy.backbones.summary import summarise

    info = model_info(name)
    channels, size = _parse_input(input_) if input_ else (info.input_size[0], info.input_size[1])
    if board_size is not None or not info.num_classes:
        channels = channels if input_ or not info.num_classes else 48
        size = board_size or size
        settings: dict[str, Any] = {"head": "policy", "board_size": size}
    else:
        settings = {"image_size": size}
    with torch.device("meta"):
        model = create_model(name, in_chans=channels, width=width, **settings)
    made = summarise(model, size)
    if format_ == "json":
        say_json(_as_json(made))
    elif format_ == "md":
        _say_markdown(_columns(made))
    else:
        _show_summary(made)


@app.command
def train(
    name: str,
    /,
    *,
    run: Path | None = None,
    data: str = "fashion-mnist",
    data_dir: Path | None = None,
    recipe: Literal["modern", "published"] = "modern",
    epochs: int = 10,
    steps: int | None = None,
    seed: int = 0,
    augment: bool = True,
    save_minutes: SaveMinutes = 5.0,
    json_: Json = False,
    device: Device = None,
    threads: Threads = None,
) -> None:
    """Train a network on images, and say after every epoch how well it does on the test images.

    With --run, Ctrl-C or SIGTERM saves the run and ends, and the same command goes on where it was stopped or killed.

    Parameters
    ----------
    name
        Name of the network.
    run
        Folder of the run, which is begun if it is new and gone on with if it is not. In the end the weights are in
        its weights.safetensors, which `honte export` reads.
    data
        Image set: fashion-mnist, which Debian has in the package dataset-fashion-mnist.
    data_dir
        Folder of the set's four IDX files, when they are elsewhere.
    recipe
        modern (Muon, a rate that rises and falls), or published (the paper's optimiser and rates).
    epochs
        Passes over the training images.
    steps
        End each epoch after so many batches.
    seed
        Decides the initial weights and the order of the images.
    augment
        Shift the images by up to two points, and mirror half of them.
    """
    from dataclasses import asdict

    from honte.policy.images.idx import load_images
    from honte.policy.images.settings import MODERN, ImageConfig, published_recipe
    from honte.policy.images.trainer import ImageTrainer, train_on_images
    from honte.policy.images.weights import save_weights
    from honte.policy.run import Run

    for what, value in (("epochs", epochs), ("steps", steps)):
        if value is not None and value < 1:
            raise HonteError(f"{what} must be at least 1, not {value}")
    config = ImageConfig(
        network=name,
        data=data,
        recipe=published_recipe(name) if recipe == "published" else MODERN,
        epochs=epochs,
        steps=steps,
        seed=seed,
        augment=augment,
    )
    images = load_images(data, data_dir)
    where, dtype = choose_machine(device, "auto", threads)
    trainer = ImageTrainer(config, images, device=where, dtype=dtype)
    folder = Run(run) if run else None
    if folder:
        trainer.restore(folder)
    for report in train_on_images(trainer, folder, save_minutes=save_minutes):
        note(
            f"epoch {report.epoch}: training loss {report.training_loss:.4f}, test loss {report.test_loss:.4f},"
            f" test accuracy {report.test_accuracy:.2%}, {report.seconds:.0f} s"
        )
    if folder and trainer.finished:
        save_weights(trainer.model, folder.folder / "weights.safetensors")
    if json_:
        parameters = sum(p.numel() for p in trainer.model.parameters())
        reports = [asdict(report) for report in trainer.progress.reports]
        say_json({**asdict(config), "parameters": parameters, "reports": reports})


def _parse_input(text: str) -> tuple[int, int]:
    try:
        channels, height, width = (int(part) for part in text.lower().split("x"))
    except ValueError:
        raise HonteError(f"'{text}' is no input: give channels, height and width, such as 3x227x227") from None
    if height != width:
        raise HonteError(f"an input of {height}x{width} is not square: give equal height and width")
    return channels, height


def _as_json(made: "Summary") -> dict[str, object]:
    from dataclasses import asdict

    totals = ("activations", "parameters", "multiply_adds", "receptive_field")
    return {**asdict(made), **{name: getattr(made, name) for name in totals}}


def _columns(made: "Summary") -> dict[str, list[str]]:
    """The cells under each heading, the last of them the total; headings of numbers begin with `>`."""

    def number(value: int | None) -> str:
        return f"{value:,}" if value else ""

    title = f"{made.name} on {'x'.join(map(str, made.input))}"
    rows = made.rows
    return {
        "layer": [*(row.layer for row in rows), title],
        "kind": [*(row.kind for row in rows), ""],
        "size / stride / pad": [*(row.kernel for row in rows), ""],
        "output": [*("x".join(map(str, row.output)) for row in rows), ""],
        ">activations": [number(value) for value in (*(row.activations for row in rows), made.activations)],
        ">parameters": [number(value) for value in (*(row.parameters for row in rows), made.parameters)],
        "formula": [*(row.formula for row in rows), ""],
        ">multiply-adds": [number(value) for value in (*(row.multiply_adds for row in rows), made.multiply_adds)],
        ">sees": [number(value) for value in (*(row.receptive_field for row in rows), made.receptive_field)],
    }


def _say_markdown(columns: dict[str, list[str]]) -> None:
    say("| " + " | ".join(heading.removeprefix(">") for heading in columns) + " |")
    say("|" + "|".join("---:" if heading.startswith(">") else "---" for heading in columns) + "|")
    for cells in zip(*columns.values(), strict=True):
        say("| " + " | ".join(cells) + " |")


LEFT_OUT_FIRST = ("formula", ">activations", "kind", "size / stride / pad", ">sees")
"""Columns of a summary that a narrow terminal does without, in this order."""


def _show_summary(made: "Summary") -> None:
    """Print as many columns as the terminal has room for, and say which it has not."""
    columns = _columns(made)
    room, left_out = console_of_stdout().width, []
    for heading in LEFT_OUT_FIRST:
        if sum(max(map(len, (title, *cells))) + 2 for title, cells in columns.items()) <= room:
            break
        del columns[heading]
        left_out.append(heading.removeprefix(">"))
    caption = f"no room for: {', '.join(left_out)}; --format md shows all" if left_out else None
    show(table(*columns, rows=zip(*columns.values(), strict=True), caption=caption))
