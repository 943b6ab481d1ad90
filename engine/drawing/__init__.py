"""Pictures of boards, maps, planes and reviews: shapes first, then PNG, SVG or an animation of them."""

from pathlib import Path

from honte.engine.drawing.shapes import Picture


def save_picture(picture: Picture, path: Path) -> None:
    """Write a picture as SVG where the name ends in .svg, else as PNG."""
    if path.suffix.lower() == ".svg":
        from honte.engine.drawing.svg import to_svg

        path.write_text(to_svg(picture), encoding="utf-8")
    else:
        from honte.engine.drawing.raster import render

        render(picture).save(path, "PNG")
