"""Batches: every position once an epoch, the same for a seed, and true to the games."""

from collections import Counter
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from honte.data.batches import Batch, BatchConfig, BatchStream, batches
from honte.data.build import build
from honte.data.corpus import SCHEMA, Corpus, CorpusError
from honte.data.fields import rank_value
from honte.data.reading import row
from honte.data.record import in_validation
from honte.data.settings import SettingError
from honte.data.sgf import parse
from honte.features import PLANE_NAMES
from honte.features.errors import HonteError
from honte.features.planes import extract
from honte.features.symmetry import SYMMETRIES, point_map, transform
from tests.data.random_games import some_games

CONFIG = BatchConfig(batch_size=32, board_size=9, side="all")
AGES = [PLANE_NAMES.index(name) for name in PLANE_NAMES if name.startswith("turns since")]
CAPTURES = [index for index, name in enumerate(PLANE_NAMES) if name.startswith("capture size")]


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    """Random games on 9 lines, some of them with setup stones in the middle, and a few on 7 lines."""
    games = some_games(40)
    games += some_games(6, size=7, seed=1)
    games.append(parse(b"(;SZ[9]HA[2]AB[cc][gg]RE[W+R];W[ee];B[dd]AE[cc]AW[aa];W[];B[ff];W[fe])"))
    return Corpus(pa.Table.from_pylist([row(game) for game in games], SCHEMA))


def places(batch: Batch) -> list[tuple[int, int]]:
    """Game and ply of each position."""
    return list(zip(batch.games.tolist(), batch.plies.tolist(), strict=True))


def all_places(corpus: Corpus, size: int = 9) -> list[tuple[int, int]]:
    """Where the moves are that are no passes."""
    return [
        (game, ply)
        for game in range(corpus.games)
        for ply, code in enumerate(corpus.moves_of(game).tolist())
        if corpus.sizes[game] == size and code >> 1 != size * size
    ]


def equal(one: Batch, other: Batch) -> bool:
    return all((mine == its).all() for mine, its in zip(one, other, strict=True))


def test_every_position_comes_once_an_epoch_and_never_a_pass(corpus: Corpus) -> None:
    stream = BatchStream(corpus, CONFIG)
    expected = all_places(corpus)
    assert stream.positions == len(expected)
    steps = 3 * stream.positions // CONFIG.batch_size + 1
    seen = [place for step in range(steps) for place in places(stream.batch(step))]
    epochs = [seen[number * len(expected) : (number + 1) * len(expected)] for number in range(3)]
    for epoch in epochs:
        assert sorted(epoch) == expected
    assert epochs[0] != epochs[1] != epochs[2] != expected


def test_planes_and_moves_are_those_of_the_game_under_one_symmetry(corpus: Corpus) -> None:
    stream = BatchStream(corpus, CONFIG)
    symmetries: Counter[int] = Counter()
    for step in range(20):
        batch = stream.batch(step)
        assert batch.planes.shape == (32, 48, 9, 9) and batch.planes.dtype == np.uint8
        assert batch.moves.dtype == np.int64
        for planes, move, (game, ply) in zip(batch.planes, batch.moves, places(batch), strict=True):
            record = corpus.record(game)
            code = int(record.moves[ply])
            straight = extract(record.board(ply), (code & 1) + 1)
            fits = [
                symmetry
                for symmetry in range(SYMMETRIES)
                if (transform(straight, symmetry) == planes).all() and point_map(9)[symmetry, code >> 1] == move
            ]
            assert fits
            if len(fits) == 1:
                symmetries[fits[0]] += 1
    assert set(symmetries) == set(range(SYMMETRIES))
    assert max(symmetries.values()) < 2 * min(symmetries.values())


def test_labels_are_legal_on_the_planes(corpus: Corpus) -> None:
    for batch in islice(BatchStream(corpus, CONFIG).prefetch(), 10):
        flat = batch.planes.reshape(len(batch.moves), 48, -1)
        rows = np.arange(len(batch.moves))
        assert (flat[rows, PLANE_NAMES.index("stones empty"), batch.moves] == 1).all()
        assert (flat[:, CAPTURES].sum(axis=1)[rows, batch.moves] == 1).all()  # legal points have one such plane


def test_a_batch_is_a_function_of_seed_and_step(corpus: Corpus) -> None:
    one, other = BatchStream(corpus, CONFIG), BatchStream(corpus, CONFIG)
    assert equal(one.batch(7), other.batch(7))
    assert not equal(one.batch(7), one.batch(8))
    assert not equal(one.batch(7), BatchStream(corpus, replace(CONFIG, seed=1)).batch(7))


@pytest.mark.parametrize("threads", [1, 3])
def test_batches_made_ahead_are_the_same_from_any_step(corpus: Corpus, threads: int) -> None:
    stream = BatchStream(corpus, CONFIG)
    ahead = stream.prefetch(5, threads)
    for step in range(5, 30):
        assert equal(next(ahead), stream.batch(step))
    ahead.close()


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("batch_size", [1, 13, 100_000])
def test_in_order_every_position_comes_once(corpus: Corpus, threads: int, batch_size: int) -> None:
    stream = BatchStream(corpus, replace(CONFIG, batch_size=batch_size, hide_ages=1.0))
    batches = list(islice(stream.in_order(threads), 200))
    assert [place for batch in batches for place in places(batch)] == all_places(corpus)[: 200 * batch_size]
    for batch in batches[:10]:
        for planes, move, (game, ply) in list(zip(batch.planes, batch.moves, places(batch), strict=True))[:50]:
            record = corpus.record(game)
            assert (planes == extract(record.board(ply), record.to_move(ply))).all()
            assert move == record.moves[ply] >> 1


def test_symmetry_can_be_left_out(corpus: Corpus) -> None:
    turned, straight = (BatchStream(corpus, replace(CONFIG, symmetry=symmetry)).batch(0) for symmetry in (True, False))
    assert places(turned) == places(straight)
    assert not equal(turned, straight)
    for move, (game, ply) in zip(straight.moves, places(straight), strict=True):
        assert move == corpus.moves_of(game)[ply] >> 1


def test_ages_are_hidden_for_the_share_asked_for(corpus: Corpus) -> None:
    def hidden(share: float) -> float:
        stream = BatchStream(corpus, replace(CONFIG, hide_ages=share, batch_size=400, first_move=2))
        planes = stream.batch(0).planes
        assert (planes[:, AGES].sum(axis=1) == planes[:, :2].sum(axis=1)).all()  # each stone has an age
        return float((planes[:, AGES[:-1]].sum(axis=(1, 2, 3)) == 0).mean())

    never = hidden(0.0)
    assert hidden(1.0) == 1.0
    assert abs(hidden(0.25) - (never + 0.25 * (1 - never))) < 0.06


def positions(corpus: Corpus, **settings: object) -> set[tuple[int, int]]:
    """Where the labels are under some settings."""
    stream = BatchStream(corpus, replace(CONFIG, **settings))  # type: ignore[arg-type]
    return {place for batch in stream.in_order() for place in places(batch)}


def test_the_sides_of_the_split_share_no_game(corpus: Corpus) -> None:
    train = positions(corpus, side="train", validation_share=0.3)
    validation = positions(corpus, side="validation", validation_share=0.3)
    assert train | validation == set(all_places(corpus))
    assert {game for game, _ in validation} == {
        game
        for game in range(corpus.games)
        if corpus.sizes[game] == 9 and in_validation(corpus.record(game).key, 0.3)
    }
    assert not {game for game, _ in train} & {game for game, _ in validation}


def test_labels_can_be_those_of_winners_ranks_and_phases(corpus: Corpus) -> None:
    def kept(condition) -> set[tuple[int, int]]:  # type: ignore[no-untyped-def]
        return {(g, p) for g, p in all_places(corpus) if condition(corpus.record(g), corpus.record(g).to_move(p), p)}

    def rank(game, colour: int) -> int:  # type: ignore[no-untyped-def]
        value = rank_value((game.black_rank, game.white_rank)[colour - 1])
        return -100 if value is None else value

    assert positions(corpus, only_winner=True) == kept(lambda game, colour, ply: game.winner == colour)
    assert positions(corpus, first_move=6, last_move=21) == kept(lambda game, colour, ply: 5 <= ply <= 20)
    assert positions(corpus, min_rank="4d") == kept(lambda game, colour, ply: rank(game, colour) >= 4)
    assert positions(corpus, min_rank="5k", max_rank="6d") == kept(
        lambda game, colour, ply: -4 <= rank(game, colour) <= 6
    )
    assert positions(corpus, board_size=7) == set(all_places(corpus, 7))


def test_labels_can_be_those_of_players(corpus: Corpus) -> None:
    names = [(corpus.record(game).black, corpus.record(game).white) for game in range(corpus.games)]

    def of(*players: str) -> set[tuple[int, int]]:
        return {(g, p) for g, p in all_places(corpus) if names[g][corpus.record(g).to_move(p) - 1] in players}

    assert positions(corpus, player=("player 3",)) == positions(corpus, player=("Player 3",)) == of("player 3")
    assert positions(corpus, player=("player 1", "player 3")) == of("player 1", "player 3")
    census = BatchStream(corpus, replace(CONFIG, side="train", validation_share=0.2, player=("player 3",))).census()
    games = {game for game, (black, _) in enumerate(names) if black == "player 3" and corpus.sizes[game] == 9}
    assert census.games + census.other_side == len(games) and census.games and census.other_side
    assert sum(census) - census.positions == corpus.games


@pytest.mark.parametrize(
    ("player", "hint"),
    [("palyer 3", "the nearest of the 8 names are 'player 3', "), ("ayer 6", "names are 'player 6', "),
     ("棋", "'棋士'$"),
     ("Q", "nor is any name like it"), ("", "nor is any name like it")],
)  # fmt: skip
def test_a_player_who_is_not_there_is_told_the_nearest(corpus: Corpus, player: str, hint: str) -> None:
    with pytest.raises(CorpusError, match=f"no player of the corpus is called '{player}': .*{hint}"):
        BatchStream(corpus, replace(CONFIG, player=("player 1", player)))


def test_a_game_of_the_player_is_kept_back(corpus: Corpus) -> None:
    """A share so small that by itself it would keep none."""
    config = replace(CONFIG, validation_share=1e-9, player=("player 3",), side="validation")
    of_player = [game for game in range(corpus.games) if corpus.record(game).black == "player 3"]
    keys = {game: corpus.record(game).key for game in of_player if corpus.sizes[game] == 9}
    (kept,) = {game for game, _ in positions(corpus, **vars(config))}
    assert keys[kept] == min(keys.values(), key=lambda key: int.from_bytes(key[:8], "little"))
    assert kept not in {game for game, _ in positions(corpus, **{**vars(config), "side": "train"})}


def test_of_one_game_none_is_kept_back() -> None:
    """Though its hash says so."""
    games = some_games(40, size=7)
    alone = next(game for game in games if in_validation(game.key, 0.3))
    corpus = Corpus(pa.Table.from_pylist([row(alone)] * 2, SCHEMA))
    config = replace(CONFIG, board_size=7, validation_share=0.3)
    assert {game for game, _ in positions(corpus, **{**vars(config), "side": "train"})} == {0, 1}
    with pytest.raises(CorpusError, match="for side 'validation'"):
        positions(corpus, **{**vars(config), "side": "validation"})


def test_whose_moves_they_are_counts_where_players_are_named(corpus: Corpus) -> None:
    renamed = Corpus.__new__(Corpus)
    vars(renamed).update(vars(corpus))
    blacks = pa.array([name.replace("3", "9") for name in corpus.table["black"].to_pylist()])
    renamed.table = corpus.table.set_column(corpus.table.column_names.index("black"), "black", blacks)

    def same(**settings: object) -> bool:
        streams = [BatchStream(each, replace(CONFIG, **settings)) for each in (corpus, renamed)]  # type: ignore[arg-type]
        return streams[0].fingerprint == streams[1].fingerprint

    assert same() and not same(player=("player 1",))


def test_settings_that_leave_nothing_or_make_no_sense(corpus: Corpus) -> None:
    with pytest.raises(CorpusError, match="hold no position on a board of size 19"):
        BatchStream(corpus, BatchConfig())
    senseless = {"hide_ages": [2.0], "validation_share": [-1.0], "min_rank": ["good"], "batch_size": [0, 2.5]}
    for name, value in ((name, value) for name, values in senseless.items() for value in values):
        with pytest.raises(SettingError):
            BatchConfig(**{name: value})  # type: ignore[arg-type]
    stream = BatchStream(corpus, CONFIG)
    for step, part, parts in ((-1, 0, 1), (0, 5, 2), (0, 0, 0), (0.5, 0, 1)):
        with pytest.raises(HonteError, match="must be a whole number"):
            stream.batch(step, part=part, parts=parts)  # type: ignore[arg-type]


def test_more_games_than_are_looked_at_at_once(corpus: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = positions(corpus, first_move=4)
    monkeypatch.setattr("honte.data.labels.GAMES_AT_ONCE", 5)
    assert positions(corpus, first_move=4) == whole


def test_real_games_make_legal_labels(tmp_path: Path, datasets: Path) -> None:
    build([datasets / "kgs-6d-validation.tar.xz"], tmp_path / "kgs.parquet")
    corpus = Corpus.open(tmp_path / "kgs.parquet")
    assert corpus.games > 1900
    stream = BatchStream(corpus, BatchConfig(batch_size=512))
    for step in range(3):
        batch = stream.batch(step)
        flat = batch.planes.reshape(512, 48, -1)
        assert (flat[:, CAPTURES].sum(axis=1)[np.arange(512), batch.moves] == 1).all()


def test_an_epoch_has_each_position_once_and_a_length(corpus: Corpus) -> None:
    first, second = (batches(corpus, CONFIG, epoch=epoch, threads=2) for epoch in range(2))
    positions = all_places(corpus)
    assert len(first) == len(list(first)) == -(-len(positions) // CONFIG.batch_size)
    for epoch in (first, second):
        assert sorted(place for batch in epoch for place in places(batch)) == positions
    assert places(first[0]) != places(second[0])
    assert equal(first[0], BatchStream(corpus, CONFIG).batch(0)) and equal(first[-1], list(first)[-1])
    with pytest.raises(IndexError):
        first[len(first)]


@pytest.mark.parametrize("shuffle", [False, True])
def test_a_data_loader_takes_an_epoch(corpus: Corpus, shuffle: bool) -> None:
    data = pytest.importorskip("torch.utils.data")
    epoch = batches(corpus, CONFIG)
    loader = data.DataLoader(epoch, batch_size=None, shuffle=shuffle)
    loaded = list(loader)
    assert len(loader) == len(loaded) == len(epoch)
    assert sorted(place for batch in loaded for place in places(batch)) == all_places(corpus)
    if not shuffle:
        assert all((batch.planes.numpy() == epoch[index].planes).all() for index, batch in enumerate(loaded))


def test_batches_of_a_file_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "game.sgf").write_text("(;SZ[9];B[ee];W[gc])")
    build(str(tmp_path / "game.sgf"), str(tmp_path / "games.parquet"))
    for name in (str(tmp_path / "games.parquet"), [tmp_path / "games.parquet"]):
        assert sum(len(batch.moves) for batch in batches(name, CONFIG)) == 2
    with pytest.raises(CorpusError, match="no such corpus"):
        batches(tmp_path / "nowhere.parquet")
