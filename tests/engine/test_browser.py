"""The page in a real browser, where there is one (chromium, and the package playwright to drive it)."""

import shutil
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("uvicorn")
pytest.importorskip("playwright")

import uvicorn
from playwright import sync_api

from honte.data.sgf import parse
from honte.engine.web.server import create_app
from honte.features.coordinates import vertex_to_point
from honte.policy.predictor import Predictor
from tests.engine.stubs import tiny_network
from tests.waiting import PATIENCE

CHROMIUM = next((path for name in ("chromium", "google-chrome") if (path := shutil.which(name))), None)
if CHROMIUM is None:
    pytest.skip("no chromium here", allow_module_level=True)

sync_api.expect.set_options(timeout=1000 * PATIENCE)

GAME = (
    b"(;SZ[9]PB[<b id=x>Bo</b>]PW[<script>window.broken = 1</script>]"
    b";B[ee]C[<i>first</i>];W[cc]TR[ee]LB[aa:<b>][bb:2](;B[gc];W[cg])(;B[gg]))"
)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    predictor = Predictor(tiny_network(9))
    app = create_app({"one": predictor, "two": predictor}, hosts=["127.0.0.1"])
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Any, address: str, tmp_path: Path) -> Iterator[Any]:
    """The page with a game opened; no script error and no request to elsewhere may happen."""
    made = browser.new_page(viewport={"width": 1200, "height": 900})
    errors: list[str] = []
    made.on("pageerror", lambda error: errors.append(str(error)))
    ours = (address, "blob:", "data:")
    made.on("request", lambda request: request.url.startswith(ours) or errors.append(request.url))
    made.goto(address)
    moves(made, "move 0 of 0")
    path = tmp_path / "game.sgf"
    path.write_bytes(GAME)
    made.set_input_files("#file", path)
    sync_api.expect(made.locator("#players")).to_contain_text("Bo")
    yield made
    assert not errors
    assert made.evaluate("window.broken") is None and made.locator("#x").count() == 0
    assert made.context.cookies() == []
    made.close()


def moves(page: Any, text: str) -> None:
    sync_api.expect(page.locator("#number")).to_have_text(text)


def stones(page: Any) -> tuple[int, int]:
    return tuple(page.locator(f'#board circle[fill="url(#{colour})"]').count() for colour in ("black", "white"))


def click(page: Any, vertex: str) -> None:
    row, column = divmod(vertex_to_point(vertex, 9), 9)
    box = page.locator("#board").bounding_box()
    scale = box["width"] / (8 + 2.6)
    page.locator("#board").click(position={"x": (1.3 + column) * scale, "y": (1.3 + row) * scale})


def test_stepping(page: Any) -> None:
    moves(page, "move 0 of 4")
    page.keyboard.press("ArrowRight")
    moves(page, "move 1 of 4")
    assert page.locator("#comment").text_content() == "<i>first</i>"
    page.keyboard.press("End")
    moves(page, "move 4 of 4")
    assert stones(page) == (2, 2)
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowDown")  # the other variation
    moves(page, "move 3 of 3")
    page.locator("#board").hover()
    page.mouse.wheel(0, -40)
    moves(page, "move 2 of 3")
    page.click("#first")
    moves(page, "move 0 of 3")
    box = page.locator("#graph").bounding_box()
    page.locator("#graph").click(position={"x": 33 + 2.5 * (box["width"] - 36) / 40, "y": 20})
    moves(page, "move 3 of 3")
    sync_api.expect(page.locator("#graph rect.black, #graph rect.white")).to_have_count(3)
    page.locator("#graph").hover(position={"x": 35, "y": 20})
    sync_api.expect(page.locator("#graph-caption")).to_contain_text("Move 1, E5: ")


def test_the_map(page: Any) -> None:
    tiles = page.locator("#board rect[rx]")
    sync_api.expect(page.locator("#best li")).to_have_count(10)
    sync_api.expect(tiles).not_to_have_count(0)
    count = tiles.count()
    page.keyboard.press("m")
    sync_api.expect(tiles).to_have_count(0)
    page.keyboard.press("m")
    page.locator("#board").hover()
    sync_api.expect(page.locator("#status")).to_contain_text("choice")
    page.select_option("#beside", "two")
    sync_api.expect(page.locator("#board2 rect[rx]")).to_have_count(count)
    page.select_option("#plane", "3")
    sync_api.expect(tiles).to_have_count(81)
    assert page.locator("#meaning").text_content() == "ones: everywhere"


def test_averaging_over_the_symmetries(page: Any) -> None:
    """On an empty board the average treats the four or eight images of a point alike, and one look does not."""

    def different() -> int:
        sync_api.expect(page.locator("#best:not(.stale) li")).to_have_count(10)
        return len(set(page.locator("#best .percent").all_text_contents()))

    page.click("#new")
    assert different() > 4
    single = page.locator("#best").text_content()
    page.keyboard.press("s")
    sync_api.expect(page.locator("#best")).not_to_have_text(single)
    assert different() <= 4


def test_the_insides(page: Any) -> None:
    tile, title = page.locator("#tile-caption"), page.locator("#viewer-title")
    for select, value, words, enlarged in (
        ("#layer", "planes", "The 48 planes", "Plane 1, stones opponent"),
        ("#layer", "conv12", "8 maps", "conv12, channel 1"),
        ("#filter", "20", "capture size 0", "conv1, filter 1, for"),
    ):
        page.select_option(select, value)
        sync_api.expect(page.locator("#sheet-caption")).to_contain_text(words)
        sync_api.expect(page.locator("#sheet")).not_to_have_js_property("naturalWidth", 0)
        sheet = page.locator("#sheet").bounding_box()
        page.locator("#sheet").click(position={"x": 1.5 / (16 if value == "planes" else 8) * sheet["width"], "y": 3})
        sync_api.expect(tile).to_contain_text(enlarged)
        sync_api.expect(title).to_contain_text(words)
        before = page.evaluate("document.getElementById('tile').toDataURL()")
        page.keyboard.press("ArrowRight")
        sync_api.expect(tile).not_to_contain_text(enlarged)
        assert page.evaluate("document.getElementById('tile').toDataURL()") != before
        page.keyboard.press("Escape")
        sync_api.expect(title).to_be_hidden()
    moves(page, "move 0 of 4")  # the arrow was the viewer's


def test_marks_of_the_game(page: Any) -> None:
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    moves(page, "move 2 of 4")
    texts = page.locator("#board text").all_text_contents()
    assert "<b>" in texts and page.locator("#board path").count() == 1
    sync_api.expect(page.locator("#board circle[stroke-dasharray]")).to_have_count(1)  # the other way to go on
    page.uncheck("#marks")
    assert "<b>" not in page.locator("#board text").all_text_contents() and page.locator("#board path").count() == 0
    page.check("#marks")
    page.keyboard.press("ArrowRight")
    assert page.locator("#board path").count() == 0


def test_the_rules(page: Any) -> None:
    """What they forbid is a sentence and no move: a stone on another, a ko, suicide."""
    page.click("#new")
    message = page.locator("#message")
    for vertex in ("C3", "F3", "D4", "E4", "D2", "E2", "A9", "D3", "E3"):  # the last one takes D3
        click(page, vertex)
    moves(page, "move 9 of 9")
    for vertex, words in (("D3", "The ko may not be retaken at once."), ("C3", "There is a stone already.")):
        click(page, vertex)
        sync_api.expect(message).to_have_text(words)
    for vertex in ("B1", "G7", "A2"):
        click(page, vertex)
    click(page, "A1")
    sync_api.expect(message).to_have_text("That would be suicide.")
    moves(page, "move 12 of 12")


def test_playing_by_keyboard(page: Any) -> None:
    page.click("#new")
    page.keyboard.press("Shift+ArrowUp")  # begins in the middle
    page.keyboard.press("Shift+ArrowUp")
    page.keyboard.press("Shift+ArrowLeft")
    sync_api.expect(page.locator("#status")).to_contain_text("D6")
    page.keyboard.press("Enter")
    moves(page, "move 1 of 1")
    assert stones(page) == (1, 0)


def test_three_moves_against_the_network(page: Any) -> None:
    page.click("#new")
    page.check("#answers")
    for count, vertex in enumerate(("E5", "C3", "G7"), start=1):
        before = stones(page)
        assert before == (count - 1, count - 1)
        click(page, vertex)
        moves(page, f"move {2 * count} of {2 * count}")
    assert stones(page) == (3, 3)
    with page.expect_download() as download:
        page.click("#sgf")
    record = parse(Path(download.value.path()).read_bytes())
    assert len(record.moves) == 6 and (record.board().stones > 0).sum() == 6
    for button, start in (("#png", b"\x89PNG"), ("#svg", b"<svg")):
        with page.expect_download() as download:
            page.click(button)
        assert Path(download.value.path()).read_bytes().startswith(start)


def test_saved_variations_are_read_back(page: Any, tmp_path: Path) -> None:
    with page.expect_download() as download:
        page.click("#sgf")
    saved = Path(download.value.path()).read_bytes()
    assert parse(saved).key == parse(GAME).key and parse(saved).white == parse(GAME).white
    assert saved.replace(b"\n", b"").count(b"(;") == 3 and b"C[<i>first</i>]" in saved
    assert b"TR[ee]LB[aa:<b>][bb:2]" in saved


def test_a_bad_file_is_a_sentence(page: Any, tmp_path: Path) -> None:
    path = tmp_path / "bad.sgf"
    path.write_bytes(b"no game")
    page.set_input_files("#file", path)
    sync_api.expect(page.locator("#message")).to_contain_text("no game begins in it")
    page.keyboard.press("ArrowRight")
    moves(page, "move 1 of 4")
    assert page.locator("#message").is_hidden()


def drop(page: Any, data: bytes) -> None:
    page.evaluate(
        """(text) => {
            const dataTransfer = new DataTransfer();
            dataTransfer.items.add(new File([text], "game.sgf"));
            document.body.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
        }""",
        data.decode(),
    )


def test_ten_thousand_variations_dropped(page: Any) -> None:
    drop(page, b"(;SZ[9];B[ee]" + b"".join(b"(;W[%c%c])" % (97 + n % 9, 97 + n // 9 % 9) for n in range(10_000)) + b")")
    moves(page, "move 0 of 2")
    page.keyboard.press("End")
    moves(page, "move 2 of 2")
    page.keyboard.press("ArrowUp")  # around to the last one
    moves(page, "move 2 of 2")
    assert stones(page) == (1, 1)


def test_a_board_of_another_size_is_a_sentence(page: Any) -> None:
    drop(page, b"(;SZ[13];B[gg];W[cc])")
    sync_api.expect(page.locator("#message")).to_have_text("the network is for 9x9 boards, not for 13x13")
    sync_api.expect(page.locator("#best li")).to_have_count(0)  # those of the game before are none of this one
    page.keyboard.press("End")
    moves(page, "move 2 of 2")
    assert stones(page) == (1, 1)
    page.select_option("#plane", "3")
    sync_api.expect(page.locator("#board rect[rx]")).to_have_count(169)  # planes need no network


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


def test_the_graph_shows_no_bars_of_another_line(page: Any) -> None:
    bars = page.locator("#graph rect.black, #graph rect.white")
    page.keyboard.press("End")
    sync_api.expect(bars).to_have_count(4)
    held = hold(page, "/api/line")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowDown")  # the other variation has two of the moves
    moves(page, "move 3 of 3")
    sync_api.expect(bars).to_have_count(2)
    wait_for(page, held)
    assert bars.count() == 2
    held[0].continue_()
    sync_api.expect(bars).to_have_count(3)


def test_a_second_click_does_not_play_for_the_network(page: Any) -> None:
    page.click("#new")
    page.check("#answers")
    held = hold(page, "/api/play")
    click(page, "E5")
    wait_for(page, held)
    click(page, "C3")
    page.keyboard.press("g")
    moves(page, "move 1 of 1")
    held[0].continue_()
    moves(page, "move 2 of 2")
    assert stones(page) == (1, 1) and len(held) == 1
    click(page, "G7")
    wait_for(page, held, 2)
    page.click("#new")  # the answer is of a game that is no longer shown
    held[1].continue_()
    moves(page, "move 0 of 0")
    click(page, "E5")
    wait_for(page, held, 3)
    held[2].continue_()
    moves(page, "move 2 of 2")
    assert stones(page) == (1, 1)


@pytest.mark.parametrize("width", [360, 700, 1400])
def test_no_width_scrolls_sideways(page: Any, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("#board").bounding_box()["width"] > 0.4 * min(width, 800)
