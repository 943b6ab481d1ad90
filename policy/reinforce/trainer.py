"""REINFORCE: games against an earlier self, and a step that makes the moves of games that were won more likely.

A move a in a position s of a game of reward z (1 won, -1 lost, 0 drawn) adds (z - b) · grad log p(a|s) to the step,
where p is what the move was drawn from: the softmax over the sensible points at the temperature of play. The baseline
b is the mean reward of the step's games with the same colour, so that neither the komi nor a weak opponent counts as
skill (Williams 1992; Silver et al. 2016 have b = 0 here, and later a network of values).
"""

from collections.abc import Generator
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from honte.data.bands import band_of, with_band_planes
from honte.data.sgf import serialise
from honte.features import PLANE_COUNT
from honte.features.board import BLACK, WHITE, setup_rows
from honte.features.many import CAPPED, ManyGames
from honte.features.plane_table import SENSIBLE
from honte.features.planes import extract_games
from honte.policy import checkpoint
from honte.policy.family import Family
from honte.policy.files import write_atomically
from honte.policy.learner import Learner, Progress
from honte.policy.network import PolicyNetwork, with_boards
from honte.policy.parallel import Workers
from honte.policy.predictor import Predictor
from honte.policy.reinforce.openings import Openings
from honte.policy.reinforce.pool import Pool
from honte.policy.reinforce.selfplay import alternating, opening_keys, play_games, record_of, rewards
from honte.policy.reinforce.settings import CHANGEABLE, ReinforceConfig
from honte.policy.run import Run, RunError, reopen
from honte.policy.training import build_optimiser
from honte.policy.wilson import wilson

COLUMNS = ("reward", "length", "capped", "black_won", "opening", "given", "moves")
"""What is noted of a game: its reward and length, whether the cap ended it and Black won, a number for its opening (of
24 bits, which float32 holds), whether a corpus gave it, and how many moves are learnt from."""
FIGURES = (
    "games", "score", "length", "capped", "black_won", "empty_boards", "openings", "older", "older_score", "newer",
    "newer_score", "moves", "loss", "entropy",
)  # fmt: skip
"""What is summed up since the last line of metrics."""
MOMENTUM = 0.9
"""Of sgd."""
SCORING = 2**40
"""Number of the first game of scorings, which no step comes to."""


class Reinforcer(Learner[int]):
    """A network that plays against its earlier selves and learns from who won."""

    config: ReinforceConfig

    def __init__(
        self,
        config: ReinforceConfig,
        run: Run,
        *,
        device: torch.device,
        dtype: torch.dtype,
        openings: Openings | None = None,
        workers: Workers = Workers(),  # noqa: B008 - frozen
        threads: int = 1,
    ) -> None:
        """Raises RunError when the games of a step cannot be dealt out, HonteError where there is no network."""
        if config.games % workers.count:
            raise RunError(
                f"{workers.count} processes cannot share {config.games} games: give --games"
                f" {-(-config.games // workers.count) * workers.count}"
            )
        self.config, self.workers, self.device, self.dtype = config, workers, device, dtype
        self.openings, self.threads = openings, threads
        self.pool = Pool(run.folder / "pool", interval=config.pool_interval, seed=config.seed)
        self.games_folder = run.folder / "games"
        first = self.pool.load(0) if run.state_path.exists() else _first_network(config)
        self.network = first.to(device).requires_grad_().train()
        self.optimiser: torch.optim.Optimizer
        if config.optimiser == "muon":
            self.optimiser = build_optimiser(self.network, lr=config.lr, weight_decay=0.0, dtype=dtype)
        else:
            self.optimiser = torch.optim.SGD(self.network.parameters(), lr=config.lr, momentum=MOMENTUM)
        self.progress = Progress(fingerprint=openings.fingerprint if openings else "")
        self.window = torch.zeros(len(FIGURES), device=device)

    def predictor(self, network: PolicyNetwork) -> Predictor:
        """A copy of a network as it is now, for play."""
        return Predictor(network, device=self.device, dtype=self.dtype)

    def batches(self) -> Generator[int]:
        yield from count(self.progress.step)

    def take_step(self, batch: int) -> None:
        """Play the games of step `batch`, of which this worker has its part, and learn from them."""
        config, workers = self.config, self.workers
        if batch % config.pool_interval == 0:
            self.pool.add(self.network, batch, workers)
        member = self.pool.drawn(batch)
        share = config.games // workers.count
        places = np.arange(workers.rank * share, (workers.rank + 1) * share)
        numbers = (batch * config.games + places).astype(np.uint64)
        colours = alternating(numbers)
        games, given = self.begin(numbers)
        opponent = self.predictor(self.pool.load(member))
        play_games(games, self.predictor(self.network), opponent, colours, temperature=config.temperature)
        own_games, plies = own_moves(games, colours, given)
        table = self.noted(games, colours, given, places, np.bincount(own_games, minlength=games.count))
        advantages = table[:, 0].copy()
        for colour in (BLACK, WHITE):
            same = alternating(np.arange(config.games, dtype=np.uint64) + np.uint64(batch * config.games)) == colour
            advantages[same] -= advantages[same].mean()
        figures = self.learn_from(games, own_games, plies, advantages[places])
        workers.sum([*(p.grad for p in self.network.parameters() if p.grad is not None), figures])
        self.window += torch.cat([self.sums(table, member, batch), figures])
        if config.keep_games and workers.leads:
            self.keep(games, colours, batch, member)
        self.step_optimiser()

    def begin(self, numbers: npt.NDArray[np.uint64]) -> tuple[ManyGames, npt.NDArray[np.int32]]:
        """The games of these numbers at their beginnings, and how many moves of each were given."""
        config = self.config
        openings = [self.openings.drawn(int(number)) for number in numbers] if self.openings else []
        games = ManyGames(
            numbers, size=config.board_size, seed=config.seed, length=config.longest, openings=openings,
            threads=self.threads,
        )
        return games, np.array([*map(len, openings)] or [0] * len(numbers), np.int32)

    def noted(
        self, games: ManyGames, colours: npt.NDArray[np.int32], given: npt.NDArray[np.int32],
        places: npt.NDArray[np.int64], moves: npt.NDArray[np.int64],
    ) -> npt.NDArray[np.float32]:
        """The table (games of the step, COLUMNS) of what all workers' games were like."""
        table = np.zeros((self.config.games, len(COLUMNS)), np.float32)
        columns = (
            rewards(games, colours, komi=self.config.komi), games.lengths, games.ends == CAPPED,
            games.leads > self.config.komi, opening_keys(games) >> np.uint64(40), given > 0, moves,
        )
        table[places] = np.stack([np.asarray(column, np.float32) for column in columns], axis=1)
        shared = torch.from_numpy(table).to(self.device)
        self.workers.sum([shared])
        whole: npt.NDArray[np.float32] = shared.cpu().numpy()
        return whole

    def sums(self, table: npt.NDArray[np.float32], member: int, step: int) -> Tensor:
        """All of FIGURES but the last two, for the games of a step."""
        reward, length, capped, black_won, opening, given, moves = table.T
        count, score = len(table), (reward + 1).sum() / 2
        older = 2 * member < self.pool.members(step)[-1] or step < self.config.pool_interval
        fresh = opening[given == 0]
        figures = (
            count, score, length.sum(), capped.sum(), black_won.sum(), len(fresh), len(np.unique(fresh)),
            count * older, score * older, count * (not older), score * (not older), moves.sum(),
        )
        return torch.tensor([float(figure) for figure in figures], device=self.device)

    def learn_from(
        self, games: ManyGames, own_games: npt.NDArray[np.int64], plies: npt.NDArray[np.int64],
        advantages: npt.NDArray[np.float32],
    ) -> Tensor:
        """Take the gradient of moves of this worker's games, if any; the sums of their losses and entropies.

        A point that would have brought back an earlier position counts as one that could be drawn: such are rare.
        """
        config, size = self.config, self.config.board_size
        figures = torch.zeros(2, device=self.device)
        for parameter in self.network.parameters():  # which all workers sum, with moves or without
            parameter.grad = torch.zeros_like(parameter)
        offsets = np.arange(games.count + 1) * games.moves.shape[1]
        moves, no_setup, no_rows = games.moves.ravel(), setup_rows(None), np.zeros(games.count + 1, np.int64)
        for start in range(0, len(plies), config.positions_at_once):
            part = slice(start, start + config.positions_at_once)
            chosen, ply = own_games[part], plies[part]
            planes = np.empty((len(ply), PLANE_COUNT, size, size), np.uint8)
            extract_games(
                moves, offsets, chosen, ply, size=size, setup=no_setup, setup_offsets=no_rows,
                symmetries=np.zeros(len(ply), np.int32), out=planes,
            )
            bands = self.network.config.bands
            if bands:  # a network that can be told a rank is told none, as in play
                planes = with_band_planes(planes, np.full(len(planes), band_of("", bands)), len(bands))
            shown = torch.from_numpy(planes).to(self.device)
            logits = self.network(shown.to(self.dtype, memory_format=torch.channels_last)).float()
            unfit = shown[:, SENSIBLE].flatten(1) == 0
            logs = (logits / config.temperature).masked_fill(unfit, -torch.inf).log_softmax(1)
            played = torch.from_numpy((games.moves[chosen, ply] >> 1).astype(np.int64)).to(self.device)
            weights = torch.from_numpy(advantages[chosen]).to(self.device)
            losses = -weights * logs.gather(1, played[:, None])[:, 0]
            torch.autograd.backward(losses.sum() / config.games)
            with torch.no_grad():
                entropy = -(logs.exp() * logs.masked_fill(unfit, 0)).sum()
                figures += torch.stack([losses.sum(), entropy])
        return figures

    def figures(self, steps: int) -> dict[str, Any]:
        sums = dict(zip(FIGURES, self.window.tolist(), strict=True))
        games, moves = sums["games"], max(sums["moves"], 1.0)
        halves = {f"against_{half}": sums[f"{half}_score"] / sums[half] for half in ("older", "newer") if sums[half]}
        return {
            "games": self.progress.step * self.config.games,
            "loss": sums["loss"] / moves,
            "win_rate": sums["score"] / games,
            **halves,
            "black_wins": sums["black_won"] / games,
            "length": sums["length"] / games,
            "capped": sums["capped"] / games,
            "entropy": sums["entropy"] / moves,
            "openings": round(sums["openings"]),
            "empty_boards": round(sums["empty_boards"]),
            "games_per_second": round(games / self.progress.window_seconds, 3),
        }

    def export(self, run: Run) -> dict[str, Any]:
        """Play against the first network and write this one to the run's folder; return the line of metrics.

        One worker does it, while the others go on to the next step and wait there.
        """
        progress = self.progress
        line: dict[str, Any] = {
            "step": progress.step,
            "games": progress.step * self.config.games,
            "seconds": round(progress.seconds, 2),
        }
        progress.scored = progress.step
        if self.workers.leads:
            line |= self.score(self.network, progress.step)
            checkpoint.save(self.network, run.network_folder, metadata={**line, "init": self.config.init})
            run.append_metrics(line)
        return line

    def finish(self, run: Run) -> None:
        checkpoint.save(
            self.network, run.network_folder, metadata={"step": self.progress.step, "init": self.config.init}
        )

    def score(self, network: PolicyNetwork, step: int) -> dict[str, Any]:
        """The share of the points that a network gets against the first one, with its interval."""
        config, count = self.config, self.config.score_games
        numbers = np.arange(count, dtype=np.uint64) + np.uint64(SCORING + step * count)
        games = ManyGames(
            numbers, size=config.board_size, seed=config.seed, length=config.longest, threads=self.threads
        )
        colours = alternating(numbers)
        first = self.predictor(self.pool.load(0))
        temperature, drawn = config.score_temperature, config.score_drawn
        play_games(games, self.predictor(network), first, colours, temperature=temperature, drawn=drawn)
        points = (rewards(games, colours, komi=config.komi) + 1) / 2
        low, high = wilson(float(points.mean()), count)
        by_colour = {f"as_{name}": float(points[colours == colour].mean())
                     for name, colour in (("black", BLACK), ("white", WHITE))}  # fmt: skip
        return {"against_first": float(points.mean()), "low": low, "high": high, **by_colour, "score_games": count}

    def keep(self, games: ManyGames, colours: npt.NDArray[np.int32], step: int, member: int) -> None:
        """Write the first games of a step as SGF."""
        names = f"step {step}", f"step {member} (pool)"
        records = []
        for game in range(min(self.config.keep_games, games.count)):
            black, white = names if colours[game] == BLACK else names[::-1]
            records.append(record_of(games, game, komi=self.config.komi, black=black, white=white))
        write_atomically(self.games_folder / f"{step:08d}.sgf", b"\n".join(map(serialise, records)))

    @torch.no_grad()
    def restore(self, run: Run) -> None:
        """Go on from the last save of a run; a new one has its first network in the pool."""
        state, games = run.read_state(), self.progress.fingerprint
        if state is None:
            self.pool.add(self.network, 0, self.workers)
            return
        tensors, progress = state
        if progress["fingerprint"] != games:
            raise RunError(
                f"the run in '{run.folder}' was begun with other games than {' and '.join(self.config.corpus)} now"
                " hold: give those as --corpus, wherever they are"
            )
        self.progress = Progress(**progress)
        self.take_over(tensors)


def own_moves(
    games: ManyGames, colours: npt.NDArray[np.int32], given: npt.NDArray[np.int32]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The moves that the side with `colours` drew, as games and plies in order: no passes and none that was given."""
    plies = np.arange(games.moves.shape[1])
    drawn = (plies < games.lengths[:, None]) & (plies >= given[:, None])
    drawn &= (games.moves & 1) + 1 == colours[:, None]
    drawn &= games.moves >> 1 != games.size**2
    own_games, own_plies = np.nonzero(drawn)
    return own_games, own_plies


def open_run(folder: Path | str, given: dict[str, Any]) -> tuple[Run, ReinforceConfig]:
    """A run to go on with, and its settings: those given, over those of the run. Nothing is written yet.

    Raises RunError.
    """
    run = Run(folder)
    if run.exists():
        return run, reopen(run, ReinforceConfig, given, changeable=CHANGEABLE)[1]
    if run.state_path.exists():
        raise RunError(f"'{folder}' holds the state of a run of another kind: give another folder")
    size = Family(given.get("init", ReinforceConfig.init)).usual_size
    return run, ReinforceConfig(**{"board_size": size, **given})


def _first_network(config: ReinforceConfig) -> PolicyNetwork:
    """The network that a run begins with: the one for its board, or the convolutions of another."""
    family = Family(config.init)
    return with_boards(family.read(*family.answering(config.board_size)), config.board_size)
