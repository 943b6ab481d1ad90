"""`honte train` and `honte evaluate` on a corpus of random games, through every room below them."""

import json
import math
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from safetensors.torch import load_file, save_file

from honte.data.corpus import SCHEMA
from honte.data.reading import row
from honte.engine.cli import main
from honte.features.board import BLACK, Board
from honte.policy import checkpoint
from honte.policy.backbones import create_model
from honte.policy.predictor import Predictor
from honte.policy.recipes import RECIPES, describe
from honte.policy.run import Run
from tests.policy.backbones.test_pretrained import theirs
from tests.policy.corpora import random_corpus, random_game
from tests.waiting import PATIENCE

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
Honte = Callable[..., int]
CALIBRATION = ("--calibration-positions", "16")
TINY = ("--board-size", "9", "--filters", "8", "--batch-size", "16", "--log-interval", "80", "--threads", "1",
        "--score-positions", "32", *CALIBRATION)  # fmt: skip


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("corpus") / "games.parquet"
    pq.write_table(random_corpus(30, size=9, length=40), path)
    return str(path)


@pytest.fixture
def honte(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Honte:
    """Run a command line in a folder of its own; returns the exit status."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> int:
        monkeypatch.setattr(sys, "argv", ["honte", *arguments])
        return main()

    return run


def steps_of(run: str) -> list[int]:
    lines = Path(run, "metrics.jsonl").read_text().splitlines()
    return [line["step"] for line in map(json.loads, lines) if "loss" in line]


def scores_of(run: str) -> dict[int, float]:
    """Validation losses by step."""
    lines = map(json.loads, Path(run, "metrics.jsonl").read_text().splitlines())
    return {line["step"]: line["validation_loss"] for line in lines if "validation_loss" in line}


def test_train_go_on_decay_and_evaluate(
    honte: Honte, corpus: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (
        honte("train", "--run", "first", "--corpus", corpus, "--validation-share", "0.2", "--steps", "10", *TINY) == 0
    )
    assert steps_of("first") == [5, 10]
    assert "positions/s on this machine: an epoch takes" in " ".join(capsys.readouterr().err.split())
    assert honte("train", "--run", "first", "--steps", "15") == 0
    assert steps_of("first") == [5, 10, 15]
    assert honte("train", "--run", "decayed", "--from", "first", "--decay-steps", "10") == 0
    assert steps_of("decayed") == [20, 25]
    tuning = ("--init", "decayed/network", "--corpus", corpus, "--steps", "5", *TINY)
    assert honte("train", "--run", "tuned", *tuning) == 0
    assert "validation loss" in capsys.readouterr().err

    assert honte("evaluate", corpus, "--network", "tuned/network", "--side", "all", "--json") == 0
    report = json.loads(capsys.readouterr().out)
    assert report["positions"] == 30 * 40
    assert report["games"] == 30
    assert honte("evaluate", corpus, "--network", "tuned/network", "--positions", "128", "--symmetries", "8",
                 "--side", "all") == 0  # fmt: skip
    assert "128" in capsys.readouterr().out


def test_the_same_command_goes_on_with_its_run(honte: Honte, corpus: str) -> None:
    command = ("train", "--run", "run", "--corpus", corpus, "--steps", "5", *TINY)
    assert honte(*command) == 0
    assert honte(*command) == 0
    assert steps_of("run") == [5]


def test_tensorboard_has_the_metrics_of_a_run_that_went_on(honte: Honte, corpus: str) -> None:
    accumulators = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    command = ("train", "--run", "run", "--corpus", corpus, "--tensorboard", *TINY)
    assert honte(*command, "--steps", "15") == 0
    assert honte(*command, "--steps", "25") == 0
    events = accumulators.EventAccumulator("run/tensorboard").Reload()
    lines = [json.loads(line) for line in Path("run", "metrics.jsonl").read_text().splitlines()]
    for name in ("loss", "validation_loss"):
        expected = [(line["step"], pytest.approx(line[name])) for line in lines if name in line]
        assert [(event.step, event.value) for event in events.Scalars(name)] == expected


def test_fine_tuning_begins_with_the_weights_of_the_checkpoint(honte: Honte, corpus: str) -> None:
    assert honte("train", "--run", "first", "--corpus", corpus, "--steps", "5", *TINY) == 0
    still = ("--lr", "0", "--steps", "5", "--weight-decay", "0", *CALIBRATION)
    assert honte("train", "--run", "tuned", "--init", "first/network", "--corpus", corpus, *still) == 0
    before, after = (checkpoint.load(f"{run}/network", folded=False).state_dict() for run in ("first", "tuned"))
    assert all(before[name].allclose(after[name], atol=1e-6) for name in before if "norm" not in name)


@pytest.mark.parametrize(("branches", "tolerance"), [("plain", 1e-4), ("merged", 0.15)])
def test_a_trunk_of_other_weights_is_begun_with(honte: Honte, corpus: str, branches: str, tolerance: float) -> None:
    """Weights by torchvision's names; at a rate of nothing the network's features stay those of the trunk, but for norm
    statistics measured anew."""
    save_file(theirs(create_model("resnet20", device="meta")), "trunk.safetensors")
    begun = ("--corpus", corpus, "--init", "trunk.safetensors", "--network", "resnet20", "--branches", branches)
    shape = ("--board-size", "9", "--batch-size", "8", "--calibration-positions", "16", "--threads", "1")
    assert honte("train", "--run", "new", *begun, *shape, "--steps", "1", "--lr", "1e-30") == 0
    network = checkpoint.load("new/network")
    assert network.config.filters == 64
    planes = torch.rand(2, 48, 9, 9)
    expected = create_model("resnet20", head="policy", board_size=9, pretrained="trunk.safetensors").eval()
    with torch.no_grad():
        features, wanted = network.trunk(planes), expected.forward_features(planes)
    assert (features - wanted).norm() < tolerance * wanted.norm()


@pytest.mark.parametrize(("file", "sentence"), [("nowhere.safetensors", "no file "), ("a.pth", "is a pickle")])
def test_a_trunk_that_cannot_be_read_gets_a_sentence(
    honte: Honte, corpus: str, file: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    begun = ("--corpus", corpus, "--init", file, "--network", "resnet20", "--board-size", "9", "--batch-size", "8")
    assert honte("train", "--run", "new", *begun) == 1
    assert sentence in capsys.readouterr().err and not Path("new", "config.json").exists()


def test_a_wider_network_goes_on_from_a_narrow_one(honte: Honte, corpus: str) -> None:
    assert honte("train", "--run", "narrow", "--corpus", corpus, "--steps", "5", *TINY) == 0
    still = ("--filters", "12", "--lr", "0", "--steps", "5", "--weight-decay", "0", *CALIBRATION)
    assert honte("train", "--run", "wide", "--init", "narrow/network", "--corpus", corpus, *still) == 0
    narrow, wide = (checkpoint.load(f"{run}/network", folded=False).state_dict() for run in ("narrow", "wide"))
    assert wide["trunk.conv2.square"].shape[:2] == (12, 12)
    count = len(narrow["trunk.conv2.square"])
    assert torch.equal(wide["trunk.conv2.square"][:count, :count], narrow["trunk.conv2.square"])
    assert not wide["trunk.conv2.square"][:count, count:].any()


def test_a_plain_checkpoint_is_gone_on_with_in_a_training_time_form(
    honte: Honte, corpus: str
) -> None:
    begun = ("--corpus", corpus, "--validation", corpus, "--steps", "15", "--lr", "0.05", "--warmup-steps", "1", *TINY)
    assert honte("train", "--run", "first", *begun, "--branches", "plain") == 0
    for run in ("second", "again"):
        assert honte("train", "--run", run, *begun, "--init", "first/network", "--branches", "merged") == 0
    states = [load_file(Path(run, "state.safetensors")) for run in ("second", "again")]
    assert "network.trunk.conv2.point" in states[0]
    assert all(torch.equal(tensor, states[1][name]) for name, tensor in states[0].items())
    learnt = math.log(81) - scores_of("first")[15]
    assert math.log(81) - scores_of("second")[0] == pytest.approx(learnt, rel=0.02) and abs(learnt) > 1e-3


def test_fine_tuning_is_scored_before_and_after(honte: Honte, corpus: str) -> None:
    assert honte("train", "--run", "first", "--corpus", corpus, "--steps", "5", *TINY) == 0
    tuning = ("--init", "first/network", "--corpus", corpus, "--validation", corpus, "--steps", "5")
    tuning += ("--score-positions", "64", *CALIBRATION)
    scores = {}
    for seed in ("1", "2"):
        assert honte("train", "--run", seed, *tuning, "--seed", seed) == 0
        scores[seed] = scores_of(seed)
        assert scores[seed].keys() == {0, 5}
    assert scores["1"][0] == pytest.approx(scores["2"][0])
    assert scores["1"][5] != pytest.approx(scores["2"][5])


def test_what_begins_and_what_came_of_it(honte: Honte, corpus: str, capsys: pytest.CaptureFixture[str]) -> None:
    begun = ("train", "--run", "run", "--corpus", corpus, *TINY, "--validation-share", "0.2")
    assert honte(*begun, "--steps", "5") == 0
    said = " ".join(capsys.readouterr().err.split())
    kept = int(re.search(r"kept back ([\d,]+) games?", said)[1])  # type: ignore[index]
    assert 1 <= kept < 30 and f"learnt from {30 - kept} games of the corpus, {40 * (30 - kept):,} positions" in said
    assert f"of {40 * kept} positions of {kept} games" in said and "at step 5, 80 positions" in said
    assert "left out 0 on boards other than 9x9, 0 by the filters" in said
    assert f"an epoch {-(-40 * (30 - kept) // 16)} steps of 16 positions" in said
    parameters = sum(tensor.numel() for name, tensor in load_file("run/state.safetensors").items()
                     if name.startswith("network."))  # fmt: skip
    assert f"network alphago, 8 filters, {parameters:,} parameters while it learns" in said
    assert "at its end: step 5, 80 positions" in said and "best validation loss" in said
    assert "network: run/network; play it with: honte gtp" in said
    # the run may be moved, and so may its corpus
    moved = Path(corpus).rename(Path("moved.parquet").resolve())
    assert honte("train", "run", "--corpus", "moved.parquet", "--steps", "10") == 0
    pq.write_table(random_corpus(30, size=9, length=40, seed=1), corpus)
    assert honte("train", "run", "--corpus", corpus, "--steps", "15") == 1
    assert "was begun with other games than" in capsys.readouterr().err
    moved.replace(corpus)
    assert honte("train", "run", "--corpus", corpus, "--validation", corpus, "--steps", "15") == 1
    assert "begun with other settings (validation)" in capsys.readouterr().err
    again = ("train", "--run", "again", "--corpus", corpus, corpus, "--validation", corpus, *TINY)
    assert honte(*again, "--steps", "5") == 0
    said = capsys.readouterr().err
    assert "learnt from, too, though of --validation: 30 games" in said
    assert "in the corpus again, and counted again: 30 games" in said
    assert "positions are few to learn Go from: --recipe finetune" in said
    assert honte("evaluate", corpus, "--network", "again", "--positions", "32") == 0  # finds again/network


def test_an_interrupt_leaves_a_network_and_says_how_to_go_on(
    honte: Honte, corpus: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    append = Run.append_metrics

    def append_and_interrupt(run: Run, line: dict[str, object]) -> None:
        append(run, line)
        os.kill(os.getpid(), signal.SIGINT)

    with monkeypatch.context() as patch:
        patch.setattr(Run, "append_metrics", append_and_interrupt)
        assert honte("train", "run", "--corpus", corpus, *TINY) == 0
    said = capsys.readouterr().err
    assert "stopped: step 5, 80 positions" in said and "go on with: honte train run\n" in said
    assert "network: run/network; play it with: honte gtp --network run/network\n" in said
    assert checkpoint.read_config("run/network")["metadata"]["step"] == 5 and not scores_of("run")
    assert honte("train", "run", "--steps", "10") == 0
    assert steps_of("run") == [5, 10]


def test_a_run_that_another_process_trains_is_left_alone(
    honte: Honte, corpus: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with Run("run").locked():
        assert honte("train", "run", "--corpus", corpus, "--steps", "5", *TINY) == 1
    assert "another process is training in 'run'" in capsys.readouterr().err
    assert [path.name for path in Path("run").iterdir()] == [".lock"]


def test_what_was_kept_back_is_what_is_scored(
    honte: Honte, corpus: str, capsys: pytest.CaptureFixture[str]
) -> None:
    begun = ("train", "--run", "run", "--corpus", corpus, *TINY, "--validation-share", "0.2")
    assert honte(*begun, "--steps", "5") == 0
    capsys.readouterr()
    games = {}
    for side in (None, "validation", "train", "all"):
        assert honte("evaluate", corpus, "--network", "run", "--json", *(("--side", side) if side else ())) == 0
        printed = capsys.readouterr()
        games[side] = json.loads(printed.out)["games"]
        assert ("did not learn from them" if side in (None, "validation") else "it remembers") in printed.err
    assert games[None] == games["validation"] < games["train"] == 30 - games[None] and games["all"] == 30
    pq.write_table(random_corpus(3, size=9, length=40, seed=7), "other.parquet")
    assert honte("evaluate", "other.parquet", "--network", "run", "--json") == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out)["games"] == 3 and "does not say that it learnt" in printed.err


def test_the_moves_of_one_player_alone(honte: Honte, capsys: pytest.CaptureFixture[str]) -> None:
    """Of ten of the games a player's moves; what was kept back of them is what is scored, against the beginning."""
    table = random_corpus(60, size=9, length=40)
    names = pa.array([f"Ann {number}" if number % 6 else "Bo" for number in range(60)])
    table = table.set_column(table.column_names.index("white"), "white", names)
    pq.write_table(table, "games.parquet")
    assert honte("train", "first", "--corpus", "games.parquet", "--steps", "5", *TINY) == 0
    capsys.readouterr()
    tuning = ("--init", "first/network", "--recipe", "finetune", "--steps", "5", "--lr", "0.001", "--batch-size", "16")
    assert honte("train", "bo", "--corpus", "games.parquet", "--player", "bo", "--player", "Ann 1", *tuning,
                 "--validation-share", "0.3", *CALIBRATION) == 0  # fmt: skip
    said = " ".join(capsys.readouterr().err.split())
    learnt, positions, kept = (
        int(re.search(pattern, said)[1])  # type: ignore[index]
        for pattern in (r"learnt from (\d+) games?", r"corpus, (\d+) positions", r"kept back (\d+) games?")
    )
    assert learnt + kept == 11 and positions == 20 * learnt and "49 by the filters" in said
    assert honte("evaluate", "games.parquet", "--network", "bo", "--player", "Bo", "--player", "Ann 1", "--json") == 0
    printed = capsys.readouterr()
    report = json.loads(printed.out)
    assert (report["games"], report["positions"]) == (kept, 20 * kept) and "the best of its scorings" in printed.err
    assert report["against"]["network"] == str(Path("first/network").resolve())
    gained = scores_of("bo")[0] - scores_of("bo")[5]
    assert report["against"]["cross_entropy"]["value"] == pytest.approx(gained, abs=0.01)
    shutil.rmtree("first")
    assert honte("evaluate", "games.parquet", "--network", "bo", "--json") == 0
    printed = capsys.readouterr()
    assert "against" not in json.loads(printed.out)
    assert "first/network', which it began with, is not there" in printed.err
    assert honte("train", "me", "--corpus", "games.parquet", "--player", "Bob", *TINY) == 1
    assert "no player of the corpus is called 'Bob': the nearest of the 51 names are 'Bo'" in capsys.readouterr().err


def test_games_of_several_sizes_train_one_network(honte: Honte, capsys: pytest.CaptureFixture[str]) -> None:
    """Killed amid it and gone on with it is the same; a size of too few positions is left out unless it is named."""
    sizes = {9: 20, 7: 12, 5: 1}
    tables = [random_corpus(games, size=size, length=30 if games > 1 else 2) for size, games in sizes.items()]
    pq.write_table(pa.concat_tables(tables), "games.parquet")
    options = [option for option in TINY if option not in ("--board-size", "9")]
    command = ["train", "run", "--corpus", "games.parquet", "--steps", "30", "--score-interval", "160", *options]
    process = subprocess.Popen([sys.executable, "-m", "honte", *command, "--save-minutes", "0"], env=ENVIRONMENT)
    deadline = time.monotonic() + PATIENCE
    while not Path("run/metrics.jsonl").exists() or not steps_of("run"):
        assert time.monotonic() < deadline and process.poll() is None
        time.sleep(0.01)
    process.kill()
    process.wait()
    assert honte(*command) == honte(*command[:1], "whole", *command[2:]) == 0
    said = " ".join(capsys.readouterr().err.split())
    assert "on 9x9, " in said and "on 7x7)" in said and "1 on boards other than 9x9, 7x7" in said
    assert steps_of("run")[-1] == 30 and list(scores_of("run")) == [10, 20, 30]
    for name in ("network/model.safetensors", "state.safetensors"):
        resumed, whole = (load_file(Path(run, name)) for run in ("run", "whole"))
        assert resumed.keys() == whole.keys() and all(torch.equal(whole[key], resumed[key]) for key in whole)
    assert scores_of("run") == scores_of("whole")
    network = checkpoint.load("run/network")
    assert network.config.sizes == (9, 7) and network.head.bias.any() and network.head.others["7"].any()
    assert honte("evaluate", "games.parquet", "--network", "run", "--side", "all", "--json") == 0
    report = json.loads(capsys.readouterr().out)
    assert {name: score["games"] for name, score in report["sizes"].items()} == {"7x7": 12, "9x9": 20}
    named = ("--board-size", "5", "--board-size", "9", "--init", "run/network", "--validation-share", "0")
    assert honte("train", "other", "--corpus", "games.parquet", *named, "--steps", "2", *options) == 0
    assert checkpoint.load("other/network").config.sizes == (9, 5)


def test_one_network_is_told_the_rank_or_each_rank_has_one(honte: Honte, capsys: pytest.CaptureFixture[str]) -> None:
    """Of players who begin in the centre or in a corner by their rank: one position, and two right answers."""
    rng, rows = np.random.default_rng(0), []
    for number in range(60):
        game = random_game(rng, size=5, length=12)
        moves = game.moves.copy()
        moves[0] = 2 * (12, 0)[number % 2]
        if (moves[1:] >> 1 != moves[0] >> 1).all():
            rank = ("10k", "3d")[number % 2]
            rows.append(row(replace(game, moves=moves, black_rank=rank, white_rank=rank)))
    pq.write_table(pa.Table.from_pylist(rows, schema=SCHEMA), "games.parquet")
    options = [option for option in TINY if option not in ("--board-size", "9")]
    begun = ("--corpus", "games.parquet", "--last-move", "1", "--no-symmetry", "--validation-share", "0", *options)
    learning = ("--lr", "0.03", "--warmup-steps", "5", "--ema", "0.9", "--steps", "60")
    top1 = {}
    for run, chosen in {"told": ("--bands", "15k", "1d"), "dans": ("--min-rank", "1d"), "untold": ()}.items():
        assert honte("train", run, *begun, *learning, *chosen) == 0
        lines = [json.loads(line) for line in Path(run, "metrics.jsonl").read_text().splitlines()]
        top1[run] = [line["top1"] for line in lines if "loss" in line][-1]
    assert top1["told"] == top1["dans"] == 1 and top1["untold"] < 0.8
    network = checkpoint.load("told/network")
    assert (network.config.planes, network.config.bands) == (50, ("15k", "1d"))
    board = Board(5)
    for rank, point in (("10k", 12), ("3d", 0)):
        assert Predictor(network, level=rank).probabilities(board, BLACK).argmax() == point
    capsys.readouterr()
    evaluated = ("evaluate", "games.parquet", "--network", "told", "--against", "untold", "--side", "all")
    assert honte(*evaluated, "--by", "rank", "--json") == 0
    report = json.loads(capsys.readouterr().out)
    assert [score["rank"] for score in report["ranks"]] == ["10k", "3d"]
    assert report["against"]["top1"]["value"] > 0
    assert honte(*evaluated, "--min-rank", "1d", "--json") == 0
    assert json.loads(capsys.readouterr().out)["games"] == report["ranks"][1]["games"]
    still = ("--lr", "0", "--weight-decay", "0", "--steps", "1")
    assert honte("train", "more", *begun, "--init", "untold/network", "--bands", "15k", "1d", *still) == 0
    before, after = (checkpoint.load(f"{run}/network") for run in ("untold", "more"))
    assert after.config.planes == 50 and not after.trunk.conv1.weight[:, 48:].any()
    maps = [Predictor(each, level="3d").probabilities(board, BLACK) for each in (before, after)]
    assert np.allclose(*maps, atol=0.05) and maps[0].std() > 0.05
    assert honte("train", "fewer", *begun, "--init", "told/network", "--bands", "1d") == 1
    assert "has bands" in capsys.readouterr().err


def test_small_collections_work(honte: Honte, capsys: pytest.CaptureFixture[str]) -> None:
    for games, said in ((1, "nothing is scored, as there is only one game"), (2, "kept back 1 game of the corpus")):
        pq.write_table(random_corpus(games, size=9, length=40), "games.parquet")
        command = ("train", "--run", str(games), "--corpus", "games.parquet", "--steps", "5", *TINY)
        assert honte(*command) == 0
        assert said in " ".join(capsys.readouterr().err.split())
    assert scores_of("2").keys() == {5}


def test_the_help_says_what_recipes_are(honte: Honte, capsys: pytest.CaptureFixture[str]) -> None:
    assert honte("train", "--help") == 0
    printed = capsys.readouterr().out.replace("\u2502", " ")
    assert all(f"{name}: {describe(name)}" in " ".join(printed.split()) for name in RECIPES)
    assert "--patience 5" in describe("finetune") and "--lr 3e-05" in describe("finetune")


@pytest.fixture(scope="module")
def finished(corpus: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of five steps, which nobody may change."""
    folder = tmp_path_factory.mktemp("finished") / "run"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["honte", "train", str(folder), "--corpus", corpus, "--steps", "5", *TINY])
        assert main() == 0
    return folder


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--run", "new"), "give --corpus"),
        (("--run", "new", "--corpus", "missing.parquet"), "missing.parquet: no such corpus"),
        (
            ("--run", "new", "--recipe", "quik"),
            "no recipe is called 'quik': choose from default, quick, gpu, finetune",
        ),
        (("--run", "new", "--from", "nowhere"), "no training run in"),
        (("--run", "new", "--init", "nowhere"), "no checkpoint at"),
        (
            ("--run", "new", "--init", "run/network", "--branches", "bn"),
            "has branches merged, so it cannot be bn",
        ),
        (("--run", "new", "--init", "run/network", "--filters", "4"), "has filters 8, so it cannot be 4"),
        (
            ("--run", "run", "--lr", "1"),
            r"other settings (lr): go on without them, or branch off with --from",
        ),
        (("--run", "run", "--steps", "3"), "is at step 5, too late for this end: branch off with --from"),
        (("--run", "run", "--steps", "9", "--decay-steps", "6"), "too late for this end"),
        (("--run", "run", "--device", "abacus"), "no device 'abacus' here"),
        (("--run", "run", "--device", "meta"), "no device 'meta' here"),
        (("--run", "new", "--lr", "nan"), "lr must be from 0 to 1, not nan"),
        (("--run", "new", "--player", "--corpus", "x"), "player is given without a value"),
        (("--run", "new", "--from", "run", "--filters", "64"), "keeps its parent's network"),
    ],
)
def test_mistakes_are_one_sentence(
    honte: Honte, finished: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], message: str
) -> None:
    shutil.copytree(finished, "run")
    capsys.readouterr()
    assert honte("train", *arguments) == 1
    printed = capsys.readouterr().err.splitlines()[-1]
    assert printed.startswith("honte: ")
    assert message in printed
