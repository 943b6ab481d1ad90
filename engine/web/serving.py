"""The server of the page as a process runs it: on a socket, until Ctrl-C."""

import asyncio
import re
import socket
import threading
from collections.abc import Callable

import h11
import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.h11_impl import H11Protocol

AMBIGUOUS = re.compile(
    rb"(?<!\r)\n|\n[ \t]|\ntransfer-encoding[ \t]*:|\ncontent-length[^\r]*,|\ncontent-length\b.*\ncontent-length\b",
    re.DOTALL | re.IGNORECASE,
)
"""In the head of a request what another server may read otherwise, or what says that its body comes in parts."""


class StrictProtocol(H11Protocol):
    """HTTP/1.1 without what two servers in a row may read differently: who sends that is refused, and hung up on.

    Otherwise the end of one request could be taken for another one, past what a proxy lets through.
    """

    def handle_events(self) -> None:
        """Take what has come, unless the head of a request is among it that may be read in two ways."""
        if self.conn.their_state is h11.IDLE:
            head = self.conn.trailing_data[0].partition(b"\r\n\r\n")[0]
            if AMBIGUOUS.search(head):
                self.send_400_response("Lines end in CR LF, none is folded, and a body has one Content-Length.")
                return
        super().handle_events()


class PageServer(uvicorn.Server):
    """Serves the page. It ends at once: a request of which only a part was sent is not waited for.

    `on_start` is called, in a thread of its own, when the page can be opened.
    """

    def __init__(self, app: Starlette, *, on_start: Callable[[], object] | None = None) -> None:
        # Warnings are about what clients send, and give advice that is none to the user.
        config = uvicorn.Config(
            app, http=StrictProtocol, log_level="error", access_log=False, ws="none", timeout_keep_alive=10
        )
        super().__init__(config)
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
