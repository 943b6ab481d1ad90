"""`honte serve`: a page to look into a network, served to this computer."""

import socket
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from honte.engine.cli.options import Device, Precision
from honte.engine.cli.terminal import note
from honte.features.errors import HonteError

OWN_NAMES = ("127.0.0.1", "localhost", "[::1]")
"""Of this computer, in the head of a request."""


def serve(
    *,
    network: Annotated[list[str] | None, Parameter(consume_multiple=True, negative=())] = None,
    port: Annotated[int, Parameter(validator=Number(gte=1, lte=65535))] = 8361,
    host: str = "127.0.0.1",
    device: Device = None,
    precision: Precision = "auto",
) -> None:
    """Open a page to look into a network: games, maps, planes, layers.

    Parameters
    ----------
    network
        Folders of networks, or of several for boards of different sizes, which the page can show side by side;
        "default" are those that come with Honte.
    port
        Where the page is: http://127.0.0.1:PORT.
    host
        Address to listen on. Any but the default lets other computers use the page: there is no password.
    """
    try:
        from honte.engine.web.server import create_app
        from honte.engine.web.serving import PageServer, addresses, is_loopback
    except ModuleNotFoundError as error:
        raise HonteError(f"the page needs the package {error.name}: pip install 'honte[web]'") from None
    from honte.policy.predictor import load_network

    folders = network or ["default"]
    names = [_name(folder) for folder in folders]
    if len(set(names)) < len(names):
        names = folders
    predictors = {
        name: load_network(folder, device=device, precision=precision)
        for name, folder in zip(names, folders, strict=True)
    }
    app = create_app(predictors, hosts=[*OWN_NAMES, host] if is_loopback(host) else ["*"])
    try:
        listening = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise HonteError(f"cannot listen on {host}, port {port} ({error.strerror}): give another --port") from None
    # Head and body of an answer are sent apart; the body would wait 40 ms for the head to be acknowledged.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for line in addresses(host, port):
        note(line)
    PageServer(app).run(sockets=[listening])


def _name(folder: str) -> str:
    """What the page calls a network: the folder, or the run that it is the network of."""
    path = Path(folder).resolve()
    return folder if folder == "default" else path.parent.name if path.name == "network" else path.name
