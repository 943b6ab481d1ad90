"""The server of the page as a process runs it: on a socket, until Ctrl-C."""

import asyncio
import socket
import threading
from collections.abc import Callable

import uvicorn
from starlette.applications import Starlette


class PageServer(uvicorn.Server):
    """Serves the page. It ends at once: a request of which only a part was sent is not waited for.

    `on_start` is called, in a thread of its own, when the page can be opened.
    """

    def __init__(self, app: Starlette, *, on_start: Callable[[], object] | None = None) -> None:
        # Warnings are about what clients send, and give advice that is none to the user.
        super().__init__(uvicorn.Config(app, log_level="error", access_log=False, ws="none", timeout_keep_alive=10))
        self._app = app
        self._on_start = on_start

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self._on_start:
            threading.Thread(target=self._on_start, daemon=True).start()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for patience in self._app.state.patience:
            patience.reschedule(asyncio.get_running_loop().time())
        await super().shutdown(sockets)


def addresses(host: str, port: int) -> tuple[str, list[str]]:
    """Where a server that listens there is for this computer, and what to tell of who else can use it."""
    everywhere = host in ("", "0.0.0.0", "::")
    here = f"http://{_in_url('127.0.0.1' if everywhere else host)}:{port}"
    if is_loopback(host) and not everywhere:
        return here, []
    there = socket.gethostname() if everywhere else host
    return here, [
        f"whoever reaches this computer can use the page, at http://{_in_url(there)}:{port}: there is no password"
    ]


def is_loopback(host: str) -> bool:
    """Whether only this computer itself reaches an address."""
    return host in ("localhost", "::1") or host.startswith("127.")


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host
