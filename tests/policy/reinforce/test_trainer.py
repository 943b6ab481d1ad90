"""Self-play on small boards: what is learnt from whom, that it helps, and that a kill in the middle changes nothing."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from honte.data.corpus import Corpus
from honte.data.sgf import parse_collection
from honte.features.board import BLACK, WHITE, encode_move
from honte.features.many import ManyGames
from honte.features.plane_table import SENSIBLE
from honte.features.planes import extract_plies
from honte.policy import checkpoint
from honte.policy.learner import learn
from honte.policy.network import NetworkConfig, PolicyNetwork
from honte.policy.parallel import Workers
from honte.policy.reinforce.alarms import alarms
from honte.policy.reinforce.openings import Openings
from honte.policy.reinforce.pool import Pool
from honte.policy.reinforce.selfplay import opening_keys, rewards
from honte.policy.reinforce.settings import ReinforceConfig
from honte.policy.reinforce.trainer import Reinforcer, open_run, own_moves
from honte.policy.run import Run, RunError
from tests.policy.corpora import random_corpus
from tests.waiting import PATIENCE

ROOT = Path(__file__).parents[3]
CONFIG = ReinforceConfig(
    board_size=5, games=32, komi=0.5, lr=0.05, warmup_steps=1, pool_interval=4, score_interval=4, score_games=32,
    log_interval=2, steps=8,
)  # fmt: skip


@pytest.fixture(autouse=True)
def one_thread() -> Any:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def beginner(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The folder of a fresh network for 5x5."""
    folder = tmp_path_factory.mktemp("networks") / "beginner"
    torch.manual_seed(3)
    checkpoint.save(PolicyNetwork(NetworkConfig(board_size=5, filters=8)), folder)
    return str(folder)


def reinforcer_of(folder: Path, config: ReinforceConfig, **options: Any) -> Reinforcer:
    learner = Reinforcer(config, Run(folder), device=torch.device("cpu"), dtype=torch.float32, **options)
    learner.restore(Run(folder))
    return learner


def run_in(folder: Path, config: ReinforceConfig, **options: Any) -> Reinforcer:
    """Learn in this process, from the run's last save if there is one."""
    learner = reinforcer_of(folder, config)
    learn(learner, Run(folder), **options)
    return learner


def metrics(folder: Path) -> list[dict[str, Any]]:
    """All that the run wrote, except for its times."""
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    return [{k: v for k, v in line.items() if "second" not in k} for line in lines]


def start(folder: Path, beginner: str) -> "subprocess.Popen[bytes]":
    """Learn in a process of its own, saving after every step."""
    script = (
        "import sys, torch; from dataclasses import replace; from pathlib import Path\n"
        "from tests.policy.reinforce.test_trainer import CONFIG, run_in\n"
        "torch.set_num_threads(1)\n"
        "run_in(Path(sys.argv[1]), replace(CONFIG, init=sys.argv[2]), save_minutes=0)"
    )
    return subprocess.Popen([sys.executable, "-c", script, str(folder), beginner], cwd=ROOT)


def wait_for_step(folder: Path, step: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while not (folder / "metrics.jsonl").exists() or not any(m["step"] >= step for m in metrics(folder)):
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory, beginner: str) -> Path:
    folder = tmp_path_factory.mktemp("run")
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    run_in(folder, replace(CONFIG, init=beginner))
    torch.set_num_threads(before)
    return folder


def test_it_learns_to_beat_its_start(tmp_path: Path, beginner: str) -> None:
    # Soon after, or at a higher rate, it is sure of its moves, and what it is sure of then is chance.
    config = replace(CONFIG, init=beginner, games=64, lr=0.03, steps=20, score_interval=20, score_games=400)
    run_in(tmp_path, config)
    (score,) = [line for line in metrics(tmp_path) if "against_first" in line]
    assert score["low"] > 0.6 and score["as_black"] > 0.5


def test_killed_and_resumed_equals_uninterrupted(uninterrupted: Path, tmp_path: Path, beginner: str) -> None:
    for step in (2, 4):  # a scoring follows step 4
        process = start(tmp_path, beginner)
        wait_for_step(tmp_path, step)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    assert start(tmp_path, beginner).wait() == 0
    assert metrics(tmp_path) == metrics(uninterrupted)
    assert [line["step"] for line in metrics(tmp_path)] == [2, 4, 4, 6, 8, 8]
    for name in ("network", "pool/00000004"):
        final = [(folder / name / "model.safetensors").read_bytes() for folder in (tmp_path, uninterrupted)]
        assert final[0] == final[1]


def test_a_stop_signal_saves_where_it_stands(uninterrupted: Path, tmp_path: Path, beginner: str) -> None:
    process = start(tmp_path, beginner)
    wait_for_step(tmp_path, 2)
    process.send_signal(signal.SIGTERM)
    assert process.wait() == 0
    saved = Run(tmp_path).read_state()
    assert saved is not None and 2 <= saved[1]["step"] < 8
    stopped = metrics(tmp_path)
    assert stopped == metrics(uninterrupted)[: len(stopped)]
    assert checkpoint.read_config(tmp_path / "network")["metadata"]["step"] == saved[1]["step"]


def test_the_first_network_stays_in_the_pool_as_it_was(uninterrupted: Path, beginner: str) -> None:
    first = checkpoint.load(uninterrupted / "pool" / "00000000").state_dict()
    assert all(torch.equal(first[name], tensor) for name, tensor in checkpoint.load(beginner).state_dict().items())
    assert any(not torch.equal(first[name], tensor)
               for name, tensor in checkpoint.load(uninterrupted / "network").state_dict().items())  # fmt: skip


def test_what_a_start_left_behind_is_not_begun_with(tmp_path: Path, beginner: str) -> None:
    """A run that was killed before its first save has a pool, and the next one another network."""
    other = PolicyNetwork(NetworkConfig(board_size=5, filters=8))
    Pool(tmp_path / "pool", interval=4, seed=0).add(other, 0, Workers())
    learner = reinforcer_of(tmp_path, replace(CONFIG, init=beginner))
    assert torch.equal(learner.network.head.weight, checkpoint.load(beginner).head.weight)
    assert torch.equal(learner.pool.load(0).head.weight, learner.network.head.weight)


def test_opponents_are_drawn_from_all_earlier_selves(tmp_path: Path) -> None:
    pool = Pool(tmp_path, interval=4, seed=0)
    assert list(pool.members(0)) == list(pool.members(3)) == [0] and list(pool.members(9)) == [0, 4, 8]
    assert {pool.drawn(step) for step in range(12, 16)} <= {0, 4, 8, 12}
    drawn = [pool.drawn(step) for step in range(400, 800)]
    assert all(drawn[step] <= step + 400 for step in range(400)) and len(set(drawn)) > 60


def test_a_move_of_the_winner_gets_more_likely(tmp_path: Path, beginner: str) -> None:
    """Against the same moves weighed by hand: the gradient is that of -(z - b) log p over sensible points."""
    learner = reinforcer_of(tmp_path, replace(CONFIG, init=beginner, games=4, temperature=0.7))
    games, given = learner.begin(np.arange(4, dtype=np.uint64))
    colours = np.array([BLACK, WHITE, BLACK, WHITE], np.int32)
    rng = np.random.default_rng(0)
    while games.live.any():
        live = np.flatnonzero(games.live)
        games.play(live, games.planes(live), rng.normal(size=(len(live), 25)).astype(np.float32), temperature=1)
    own, plies = own_moves(games, colours, given)
    advantages = np.array([1, -1, 0, 0.5], np.float32)

    def log_probabilities(game: int) -> torch.Tensor:
        moves = games.moves[game, : games.lengths[game]]
        mine = [ply for ply in range(colours[game] - 1, len(moves), 2) if moves[ply] >> 1 != 25]
        assert mine == plies[own == game].tolist()
        planes = extract_plies(moves, mine, size=5)
        logits = learner.network(torch.from_numpy(planes).float()) / 0.7
        total = torch.where(torch.from_numpy(planes[:, SENSIBLE].reshape(-1, 25) > 0), logits.exp(), 0).sum(1).log()
        return logits[torch.arange(len(mine)), torch.from_numpy(moves[mine].astype(int) >> 1)] - total

    wanted = sum(-float(advantages[game]) * log_probabilities(game).sum() for game in range(4)) / 4
    expected = torch.autograd.grad(wanted, list(learner.network.parameters()))
    learner.learn_from(games, own[:0], plies[:0], advantages)  # as when a worker has nothing to learn from
    assert all(not parameter.grad.any() for parameter in learner.network.parameters())
    learner.learn_from(games, own, plies, advantages)
    for parameter, gradient in zip(learner.network.parameters(), expected, strict=True):
        torch.testing.assert_close(parameter.grad, gradient, rtol=1e-3, atol=1e-5)
    with torch.no_grad():
        before = [log_probabilities(game).sum() for game in range(2)]
        for parameter in learner.network.parameters():
            parameter -= 1e-3 * parameter.grad
        after = [log_probabilities(game).sum() for game in range(2)]
    assert after[0] > before[0] and after[1] < before[1]


def test_rewards_are_the_winner_s_and_komi_decides() -> None:
    games: Any = SimpleNamespace(leads=np.array([8, 7, 6, 8, 7, 6]))
    colours = np.array([BLACK, BLACK, BLACK, WHITE, WHITE, WHITE])
    assert rewards(games, colours, komi=7).tolist() == [1, 0, -1, -1, 0, 1]


def test_the_baseline_leaves_no_colour_ahead(tmp_path: Path, beginner: str, monkeypatch: pytest.MonkeyPatch) -> None:
    learner = reinforcer_of(tmp_path, replace(CONFIG, init=beginner, komi=4.5))
    seen: list[np.ndarray] = []
    original = learner.learn_from
    monkeypatch.setattr(learner, "learn_from", lambda *given: seen.append(given[3]) or original(*given))
    learner.take_step(0)
    (advantages,) = seen
    assert len(advantages) == 32
    for same in (advantages[::2], advantages[1::2]):
        assert abs(same.mean()) < 1e-6 and np.ptp(same) == pytest.approx(2)


def test_openings_that_are_turned_are_one() -> None:
    def games_of(*openings: list[int]) -> ManyGames:
        codes = [np.array([encode_move(ply % 2 + 1, point) for ply, point in enumerate(points)], np.uint16)
                 for points in openings]  # fmt: skip
        return ManyGames(np.arange(len(codes), dtype=np.uint64), size=5, seed=1, length=50, openings=codes)

    keys = opening_keys(games_of([0, 6, 7], [4, 8, 7], [24, 18, 17], [0, 6, 11], [0, 6, 8], [0, 6]))
    assert len({*keys[:4].tolist()}) == 1 and len({*keys.tolist()}) == 3


def test_games_begin_with_real_ones() -> None:
    openings = Openings(Corpus(random_corpus(30, size=9, length=20)), size=9, most=10, share=0.5, seed=1)
    drawn = [openings.drawn(number) for number in range(400)]
    given = [moves for moves in drawn if len(moves)]
    assert 120 < len(given) < 230 and {len(moves) for moves in given} == set(range(1, 11))
    assert {tuple(moves[:2]) for moves in given if len(moves) > 1} <= {
        tuple(openings.corpus.moves_of(game)[:2]) for game in range(30)
    }
    assert [moves.tolist() for moves in drawn[:20]] == [openings.drawn(number).tolist() for number in range(20)]


def test_given_moves_are_not_learnt_from(tmp_path: Path, beginner: str) -> None:
    corpus = Corpus(random_corpus(30, size=5, length=8))
    openings = Openings(corpus, size=5, most=6, share=1.0, seed=1)
    learner = reinforcer_of(tmp_path, replace(CONFIG, init=beginner), openings=openings)
    games, given = learner.begin(np.arange(20, dtype=np.uint64))
    assert games.lengths.tolist() == given.tolist() and given.max() == 6
    own, plies = own_moves(games, np.full(20, BLACK, np.int32), given)
    assert not len(own) and not len(plies)
    learner.take_step(0)
    learner.progress.window_seconds = 1
    assert learner.figures(1)["empty_boards"] < 12


def test_other_games_and_other_settings_are_refused(tmp_path: Path, beginner: str) -> None:
    run_in(tmp_path, replace(CONFIG, init=beginner, steps=2))
    with pytest.raises(RunError, match=r"other settings \(games\)"):
        open_run(tmp_path, {"games": 64})
    assert open_run(tmp_path, {"steps": 5, "games": 32})[1].steps == 5
    openings = Openings(Corpus(random_corpus(30, size=5, length=8)), size=5, most=6, share=1.0, seed=1)
    with pytest.raises(RunError, match="was begun with other games"):
        reinforcer_of(tmp_path, replace(CONFIG, init=beginner), openings=openings)


def test_a_network_that_knows_ranks_is_told_none(tmp_path: Path) -> None:
    shape = NetworkConfig(board_size=5, filters=8, planes=50, bands=("10k", "1d"))
    checkpoint.save(PolicyNetwork(shape), tmp_path / "network")
    learner = reinforcer_of(tmp_path / "run", replace(CONFIG, init=str(tmp_path / "network"), games=4))
    learner.take_step(0)
    assert learner.progress.step == 1 and learner.network.config.bands == ("10k", "1d")


def test_a_network_for_another_board_lends_its_convolutions(tmp_path: Path, beginner: str) -> None:
    assert open_run(tmp_path, {"init": beginner})[1].board_size == 5
    learner = reinforcer_of(tmp_path, replace(CONFIG, init=beginner, board_size=6))
    assert learner.network.head.bias.shape == (36,) and not learner.network.head.bias.any()
    given = checkpoint.load(beginner).trunk.state_dict()
    assert all(torch.equal(given[name], tensor) for name, tensor in learner.network.trunk.state_dict().items())
    learner.take_step(0)
    assert checkpoint.load(tmp_path / "pool" / "00000000").config.board_size == 6


def test_games_are_kept_as_sgf(tmp_path: Path, beginner: str) -> None:
    run_in(tmp_path, replace(CONFIG, init=beginner, steps=2, keep_games=3))
    (first, second) = sorted((tmp_path / "games").iterdir())
    records = parse_collection(first.read_bytes())
    assert len(records) == len(parse_collection(second.read_bytes())) == 3
    assert [(record.black, record.komi) for record in records[:2]] == [("step 0", 0.5), ("step 0 (pool)", 0.5)]
    assert all(record.board().size == 5 and record.result[0] in "BW" for record in records)


LINE = {"empty_boards": 100, "openings": 50, "capped": 0.0, "entropy": 1.0}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"openings": 9}, "only 9 openings in 100 games"),
        ({"capped": 0.2}, "20% of the games were ended by their length"),
        ({"entropy": 0.05}, "an entropy of 0.05"),
    ],
)
def test_what_goes_wrong_is_said(change: dict[str, float], sentence: str) -> None:
    assert not alarms(LINE) and not alarms({**LINE, "empty_boards": 0, "openings": 0})
    (said,) = alarms({**LINE, **change}).values()
    assert sentence in said


def test_a_cap_that_ends_all_games_is_noticed(tmp_path: Path, beginner: str) -> None:
    run_in(tmp_path, replace(CONFIG, init=beginner, steps=2, moves_per_point=0.5))
    line = metrics(tmp_path)[0]
    assert line["capped"] == 1 and line["length"] == 12 and "capped" in alarms(line)


@pytest.mark.parametrize(
    ("settings", "message"),
    [({"games": 1}, "games must be a whole number from 2 to"), ({"games": 2.5}, "games must be a whole number"),
     ({"seed": 1e3}, "seed must be a whole number"), ({"board_size": None}, "board_size must"),
     ({"temperature": 0.0}, "temperature must be"),
     ({"steps": 0}, "steps must"), ({"optimiser": "adam"}, "choose from sgd, muon"),
     ({"lr": float("nan")}, "lr must be")],
)  # fmt: skip
def test_bad_settings_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(CONFIG, **settings)


def test_settings_come_back_from_json() -> None:
    config = replace(CONFIG, corpus=("games.parquet",), optimiser="muon")
    assert ReinforceConfig.from_json(config.to_json()) == config


@pytest.mark.skipif(not torch.distributed.is_available(), reason="needs torch.distributed")
def test_two_processes_learn_what_one_learns(tmp_path: Path, beginner: str) -> None:
    def run(name: str, *launcher: str) -> list[dict[str, Any]]:
        command = [sys.executable, *launcher, "-m", "honte", "reinforce", str(tmp_path / name), "--init", beginner]
        settings = ["--games=16", "--steps=2", "--score-interval=2", "--score-games=8", "--keep-games=1",
                    "--threads=1", "--device=cpu", "--komi=0.5"]  # fmt: skip
        done = subprocess.run([*command, *settings], cwd=ROOT, timeout=PATIENCE, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert "against the first network" in done.stderr and "network: " in done.stderr
        return metrics(tmp_path / name)

    alone = run("alone")
    together = run("together", "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2")
    assert [line.keys() for line in alone] == [line.keys() for line in together] and len(alone) == 3
    for one, two in zip(alone, together, strict=True):
        assert one == pytest.approx(two, rel=1e-3, abs=1e-3)
