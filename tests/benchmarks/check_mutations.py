"""Mutated SGFs, read in every way: `python tests/benchmarks/check_mutations.py [count] [seed] [folder of SGFs]`.

Each must end in games or in a sentence: any other exception is printed with its input and ends the run with status 1.
"""

import faulthandler
import random
import sys
from pathlib import Path

from honte.data.encoding import to_utf8
from honte.data.grammar import SgfError
from honte.data.sgf import iter_games
from honte.data.tree import read_trees, write_trees
from honte.data.viewing import view

SEEDS = [
    b"(;GM[1]FF[4]CA[UTF-8]SZ[9]KM[6.5]HA[2]AB[cc][gg]PB[x]PW[y]RE[B+R];W[ee]C[a \\] b];B[dd](;W[cd]LB[aa:1])(;W[dc]))",
    "(;CA[GBK]SZ[19]PB[聂卫平]PW[马晓春];B[pd]C[好];W[dp];B[pp]PL[W];AB[aa:cc];W[dd])".encode("gbk"),
    "(;SZ[19]PB[井山裕太]PW[表ソ];B[pd]C[ー];W[dp];B[pp](;W[dd])(;W[qq]))".encode("shift_jis"),
    "\ufeff(;SZ[19]PB[古力]C[中国];B[pd]C[国](;W[dp];B[pp])(;W[dd]))".encode("utf-16-le"),
    "(;SZ[19]PB[José]PW[René];B[pd];W[dp];B[tt]W[tt])".encode("mac-roman"),
    b"(\r\nTE[x]\r\nKO[6.5]\r\n;B[pd];W[dp](;B[pp];W[dd])(;B[qq]))\n(;GM[1]SZ[13];B[aa];W[dd])",
    b"(;PB[\x1b$B9bHx\x1b(B]CA[HZ]PW[~{9EA&~}];B[pd]C[x [3k]: a];W[dp])",
]
BITS = [b"(", b")", b";", b"[", b"]", b"\\", b"B[", b"W[aa]", b"AB[aa:zz]", b"CA["]
BITS += [b"\0", b"\xff\xfe", b"\xfe\xff", b"\x81"]


def mutated(data: bytes, chance: random.Random) -> bytes:
    """The data with a few places changed, cut out, doubled, or given other bytes."""
    piece = bytearray(data)
    for _ in range(chance.randint(1, 6)):
        at, length = chance.randrange(len(piece) + 1), chance.choice((1, 1, 1, 2, 5, 20))
        kind = chance.randrange(5)
        if kind == 0:
            del piece[at : at + length]
        elif kind == 1:
            piece[at:at] = chance.choice(BITS)
        elif kind == 2:
            piece[at : at + 1] = bytes([chance.randrange(256)])
        elif kind == 3:
            piece[at:at] = piece[at : at + 10 * length]
        else:
            piece[at:at] = chance.randbytes(length)
    return bytes(piece)


def read_in_every_way(data: bytes) -> None:
    """Raise what should not be raised."""
    to_utf8(data)[0].decode()
    list(iter_games(data, keep_before_fault=True))
    try:
        read_trees(write_trees(read_trees(data).games))
        view(data).as_json()
    except SgfError:
        pass


def main(count: int = 1000, seed: int = 1, folder: Path | None = None) -> int:
    """Read so many mutations."""
    seeds = SEEDS + ([path.read_bytes() for path in sorted(folder.glob("*.sgf"))] if folder else [])
    chance = random.Random(seed)
    for number in range(count):
        data = mutated(chance.choice(seeds), chance)
        faulthandler.dump_traceback_later(60, exit=True)
        try:
            read_in_every_way(data)
        except Exception as error:
            print(f"mutation {number}: {error!r} of {data!r}")
            return 1
        if number % 5_000 == 0:
            print(number, file=sys.stderr, flush=True)
    print(f"{count:,} mutations ended in games or sentences")
    return 0


if __name__ == "__main__":
    sys.exit(main(*(read(value) for read, value in zip((int, int, Path), sys.argv[1:], strict=False))))
