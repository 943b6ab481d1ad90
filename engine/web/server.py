"""The server of the inspection page, as an application: its addresses, and who may use them."""

from collections.abc import Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from honte.engine.web.batching import Batcher
from honte.engine.web.guard import Guard
from honte.engine.web.site import Opened, Site
from honte.features.errors import HonteError
from honte.policy.predictor import Predictor

STATIC = Path(__file__).parent / "static"


def create_app(
    predictors: Mapping[str, Predictor],
    *,
    hosts: list[str],
    origins: Sequence[str] = (),
    opened: Opened | None = None,
    compared: Sequence[str] = (),
) -> Starlette:
    """The application over networks by name, the first one shown first, for requests to these host names.

    Pages of `origins` may use it too, and `opened` is the game that is shown first. The first of the networks
    `compared` is shown beside it, and a slider goes over them, in their order.
    """
    site = Site({name: Batcher(predictor) for name, predictor in predictors.items()}, opened, compared)

    @asynccontextmanager
    async def lifespan(_app: Starlette):  # type: ignore[no-untyped-def]
        yield
        for batcher in site.batchers.values():
            await run_in_threadpool(batcher.close)

    app = Starlette(
        routes=[
            Route("/", _page),
            Mount("/static", StaticFiles(directory=STATIC)),
            Route("/api/about", site.about),
            Route("/api/opened", site.opened_game),
            Route("/api/network", site.network),
            Route("/api/filters", site.filters),
            *(
                Route(f"/api/{name}", answer, methods=["POST"])
                for name, answer in (
                    ("game", site.game),
                    ("map", site.map),
                    ("line", site.line),
                    ("play", site.play),
                    ("why", site.why),
                    ("rank", site.rank),
                    ("planes", site.planes),
                    ("layer", site.layer),
                    ("sum", site.sum),
                    ("picture", site.picture),
                )
            ),
        ],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=hosts), Middleware(Guard, origins=origins)],
        exception_handlers={HTTPException: _refuse, HonteError: _refuse},
        lifespan=lifespan,
    )
    app.state.patience = set()
    return app


async def _page(_request: Request) -> Response:
    return FileResponse(STATIC / "index.html")


async def _refuse(_request: Request, error: Exception) -> Response:
    """One sentence of what is wrong: 422 for what the rules of Go or of SGF forbid."""
    if isinstance(error, HTTPException):
        return JSONResponse({"error": error.detail}, error.status_code, headers=error.headers)
    return JSONResponse({"error": str(error)}, 422)
