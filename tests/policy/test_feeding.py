"""What arrives on the device is what was made, and a whole step on a GPU has all that it needs there."""

from itertools import islice
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from honte.data.batches import BatchStream
from honte.data.corpus import Corpus
from honte.policy.feeding import Feeder, Load, activations, packed
from honte.policy.recipes import TrainConfig
from honte.policy.training import Trainer, compiled_forward
from tests.policy.corpora import random_corpus
from tests.policy.games import RuleStream

CPU = torch.device("cpu")
CONFIG = TrainConfig(board_size=9, filters=8, side="all", batch_size=32)


@pytest.fixture(scope="module")
def stream() -> BatchStream:
    return BatchStream(Corpus(random_corpus(20, size=9, length=60)), CONFIG)


@given(st.integers(1, 4), st.integers(1, 51), st.integers(1, 25), st.integers(0, 2**32))
def test_planes_come_out_of_their_bits_as_they_were(count: int, planes: int, size: int, seed: int) -> None:
    made = np.random.default_rng(seed).integers(0, 2, (count, planes, size, size), np.uint8)
    bits = packed(made)
    assert bits.shape == (count, -(-planes * size**2 // 8))
    out = activations(torch.from_numpy(bits), (planes, size, size), torch.float32)
    assert out.is_contiguous(memory_format=torch.channels_last)
    np.testing.assert_array_equal(out.numpy(), made)


@pytest.mark.parametrize("threads", [1, 3])
def test_loads_are_the_parts_of_the_batches_of_the_steps(stream: BatchStream, threads: int) -> None:
    feeder = Feeder(stream, CPU)
    feeder.threads = threads
    loads = list(feeder.loads(range(5, 9), part=1, parts=2))
    assert len(loads) == 4
    for step, load in zip(range(5, 9), loads, strict=True):
        batch = stream.batch(step, part=1, parts=2)
        np.testing.assert_array_equal(load.planes.numpy(), batch.planes)
        np.testing.assert_array_equal(load.moves.numpy(), batch.moves)
        assert load.form == (48, 9, 9)


class Event:
    """What a GPU's stream records and waits for."""


class Stream:
    """A stand-in for a GPU's streams that keeps what is asked of it."""

    def __init__(self) -> None:
        self.recorded: list[Event] = []
        self.waited: list[Event] = []

    def record_event(self) -> Event:
        self.recorded.append(Event())
        return self.recorded[-1]

    def wait_event(self, event: Event) -> None:
        self.waited.append(event)


def test_steps_wait_for_the_copy_of_their_own_batch(stream: BatchStream, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the calls of a GPU's streams replaced: planes travel as bits, and each load is waited for before use."""
    import contextlib

    steps, kept = Stream(), []
    feeder = Feeder(stream, CPU)
    feeder.copies = copies = Stream()  # type: ignore[assignment]
    monkeypatch.setattr(torch.cuda, "stream", lambda _stream: contextlib.nullcontext())
    monkeypatch.setattr(torch.cuda, "current_stream", lambda _device: steps)
    monkeypatch.setattr(torch.Tensor, "pin_memory", lambda tensor: tensor.clone())
    monkeypatch.setattr(torch.Tensor, "record_stream", lambda tensor, where: kept.append((tensor, where)))
    for number, load in enumerate(islice(feeder.loads(range(6)), 3)):
        batch = stream.batch(number)
        assert load.planes.shape == (32, 48 * 81 // 8)
        np.testing.assert_array_equal(activations(load.planes, load.form, torch.float32).numpy(), batch.planes)
        assert steps.waited[-1] is load.arrived and load.arrived in copies.recorded  # type: ignore[attr-defined]
        assert all(where is steps for _, where in kept) and len(kept) == 2 * (number + 1)


def test_a_step_has_all_of_its_tensors_on_the_device(stream: BatchStream) -> None:
    """On the device of tensors without memory, which refuses to compute with those of another, as a GPU does."""
    device = torch.device("meta")
    trainer = Trainer(CONFIG, stream, device=device, dtype=torch.bfloat16)
    batch = stream.batch(0)
    bits, moves = torch.from_numpy(packed(batch.planes)).to(device), torch.from_numpy(batch.moves).to(device)
    for _ in range(2):
        trainer.take_step(Load(bits, moves, (48, 9, 9)))
    assert trainer.progress.step == 2
    for parameter in trainer.network.parameters():
        state = trainer.optimiser.state[parameter]
        assert all(value.device == device for name, value in state.items() if name != "step")


def test_without_a_compiler_training_goes_on(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def compiled(_forward: object, **_options: bool) -> object:
        def fail(*_arguments: Any) -> torch.Tensor:
            raise RuntimeError("Cannot find a working triton installation")

        return fail

    def forward(planes: torch.Tensor, form: tuple[int, int, int]) -> torch.Tensor:
        return activations(planes, form, torch.float32).sum()

    monkeypatch.setattr(torch, "compile", compiled)
    load: Load = Feeder(RuleStream(seed=0), CPU).sent(RuleStream(seed=0).batch(0))  # type: ignore[arg-type]
    assert compiled_forward(forward, load) is forward
    assert "without torch.compile, more slowly: Cannot find" in caplog.text
