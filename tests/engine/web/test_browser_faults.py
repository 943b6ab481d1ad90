"""What once went wrong in the page, each shown in a real browser to be gone."""

import re
from typing import Any

import pytest

pytest.importorskip("playwright")
from playwright.sync_api import expect

from tests.engine.web.driving import answered, at, click, downloaded, drop, hold, stones, wait_for


def test_a_board_without_a_network_is_a_sentence(page: Any) -> None:
    drop(page, b"(;SZ[4];B[bb];W[cc])")
    expect(page.locator("#message")).to_contain_text("no network plays on 4x4")
    expect(page.locator("#best li")).to_have_count(0)  # those of the game before are none of this one
    answered(page)
    page.click("#tab-game")
    page.click("#tab-moves")  # which draws all anew: nothing is awaited for that
    assert page.locator("#panels[aria-busy=false]").count() == 1
    page.keyboard.press("End")
    at(page, 2, 2)
    assert stones(page) == (1, 1)
    page.select_option("#plane", "3")
    expect(page.locator("#board rect[rx]")).to_have_count(16)  # planes need no network


def test_a_board_that_no_network_is_trained_for_is_said_so(page: Any) -> None:
    drop(page, b"(;SZ[13];B[gg];W[cc])")
    at(page, 0, 2)
    expect(page.locator("#best li")).to_have_count(10)
    expect(page.locator("#network-note")).to_have_text(
        "one: no network is trained for 13x13; the convolutions of that for 9x9 answer."
    )


def test_the_graph_shows_no_bars_of_another_line(page: Any) -> None:
    bars = page.locator("#graph rect.black, #graph rect.white")
    page.keyboard.press("End")
    expect(bars).to_have_count(4)
    held = hold(page, "/api/line")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowDown")  # the other variation has two of the moves
    at(page, 3, 3)
    expect(bars).to_have_count(2)
    wait_for(page, held)
    assert bars.count() == 2
    held[0].continue_()
    expect(bars).to_have_count(3)


def test_a_line_is_read_only_for_networks_that_are_shown(page: Any) -> None:
    letters = "abcdefghi"
    apart = [letters[column] + letters[row] for row in range(9) for column in range(row % 2, 9, 2)]
    moves = [f";{'BW'[ply % 2]}[{point}]" for ply, point in enumerate(apart[:40])]
    drop(page, f"(;SZ[9]{''.join(moves)})".encode())
    expect(page.locator("#graph rect.black, #graph rect.white")).to_have_count(40)
    held = hold(page, "/api/line")
    page.select_option("#beside", "two")
    wait_for(page, held)
    page.select_option("#beside", "")
    with page.expect_response("**/api/line"):
        held[0].continue_()
    page.evaluate("new Promise((done) => setTimeout(done, 100))")  # time to ask for the second part
    page.select_option("#beside", "two")
    wait_for(page, held, 2)
    questions = [route.request.post_data_json for route in held]
    assert [(question["network"], question["first"]) for question in questions] == [("two", 0), ("two", 0)]


def test_a_second_click_does_not_play_for_the_network(page: Any) -> None:
    page.click("#new")
    page.check("#answers")
    held = hold(page, "/api/play")
    click(page, "E5")
    wait_for(page, held)
    click(page, "C3")
    page.keyboard.press("g")
    at(page, 1, 1)
    held[0].continue_()
    at(page, 2, 2)
    assert stones(page) == (1, 1) and len(held) == 1
    click(page, "G7")
    wait_for(page, held, 2)
    page.click("#new")  # the answer is of a game that is no longer shown
    held[1].continue_()
    at(page, 0, 0)
    click(page, "E5")
    wait_for(page, held, 3)
    held[2].continue_()
    at(page, 2, 2)
    assert stones(page) == (1, 1)


@pytest.mark.parametrize("width", [360, 700, 1400])
def test_no_width_scrolls_sideways(page: Any, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("#board").bounding_box()["width"] > 0.4 * min(width, 800)


def place_of(page: Any, selector: str) -> dict[str, float]:
    box: dict[str, float] = page.locator(selector).bounding_box()
    return box


def test_nothing_moves_under_the_pointer(page: Any) -> None:
    """Neither what is said nor the buttons of variations."""
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    before = [place_of(page, selector) for selector in ("#board", "#forward")]
    page.keyboard.press("ArrowRight")  # to a fork
    expect(page.locator("#variations button")).to_have_count(2)
    assert [place_of(page, selector) for selector in ("#board", "#forward")] == before
    click(page, "E5")
    expect(page.locator("#message")).to_have_text("There is a stone already.")
    assert [place_of(page, selector) for selector in ("#board", "#forward")] == before
    click(page, "A1")  # what is said does not lie in the way of a click
    at(page, 4, 4)


def test_what_is_removed_can_be_put_back(page: Any) -> None:
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Delete")
    at(page, 0, 0)
    expect(page.locator("#news")).to_contain_text("4 moves are removed")
    page.keyboard.press("Control+z")
    at(page, 1, 4)
    page.keyboard.press("Control+y")
    at(page, 0, 0)
    page.click("#undo")
    at(page, 1, 4)
    page.keyboard.press("Delete")  # something else is done: there is nothing to do again
    click(page, "A1")
    at(page, 1, 1)
    page.click("#redo", force=True)
    at(page, 1, 1)
    for _ in range(4):
        page.click("#undo", force=True)
    at(page, 1, 4)


def test_a_wrong_tap_on_a_phone(chromium: Any, address: str) -> None:
    context = chromium.new_context(viewport={"width": 360, "height": 700}, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto(address)
    at(page, 0, 0)
    page.locator("#board").tap()
    at(page, 1, 1)
    page.locator("#remove").tap()
    at(page, 0, 0)
    context.close()


def test_zooming_is_left_to_the_browser(page: Any) -> None:
    """Ctrl and the wheel, which is also how a pinch on a touch pad comes; and two fingers on a screen."""
    taken = page.evaluate("""() => [true, false].map((ctrlKey) => {
        const event = new WheelEvent("wheel", { deltaY: 100, ctrlKey, cancelable: true, bubbles: true });
        document.getElementById("board").dispatchEvent(event);
        return event.defaultPrevented;
    })""")
    assert taken == [False, True]
    at(page, 1, 4)  # only one of them stepped
    assert "pinch-zoom" in page.evaluate("getComputedStyle(document.getElementById('board')).touchAction")


def test_news_are_no_alarm(page: Any) -> None:
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Delete")
    news = page.locator("#news")
    expect(news).to_be_visible()
    assert news.get_attribute("role") == "status" and page.locator("#message").is_hidden()
    red, _, blue = page.evaluate(
        "getComputedStyle(document.getElementById('news')).backgroundColor.match(/[0-9]+/g).map(Number)"
    )
    assert abs(red - blue) < 40


def test_tiles_differ_from_wood_in_grey(page: Any) -> None:
    """By their edges, which are darker than wood whatever the probability is."""
    expect(page.locator("#best:not(.stale) li")).to_have_count(10)
    edges = page.locator("#board rect[rx]").evaluate_all("tiles => tiles.map((tile) => tile.getAttribute('stroke'))")
    assert edges and set(edges) == {"#24507f"}


def luminance(page: Any, selector: str) -> str:
    colour: str = page.evaluate(
        "(selector) => getComputedStyle(document.querySelector(selector)).backgroundColor", selector
    )
    return colour


@pytest.mark.parametrize("how", [{"media": "print"}, {"forced_colors": "active"}])
def test_bars_stay_in_print_and_in_forced_colours(page: Any, how: dict[str, str]) -> None:
    expect(page.locator("#best:not(.stale) li")).to_have_count(10)
    screen = luminance(page, "#best .bar")
    page.emulate_media(**how)
    assert luminance(page, "#best .bar") == screen
    adjusted = page.evaluate(
        """() => { const style = getComputedStyle(document.querySelector("#best .bar"));
        return [style.printColorAdjust, style.forcedColorAdjust]; }"""
    )
    assert adjusted == ["exact", "none"]


def test_names_of_any_length_and_direction(page: Any) -> None:
    drop(page, "(;SZ[9]PB[{}]PW[\u05d0\u05d1\u05d2 (x)];B[ee])".format("\u6f22" * 5000).encode())
    at(page, 0, 1)
    assert place_of(page, "#players")["height"] < 40
    assert page.evaluate("document.documentElement.scrollWidth") <= 1200
    assert page.locator("#players bdi").all_text_contents()[1] == "\u05d0\u05d1\u05d2 (x)"
    assert len(page.title()) < 120


def test_labels_are_cut_between_characters(page: Any) -> None:
    """A family of four is one character of eleven units."""
    family = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"
    drop(page, f"(;SZ[9]LB[aa:{6 * family}][bb:e\u0301xxxxx];B[ee])".encode())
    at(page, 0, 1)
    texts = page.locator("#board text").all_text_contents()
    assert 5 * family in texts and "e\u0301xxxx" in texts


def test_focus_is_kept_at_the_ends(page: Any) -> None:
    page.keyboard.press("ArrowRight")
    page.focus("#first")
    page.keyboard.press("Enter")
    at(page, 0, 4)
    assert page.evaluate("document.activeElement.id") == "first"
    assert page.get_attribute("#first", "aria-disabled") == "true"
    page.focus("#forward")
    for made in range(1, 5):
        page.keyboard.press("Enter")
        at(page, made, 4)
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "forward"


def test_a_position_has_one_number(page: Any) -> None:
    """In the page, in its graph, in the picture, in its name and in the address."""
    drop(page, b"(;SZ[9]PB[Bo]PW[Wa]DT[2020-01-02];B[ee];W[cc];B[gg])", "mine.sgf")
    at(page, 0, 3)
    page.keyboard.press("ArrowRight")
    at(page, 1, 3)
    expect(page.locator("#graph rect.black, #graph rect.white")).to_have_count(3)
    page.locator("#graph").hover(position={"x": 33 + 1.5 * (place_of(page, "#graph")["width"] - 36) / 40, "y": 20})
    expect(page.locator("#graph-caption")).to_contain_text("Move 2, C7: ")
    page.click("#tab-game")
    name, picture = downloaded(page, "#svg")
    assert name == "mine-move-2.svg"
    page.wait_for_url("**#move=2")
    for words in ("Move 2, White to play", "Played: C7", "Bo \u2013 Wa · 2020-01-02 · network one"):
        assert words in picture.decode()


def test_a_game_of_more_than_2000_moves(page: Any) -> None:
    drop(page, b"(;SZ[9]" + b";B[];W[]" * 1199 + b";B[ee];W[cc])")
    at(page, 0, 2400)
    page.keyboard.press("End")
    at(page, 2400, 2400)
    expect(page.locator("#best:not(.stale) li")).not_to_have_count(0)
    assert page.locator("#message").is_hidden()


def test_nothing_can_be_done_before_there_is_a_game(page: Any) -> None:
    page.keyboard.press("ArrowRight")
    at(page, 1, 4)
    page.wait_for_url("**#move=2")  # written down a little later
    held = hold(page, "/api/game*")
    page.reload()
    wait_for(page, held)
    for key in ("ArrowDown", "ArrowRight", "Shift+ArrowLeft", "Enter", "Delete", "Control+z", "g", "m", "Tab", "Tab"):
        page.keyboard.press(key)
    assert page.evaluate("document.activeElement.closest('main')") is None
    held[0].continue_()
    at(page, 1, 4)
    page.keyboard.press("ArrowRight")
    at(page, 2, 4)


def test_a_game_that_did_not_come_after_a_reload_comes_after_the_next(page: Any) -> None:
    page.keyboard.press("ArrowRight")
    page.click("#tab-moves")
    at(page, 1, 4)
    page.wait_for_url("**#move=2")  # written down a little later
    page.route("**/api/game*", lambda route: route.abort())
    page.reload()
    expect(page.locator("#message")).to_contain_text("is it still running?")
    page.unroute_all()
    page.reload()
    at(page, 1, 4)


def test_a_file_dropped_while_the_page_comes_up(chromium: Any, address: str) -> None:
    """It is shown, and the first board does not come over it."""
    page = chromium.new_page()
    held = hold(page, "/api/about")
    page.goto(address)
    drop(page, b"(;SZ[9];B[ee];W[cc])", "early.sgf")
    wait_for(page, held)
    held[0].continue_()
    at(page, 0, 2)
    expect(page).to_have_title(re.compile("early.sgf"))
    page.close()
