"""What the server says of a network's insides."""

import threading

import numpy as np
import pytest

pytest.importorskip("starlette.testclient")
from starlette.testclient import TestClient

from honte.data.sgf import parse
from honte.engine.web import insides
from honte.features import PLANE_COUNT
from honte.features.planes import extract
from honte.policy.predictor import Predictor
from tests.engine.web.asking import GAME, RECORD, SIZE, question, refused


def test_planes(client: TestClient) -> None:
    answer = client.post("/api/planes", json=question(4)).json()
    expected = extract(RECORD.board(4), RECORD.to_move(4)).reshape(PLANE_COUNT, -1)
    assert answer == [plane.nonzero()[0].tolist() for plane in expected]


def test_layers_and_filters(client: TestClient, predictor: Predictor) -> None:
    layers = client.get("/api/network", params={"size": SIZE}).json()["layers"]
    assert list(layers) == ["planes", *(f"conv{n}" for n in range(1, 13)), "head"] and layers["conv1"] == 8
    planes = extract(RECORD.board(), RECORD.to_move())
    for layer, count in (("planes", 48), ("conv1", 8), ("conv12", 8), ("head", 1)):
        values = np.frombuffer(client.post("/api/layer", json=question(layer=layer)).content, "<f4")
        assert values.size == count * 81
        np.testing.assert_allclose(values, insides.activations(predictor, planes, layer).ravel(), rtol=1e-4, atol=1e-4)
    refused(client.post("/api/layer", json=question(layer="conv99")), 422)
    weights = np.frombuffer(client.get("/api/filters", params={"size": SIZE, "plane": 3}).content, "<f4")
    np.testing.assert_allclose(weights.reshape(8, 5, 5), predictor.network.trunk.conv1.weight[:, 3].numpy())
    refused(client.get("/api/filters", params={"size": SIZE, "plane": 48}), 422)
    for params in ({"size": SIZE, "plane": "x"}, {"plane": "3"}, {"size": "9" * 9, "plane": "3"}):
        refused(client.get("/api/filters", params=params), 400)


def test_activations_are_what_the_next_layer_gets(predictor: Predictor) -> None:
    planes = extract(RECORD.board(), 1)
    network = predictor.network
    last = insides.activations(predictor, planes, "conv12")
    head = insides.activations(predictor, planes, "head")
    logits = predictor.log_probabilities(planes[None])[0].numpy()
    weights = network.head.weight.detach().numpy().reshape(-1)
    expected = np.tensordot(weights, last, 1).ravel() + network.head.bias.detach().numpy()
    np.testing.assert_allclose(head.ravel(), expected, rtol=1e-2, atol=1e-2)
    np.testing.assert_allclose(logits - logits.max(), head.ravel() - head.max(), atol=1e-3)


@pytest.mark.parametrize(("layer", "channel", "point"), [("conv1", 2, 0), ("conv2", 5, 40), ("conv12", 7, 80)])
def test_an_output_is_the_sum_of_its_terms(
    client: TestClient, predictor: Predictor, layer: str, channel: int, point: int
) -> None:
    told = client.post("/api/sum", json=question(layer=layer, channel=channel, point=point)).json()
    planes = extract(RECORD.board(), RECORD.to_move())
    output = insides.activations(predictor, planes, layer)[channel].ravel()[point]
    assert told["output"] == pytest.approx(output, rel=1e-4, abs=1e-5)
    assert max(told["sum"], 0) == pytest.approx(output, rel=1e-3, abs=1e-4)
    terms = [term["sum"] for term in told["terms"]]
    assert sum(terms) + told["rest"] + told["bias"] == pytest.approx(told["sum"], rel=1e-4, abs=1e-4)
    before = {"conv1": "planes", "conv2": "conv1", "conv12": "conv11"}[layer]
    inputs = np.pad(insides.activations(predictor, planes, before), ((0, 0), (2, 2), (2, 2)))
    row, column = divmod(point, 9)
    for term in told["terms"]:
        patch, kernel = np.array(term["patch"]), np.array(term["kernel"])
        reach = len(kernel) // 2
        seen = inputs[term["channel"], row + 2 - reach : row + 3 + reach, column + 2 - reach : column + 3 + reach]
        np.testing.assert_allclose(patch, seen, rtol=1e-4, atol=1e-4)
        weight = getattr(predictor.network.trunk, layer).weight[channel, term["channel"]]
        np.testing.assert_allclose(kernel, weight.numpy())
        assert (patch * kernel).sum() == pytest.approx(term["sum"], rel=1e-4, abs=1e-5)


def test_there_is_no_sum_of_what_is_no_output(client: TestClient) -> None:
    for change in ({"layer": "planes"}, {"layer": "head"}, {"channel": 8}, {"layer": None}):
        refused(client.post("/api/sum", json={**question(layer="conv1", channel=0, point=0), **change}), 422)
    refused(client.post("/api/sum", json=question(layer="conv1", channel=0, point=81)), 400)


def test_activations_are_of_the_position_asked_for(predictor: Predictor) -> None:
    """Also while the network is busy with others."""
    empty, planes = (extract(parse(game).board(), 1) for game in (b"(;SZ[9])", GAME))
    expected = {layer: insides.activations(predictor, planes, layer) for layer in ("conv3", "head")}
    stop = threading.Event()

    def keep_busy() -> None:
        while not stop.is_set():
            predictor.maps(empty[None])

    busy = threading.Thread(target=keep_busy)
    busy.start()
    try:
        for _ in range(100):
            for layer, maps in expected.items():
                np.testing.assert_array_equal(insides.activations(predictor, planes, layer), maps)
    finally:
        stop.set()
        busy.join()
