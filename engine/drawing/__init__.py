"""Pictures: shapes first, of which boards and planes are made, then PNG, SVG or an animation of them."""

import io
from pathlib import Path

from honte.engine.drawing.shapes import Picture
from honte.policy.files import write_atomically


def save_picture(picture: Picture, path: Path) -> None:
    """Write a picture as SVG where the name ends in .svg, else as PNG; whole, or not at all."""
    if path.suffix.lower() == ".svg":
        from honte.engine.drawing.svg import to_svg

        written = to_svg(picture).encode()
    else:
        from honte.engine.drawing.raster import render

        buffer = io.BytesIO()
        render(picture).save(buffer, "PNG")
        written = buffer.getvalue()
    write_atomically(path, written)
