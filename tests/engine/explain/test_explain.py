"""Explanations, against positions that are made and asked one by one."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch

import honte
from honte.data.sgf import parse
from honte.engine.cli.explain import explain as command
from honte.engine.explain import explain, sentences
from honte.engine.explain.field import field_of, rings
from honte.engine.explain.without import LEFT_OUT, without_groups
from honte.features.board import EMPTY, Board
from honte.features.coordinates import vertex_to_point
from honte.features.errors import HonteError
from honte.features.plane_table import AGES, CAPTURES, PLANES
from honte.policy.predictor import Predictor, legal_points
from tests.engine.stubs import save_tiny_network, tiny_network

GAME = b"(;SZ[9]AB[cc];W[cd];B[dd];W[dc];B[ce];W[bd];B[ed];W[bc];B[gg];W[cb];B[gc])"
RECORD = parse(GAME)
PLY = 9


@pytest.fixture(scope="module")
def predictor() -> Predictor:
    return Predictor(tiny_network(9), dtype=torch.float32)


def test_every_stone_is_left_out_in_turn(predictor: Predictor) -> None:
    """As a game in which the stone is taken off before the move, all others as old as they were."""
    explanation = explain(RECORD, PLY, predictor)
    board = RECORD.board(PLY)
    point, colour = explanation.point, RECORD.to_move(PLY)
    assert point == vertex_to_point("G7", 9)  # what was played
    whole = predictor.probabilities(board, colour)[point]
    assert explanation.probability == pytest.approx(whole)
    assert {stone.point for stone in explanation.stones} == set(board.stones.ravel().nonzero()[0].tolist())
    for stone in explanation.stones:
        setup = [*RECORD.setup.tolist(), [PLY, stone.point, EMPTY]]
        left = Board.from_moves(RECORD.moves[:PLY], size=9, setup=setup)
        p = predictor.probabilities(left, colour)[point]
        assert stone.probability == pytest.approx(p, rel=1e-4)
        assert stone.change == pytest.approx(math.log(p) - math.log(whole), abs=1e-3)
        assert stone.colour == board.stones.ravel()[stone.point]
    sizes = [abs(stone.change) for stone in explanation.stones]
    assert sizes == sorted(sizes, reverse=True) and sizes[0] > 0.3


@pytest.mark.parametrize("nearest", [0, 3, 81])
def test_a_first_look_is_at_the_nearest_stones(predictor: Predictor, nearest: int) -> None:
    explanation, look = explain(RECORD, PLY, predictor), explain(RECORD, PLY, predictor, nearest=nearest)
    assert (look.point, look.probability, look.planes) == (explanation.point, explanation.probability, [])
    whole, seen = ({stone.point: stone.change for stone in each.stones} for each in (explanation, look))
    assert len(seen) == min(nearest, len(whole)) and sentences(look)
    assert seen == pytest.approx({point: whole[point] for point in seen}, abs=1e-4)
    row, column = divmod(explanation.point, 9)
    far = {point: max(abs(point // 9 - row), abs(point % 9 - column)) for point in whole}
    assert not seen or max(far[point] for point in seen) <= min((far[p] for p in whole.keys() - seen), default=9)


def test_groups_of_planes_are_left_out() -> None:
    """Of each nothing else changes, and moves stay as legal as they were."""
    planes = RECORD.planes(8)  # White can take a stone
    groups, left = without_groups(planes)
    assert [group.group for group in groups] == list(LEFT_OUT)
    for group, one in zip(groups, left, strict=True):
        own = slice(group.index, group.index + len(group.labels))
        others = np.ones(48, bool)
        others[own] = False
        np.testing.assert_array_equal(one[others], planes[others])
        np.testing.assert_array_equal(legal_points(one), legal_points(planes))
        if group.index == AGES:
            np.testing.assert_array_equal(one[own].sum(0), planes[0] + planes[1])
            assert not one[AGES : AGES + 7].any()
        elif group.index == CAPTURES:
            assert not one[CAPTURES + 1 : CAPTURES + 8].any() and planes[CAPTURES + 1 : CAPTURES + 8].any()
        else:
            assert not one[own].any()
    assert {group.group for group in PLANES} - set(LEFT_OUT) == {"stones", "ones", "zeros"}


def test_planes_are_told_apart_by_whether_training_shows_them(predictor: Predictor) -> None:
    explanation = explain(RECORD, PLY, predictor)
    groups, left = without_groups(RECORD.planes(PLY))
    maps = predictor.maps(left)
    expected = {group.group: float(p) for group, p in zip(groups, maps[:, explanation.point], strict=True)}
    assert {off.group: pytest.approx(off.probability, rel=1e-4) for off in explanation.planes} == expected
    assert [off.group for off in explanation.planes if off.trained] == ["turns since"]


def test_the_field_is_the_gradient(predictor: Predictor) -> None:
    """Against differences of the logit for small changes of the input, in double precision."""
    network, planes, point = predictor.network, RECORD.planes(PLY), 40
    field = field_of(network, planes, point)
    assert field.sum() == pytest.approx(1) and (field >= 0).all()
    double = tiny_network(9).double()
    given = torch.from_numpy(planes)[None].double()
    steps = torch.eye(48 * 81, dtype=torch.double).view(-1, 48, 9, 9) * 1e-6
    with torch.inference_mode():
        above, below = (
            torch.cat([double(given + sign * part)[:, point] for part in steps.split(256)]) for sign in (1, -1)
        )
    sizes = ((above - below) / 2e-6).abs().view(48, 9, 9).sum(0).numpy()
    np.testing.assert_allclose(field, sizes / sizes.sum(), atol=1e-4)


def test_rings_are_squares_around_the_point() -> None:
    field = np.zeros((9, 9), np.float32)
    for vertex, share in (("C7", 0.5), ("D8", 0.3), ("F7", 0.15), ("C3", 0.05)):
        field.ravel()[vertex_to_point(vertex, 9)] = share
    assert rings(field, vertex_to_point("C7", 9)) == pytest.approx([0.5, 0.8, 0.8, 0.95, 1.0])


def test_without_history_the_last_moves_are_not_known(predictor: Predictor) -> None:
    hidden = explain(RECORD, PLY, predictor, hidden=True)
    assert next(off for off in hidden.planes if off.group == "turns since").change == pytest.approx(0, abs=1e-5)
    assert hidden.probability != pytest.approx(explain(RECORD, PLY, predictor).probability)


def test_which_move_is_explained(predictor: Predictor) -> None:
    end = explain(RECORD, len(RECORD.moves), predictor)
    assert end.moves.rank(end.point) == 1
    other = explain(RECORD, PLY, predictor, point=0)
    assert other.point == 0
    for vertex in ("C7", "D6"):  # suicide, and a stone
        with pytest.raises(HonteError, match=f"Black cannot move at {vertex} there"):
            explain(RECORD, PLY, predictor, point=vertex_to_point(vertex, 9))
    told = sentences(explain(RECORD, PLY, predictor))
    assert told[0].startswith("Black G7: ") and "'s stone at " in told[1] and "within 2" in told[-1]


def test_in_python_and_on_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], predictor: Predictor
) -> None:
    network, game = str(save_tiny_network(tmp_path / "network")), tmp_path / "game.sgf"
    game.write_bytes(GAME)
    expected = explain(RECORD, PLY, predictor, point=0).as_json()
    why = honte.explain(game, PLY, point="A9", network=honte.load_network(network, precision="float32"))
    assert why.as_json() == expected
    command(game, move=PLY + 1, point="A9", network=[network], precision="float32", json_=True)
    assert json.loads(capsys.readouterr().out) == expected
    command(game, move=PLY + 1, network=[network])
    assert "Black G7" in capsys.readouterr().out
    for ending, start in ((".json", b"{"), (".svg", b"<svg"), (".png", b"\x89PNG")):
        path = tmp_path / f"why{ending}"
        command(game, move=PLY + 1, network=[network], output=path)
        assert path.read_bytes().startswith(start)
    with pytest.raises(HonteError, match="give a name that ends in"):
        command(game, network=[network], output=tmp_path / "why.gif")
    elsewhere = honte.explain("(;SZ[13];B[gg];W[cc])", network=predictor)  # the nearest network answers there
    assert len(elsewhere.stones) == 2 and elsewhere.field.shape == (13, 13)
