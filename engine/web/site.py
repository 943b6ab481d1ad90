"""What the server answers to the questions of the page. It keeps no games: every question brings its position."""

import asyncio
import io
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import CancelledError
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from honte.data.record import GameRecord
from honte.data.viewing import view
from honte.engine.drawing.raster import render
from honte.engine.drawing.shapes import Picture
from honte.engine.drawing.svg import to_svg
from honte.engine.explain import explain, sentences
from honte.engine.movemap import MoveMap
from honte.engine.movemap.picture import draw_maps
from honte.engine.play.player import Player
from honte.engine.play.settings import PlaySettings
from honte.engine.review.rank import Ranks
from honte.engine.web import insides
from honte.engine.web.batching import Averaging, Batcher, Urgency
from honte.engine.web.describing import describe
from honte.engine.web.requests import (
    MAX_UPLOAD,
    flag,
    is_hidden,
    level_of,
    named_number,
    number,
    position,
    read_body,
    read_question,
    symmetries_of,
    whole,
)
from honte.features.board import BLACK, COLOUR_NAMES, WHITE, decode_move
from honte.features.planes import extract_plies, hide_ages
from honte.policy.network import PolicyNetwork

T = TypeVar("T")

MAX_LINE = 64
"""Positions of a line in one question."""
NOTICE = 0.1
"""Seconds after which it is noticed that nobody waits for an explanation."""
AT_ONCE = 8
"""Explanations, and lists of ranks, that are made at once; the others wait, and leave the threads to maps."""
MAX_CHANNEL = 100_000
MAX_TITLE = 200
"""Characters above a picture."""


class Opened(NamedTuple):
    """A game with which the page begins."""

    name: str
    """Of its file."""
    data: bytes
    """The file, SGF."""
    move: int
    """The number of the move before which it is shown."""


class Site:
    """What is answered to each question."""

    def __init__(self, batchers: dict[str, Batcher], opened: Opened | None, compared: Sequence[str]) -> None:
        self.batchers = batchers
        self.opened = opened
        self.compared = list(compared)
        self.started = time.time_ns()
        self._room = asyncio.Semaphore(AT_ONCE)

    async def about(self, _request: Request) -> Response:
        """What the page has to know from the start."""
        predictors = {name: batcher.predictor for name, batcher in self.batchers.items()}
        begun = {"name": self.opened.name, "move": self.opened.move} if self.opened else None
        more = {"started": self.started, "opened": begun, "compared": self.compared}
        return JSONResponse({**describe(predictors), **more})

    async def network(self, request: Request) -> Response:
        """Network and `size` of board, to what the network is that answers there: its parameters and its layers."""
        network = await self._network(request)
        parameters = sum(parameter.numel() for parameter in network.parameters())
        return JSONResponse({"parameters": parameters, "layers": insides.layers(network)})

    async def game(self, request: Request) -> Response:
        """SGF in the body, to the tree of the game that `number` names, 1 being the first."""
        number = named_number(request, "number", default="1")
        data = await read_body(request, MAX_UPLOAD)
        game = await run_in_threadpool(partial(view, data, source="the file", number=number))
        return JSONResponse(game.as_json())

    async def opened_game(self, _request: Request) -> Response:
        """The tree of the game with which the page begins."""
        if self.opened is None:
            raise HTTPException(404, "the page begins with no game")
        game = await run_in_threadpool(partial(view, self.opened.data, source=self.opened.name))
        return JSONResponse(game.as_json())

    async def map(self, request: Request) -> Response:
        """Position, network and symmetries, to the probabilities of all points in order.

        One that is asked for `ahead` is answered after those that someone waits for.
        """
        question = await read_question(request)
        moves = await self._map(question, urgency=Urgency.SOON if flag(question, "ahead") else Urgency.NOW)
        probabilities = [round(p, 6) for p in moves.probabilities.tolist()]
        return JSONResponse({"to_move": moves.colour, "probabilities": probabilities})

    async def line(self, request: Request) -> Response:
        """A game and plies `first` to `last`, to what is said of the moves made there; null for a pass.

        That is the probability and rank of each, and the network's first choice.
        """
        question = await read_question(request)
        batcher, record, _ = self._asked(question)
        symmetries = symmetries_of(question)
        first = whole(question, "first", 0, len(record.moves))
        last = whole(question, "last", first, min(len(record.moves), first + MAX_LINE))
        planes = await run_in_threadpool(
            extract_plies, record.moves, range(first, last), size=record.size, setup=record.setup
        )
        if is_hidden(question):
            hide_ages(planes)
        answers = batcher.submit(planes, symmetries=symmetries, urgency=Urgency.LATER)
        entries: list[dict[str, Any] | None] = []
        for ply, one, answer in zip(range(first, last), planes, answers, strict=True):
            moves = MoveMap.at(record, ply, one, await asyncio.wrap_future(answer))
            point = decode_move(int(record.moves[ply]))[1]
            if point == record.size**2:
                entries.append(None)
            else:
                p = round(float(moves.probabilities[point]), 6)
                entries.append({"p": p, "rank": moves.rank(point), "best": moves.best(1)[0]})
        return JSONResponse(entries)

    async def play(self, request: Request) -> Response:
        """Position, network, symmetries, temperature and komi, to the network's move."""
        question = await read_question(request)
        batcher, record, colour = self._asked(question)
        network = Averaging(batcher, symmetries_of(question), hidden=is_hidden(question))
        settings = PlaySettings(temperature=number(question, "temperature", 0, 10, 0), resign_threshold=0)
        komi = number(question, "komi", -400, 400, 7.5)

        def choose() -> int:
            player = Player(network, settings)  # type: ignore[arg-type]  # it answers as a predictor
            return player.choose(record.board(), colour, komi=komi)

        return JSONResponse({"colour": colour, "point": await run_in_threadpool(choose)})

    async def why(self, request: Request) -> Response:
        """Position, network, symmetries and perhaps `point`, to an explanation of the move there.

        With `nearest` it is a first look, by so many stones. Whoever goes away does not keep the network busy.
        """
        question = await read_question(request)
        batcher, record, colour = self._asked(question)
        point = whole(question, "point", 0, record.size**2 - 1) if "point" in question else None
        network = Averaging(batcher, symmetries_of(question), urgency=Urgency.SOON)
        hidden, ply = is_hidden(question), len(record.moves)
        nearest = whole(question, "nearest", 0, record.size**2) if "nearest" in question else None
        work = partial(explain, record, ply, network, point=point, colour=colour, hidden=hidden, nearest=nearest)
        waiting = asyncio.ensure_future(self._take_long(work))
        while not (await asyncio.wait({waiting}, timeout=NOTICE))[0]:
            if await request.is_disconnected():
                network.give_up()
        try:
            explained = waiting.result()
        except CancelledError:
            raise HTTPException(400, "nobody waited for the answer") from None
        return JSONResponse({**explained.as_json(), "words": sentences(explained)})

    async def rank(self, request: Request) -> Response:
        """A game and a network that was told ranks, to which rank the moves of each side are like."""
        batcher, record, _ = self._asked(await read_question(request))
        network = Averaging(batcher, 1, urgency=Urgency.LATER)
        ranks = Ranks(network)  # type: ignore[arg-type]  # it answers as a predictor
        named = replace(record, black=COLOUR_NAMES[BLACK], white=COLOUR_NAMES[WHITE])
        await self._take_long(partial(ranks.add, named))
        return JSONResponse([each.as_json() for each in ranks.players()])

    async def planes(self, request: Request) -> Response:
        """Position, to the points that are set in each plane."""
        question = await read_question(request)
        planes = await run_in_threadpool(_planes, *position(question), is_hidden(question))
        return JSONResponse([plane.ravel().nonzero()[0].tolist() for plane in planes])

    async def layer(self, request: Request) -> Response:
        """Position, network and layer, to the values of its maps: float32, little-endian, map after map."""
        question = await read_question(request)
        batcher, record, colour = self._asked(question)

        def look() -> bytes:
            planes = _planes(record, colour, is_hidden(question))
            with batcher.alone() as predictor:
                return _floats(insides.activations(predictor, planes, str(question.get("layer"))))

        return Response(await run_in_threadpool(look), media_type="application/octet-stream")

    async def filters(self, request: Request) -> Response:
        """Network, `size` of board and plane, to the weights that the first layer's filters have for the plane.

        They are as `layer` has its values.
        """
        network = await self._network(request)
        plane = named_number(request, "plane")
        return Response(_floats(insides.filters(network, plane)), media_type="application/octet-stream")

    async def sum(self, request: Request) -> Response:
        """Position, network, layer, `channel` and `point`, to what that output is the sum of."""
        question = await read_question(request)
        batcher, record, colour = self._asked(question)
        channel, point = whole(question, "channel", 0, MAX_CHANNEL), whole(question, "point", 0, record.size**2 - 1)

        def look() -> dict[str, Any]:
            planes = _planes(record, colour, is_hidden(question))
            with batcher.alone() as predictor:
                return insides.summed(predictor, planes, str(question.get("layer")), channel, point)

        return JSONResponse(await run_in_threadpool(look))

    async def picture(self, request: Request) -> Response:
        """Position, network, symmetries, `format` and `title`, to a picture of the map, PNG or SVG."""
        question = await read_question(request)
        kind = question.get("format")
        if kind not in ("png", "svg"):
            raise HTTPException(400, "'format' must be png or svg")
        title = question.get("title", "")
        if not (isinstance(title, str) and len(title) <= MAX_TITLE):
            raise HTTPException(400, f"'title' must be a text of at most {MAX_TITLE} characters")
        moves = await self._map(question)
        picture = draw_maps([moves], title=title)
        if kind == "svg":
            return Response(to_svg(picture), media_type="image/svg+xml")
        return Response(await run_in_threadpool(_png, picture), media_type="image/png")

    async def _take_long(self, work: Callable[[], T]) -> T:
        """The result of work that takes a while, when there is room for it."""
        async with self._room:
            return await run_in_threadpool(work)

    async def _map(self, question: dict[str, Any], *, urgency: Urgency = Urgency.NOW) -> MoveMap:
        batcher, record, colour = self._asked(question)
        symmetries = symmetries_of(question)
        played = whole(question, "played", 0, record.size**2) if "played" in question else None
        planes = await run_in_threadpool(_planes, record, colour, is_hidden(question))
        (answer,) = batcher.submit(planes[None], symmetries=symmetries, urgency=urgency)
        probabilities = await asyncio.wrap_future(answer)
        moves = MoveMap.at(record, len(record.moves), planes, probabilities, colour=colour)
        return replace(moves, played=played)

    def _asked(self, question: dict[str, Any]) -> tuple[Batcher, GameRecord, int]:
        """The network, the game, and who is to move at its end."""
        batcher, level = self._batcher(question), level_of(question)
        if level is not None:
            batcher = batcher.with_level(level)
        record, colour = position(question)
        predictor = batcher.predictor
        predictor.family.answering(record.size, at_level=bool(predictor.level))  # or says why none answers
        return batcher, record, colour

    async def _network(self, request: Request) -> PolicyNetwork:
        """The network that answers on boards of the size that a request without a body names."""
        predictor = self._batcher(request.query_params).predictor
        return await run_in_threadpool(predictor.at, named_number(request, "size"))

    def _batcher(self, question: Mapping[str, Any]) -> Batcher:
        name = question.get("network", next(iter(self.batchers)))
        batcher = self.batchers.get(name) if isinstance(name, str) else None
        if batcher is None:
            raise HTTPException(404, "there is no network of that name")
        return batcher


def _planes(record: GameRecord, colour: int, hidden: bool) -> npt.NDArray[np.uint8]:
    """The planes of a game's end, with every stone as old as can be where its history is hidden."""
    plies = [len(record.moves)]
    planes = extract_plies(record.moves, plies, size=record.size, setup=record.setup, colours=[colour])
    if hidden:
        hide_ages(planes)
    return planes.reshape(planes.shape[1:])


def _floats(values: npt.NDArray[np.float32]) -> bytes:
    return values.astype("<f4").tobytes()


def _png(picture: Picture) -> bytes:
    buffer = io.BytesIO()
    render(picture).save(buffer, "PNG")
    return buffer.getvalue()
