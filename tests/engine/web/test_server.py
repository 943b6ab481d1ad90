"""The server of the page over its HTTP interface."""

import io

import numpy as np
import pytest
import torch
from PIL import Image

pytest.importorskip("starlette.testclient")
from starlette.testclient import TestClient

from honte.engine.movemap import MoveMap
from honte.engine.web import insides
from honte.engine.web.server import STATIC, create_app
from honte.engine.web.site import Opened
from honte.features.board import Board
from honte.features.planes import extract, hide_ages
from honte.policy.family import Family
from honte.policy.network import NetworkConfig, PolicyNetwork
from honte.policy.predictor import Predictor
from tests.engine.stubs import tiny_network
from tests.engine.web.asking import GAME, RECORD, SIZE, question, refused


def test_the_page_and_its_files(client: TestClient) -> None:
    page = client.get("/")
    assert page.status_code == 200 and "text/html" in page.headers["content-type"]
    for path in STATIC.iterdir():
        answer = client.get(f"/static/{path.name}")
        assert answer.content == path.read_bytes()
        assert "://" not in answer.text.replace("http://www.w3.org/2000/svg", "")  # nothing from outside
        assert "innerHTML" not in answer.text
    for answer in (page, client.get("/nothing"), client.post("/api/map", content=b"x")):
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "set-cookie" not in answer.headers


def test_averages_over_the_symmetries(client: TestClient) -> None:
    eight = Predictor(tiny_network(SIZE), symmetries=8)
    maps = MoveMap.of_game(RECORD, range(8), eight)
    for ply, moves in enumerate(maps):
        answer = client.post("/api/map", json=question(ply, symmetries=8)).json()
        np.testing.assert_allclose(answer["probabilities"], moves.probabilities, atol=2e-3)
    entries = client.post("/api/line", json=question(first=0, last=7, symmetries=8)).json()
    assert [entry["p"] for entry in entries] == pytest.approx([m.probabilities[m.played] for m in maps[:7]], abs=2e-3)
    played = client.post("/api/play", json=question(symmetries=8)).json()
    assert maps[7].probabilities[played["point"]] == pytest.approx(maps[7].probabilities.max(), abs=2e-3)
    refused(client.post("/api/map", json=question(symmetries=2)), 400)


def test_a_map_is_that_of_the_predictor(client: TestClient, predictor: Predictor) -> None:
    for ply in range(len(RECORD.moves) + 1):
        answer = client.post("/api/map", json=question(ply)).json()
        expected = predictor.probabilities(RECORD.board(ply), RECORD.to_move(ply))
        np.testing.assert_allclose(answer["probabilities"], expected, atol=2e-6)
        assert answer["to_move"] == RECORD.to_move(ply)
    other = client.post("/api/map", json=question(3, to_move=2)).json()["probabilities"]
    np.testing.assert_allclose(other, predictor.probabilities(RECORD.board(3), 2), atol=2e-6)


def test_the_line_is_the_maps_at_the_moves_made(client: TestClient, predictor: Predictor) -> None:
    entries = client.post("/api/line", json=question(first=0, last=7)).json()
    maps = MoveMap.of_game(RECORD, range(7), predictor)
    for entry, moves in zip(entries, maps, strict=True):
        assert moves.played is not None
        assert entry["p"] == pytest.approx(moves.probabilities[moves.played], abs=2e-6)
        assert entry["rank"] == moves.rank(moves.played)
    passed = question(first=0, last=8)
    passed["moves"].append(2 * 81)
    assert client.post("/api/line", json=passed).json()[-1] is None


def test_the_network_plays(client: TestClient, predictor: Predictor) -> None:
    answer = client.post("/api/play", json=question()).json()
    assert answer["colour"] == 1 and RECORD.board().is_legal(1, answer["point"])
    best = predictor.probabilities(RECORD.board(), 1)
    assert best[answer["point"]] == best.max()
    refused(client.post("/api/play", json=question(temperature="hot")), 400)


def test_levels(predictor: Predictor) -> None:
    """A network that was told ranks is told the one that is asked for, in its maps, its layers and its reasons."""
    told = Predictor(tiny_network(SIZE, bands=("15k", "1d")), level="3k")
    app = create_app({"told": told, "untold": predictor}, hosts=["localhost"])
    with TestClient(app, base_url="http://localhost") as client:
        about = client.get("/api/about").json()["networks"]
        assert [(each["levels"], each["level"]) for each in about] == [(["15k", "1d"], "15k"), ([], "")]
        planes = extract(RECORD.board(), RECORD.to_move())
        for level in (None, "", "15k", "1d"):
            asked = question() if level is None else question(level=level)
            own = told if level is None else told.with_level(level)
            moves = own.probabilities(RECORD.board(), RECORD.to_move())
            np.testing.assert_allclose(client.post("/api/map", json=asked).json()["probabilities"], moves, atol=2e-6)
            head = np.frombuffer(client.post("/api/layer", json=asked | {"layer": "head"}).content, "<f4")
            expected = own.log_probabilities(planes[None])[0].numpy()
            np.testing.assert_allclose(head - head.max(), expected - expected.max(), atol=1e-4)
            inputs = np.frombuffer(client.post("/api/layer", json=asked | {"layer": "planes"}).content, "<f4")
            assert inputs.tolist() == planes.ravel().tolist()
            why = client.post("/api/why", json=asked).json()
            assert why["probability"] == pytest.approx(float(moves.max()), abs=1e-5)
            assert client.post("/api/sum", json=asked | {"layer": "conv1", "channel": 0, "point": 0}).status_code == 200
            assert client.post("/api/play", json=asked | {"temperature": 1}).status_code == 200
            assert client.post("/api/line", json=asked | {"first": 0, "last": 7}).status_code == 200
        ranks = client.post("/api/rank", json=question()).json()
        assert [(each["player"], each["moves"], each["games"]) for each in ranks] == [("White", 4, 1), ("Black", 3, 1)]
        assert all(sum(each["bands"].values()) == pytest.approx(1) for each in ranks)
        assert client.post("/api/rank", json=question(0)).json() == []
        assert "it was told none" in refused(client.post("/api/rank", json=question(network="untold")), 422)
        assert "no network here plays like 20k" in refused(client.post("/api/map", json=question(level="20k")), 422)
        assert "none was told" in refused(client.post("/api/map", json=question(network="untold", level="1d")), 422)
        refused(client.post("/api/map", json=question(level=15)), 400)


def test_a_level_is_asked_of_the_network_that_was_told_ranks(predictor: Predictor) -> None:
    """Also where the usual network for the board cannot be used."""
    family = Family.of(tiny_network(13))
    family.told[SIZE], family.faults[SIZE] = tiny_network(SIZE, bands=("15k", "1d")), "it is damaged"
    with TestClient(create_app({"one": Predictor(family)}, hosts=["localhost"]), base_url="http://localhost") as client:
        assert "it is damaged" in refused(client.post("/api/map", json=question()), 422)
        answer = client.post("/api/map", json=question(level="1d"))
        assert answer.status_code == 200 and len(answer.json()["probabilities"]) == SIZE**2


def test_a_map_asked_for_ahead_is_the_same(client: TestClient) -> None:
    ahead = client.post("/api/map", json=question(3, ahead=True))
    assert ahead.status_code == 200 and ahead.json() == client.post("/api/map", json=question(3)).json()
    refused(client.post("/api/map", json=question(ahead=1)), 400)


def test_a_game_with_suicide_is_looked_at_to_its_end(client: TestClient) -> None:
    """Some rules allow it; the page shows such games as their files are read."""
    asked = {"size": SIZE, "moves": [2 * 1 + 1, 2 * 9 + 1, 2 * 0, 2 * 40 + 1], "setup": []}
    for name in ("map", "planes", "play"):
        assert client.post(f"/api/{name}", json=asked).status_code == 200
    assert {stone["vertex"] for stone in client.post("/api/why", json=asked).json()["stones"]} == {"A8", "B9", "E5"}


def test_every_question_is_answered_by_the_network_for_its_board() -> None:
    """One name of several networks: that of the size, elsewhere that of a larger, whose layers are others."""
    small, large = tiny_network(9), PolicyNetwork(NetworkConfig(board_size=19, filters=16))
    family = Family.of(small)
    family.members[19] = large
    expected = {8: small, 9: small, 13: large, 19: large, 25: large}
    with TestClient(create_app({"both": Predictor(family, dtype=torch.float32)}, hosts=["*"])) as client:
        (told,) = client.get("/api/about").json()["networks"]
        for size, network in expected.items():
            own = network.config.board_size
            assert told["trained_for"][str(size)] == own
            about = client.get("/api/network", params={"size": size}).json()
            filters = network.config.filters
            assert about["layers"]["conv1"] == filters
            assert about["parameters"] == sum(parameter.numel() for parameter in network.parameters())
            weights = np.frombuffer(client.get("/api/filters", params={"size": size, "plane": 3}).content, "<f4")
            np.testing.assert_allclose(weights.reshape(filters, 5, 5), network.trunk.conv1.weight.detach()[:, 3])
            asked = {"size": size, "moves": [2 * 20, 2 * 21 + 1, 2 * 22], "setup": []}
            alone = Predictor(network, dtype=torch.float32)
            planes = extract(Board.from_moves(asked["moves"], size=size), 2)
            maps = alone.maps(planes[None])[0]
            answer = client.post("/api/map", json=asked).json()["probabilities"]
            np.testing.assert_allclose(answer, maps, atol=2e-6)
            made = {**asked, "moves": [*asked["moves"], 2 * 40 + 1]}
            line = client.post("/api/line", json={**made, "first": 3, "last": 4}).json()
            assert line[0]["p"] == pytest.approx(maps[40], abs=2e-6)
            assert client.post("/api/play", json=asked).json()["point"] == maps.argmax()
            why = client.post("/api/why", json={**asked, "point": 40}).json()
            assert why["size"] == size and why["probability"] == pytest.approx(maps[40], abs=2e-6)
            values = np.frombuffer(client.post("/api/layer", json={**asked, "layer": "conv2"}).content, "<f4")
            within = insides.activations(alone, planes, "conv2")
            np.testing.assert_allclose(values, within.ravel(), rtol=1e-4, atol=1e-4)
            summed = client.post("/api/sum", json={**asked, "layer": "conv2", "channel": 7, "point": 40}).json()
            assert summed["output"] == pytest.approx(values.reshape(filters, -1)[7, 40], rel=1e-4, abs=1e-4)
            assert client.post("/api/picture", json={**asked, "format": "svg"}).status_code == 200
        for path, params in (("network", {"size": 26}), ("filters", {"size": 4, "plane": 3})):
            refused(client.get(f"/api/{path}", params=params), 422)


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_pictures(client: TestClient, kind: str) -> None:
    answer = client.post("/api/picture", json=question(5, format=kind, played=40))
    if kind == "png":
        assert Image.open(io.BytesIO(answer.content)).format == "PNG"
    else:
        assert "Played: E5" in answer.text and answer.headers["content-type"].startswith("image/svg+xml")


def test_the_history_can_be_hidden(client: TestClient, predictor: Predictor) -> None:
    planes = RECORD.planes(7)[None]
    hide_ages(planes)
    expected = predictor.maps(planes)[0]
    answer = client.post("/api/map", json=question(7, hidden=True)).json()["probabilities"]
    np.testing.assert_allclose(answer, expected, atol=2e-6)
    entry = client.post("/api/line", json=question(first=6, last=7, hidden=True)).json()[0]
    assert entry["p"] != client.post("/api/line", json=question(first=6, last=7)).json()[0]["p"]
    played = client.post("/api/play", json=question(7, hidden=True)).json()
    assert expected[played["point"]] == expected.max()
    ages = client.post("/api/planes", json=question(7, hidden=True)).json()[4:12]
    assert ages[:7] == [[]] * 7 and len(ages[7]) == 8


def test_a_game_to_begin_with_and_another_origin(predictor: Predictor) -> None:
    opened = Opened("mine.sgf", GAME, 3)
    app = create_app({"one": predictor}, hosts=["*"], origins=["https://go.example"], opened=opened)
    with TestClient(app) as client:
        assert client.get("/api/about").json()["opened"] == {"name": "mine.sgf", "move": 3}
        assert client.get("/api/opened").json() == client.post("/api/game", content=GAME).json()
        origins = {"https://go.example": 200, "https://go.example.evil": 403, "http://go.example": 403, "null": 403}
        for origin, status in origins.items():
            assert client.post("/api/map", json=question(), headers={"origin": origin}).status_code == status


def test_other_games_of_a_file(client: TestClient) -> None:
    data = b"(;SZ[9];B[aa])(;SZ[13];B[bb])"
    assert client.post("/api/game?number=2", content=data).json()["size"] == 13
    refused(client.post("/api/game?number=3", content=data), 422)
    refused(client.post("/api/game?number=x", content=data), 400)
    refused(client.get("/api/opened"), 404)
