"""How the page looks: nothing that keeps someone from using it (axe-core), on every view; a board that is large enough.

The former is skipped without the npm package: `npm ci --prefix tests/engine/web/axe` installs it.
"""

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright")
from playwright.sync_api import expect

from tests.engine.web.driving import answered, at, click, drop

AXE = Path(__file__).parent / "axe" / "node_modules" / "axe-core" / "axe.min.js"
PANELS = ("moves", "why", "whatif", "review", "quiz", "compare", "layers", "game")
GAME = (
    b"(;SZ[9]PB[Bo]PW[Wa]GC[what it is];B[ee]C[first]AR[aa:bb]LB[cc:x];W[cc];B[gc](;W[cg];B[dd];W[dg])(;W[gg]))"
    b"(;SZ[9];B[aa])"
)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_view_keeps_anyone_out(page: Any, scheme: str) -> None:
    if not AXE.is_file():
        pytest.skip("the npm package axe-core is not installed")
    page.emulate_media(color_scheme=scheme)
    drop(page, GAME)
    at(page, 0, 6)
    for _ in range(2):
        page.keyboard.press("ArrowRight")
    page.select_option("#beside", "two")
    page.evaluate(AXE.read_text())
    for panel in PANELS:
        page.click(f"#tab-{panel}")
        answered(page)
        if panel == "why":
            expect(page.locator("#why-stones li")).to_have_count(2)
        elif panel == "review":
            expect(page.locator("#surprises li")).to_have_count(6)
        elif panel == "quiz":
            click(page, "A1")
        elif panel == "layers":
            page.select_option("#layer", "conv3")
            expect(page.locator("#sheet-caption")).to_contain_text("8 maps")
            page.locator("#tile").click(position={"x": 9, "y": 9})
            expect(page.locator("#sum tr")).to_have_count(10)
        found = page.evaluate("axe.run()")["violations"]
        assert [(rule["id"], rule["nodes"][0]["html"]) for rule in found] == [], panel


@pytest.mark.parametrize(("width", "height"), [(360, 740), (1366, 768), (1920, 1080), (3840, 2160)])
def test_the_board_takes_the_room_there_is(page: Any, width: int, height: int) -> None:
    page.set_viewport_size({"width": width, "height": height})
    board = page.locator("#board").bounding_box()
    assert board["width"] == pytest.approx(board["height"], abs=1)
    assert board["width"] > 0.85 * min(width, height)
    for panel in PANELS:
        page.click(f"#tab-{panel}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        if width > 360:
            assert page.evaluate("document.documentElement.scrollHeight") <= height  # the panel scrolls, not the page
            assert page.locator("#graph").bounding_box()["y"] < height / 2


@pytest.mark.parametrize(("width", "beside", "least"), [(360, "", 9), (1366, "two", 10.5), (1366, "", 12)])
def test_numbers_on_a_small_board_can_be_read(page: Any, width: int, beside: str, least: float) -> None:
    """On a telephone, too, where 19 lines are 360 pixels wide, and on two boards; none is wider than its cell."""
    page.set_viewport_size({"width": width, "height": 768})
    page.select_option("#beside", beside)
    drop(page, b"(;SZ[19]" + b"".join(b";B[%c%c]" % (97 + n % 19, 97 + n // 19) for n in range(0, 340, 2)) + b")")
    at(page, 0, 170)
    page.keyboard.press("End")
    answered(page)
    cell = page.locator("#board").bounding_box()["width"] / 20.6
    numbers = page.locator("#board text.chance").evaluate_all(
        "all => all.map((text) => [parseFloat(getComputedStyle(text).fontSize), text.getBoundingClientRect().width])"
    )
    assert numbers
    for size, across in numbers:
        assert size * cell / 44 > least and across <= cell


def test_few_lines_have_no_larger_numbers_than_fit(page: Any) -> None:
    """On nine lines a telephone has room for what a large window shows; so the numbers of neighbours do not touch."""
    page.set_viewport_size({"width": 360, "height": 740})
    answered(page)
    sizes = page.locator("#board text.chance").evaluate_all(
        "all => all.map((text) => parseFloat(getComputedStyle(text).fontSize))"
    )
    assert sizes and all(size <= 17.5 for size in sizes)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_stone_has_its_colour_on_any_ground(page: Any, scheme: str) -> None:
    """In every list, a black one is dark and a white one light, where a letter's shape would take the text's colour."""
    page.emulate_media(color_scheme=scheme)
    page.click("#tab-review")
    expect(page.locator("#surprises li")).to_have_count(4)
    ground = "all => all.map((stone) => getComputedStyle(stone, '::before').backgroundColor)"
    for panel, count in (("whatif", 2), ("review", 4)):
        page.click(f"#tab-{panel}")
        for kind, colour in ((":not(.white)", "rgb(17, 17, 17)"), (".white", "rgb(255, 255, 255)")):
            grounds = page.locator(f"#panel-{panel} .stone{kind}").evaluate_all(ground)
            assert grounds == [colour] * (count // 2)
    assert not {"●", "○"} & set(page.locator("#panels").text_content())
