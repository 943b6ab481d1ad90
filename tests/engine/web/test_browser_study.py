"""What one studies with in the page: why, what if, what was missed, the quiz, two networks."""

from typing import Any

import numpy as np
import pytest

pytest.importorskip("playwright")
from playwright.sync_api import expect

from honte.data.sgf import parse
from honte.engine.explain import explain
from honte.engine.movemap import MoveMap
from honte.engine.review.game import Review
from honte.features.coordinates import point_to_vertex, vertex_to_point
from honte.policy.predictor import Predictor
from tests.engine.stubs import tiny_network
from tests.engine.web.conftest import served
from tests.engine.web.driving import answered, at, click, downloaded, drop, hold, stones, wait_for

GAME = b"(;SZ[9]AB[cc];W[cd];B[dd];W[dc];B[ce];W[bd];B[ed];W[bc];B[gg];W[cb];B[gc])"
RECORD = parse(GAME)


def opened(page: Any, ply: int = 0) -> None:
    drop(page, GAME)
    at(page, 0, 10)
    for _ in range(ply):
        page.keyboard.press("ArrowRight")
    at(page, ply, 10)
    answered(page)


def test_why(page: Any) -> None:
    opened(page, 9)
    predictor = Predictor(tiny_network(9))
    page.click("#tab-why")
    strongest = explain(RECORD, 9, predictor).stones[0]
    listed = page.locator("#why-stones li")
    expect(listed.first).to_contain_text(point_to_vertex(strongest.point, 9))
    expect(page.locator("#why-words")).to_contain_text("Black G7: ")
    notable = [s for s in explain(RECORD, 9, predictor).stones if abs(s.change) >= 0.3]
    expect(page.locator("#board .note")).to_have_count(len(notable))
    click(page, "A9")  # asks and does not play
    expect(page.locator("#why-words")).to_contain_text("Black A9: ")
    at(page, 9, 10)
    click(page, "D6")
    expect(page.locator("#news")).to_contain_text("There is a stone")
    page.check("#rings")
    expect(page.locator("#board .ring")).to_have_count(3)
    page.keyboard.press("ArrowLeft")  # another place, another question
    expect(page.locator("#why-words")).to_contain_text("White C8: ")


def test_why_shows_the_nearest_stones_first(page: Any) -> None:
    opened(page, 9)
    held = hold(page, "/api/why")
    page.click("#tab-why")
    wait_for(page, held)
    assert held[0].request.post_data_json["nearest"] == 12
    held[0].continue_()
    expect(page.locator("#why-words")).to_contain_text("Black G7: ")
    expect(page.locator("#why-rest")).to_be_visible()
    wait_for(page, held, 2)
    page.keyboard.press("ArrowLeft")  # nobody wants the rest any more
    wait_for(page, held, 3)
    held[2].continue_()
    expect(page.locator("#why-words")).to_contain_text("White C8: ")
    wait_for(page, held, 4)
    assert "nearest" not in held[3].request.post_data_json
    held[3].continue_()
    expect(page.locator("#why-planes li")).to_have_count(8)
    expect(page.locator("#why-rest")).to_be_hidden()
    assert page.locator("#message").is_hidden()


def test_what_if(page: Any) -> None:
    opened(page, 2)
    black, white = stones(page)
    page.click("#tab-whatif")
    assert page.is_checked("#turn-white")
    click(page, "G3")
    at(page, 2, 2)  # a variation of its own
    assert stones(page) == (black + 1, white)
    page.check("input[name=tool][value='2']")
    click(page, "G3")  # recoloured
    assert stones(page) == (black, white + 1)
    click(page, "G3")  # and taken away
    click(page, "G7")
    page.check("#turn-black")
    expect(page.locator("#status")).to_contain_text("Black to play")
    answered(page)
    page.click("#tab-moves")
    shown = page.locator("#best .percent").first.text_content()
    board = RECORD.board(2)
    board.place(2, vertex_to_point("G7", 9))
    top = Predictor(tiny_network(9)).probabilities(board, 1).max()
    assert float(shown.split()[0]) == pytest.approx(100 * top, abs=0.06)
    page.click("#tab-game")
    _, saved = downloaded(page, "#sgf")
    saved = saved.replace(b"\n", b"")
    assert b"AW[gc]PL[B]" in saved and saved.count(b"(;") == 3 and parse(saved).key == RECORD.key
    page.click("#undo")
    expect(page.locator("#status")).to_contain_text("White to play")
    for _ in range(4):
        page.click("#undo")
    at(page, 2, 10)
    assert stones(page) == (black, white)
    for _ in range(5):
        page.click("#redo")
    assert stones(page) == (black, white + 1)
    page.click("#tab-whatif")
    page.check("input[name=tool][value='1']")
    for vertex in ("B9", "A8"):
        click(page, vertex)
    page.check("input[name=tool][value='2']")
    click(page, "A9")
    expect(page.locator("#message")).to_have_text("A chain would have no liberty so.")


def test_the_history_is_hidden_by_one_switch(page: Any) -> None:
    opened(page, 9)
    before = page.locator("#best").text_content()
    page.keyboard.press("h")
    expect(page.locator("#best")).not_to_have_text(before)
    expect(page.locator("#status")).to_contain_text("history hidden")


def test_what_was_missed_is_what_a_review_says(page: Any) -> None:
    opened(page)
    review = Review(RECORD, Predictor(tiny_network(9)))
    page.click("#tab-review")
    expect(page.locator("#surprises li")).to_have_count(10)
    expect(page.locator("#review-progress")).to_be_empty()
    shown = page.locator("#surprises .vertex").all_text_contents()
    vertices = [point_to_vertex(moves.played, 9) for moves in review.surprises if moves.played is not None]
    assert shown[:5] == vertices
    table = [row.split() for row in page.locator("#predictability tbody tr").all_inner_texts()]
    for colour, name in ((1, "Black"), (2, "White")):
        figures = review.predictability()[colour]["all"]
        shares = (figures.top1, figures.top5, figures.probability)
        (row,) = [cells for cells in table if cells[:2] == [name, "all"]]
        assert int(row[2]) == figures.moves
        assert [float(cell) for cell in row[3:] if cell != "%"] == pytest.approx([100 * s for s in shares], abs=0.06)
    page.locator("#surprises button").first.click()
    at(page, review.surprises[0].number - 1, 10)
    page.click("#first")
    numbers = sorted(moves.number for moves in review.maps)
    page.keyboard.press("n")
    at(page, numbers[1] - 1, 10)
    page.keyboard.press("b")
    at(page, numbers[0] - 1, 10)


def test_the_quiz(page: Any) -> None:
    opened(page)
    maps = MoveMap.of_game(RECORD, range(10), Predictor(tiny_network(9)))
    page.click("#tab-quiz")
    expect(page.locator("#status")).to_have_text("Guess White's move")
    assert page.locator("#board rect[rx]").count() == 0  # nothing tells
    assert page.locator("#graph rect.black, #graph rect.white").count() == 0
    right = five = 0
    score = page.locator("#score tbody tr")
    for ply, vertex in enumerate(("C6", "A1", "D7")):
        click(page, vertex)
        played = maps[ply].played
        assert played is not None
        right += point_to_vertex(played, 9) == vertex
        five += maps[ply].rank(vertex_to_point(vertex, 9)) <= 5
        expect(page.locator("#verdict")).to_contain_text(point_to_vertex(played, 9))
        expect(score.last.locator("td").first).to_have_text(str(ply + 1))
        click(page, "J1")  # a guess is made once
        expect(score.last.locator("td").first).to_have_text(str(ply + 1))
        at(page, ply, 10)
        page.click("#quiz-next")
        at(page, ply + 1, 10)
        answered(page)
    assert right == 2
    network = sum(moves.rank(moves.played) == 1 for moves in maps[:3] if moves.played is not None)
    shares = [f"{count} ({round(100 * count / 3)} %)" for count in (right, network, five)]
    for phase, row in zip(("1\u201350", "all"), score.all(), strict=True):
        assert [row.locator("th").text_content(), *row.locator("td").all_text_contents()] == [phase, "3", *shares]
    told = page.locator("#score").text_content()
    page.reload()  # the quiz goes on where it was
    expect(page.locator("#status")).to_have_text("Guess Black's move")
    at(page, 3, 10)
    expect(page.locator("#score")).to_have_text(told)
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#verdict")).to_contain_text(f"{point_to_vertex(maps[2].played or 0, 9)} ")
    page.click("#quiz-again")
    at(page, 0, 10)
    expect(page.locator("#score")).to_be_empty()


def test_two_networks(page: Any) -> None:
    opened(page, 3)
    page.select_option("#beside", "two")
    page.click("#tab-compare")
    expect(page.locator("#compare-best0 li")).to_have_count(8)
    expect(page.locator("#compare-best1 li")).to_have_count(8)
    first, second = (
        MoveMap.of_game(RECORD, range(10), Predictor(tiny_network(9, seed=seed))) for seed in (0, 1)
    )
    same = sum(one.best(1) == other.best(1) for one, other in zip(first, second, strict=True))
    expect(page.locator("#agreement")).to_contain_text(f"first choice in {100 * same / 10:.1f} % of 10 positions")
    shared = 1 - np.abs(first[3].probabilities - second[3].probabilities).sum() / 2
    expect(page.locator("#distance")).to_contain_text(f"{100 * shared:.1f} %")
    page.check("#differences")
    point = int(np.abs(first[3].probabilities - second[3].probabilities).argmax())
    more = 100 * float(first[3].probabilities[point] - second[3].probabilities[point])
    text = f"{'+' if more > 0 else chr(0x2212)}{abs(more):.0f}"
    expect(page.locator("#board .number").filter(has_text=text).first).to_be_visible()
    held = hold(page, "/api/line")
    page.select_option("#network", "two")
    page.select_option("#beside", "one")
    wait_for(page, held, 2)
    page.select_option("#beside", "")  # while the line is read for it
    for line in held:
        line.continue_()
    expect(page.locator("#graph rect.black, #graph rect.white")).to_have_count(10)


def test_the_networks_that_a_run_kept(chromium: Any) -> None:
    """A slider goes over them in their order, and says of each what it is."""
    kept = [f"mine after {positions}" for positions in ("800", "1,600", "16,000")]
    predictors = {name: Predictor(tiny_network(9, seed=seed)) for seed, name in enumerate(["one", *kept])}
    maps = [MoveMap.of_game(RECORD, range(1), predictor)[0] for predictor in predictors.values()]
    with served(predictors, compared=kept) as address:
        page = chromium.new_page(viewport={"width": 1366, "height": 768})
        page.goto(address)
        drop(page, GAME)
        at(page, 0, 10)
        page.click("#tab-compare")
        slider, best = page.locator("#slider"), page.locator("#compare-best1 .vertex")
        for place, (name, key) in enumerate(zip(kept, ("Home", "ArrowRight", "End"), strict=True), start=1):
            slider.press(key)
            expect(page.locator("#slider-name")).to_have_text(f"{name} ({place} of 3)")
            expect(page.locator("#name2")).to_have_text(name)
            expect(best).to_have_text([point_to_vertex(point, 9) for point in maps[place].best(8)])
            assert slider.get_attribute("aria-valuetext") == f"{name} ({place} of 3)"
            at(page, 0, 10)  # the keys moved the slider, not the game
        page.select_option("#beside", "one")
        expect(page.locator("#slider-name")).to_be_empty()
        page.close()
