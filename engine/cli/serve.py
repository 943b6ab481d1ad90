"""`honte serve`: a page to look into a network, served to this computer."""

import socket
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from cyclopts import Parameter
from cyclopts.validators import Number

from honte.engine.cli.options import Device, Flag, Level, Precision
from honte.engine.cli.terminal import note
from honte.features.errors import HonteError

OWN_NAMES = ("127.0.0.1", "localhost", "[::1]")
"""Of this computer, in the head of a request."""


def serve(
    game: Path | None = None,
    /,
    *,
    move: Annotated[int | None, Parameter(validator=Number(gte=1))] = None,
    open_: Annotated[Flag, Parameter(name="--open")] = False,
    network: Annotated[list[str] | None, Parameter(consume_multiple=True, negative=())] = None,
    compare: Annotated[list[str] | None, Parameter(consume_multiple=True, negative=())] = None,
    port: Annotated[int, Parameter(validator=Number(gte=1, lte=65535))] = 8361,
    host: str = "127.0.0.1",
    origin: Annotated[list[str] | None, Parameter(negative=())] = None,
    level: Level = "",
    device: Device = None,
    precision: Precision = "auto",
) -> None:
    """Open a page to look into a network: games, maps, reasons, planes, layers.

    Parameters
    ----------
    game
        SGF file with which the page begins.
    move
        The number of the move before which the game is shown, 1 for the first; its start by default.
    open_
        Show the page in the browser.
    network
        Folders of networks, or of several for boards of different sizes, between which the page can change; "default"
        are those that come with Honte.
    compare
        Folders of networks to show beside the first: both maps, what is different, how often they agree. A slider goes
        over several; the folder of a run that keeps its exports stands for all of these.
    port
        Where the page is: http://127.0.0.1:PORT.
    host
        Address to listen on. Any but the default lets other computers use the page: there is no password.
    origin
        Another address of this page, such as https://go.example.org, under which a proxy shows it.
    """
    try:
        from honte.engine.web.server import create_app
        from honte.engine.web.serving import PageServer, addresses, is_loopback
        from honte.engine.web.site import Opened
    except ModuleNotFoundError as error:
        raise HonteError(f"the page needs the package {error.name}: pip install 'honte[web]'") from None
    from honte.policy.predictor import load_network
    from honte.policy.run import kept_exports

    if move is not None and game is None:
        raise HonteError("--move is of a game: give its SGF file too")
    opened = Opened(game.name, _read(game), move or 1) if game else None
    beside = [str(saved) for folder in compare or [] for saved in kept_exports(folder) or [Path(folder)]]
    folders = [*(network or ["default"]), *beside]
    names = [_name(folder) for folder in folders]
    if len(set(names)) < len(names):
        names = folders
    for name in names:
        if names.count(name) > 1:
            raise HonteError(f"the network '{name}' is named twice: give each once")
    predictors = {
        name: load_network(folder, level=level if place == 0 else "", device=device, precision=precision)
        for place, (name, folder) in enumerate(zip(names, folders, strict=True))
    }
    behind = [_host_of(address) for address in origin or []]
    app = create_app(
        predictors,
        hosts=[*OWN_NAMES, host, *behind] if is_loopback(host) else ["*"],
        origins=origin or [],
        opened=opened,
        compared=names[len(names) - len(beside) :],
    )
    try:
        listening = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise HonteError(f"cannot listen on {host}, port {port} ({error.strerror}): give another --port") from None
    # Head and body of an answer are sent apart; the body would wait 40 ms for the head to be acknowledged.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    here, more = addresses(host, port)
    note(f"Honte is at {here} (Ctrl-C ends it)")
    for line in more:
        note(line)
    PageServer(app, on_start=(lambda: _show(here)) if open_ else None).run(sockets=[listening])


def _host_of(origin: str) -> str:
    """The host in the address of a proxy, whose requests bear it."""
    address = urlsplit(origin)
    if address.scheme not in ("http", "https") or not address.hostname or address.path:
        raise HonteError(f"--origin '{origin}' is no address of a page: write it as in https://go.example.org")
    return address.hostname


def _read(path: Path) -> bytes:
    """The game of a file, which can be shown."""
    from honte.data.load import read_sgf
    from honte.data.viewing import view

    file = read_sgf(path)
    view(file.data, source=file.name)
    return file.data


def _show(address: str) -> None:
    import webbrowser

    if not webbrowser.open(address):
        note(f"there is no browser to show the page: open {address}")


def _name(folder: str) -> str:
    """What the page calls a network: the folder, or the run that it is of, and after how many positions."""
    path = Path(folder).resolve()
    if path.parent.name == "exports" and path.name.isdecimal():
        return f"{path.parent.parent.name} after {int(path.name):,}"
    return folder if folder == "default" else path.parent.name if path.name == "network" else path.name
