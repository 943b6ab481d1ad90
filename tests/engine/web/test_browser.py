"""What one does in the page: stepping, playing, the map, the layers, games in and out."""

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright")
from playwright.sync_api import expect

from honte.data.sgf import parse, parse_collection
from honte.data.tree import read_trees
from honte.engine.web.insides import activations, summed
from honte.features.coordinates import vertex_to_point
from honte.policy.predictor import Predictor
from tests.engine.stubs import tiny_network
from tests.engine.web.driving import GAME, answered, at, click, downloaded, drop, hold, stones, wait_for


def test_stepping(page: Any) -> None:
    at(page, 0, 4)
    page.keyboard.press("ArrowRight")
    at(page, 1, 4)
    assert page.locator("#comment").text_content() == "<i>first</i>"
    page.keyboard.press("End")
    at(page, 4, 4)
    assert stones(page) == (2, 2)
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowDown")  # the other variation
    at(page, 3, 3)
    page.locator("#board").hover()
    page.mouse.wheel(0, -40)
    at(page, 2, 3)
    page.click("#first")
    at(page, 0, 3)
    box = page.locator("#graph").bounding_box()
    page.locator("#graph").click(position={"x": 33 + 2.5 * (box["width"] - 36) / 40, "y": 20})
    at(page, 2, 3)  # before the third move
    expect(page.locator("#graph rect.black, #graph rect.white")).to_have_count(3)
    page.locator("#graph").hover(position={"x": 35, "y": 20})
    expect(page.locator("#graph-caption")).to_contain_text("Move 1, E5: ")


def test_the_map(page: Any) -> None:
    tiles = page.locator("#board rect[rx]")
    expect(page.locator("#best li")).to_have_count(10)
    expect(tiles).not_to_have_count(0)
    page.keyboard.press("m")
    expect(tiles).to_have_count(0)
    page.keyboard.press("m")
    page.locator("#board").hover()
    expect(page.locator("#status")).to_contain_text("choice")
    page.select_option("#beside", "two")
    expect(page.locator("#board2 rect[rx]")).not_to_have_count(0)
    page.select_option("#plane", "3")
    expect(tiles).to_have_count(81)
    assert page.locator("#meaning").text_content() == "ones: everywhere"


def test_the_next_map_is_there_before_it_is_asked_for(page: Any) -> None:
    """And that of a place where one was before: one steps there and back without the server."""

    def is_second(response: Any) -> bool:
        question = response.request.post_data_json if response.url.endswith("/api/map") else {}
        return question.get("ahead", False) and len(question["moves"]) == 2

    answered(page)
    with page.expect_response(is_second) as second:
        page.keyboard.press("ArrowRight")
    second.value.finished()
    page.evaluate("new Promise((done) => setTimeout(done, 100))")  # time to take it in
    held = hold(page, "/api/map")
    for key, made in (("ArrowRight", 2), ("ArrowLeft", 1), ("ArrowLeft", 0)):
        page.keyboard.press(key)
        at(page, made, 4)
        expect(page.locator("#panels[aria-busy=false]")).to_have_count(1)
        expect(page.locator("#best:not(.stale) li")).to_have_count(10)
    assert [route.request.post_data_json.get("ahead") for route in held] == [True]  # of the third move
    page.keyboard.press("End")
    expect(page.locator("#best.stale")).to_have_count(1)
    wait_for(page, held, 2)
    for route in held:
        route.continue_()
    answered(page)


def test_what_stays_on_the_board_is_not_made_again(page: Any) -> None:
    """And what is there after many steps is what is drawn when one comes anew."""
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    at(page, 2, 4)
    page.evaluate("""window.kept = document.querySelector('#board [fill="url(#black)"]')""")
    for key in ("ArrowRight", "ArrowRight", "ArrowLeft", "ArrowLeft"):
        page.keyboard.press(key)
    at(page, 2, 4)
    assert page.evaluate("kept.isConnected")
    answered(page)
    shapes = "document.querySelector('#board > g').innerHTML"
    drawn = page.evaluate(shapes)
    page.keyboard.press("Home")
    at(page, 0, 4)
    page.go_back()
    at(page, 2, 4)
    page.reload()
    at(page, 2, 4)
    answered(page)
    expect(page.locator("#board path")).to_have_count(1)
    assert page.evaluate(shapes) == drawn


def test_averaging_over_the_symmetries(page: Any) -> None:
    """On an empty board the average treats the four or eight images of a point alike, and one look does not."""

    def different() -> int:
        expect(page.locator("#best:not(.stale) li")).to_have_count(10)
        return len(set(page.locator("#best .percent").all_text_contents()))

    page.click("#new")
    assert different() > 4
    single = page.locator("#best").text_content()
    page.keyboard.press("s")
    expect(page.locator("#best")).not_to_have_text(single)
    assert different() <= 4


def test_the_insides(page: Any) -> None:
    page.click("#tab-layers")
    tile = page.locator("#tile-caption")
    for select, value, words, enlarged in (
        ("#layer", "planes", "The 48 planes", "Plane 1, stones opponent"),
        ("#layer", "conv12", "8 maps", "conv12, channel 1"),
        ("#filter", "20", "capture size 0", "conv1, filter 1, for"),
    ):
        page.select_option(select, value)
        expect(page.locator("#sheet-caption")).to_contain_text(words)
        sheet = page.locator("#sheet").bounding_box()
        page.locator("#sheet").click(position={"x": 1.5 / (16 if value == "planes" else 8) * sheet["width"], "y": 3})
        page.locator("#sheet-caption").hover()
        expect(tile).to_contain_text(enlarged)
        before = page.evaluate("document.getElementById('tile').toDataURL()")
        page.fill("#channel", "2")
        expect(tile).not_to_contain_text(enlarged)
        assert page.evaluate("document.getElementById('tile').toDataURL()") != before
    for nonsense in ("0.5", "-1", "99999", ""):
        page.fill("#channel", nonsense)


def test_values_of_a_layer_and_what_they_are_the_sum_of(page: Any) -> None:
    record, predictor = parse(GAME), Predictor(tiny_network(9))
    page.click("#tab-layers")
    page.select_option("#layer", "conv3")
    expect(page.locator("#sheet-caption")).to_contain_text("8 maps")
    page.fill("#channel", "5")
    box = page.locator("#tile").bounding_box()
    page.locator("#tile").click(position={"x": 2.5 / 9 * box["width"], "y": 6.5 / 9 * box["height"]})  # C3
    sum_of = page.locator("#sum tr")
    expect(sum_of).to_have_count(10)
    page.keyboard.press("ArrowRight")  # the tile and its sum follow the game
    at(page, 1, 4)
    planes = record.planes(1)
    point = vertex_to_point("C3", 9)
    told = summed(predictor, planes, "conv3", 5, point)
    expect(sum_of.last.locator("td")).to_have_text(f"{told['output']:.2f}".replace("-", "\u2212"))
    expect(sum_of.nth(7).locator("td")).to_have_text(f"{told['bias']:+.2f}".replace("-", "\u2212"))
    page.locator("#tile").hover(position={"x": 2.5 / 9 * box["width"], "y": 6.5 / 9 * box["height"]})
    value = activations(predictor, planes, "conv3")[5].ravel()[point]
    expect(page.locator("#tile-caption")).to_have_text(f"conv3, channel 5, C3: {value:.2f}")


def test_the_strongest_map_first(page: Any) -> None:
    strength = activations(Predictor(tiny_network(9)), parse(GAME).planes(0), "conv3").max((1, 2))
    page.click("#tab-layers")
    page.select_option("#layer", "conv3")
    expect(page.locator("#sheet-caption")).to_contain_text("8 maps")
    page.check("#by-strength")
    page.locator("#sheet").hover(position={"x": 3, "y": 3})
    expect(page.locator("#tile-caption")).to_contain_text(f"channel {int(strength.argmax())}, A9: ")
    shared = page.locator("#high").text_content()
    page.fill("#channel", str(int(strength.argmin())))
    assert page.locator("#high").text_content() == shared
    page.check("#own-scale")
    assert page.locator("#high").text_content() == f"{strength.min():.2f}"


def test_marks_of_the_game(page: Any) -> None:
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    at(page, 2, 4)
    texts = page.locator("#board text").all_text_contents()
    assert "<b>" in texts and page.locator("#board path").count() == 1
    expect(page.locator("#board circle[stroke-dasharray]")).to_have_count(1)  # the other way to go on
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
    at(page, 9, 9)
    for vertex, words in (("D3", "The ko may not be retaken at once."), ("C3", "There is a stone already.")):
        click(page, vertex)
        expect(message).to_have_text(words)
    for vertex in ("B1", "G7", "A2"):
        click(page, vertex)
    click(page, "A1")
    expect(message).to_have_text("That would be suicide.")
    at(page, 12, 12)


def test_playing_by_keyboard(page: Any) -> None:
    page.click("#new")
    page.keyboard.press("Shift+ArrowUp")  # begins in the middle
    page.keyboard.press("Shift+ArrowUp")
    page.keyboard.press("Shift+ArrowLeft")
    expect(page.locator("#status")).to_contain_text("D6")
    page.keyboard.press("Enter")
    at(page, 1, 1)
    assert stones(page) == (1, 0)


def test_three_moves_against_the_network(page: Any) -> None:
    page.click("#new")
    page.check("#answers")
    for count, vertex in enumerate(("E5", "C3", "G7"), start=1):
        before = stones(page)
        assert before == (count - 1, count - 1)
        click(page, vertex)
        at(page, 2 * count, 2 * count)
    assert stones(page) == (3, 3)
    page.click("#tab-game")
    _, saved = downloaded(page, "#sgf")
    record = parse(saved)
    assert len(record.moves) == 6 and (record.board().stones > 0).sum() == 6
    for button, start in (("#png", b"\x89PNG"), ("#svg", b"<svg")):
        name, picture = downloaded(page, button)
        assert name == f"honte-move-7.{button[1:]}" and picture.startswith(start)


EVERYTHING = (
    b"(;FF[4]GM[1]SZ[9]GN[a \\] name]GC[what it\nis]RO[1]AN[x]TM[3600]OT[5x30]KM[6.5]HA[0]XX[a][b]"
    b";B[ee]AR[aa:bb]LN[cc:dd]SL[ff]TB[aa:bb]TW[hh]DD[ii]DM[1]GB[1]N[node]BM[2]HO[1]C[a\\]b]"
    b"(;W[cc]DO[]IT[]TE[1]V[3.5])(;W[gg]LB[aa:\\]][bb:\\:]))"
)


def test_nothing_of_a_file_is_lost(page: Any, tmp_path: Path) -> None:
    drop(page, EVERYTHING)
    at(page, 0, 2)
    page.click("#tab-game")
    expect(page.locator("#details")).to_contain_text("a ] name")
    expect(page.locator("#game-comment")).to_have_text("what it\nis")
    name, saved = downloaded(page, "#sgf")
    assert name == "game.sgf"

    def said(data: bytes) -> list[dict[str, list[bytes]]]:
        nodes, waiting = [], read_trees(data).games
        while waiting:
            node = waiting.pop()
            nodes.append(node.properties)
            waiting.extend(node.children)
        return nodes

    assert said(saved) == said(EVERYTHING)
    for data in (GAME, EVERYTHING):
        assert parse(saved if data is EVERYTHING else data).key == parse(data).key


def test_arrows_lines_territory_and_dimmed_points(page: Any) -> None:
    drop(page, EVERYTHING)
    at(page, 0, 2)
    page.keyboard.press("ArrowRight")
    expect(page.locator("#board .between")).to_have_count(2)
    expect(page.locator("#board .territory")).to_have_count(5)
    expect(page.locator("#board .dim")).to_have_count(1)
    page.keyboard.press("ArrowRight")
    expect(page.locator("#board .between")).to_have_count(0)
    expect(page.locator("#board .dim")).to_have_count(1)  # until another node says otherwise


def test_a_bad_file_is_a_sentence(page: Any, tmp_path: Path) -> None:
    path = tmp_path / "bad.sgf"
    path.write_bytes(b"no game")
    page.set_input_files("#file", path)
    expect(page.locator("#message")).to_contain_text("no game begins in it")
    page.keyboard.press("ArrowRight")
    at(page, 1, 4)
    assert page.locator("#message").is_hidden()


def test_the_game_tree(page: Any) -> None:
    page.click("#tab-game")
    shown = page.locator("#tree circle[data-index]")
    expect(shown).to_have_count(6)
    heights = {round(float(y)) for y in shown.evaluate_all("all => all.map((node) => node.getAttribute('cy'))")}
    assert len(heights) == 2
    shown.nth(4).click()
    at(page, 3, 3)  # the other variation
    expect(page.locator("#tree .here")).to_have_count(1)
    page.go_back()
    at(page, 0, 3)


def test_the_place_is_in_the_address_and_the_work_is_kept(page: Any) -> None:
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    at(page, 3, 3)
    page.wait_for_url("**#move=4")
    click(page, "A1")
    at(page, 4, 4)
    page.reload()
    at(page, 4, 4)
    assert stones(page) == (2, 2) and page.title() == "game.sgf \u2013 Honte"
    page.evaluate("location.hash = 'move=2'")
    at(page, 1, 4)
    page.reload()
    at(page, 1, 4)


def test_all_that_was_chosen_is_kept_over_a_reload(page: Any) -> None:
    page.click("#theme")
    page.select_option("#beside", "two")
    page.click("#tab-moves")
    page.check("#average")
    page.fill("#temperature", "0.7")
    page.select_option("#plane", "3")
    page.click("#tab-whatif")
    page.check("#hidden")
    click(page, "A1")  # a stone that is put
    page.check("#turn-white")
    page.click("#tab-layers")
    page.select_option("#layer", "conv3")
    expect(page.locator("#sheet-caption")).to_contain_text("8 maps")
    seen = [stones(page), page.get_attribute("html", "class")]
    page.reload()
    expect(page.locator("#sheet-caption")).to_contain_text("conv3: 8 maps")
    expect(page.locator("#status")).to_contain_text("White to play")
    expect(page.locator("#status")).to_contain_text("history hidden")
    assert [stones(page), page.get_attribute("html", "class")] == seen
    assert page.locator("#board rect[rx]").count() == 81 and page.text_content("#meaning") == "ones: everywhere"
    assert page.locator("#name2").text_content() == "two" and page.input_value("#temperature") == "0.7"
    assert page.is_checked("#average") and page.is_visible("#panel-layers") and page.is_checked("#map")


def test_games_are_pasted_and_a_collection_is_walked_through(page: Any) -> None:
    paste = """(text) => {
        const clipboardData = new DataTransfer();
        clipboardData.setData("text", text);
        document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true }));
    }"""
    page.evaluate(paste, "no game")
    expect(page.locator("#message")).to_contain_text("no game")
    page.evaluate(paste, "(;SZ[9]PB[one];B[aa];W[bb])(;SZ[13]PB[two];B[cc])(;SZ[9]PB[three])")
    at(page, 0, 2)
    click(page, "J1")
    at(page, 1, 1)
    page.click("#tab-game")
    assert page.locator("#games option").all_text_contents() == ["1. one - White", "2. two - White", "3. three - White"]
    page.select_option("#games", "2")
    expect(page.locator("#players")).to_contain_text("two")
    at(page, 0, 1)
    _, saved = downloaded(page, "#sgf")
    first, second, third = parse_collection(saved)
    assert (first.black, second.black, third.black) == ("one", "two", "three") and second.size == 13
    assert b"B[ii]" in saved  # what was done to the first is kept
    page.select_option("#games", "1")
    at(page, 0, 2)
    page.reload()
    at(page, 0, 2)
    expect(page.locator("#players")).to_contain_text("one")


def test_ten_thousand_variations_dropped(page: Any) -> None:
    drop(page, b"(;SZ[9];B[ee]" + b"".join(b"(;W[%c%c])" % (97 + n % 9, 97 + n // 9 % 9) for n in range(10_000)) + b")")
    at(page, 0, 2)
    page.keyboard.press("End")
    at(page, 2, 2)
    page.keyboard.press("ArrowUp")  # around to the last one
    at(page, 2, 2)
    assert stones(page) == (1, 1)
