"""Whether strength rises with the level: `python -m tests.benchmarks.bench_levels RUN [--games N] [--folder levels]`.

Each level of a network that was told ranks plays N games, 100 by default, against the next lower one, against the one
below that, and against GNU Go at levels 1 and 10 where that is there, on the board that the network is for, komi 7.
Moves are drawn, so that no openings are needed. With `--only "GNU Go 1"` it plays against that opponent alone. The
games are kept in the folder, and it goes on where it was stopped; `levels.json` there has the rates of all matches so
far with their 95 % intervals, and `levels.png` those against GNU Go.
"""

import json
import shlex
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from honte.engine.match.series import Standing, play_match
from honte.engine.match.settings import MatchSettings
from honte.policy.checkpoint import read_shape, save
from tests.engine.stubs import tiny_network

SMOKE = "--smoke" in sys.argv
GNU_GO = shutil.which("gnugo") or shutil.which("/usr/games/gnugo")


def option(name: str, default: str) -> str:
    return sys.argv[sys.argv.index(name) + 1] if name in sys.argv else default


def main() -> None:
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    network, games, folder = sys.argv[1], int(option("--games", "100")), Path(option("--folder", "levels"))
    if SMOKE:
        folder, games = Path(tempfile.mkdtemp()), 1
        network = str(folder / "told")
        save(tiny_network(5, bands=("15k", "1d")), network)
    shape = read_shape(network)
    rates = folder / "levels.json"
    found = json.loads(rates.read_text()) if rates.exists() else {}
    for name, first, second in pairs(network, shape.bands):
        rival = name.partition(" against ")[2]
        if option("--only", rival) != rival:
            continue
        settings = MatchSettings(games=games, size=shape.board_size, komi=7.0)
        standing = play_match((first, second), settings, folder / name.replace(" ", "-"))
        found[name] = standing.as_json()
        print(f"{name}: {line(standing)}")
        rates.write_text(json.dumps(found, indent=2) + "\n")
    if any(name.endswith(tuple(rivals())) for name in found):
        draw(shape.bands, found, folder)


def rivals() -> dict[str, str]:
    """GNU Go's command lines by what each is called."""
    levels = (1, 10) if GNU_GO and not SMOKE else ()
    return {f"GNU Go {level}": f"{GNU_GO} --mode gtp --level {level} --chinese-rules" for level in levels}


def pairs(network: str, levels: tuple[str, ...]) -> Iterator[tuple[str, str, str]]:
    """What each match is called, and the command lines of both sides."""
    honte = [sys.executable, "-m", "honte", "gtp", "--network", network, "--level"]
    sides = {level: shlex.join([*honte, level]) for level in levels}
    for place, level in enumerate(levels):
        for lower in reversed(levels[max(0, place - 2) : place]):
            yield f"{level} against {lower}", sides[level], sides[lower]
        for rival, command in rivals().items():
            yield f"{level} against {rival}", sides[level], command


def line(standing: Standing) -> str:
    low, high = standing.interval
    return f"{standing.wins(0)} of {len(standing.games)} won ({low:.1%} … {high:.1%})"


def draw(levels: tuple[str, ...], found: dict[str, dict[str, Any]], folder: Path) -> None:
    """The rate of wins over the levels, against each rival that all of them have played."""
    from matplotlib.figure import Figure

    axes = Figure(figsize=(7, 4.5)).subplots()
    for rival in rivals():
        its = [found[name] for level in levels if (name := f"{level} against {rival}") in found]
        if len(its) < len(levels):
            continue
        values = [each["win_rate"] for each in its]
        spread = [[max(0.0, each["win_rate"] - each["win_rate_interval"][0]) for each in its],
                  [max(0.0, each["win_rate_interval"][1] - each["win_rate"]) for each in its]]  # fmt: skip
        axes.errorbar(levels, values, yerr=spread, capsize=3, marker="o", label=f"against {rival}")
    axes.set(xlabel="level", ylabel="games won", ylim=(0, 1))
    axes.legend()
    axes.figure.savefig(folder / "levels.png", dpi=150)


if __name__ == "__main__":
    main()
