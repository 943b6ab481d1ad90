"""How the tests drive the page."""

import time
from pathlib import Path
from typing import Any

from honte.features.coordinates import vertex_to_point
from tests.waiting import PATIENCE

GAME = (
    b"(;SZ[9]PB[<b id=x>Bo</b>]PW[<script>window.broken = 1</script>]"
    b";B[ee]C[<i>first</i>];W[cc]TR[ee]LB[aa:<b>][bb:2](;B[gc];W[cg])(;B[gg]))"
)


def at(page: Any, made: int, moves: int) -> None:
    """Wait for the place after so many moves of a line of so many."""
    from playwright.sync_api import expect

    number = f"Move {made + 1} of {moves}" if made < moves else f"After move {moves}" if moves else "Move 1"
    expect(page.locator("#number")).to_have_text(number)


def answered(page: Any) -> None:
    """Wait for the map of the place."""
    from playwright.sync_api import expect

    expect(page.locator("#panels[aria-busy=false]")).to_have_count(1)


def stones(page: Any) -> tuple[int, int]:
    """How many stones are on the board, Black's and White's."""
    black, white = (page.locator(f'#board circle[fill="url(#{colour})"]').count() for colour in ("black", "white"))
    return black, white


def click(page: Any, vertex: str, *, size: int = 9, board: str = "#board") -> None:
    row, column = divmod(vertex_to_point(vertex, size), size)
    box = page.locator(board).bounding_box()
    scale = box["width"] / (size - 1 + 2.6)
    page.locator(board).click(position={"x": (1.3 + column) * scale, "y": (1.3 + row) * scale})


def downloaded(page: Any, button: str) -> tuple[str, bytes]:
    """The name and the bytes of what a button saves."""
    with page.expect_download() as download:
        page.click(button)
    return download.value.suggested_filename, Path(download.value.path()).read_bytes()


def drop(page: Any, data: bytes, name: str = "game.sgf") -> None:
    page.evaluate(
        """([text, name]) => {
            const dataTransfer = new DataTransfer();
            dataTransfer.items.add(new File([text], name));
            document.body.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
        }""",
        [data.decode(), name],
    )


def hold(page: Any, path: str) -> list[Any]:
    """The requests to a path from now on, each of which waits for its `continue_()`."""
    held: list[Any] = []
    page.route(f"**{path}", lambda route: held.append(route))
    return held


def wait_for(page: Any, held: list[Any], count: int = 1) -> None:
    end = time.monotonic() + PATIENCE
    while len(held) < count and time.monotonic() < end:
        page.wait_for_timeout(20)
    assert len(held) == count
