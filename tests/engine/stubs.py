"""Stand-ins for a trained network, and a way to talk to the engine without a process."""

import io
from concurrent.futures import Future
from pathlib import Path

import numpy as np
import torch

from honte.engine.commands import Session
from honte.engine.gtp import LineReader, serve
from honte.engine.play.player import Player
from honte.features.board import Board
from honte.features.errors import HonteError
from honte.features.planes import extract
from honte.policy.network import NetworkConfig, PolicyNetwork
from honte.policy.predictor import legal_points


class StubPredictor:
    """Has the interface of `honte.policy.predictor.Predictor`; the same probabilities for every position."""

    def __init__(self, probabilities: np.ndarray) -> None:
        self.board_size = round(probabilities.size**0.5)
        self.policy = (probabilities / probabilities.sum()).astype(np.float32)
        self.calls = 0
        self.level = ""
        self.family, self.members = self, {self.board_size: self}

    def at(self, size: int) -> "StubPredictor":
        self.trained_for(size)
        return self

    def trained_for(self, size: int) -> int:
        if size != self.board_size:
            raise HonteError(f"the network is for {self.board_size} lines, not for {size}")
        return size

    def with_level(self, level: str) -> "StubPredictor":
        if level:
            raise HonteError(f"no network here plays like {level}")
        return self

    def told(self, planes: np.ndarray) -> np.ndarray:
        return planes

    def levels(self) -> tuple[str, ...]:
        return ()

    def bands(self) -> dict[int, tuple[str, ...]]:
        return {self.board_size: ()}

    def words(self, size: int) -> str:
        return f"the network for {self.trained_for(size)}x{size}"

    def maps(self, planes: np.ndarray) -> np.ndarray:
        assert planes.shape[1] == 48 and planes.dtype == np.uint8
        self.trained_for(planes.shape[-1])
        self.calls += 1
        maps = self.policy * legal_points(planes)
        return maps / np.maximum(maps.sum(axis=1, keepdims=True), 1e-30)

    def probabilities(self, board: Board, colour: int) -> np.ndarray:
        return self.maps(extract(board, colour)[None])[0]


def uniform(size: int) -> StubPredictor:
    return StubPredictor(np.ones(size * size))


def new_session(player: Player) -> Session:
    ready: Future[Player] = Future()
    ready.set_result(player)
    return Session(ready)


def talk(sent: bytes, session: Session) -> str:
    """Everything the engine writes when it reads these bytes."""
    output = io.BytesIO()
    serve(LineReader(io.BytesIO(sent)), output, session.answer)
    return output.getvalue().decode()


def tiny_network(size: int = 9, *, seed: int = 0, bands: tuple[str, ...] = ()) -> PolicyNetwork:
    """The same random network every time for a seed, with clear preferences, that is told bands of rank."""
    network = PolicyNetwork(NetworkConfig(board_size=size, planes=48 + len(bands), bands=bands, filters=8)).eval()
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.normal_(0, 0.2, generator=generator)
    return network


def save_tiny_network(folder: Path, size: int = 9) -> Path:
    from honte.policy.checkpoint import save

    save(tiny_network(size), folder)
    return folder
