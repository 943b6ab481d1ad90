"""What fine-tuning on one player's games gains on later games of the same player.

`python -m tests.benchmarks.bench_finetune RUNS --corpus FILE… --player NAME… [--network DIR] [--board-size N]`.
Each player's very last games, which neither the training nor the choice of the best network sees, are scored by the
network as it was and as it became by `--recipe finetune` on the games before them: with `--learnt 25 100` once on 25
and once on 100. Prints a table in Markdown, a row as each training is finished, with 95 % intervals of the differences
on the same moves. Without a player it takes the three with the most games. Killed and given again with the same folder
it goes on. With --smoke the games are random ones and the network is small.
"""

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from honte.data.batches import BatchConfig, BatchStream
from honte.data.corpus import SCHEMA, Corpus
from honte.data.fields import first_date
from honte.engine.cli.train import train
from honte.features.errors import HonteError
from honte.policy import checkpoint
from honte.policy.evaluation import Figure, Outcomes, outcomes
from honte.policy.family import Family
from honte.policy.network import NetworkConfig, PolicyNetwork
from honte.policy.predictor import Predictor
from honte.policy.recipes import TrainConfig
from honte.policy.run import Run
from tests.policy.corpora import random_corpus

HEADS = (
    "player", "games learnt from", "games scored", "moves", "loss before", "after", "gain", "top-1 before", "after",
    "gain, points", "positions learnt from",
)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", type=Path, nargs="?", help="folder of the runs; a temporary one by default")
    parser.add_argument("--corpus", type=Path, nargs="+", default=[], help="corpora with the players' games")
    parser.add_argument("--player", nargs="+", default=[], help="their names in it; by default the three busiest")
    parser.add_argument("--network", default="default", help="network to begin with")
    parser.add_argument("--board-size", type=int, default=19, help="lines of the board")
    parser.add_argument("--learnt", type=int, nargs="+", default=[80], help="games to learn from; several, one by one")
    parser.add_argument("--scored", type=int, default=20, help="last games of each player, which are not learnt from")
    parser.add_argument("--steps", type=int, help="last step of 64 positions of each, where the machine is slow")
    parser.add_argument("--lr", type=float, help="highest learning rate; that of the recipe by default")
    parser.add_argument("--threads", type=int, help="processor threads; all cores by default")
    parser.add_argument("--device", help="cpu, cuda or mps; the best by default")
    parser.add_argument("--smoke", action="store_true", help="random games, a small network")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        runs = given.runs or Path(temporary)
        runs.mkdir(parents=True, exist_ok=True)
        settings: dict[str, object] = {name: value for name in ("steps", "lr") if (value := getattr(given, name))}
        if given.smoke:
            given.corpus, given.network, given.board_size = [runs / "random.parquet"], str(runs / "small"), 5
            given.learnt, given.scored = [4, 8], 4
            settings |= {"score_interval": 64, "calibration_positions": 32, "batch_size": 32, "patience": 2}
            _random_games(given.corpus[0])
            checkpoint.save(PolicyNetwork(NetworkConfig(board_size=5, filters=8)), given.network, metadata={})
        if not given.corpus:
            parser.error("give --corpus, or --smoke")
        compare(runs, given, settings)


def _random_games(path: Path) -> None:
    table = random_corpus(24, size=5, length=20)
    names = pa.array(["one", "two"] * 12), pa.array(["three"] * 24)
    for column, values in zip(("black", "white"), names, strict=True):
        table = table.set_column(table.schema.get_field_index(column), column, values)
    pq.write_table(table, path)


def compare(runs: Path, given: argparse.Namespace, settings: dict[str, object]) -> None:
    table = pa.concat_tables(pq.read_table(path, columns=SCHEMA.names) for path in given.corpus)
    table = table.filter(pc.field("size") == given.board_size)
    before = Predictor(Family(given.network))
    print("| " + " | ".join(HEADS) + " |\n|---" + "|---:" * (len(HEADS) - 1) + "|", flush=True)
    for place, player in enumerate(given.player or busiest(table)):
        last = last_games(table, player, max(given.learnt) + given.scored)
        earlier = len(last) - given.scored
        scored = runs / f"{place + 1}-scored.parquet"
        pq.write_table(last.slice(earlier), scored)
        as_it_was = foretold(before, scored, player, given.board_size)
        for count in given.learnt:
            folder = runs / f"{place + 1}-{given.board_size}x{given.board_size}-{count}"
            folder.mkdir(exist_ok=True)
            learnt = folder / "learnt.parquet"
            pq.write_table(last.slice(earlier - count, count), learnt)
            run = Run(folder / "run")
            train(
                run.folder,
                settings={"recipe": "finetune", "init": given.network, "corpus": (str(learnt),), "player": (player,),
                          "board_size": (given.board_size,), **settings},
                device=given.device,
                threads=given.threads,
            )  # fmt: skip
            if not finished(run):  # it was stopped by a signal, and is saved
                sys.exit(f"'{run.folder}' is not finished: give the same command again to go on")
            after = foretold(Predictor(Family(str(run.network_folder))), scored, player, given.board_size)
            print(row(player, count, as_it_was, after, run), flush=True)


def busiest(table: pa.Table) -> list[str]:
    """The three players with the most games."""
    names = Counter(name for column in ("black", "white") for name in table[column].to_pylist() if name)
    return [name for name, _ in names.most_common(3)]


def last_games(table: pa.Table, player: str, count: int) -> pa.Table:
    """A player's last games, the latest last. Raises HonteError when there are fewer."""
    own = table.filter((pc.field("black") == player) | (pc.field("white") == player))
    if len(own) < count:
        raise HonteError(
            f"'{player}' has {len(own):,} games on boards of this size: give --learnt and --scored of no more together"
        )
    dates = list(map(first_date, own["date"].to_pylist()))
    order = sorted(range(len(own)), key=dates.__getitem__)
    return own.take(pa.array(order[-count:]))


def finished(run: Run) -> bool:
    """Whether the run has come to its end, and was not stopped."""
    config, state = run.read_config(TrainConfig), run.read_state()
    assert state is not None and config.patience is not None
    return state[1]["worse"] >= config.patience or state[1]["step"] == config.steps


def foretold(predictor: Predictor, corpus: Path, player: str, size: int) -> Outcomes:
    """How well the player's own moves are foretold."""
    config = BatchConfig(batch_size=128, symmetry=False, side="all", player=(player,), board_size=size)
    return outcomes(predictor, BatchStream(Corpus.open(corpus), config).in_order())


def row(player: str, learnt: int, before: Outcomes, after: Outcomes, run: Run) -> str:
    state = run.read_state()
    assert state is not None
    positions = state[1]["best_step"] * run.read_config(TrainConfig).batch_size
    old, new, gain = before.score(), after.score(), after.gain(before)
    cells: Sequence[str] = (
        player, f"{learnt:,}", f"{new.games:,}", f"{new.positions:,}",
        f"{old.cross_entropy.value:.4f}", f"{new.cross_entropy.value:.4f}", _interval(gain.cross_entropy, 1, "+.4f"),
        f"{old.top1.value:.1%}", f"{new.top1.value:.1%}", _interval(gain.top1, 100, "+.2f"), f"{positions:,}",
    )  # fmt: skip
    return "| " + " | ".join(cells) + " |"


def _interval(figure: Figure, factor: int, form: str) -> str:
    if figure.low is None or figure.high is None:
        return f"{figure.value * factor:{form}}"
    return f"{figure.value * factor:{form}} ({figure.low * factor:{form}} to {figure.high * factor:{form}})"


if __name__ == "__main__":
    main()
