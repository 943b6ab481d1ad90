"""Which moves of a corpus are labels, and which games are kept back."""

import difflib
import hashlib
from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from honte.data.corpus import Corpus, CorpusError
from honte.data.fields import rank_name, rank_value, winner
from honte.data.record import in_validation
from honte.data.settings import BatchConfig, rank_within
from honte.features.board import BLACK, WHITE

GAMES_AT_ONCE = 8192
"""Whose moves are looked through at once for labels, to bound memory."""
NEAREST = 5
"""Names that are told for one that is not there, at most."""


def eligible(
    corpus: Corpus, config: BatchConfig, kept_back: npt.NDArray[np.bool_]
) -> npt.NDArray[np.uint32]:
    """The indices into `corpus.moves` of the moves that are labels."""
    movers = eligible_movers(corpus, config) * on_side(kept_back, config)
    passes = config.board_size**2
    found = []
    for start in range(0, corpus.games, GAMES_AT_ONCE):
        offsets = corpus.offsets[start : start + GAMES_AT_ONCE + 1]
        lengths = np.diff(offsets)
        moves = corpus.moves[offsets[0] : offsets[-1]]
        taken = np.repeat(movers[start : start + GAMES_AT_ONCE], lengths) >> (moves & 1) & 1 == 1
        taken &= moves >> 1 != passes
        if config.first_move > 1 or config.last_move is not None:
            numbers = np.arange(len(moves)) - np.repeat(offsets[:-1] - offsets[0], lengths) + 1
            taken &= numbers >= config.first_move
            taken &= numbers <= (len(moves) if config.last_move is None else config.last_move)
        found.append((np.flatnonzero(taken) + offsets[0]).astype(np.uint32))
    return np.concatenate([np.empty(0, np.uint32), *found])


def eligible_movers(corpus: Corpus, config: BatchConfig) -> npt.NDArray[np.uint8]:
    """uint8 (games,): the sum of the colours whose moves can be labels, on either side of the split; 0 for neither.

    Raises CorpusError for a player who is not in the corpus, with the nearest names.
    """
    movers = np.full(corpus.games, BLACK | WHITE, np.uint8)
    movers[corpus.sizes != config.board_size] = 0
    if config.only_winner:
        movers &= np.array([winner(result) for result in corpus.table["result"].to_pylist()], np.uint8)
    for colour, column in ((BLACK, "black_rank"), (WHITE, "white_rank")):
        ranks = corpus.table[column].to_pylist()
        within = {rank for rank in set(ranks) if rank_within(rank, config.min_rank, config.max_rank)}
        movers[[rank not in within for rank in ranks]] &= ~np.uint8(colour)
    if config.player:
        columns = [corpus.table[column].to_pylist() for column in ("black", "white")]
        check_players(config.player, set().union(*columns), whose="the corpus")
        wanted = {name.casefold() for name in config.player}
        for colour, names in zip((BLACK, WHITE), columns, strict=True):
            movers[[name.casefold() not in wanted for name in names]] &= ~np.uint8(colour)
    return movers


def ranks_there(corpus: Corpus) -> str:
    """Which ranks the players of a corpus have, as a sentence's end."""
    texts = {rank for name in ("black_rank", "white_rank") for rank in set(corpus.table[name].to_pylist())}
    values = sorted(value for value in map(rank_value, texts) if value is not None)
    if not values:
        return "no game there says what rank a player has"
    return f"the players there are from {rank_name(values[0])} to {rank_name(values[-1])}"


def positions_by_size(corpus: Corpus, config: BatchConfig) -> dict[int, int]:
    """How many labels there are for each size of board, by lines, on both sides of the split; the largest board first.

    `config.board_size` makes no difference.
    """
    both = replace(config, side="all")
    sizes = sorted(map(int, np.unique(corpus.sizes)), reverse=True)
    nobody = np.zeros(corpus.games, np.bool_)
    return {size: len(eligible(corpus, replace(both, board_size=size), nobody)) for size in sizes}


def check_players(wanted: Sequence[str], there: Collection[str], *, whose: str) -> None:
    """Raise CorpusError for a player who is not among the names that are there; capitals make no difference."""
    spelt = {name.casefold(): name for name in there if name}
    for player in wanted:
        given = player.casefold()
        if given in spelt:
            continue
        near = [name for name in spelt if given and given in name][:NEAREST]
        near += [name for name in difflib.get_close_matches(given, spelt, n=NEAREST) if name not in near]
        names = ", ".join(f"'{spelt[name]}'" for name in near[:NEAREST])
        hint = f"the nearest of the {len(spelt):,} names are {names}" if near else "nor is any name like it"
        raise CorpusError(f"no player of {whose} is called '{player}': {hint}")


def on_side(kept_back: npt.NDArray[np.bool_], config: BatchConfig) -> npt.NDArray[np.bool_]:
    """bool (games,): the games on the side of the split that is asked for."""
    return kept_back == (config.side == "validation") if config.side != "all" else np.ones_like(kept_back)


def held_out(corpus: Corpus, config: BatchConfig) -> npt.NDArray[np.bool_]:
    """bool (games,): the games on the validation side of the split, which is by a hash of the game.

    Of two games and more with moves that meet the settings it keeps at least one back, that of the smallest hash,
    unless its share is nothing; of one game it keeps none back, unless its share is all.
    """
    keys = corpus.table["key"].to_pylist()
    kept_back = np.array([in_validation(key, config.validation_share) for key in keys], np.bool_)
    suitable = np.flatnonzero(eligible_movers(corpus, config))
    different = {keys[game] for game in suitable}
    if len(different) == 1 and config.validation_share < 1:
        kept_back[suitable] = False
    if config.validation_share and len(different) > 1 and not kept_back[suitable].any():
        smallest = min(different, key=lambda key: int.from_bytes(key[:8], "little"))
        kept_back[[game for game in suitable if keys[game] == smallest]] = True
    return kept_back


def fingerprint(corpus: Corpus, *, names: bool = False) -> str:
    """A hash of all in a corpus that decides which batches are made of it, wherever its files are.

    With `names`, those of the players are part of that.
    """
    digest = hashlib.blake2b(digest_size=16)
    for array in (corpus.moves, corpus.offsets, corpus.sizes, corpus.setup_stones, corpus.setup_offsets):
        digest.update(np.ascontiguousarray(array).data)
    for name in ("key", "result", "black_rank", "white_rank", *(("black", "white") if names else ())):
        digest.update(repr(corpus.table[name].to_pylist()).encode())
    return digest.hexdigest()
