#!/usr/bin/env bash
# From two archives of 9x9 games of OGS, one to learn from and one to score on, to this network:
# train.sh ARCHIVE VALIDATION FOLDER
set -euo pipefail
archive=$1 validation=$2 folder=$3

honte corpus build "$archive" -o "$folder/games.parquet"
honte corpus build "$validation" -o "$folder/validation.parquet"
games="--corpus $folder/games.parquet --validation $folder/validation.parquet --board-size 9"
scale="--filters 64 --batch-size 128"

honte train "$folder/open" $games $scale --min-rank 5k --seed 5 --hold-steps 1500 --steps 6860
honte train "$folder/decayed" --from "$folder/open" --steps 14860 --decay-steps 8000
honte train "$folder/told" $games $scale --init "$folder/decayed/network" --bands 20k 15k 12k 9k 6k 3k 1d 4d \
  --lr 1e-3 --hold-steps 100000 --steps 3600 --decay-steps 3400 --ema 0.998 --seed 7

# the games in which a player of the bands at the ends moves, to be drawn more often
python - "$folder" <<'END'
import sys
from pathlib import Path

import pyarrow.parquet as pq

from honte.data.fields import rank_value

folder = Path(sys.argv[1])
games = pq.read_table(folder / "games.parquet")
ranks = list(zip(*(map(rank_value, games[side].to_pylist()) for side in ("black_rank", "white_rank")), strict=True))
for name, lowest, highest in (("strongest", 4, 99), ("dan", 1, 3), ("weakest", -19, -15)):
    its = [any(r is not None and lowest <= r <= highest for r in pair) for pair in ranks]
    pq.write_table(games.filter(its), folder / f"{name}.parquet", compression="zstd")
END
strongest="$folder/strongest.parquet" dan="$folder/dan.parquet" weakest="$folder/weakest.parquet"
honte train "$folder/ends" --from "$folder/told" --corpus "$folder/games.parquet" "$strongest" "$strongest" "$strongest" \
  "$strongest" "$strongest" "$dan" "$dan" "$weakest" "$weakest" --lr 8e-4 --warmup-steps 50 --steps 6000 \
  --decay-steps 2350 --seed 8
