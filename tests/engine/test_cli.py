"""The command line: what it prints, how it fails, and what it must not import."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import gtp
import numpy as np
import pytest
from PIL import Image

from honte import __version__
from honte.engine.cli import COMMANDS, app, main
from honte.engine.match.client import Engine
from tests.engine.stubs import save_tiny_network
from tests.stderr import complaints
from tests.waiting import PATIENCE

HONTE = [sys.executable, "-c", "import sys; from honte.engine.cli import COMMANDS, app, main; sys.exit(main())"]
GAME = "(;SZ[9]KM[5.5];B[ee];W[gc];B[cg];W[gg])"

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def honte(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Runs the command in this process: exit status, stdout, stderr."""

    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["honte", *map(str, arguments)])
        try:
            status = main()
        except SystemExit as end:
            status = int(end.code or 0)
        return status, *capfd.readouterr()

    return run


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_network(tmp_path_factory.mktemp("network"))


@pytest.fixture
def game(tmp_path: Path) -> Path:
    path = tmp_path / "game.sgf"
    path.write_text(GAME)
    return path


def test_help_imports_nothing_heavy() -> None:
    script = (
        "import sys; sys.argv = ['honte', '--help']\n"
        "from honte.engine.cli import COMMANDS, app, main\n"
        "try: main()\n"
        "finally: print([m for m in ('torch', 'numba', 'numpy', 'pyarrow', 'PIL') if m in sys.modules])"
    )
    output = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert output.endswith("[]\n")
    assert all(name in output for name in ("gtp", "heatmap", "corpus", "train", "evaluate"))


@pytest.mark.parametrize("command", ["gtp", "heatmap", "planes", "review", "serve", "corpus", "train", "evaluate"])
def test_every_command_has_help(honte: Run, command: str) -> None:
    status, output, _ = honte(command, "--help")
    assert status == 0 and f"honte {command}" in output


def test_version(honte: Run) -> None:
    status, output, _ = honte("--version")
    first, *networks = output.splitlines()
    assert status == 0 and first == f"honte {__version__}"
    assert networks and all(line.startswith("network: alphago, ") for line in networks)
    assert sum(line.endswith(", told ranks") for line in networks) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["fly"],
        ["evaluate"],
        ["heatmap", "g.sgf", "--symmetries", "3"],
        ["gtp", "--temperature", "warm"],
        ["train", "run", "--save-minutes", "nan"],
        ["train", "run", "--threads", "0"],
        ["reinforce", "run", "--save-minutes", "-1"],
        ["backbones", "train", "lenet5_1998", "--save-minutes", "inf"],
    ],
)
def test_wrong_usage(honte: Run, arguments: list[str]) -> None:
    status, output, errors = honte(*arguments)
    assert status == 2 and not output
    assert errors.startswith("honte: ") and errors.count("\n") == 1


@pytest.mark.parametrize("command", [place.partition(":")[0] for place in COMMANDS])
def test_whole_numbers_are_not_rounded(honte: Run, command: str) -> None:
    """Every option that takes one, of every command, refuses a fraction."""
    checked = 0
    below = [name for name in app[command] if not name.startswith("-")]
    for words in ([command], *([command, name] for name in below)):
        reached = app[command] if words == [command] else app[command][words[1]]
        if reached.default_command is None:
            continue
        for argument in reached.assemble_argument_collection():
            if argument.parse and "int" in re.findall(r"\w+", str(argument.hint)):
                status, output, errors = honte(*words, argument.name, "1.5")
                assert (status, output) == (2, "") and errors.count("\n") == 1
                assert errors == f'honte: Invalid value for {argument.name}: unable to convert "1.5" into int.\n'
                checked += 1
    assert checked or command == "review"


def test_heatmap_prints_the_board(honte: Run, game: Path, network: Path) -> None:
    status, output, _ = honte("heatmap", game, "--move", 3, "--network", network)
    assert status == 0
    assert "Move 3, Black to play" in output and "Played: C3" in output
    status, output, _ = honte("heatmap", game, "--network", network)
    assert "Move 5, Black to play" in output and "Played" not in output


@pytest.mark.parametrize("symmetries", [1, 8])
def test_heatmap_json(honte: Run, game: Path, network: Path, symmetries: int) -> None:
    status, output, _ = honte("heatmap", game, "--move", 1, "--json", "--network", network, "--symmetries", symmetries)
    document = json.loads(output)
    assert status == 0 and document["played"]["vertex"] == "E5"
    assert sum(map(sum, document["probabilities"])) == pytest.approx(1, abs=1e-3)


def test_heatmap_draws(honte: Run, game: Path, network: Path, tmp_path: Path) -> None:
    picture = tmp_path / "map.png"
    status, output, _ = honte("heatmap", game, "--move", 2, "-o", picture, "--network", network)
    assert status == 0 and not output
    with Image.open(picture) as image:
        assert image.format == "PNG" and min(image.size) > 300


def test_heatmap_of_a_position_in_words(honte: Run, network: Path, tmp_path: Path) -> None:
    words = ("--position", "E5 C3 w", "--black", "A1", "--white", "B1", "--size", 9, "--network", network)
    status, output, _ = honte("heatmap", *words, "--json")
    document = json.loads(output)
    assert status == 0 and (document["to_move"], document["move_number"]) == ("white", 3)
    for row, column in ((4, 4), (6, 2), (8, 0), (8, 1)):
        assert document["probabilities"][row][column] == 0


@pytest.mark.parametrize("kind", ["svg", "json", "npz", "gif", "webp"])
def test_heatmap_writes(honte: Run, game: Path, network: Path, tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"map.{kind}"
    status, output, _ = honte("heatmap", game, "--move", 2, "3-4", "-o", path, "--network", network)
    assert status == 0 and not output
    match kind:
        case "svg":
            assert path.read_text().count("to play</text>") == 3
        case "json":
            assert [document["move_number"] for document in json.loads(path.read_text())] == [2, 3, 4]
        case "npz":
            with np.load(path) as arrays:
                assert arrays["move_number"].tolist() == [2, 3, 4]
        case _:
            with Image.open(path) as image:
                assert image.format == kind.upper() and image.n_frames == 3


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["heatmap"], "give an SGF file, or a position"),
        (["heatmap", "--position", "E5 E5", "--size", "9"], "move 2: W E5 is illegal: occupied"),
        (["heatmap", "{game}", "--black", "E5"], "but not both"),
        (["heatmap", "no-such.sgf"], "there is no SGF file 'no-such.sgf'"),
        (["heatmap", "."], "there is no SGF file '.'"),
        (["heatmap", "x" * 300], "cannot be read: File name too long"),
        (["heatmap", "{game}", "--move", "0"], "has 4 moves: --move must be 1 to 5, not 0"),
        (["heatmap", "{game}", "--move", "6"], "has 4 moves: --move must be 1 to 5, not 6"),
        (["heatmap", "{game}", "-o", "map.jpg"], "give a name that ends in .png"),
        (
            ["heatmap", "{game}", "-o", "{game}/map.png"],
            "game.sgf/map.png: ",
        ),
        (["heatmap", "{game}", "--network", "no-such-network"], "no-such-network"),
        (["heatmap", "{junk}"], "junk.sgf"),
        *(([command, "{illegal}"], "illegal.sgf: move 3: B H8 is illegal: occupied")
          for command in ("heatmap", "planes", "explain", "review")),
        (["explain", "{suicide}"], "suicide.sgf: move 4: W A9 is illegal: suicide"),
        (["heatmap", "{small}"], "no network plays on 4x4: choose a board from 5x5 to 25x25"),
    ],
)
def test_a_mistake_is_one_sentence(
    honte: Run, game: Path, network: Path, tmp_path: Path, arguments: list[str], sentence: str
) -> None:
    (tmp_path / "junk.sgf").write_bytes(b"\x00\xff" * 99)
    (tmp_path / "small.sgf").write_text("(;SZ[4];B[aa])")
    (tmp_path / "illegal.sgf").write_text("(;SZ[9];B[aa];W[hb];B[hb])")
    (tmp_path / "suicide.sgf").write_text("(;SZ[9];B[ba];W[ii];B[ab];W[aa])")
    places = {name: tmp_path / f"{name}.sgf" for name in ("game", "junk", "small", "illegal", "suicide")}
    filled = [argument.format(**places) for argument in arguments]
    if "--network" not in filled and "planes" not in filled:
        filled += ["--network", str(network)]
    status, output, errors = honte(*filled)
    assert status == 1 and not output
    assert errors.startswith("honte: ") and errors.count("\n") == 1 and sentence in errors


@pytest.mark.parametrize("command", ["heatmap", "planes", "review"])
def test_what_was_mended_in_a_game_is_said(honte: Run, network: Path, tmp_path: Path, command: str) -> None:
    game = tmp_path / "odd.sgf"
    game.write_text("(;SZ[9]KM[?\x1b[31m];B[ee];W[gc])(;SZ[9];B[cc])")
    options = [] if command == "planes" else ["--network", str(network)]
    status, output, errors = honte(command, game, "--json", *options)
    assert status == 0 and json.loads(output)
    assert "odd.sgf: holds several games: this is the first\n" in errors
    assert "odd.sgf: KM[?\N{REPLACEMENT CHARACTER}[31m] is read as no komi\n" in errors


def test_output_to_nobody(game: Path, network: Path) -> None:
    """A reader that closes the pipe, as `head` does, hears no complaint."""
    command = [*HONTE, "heatmap", str(game), "--network", str(network), "--json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()
    assert complaints(process.stderr.read()) == ""
    assert process.wait(PATIENCE) == 1


def test_gtp_plays_a_game_with_itself(network: Path) -> None:
    with Engine([*HONTE, "gtp", "--network", str(network), "--resign-threshold", "0"], timeout=PATIENCE) as engine:
        assert engine.boardsize(9) == ""
        passes = moves = 0
        while passes < 2:
            vertex = engine.genmove("bw"[moves % 2])
            moves += 1
            passes = passes + 1 if vertex == "pass" else 0
        assert 2 < moves <= 1.5 * 81
        with pytest.raises(gtp.FailedCommand, match="unacceptable size"):
            engine.boardsize(26)


def test_gtp_without_a_network_says_so(tmp_path: Path) -> None:
    result = subprocess.run(
        [*HONTE, "gtp", "--network", str(tmp_path / "nowhere")],
        input=b"boardsize 9\ngenmove b\n",
        capture_output=True,
        timeout=PATIENCE,
    )
    assert result.returncode == 0
    assert result.stdout.startswith(b"=\n\n? ") and b"nowhere" in result.stdout
    assert result.stderr.startswith(b"honte: ") and b"Traceback" not in result.stderr


def test_gtp_ends_with_its_input(network: Path) -> None:
    result = subprocess.run(
        [*HONTE, "gtp", "--network", str(network)], input=b"7 name", capture_output=True, timeout=PATIENCE
    )
    assert (result.returncode, result.stdout, result.stderr) == (0, b"=7 Honte\n\n", b"")
