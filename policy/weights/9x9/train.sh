#!/usr/bin/env bash
# From two archives of 9x9 games of OGS, one to learn from and one to score on, and the network for 19x19 beside this one,
# to this network: train.sh ARCHIVE VALIDATION FOLDER
set -euo pipefail
archive=$1 validation=$2 folder=$3
first=$(dirname "$0")/../19x19

honte corpus build "$archive" -o "$folder/games.parquet"
honte corpus build "$validation" -o "$folder/validation.parquet"
games="--corpus $folder/games.parquet --validation $folder/validation.parquet --board-size 9"

honte train "$folder/open" $games --init "$first" --branches merged --min-rank 1d --batch-size 128 --lr 5e-4 \
  --warmup-steps 150 --hold-steps 1000000 --ema 0.998 --seed 41 --steps 1024
honte train "$folder/decayed" --from "$folder/open" --steps 1660 --decay-steps 630
honte export "$folder/decayed" -o "$folder/9x9" --bits 8
