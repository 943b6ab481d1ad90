"""The server of the page as a process runs it: on a socket, until Ctrl-C."""

import socket

import uvicorn
from starlette.types import ASGIApp


class PageServer(uvicorn.Server):
    """Serves an application. It ends at once: a request of which only a part was sent is not waited for."""

    def __init__(self, app: ASGIApp) -> None:
        # Warnings are about what clients send, and give advice that is none to the user.
        super().__init__(uvicorn.Config(app, log_level="error", access_log=False, ws="none", timeout_keep_alive=10))

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for connection in list(self.server_state.connections):
            request = getattr(connection, "cycle", None)
            if request is not None and request.more_body:
                connection.transport.close()
        await super().shutdown(sockets)


def addresses(host: str, port: int) -> list[str]:
    """What to tell of a server that listens there: where it is, and who else can use it."""
    everywhere = host in ("", "0.0.0.0", "::")
    here = "127.0.0.1" if everywhere else host
    told = [f"Honte is at http://{_in_url(here)}:{port} (Ctrl-C ends it)"]
    if everywhere or not is_loopback(host):
        there = socket.gethostname() if everywhere else host
        told.append(
            f"whoever reaches this computer can use the page, at http://{_in_url(there)}:{port}: there is no password"
        )
    return told


def is_loopback(host: str) -> bool:
    """Whether only this computer itself reaches an address."""
    return host in ("localhost", "::1") or host.startswith("127.")


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host
