"""What the page sends, checked."""

import asyncio
import json
from typing import Any

import numpy as np
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

from honte.data.record import GameRecord
from honte.features.board import BLACK, EMPTY, WHITE, setup_rows
from honte.features.symmetry import SYMMETRIES

MAX_UPLOAD = 2 << 20
"""Bytes of an SGF file."""
MAX_QUESTION = 1 << 18
"""Bytes of any other request."""
MAX_PLIES = 20_000
"""Moves, and setup stones: as many as a game that can be opened has at most."""
MAX_DIGITS = 6
"""Of a number in an address."""
SUICIDE_ALLOWED = "NZ"
"""Rules under which a position is reached: a file's own may allow the suicide in it."""
PATIENCE = 20.0
"""Seconds in which a request must have been sent."""


async def read_body(request: Request, limit: int) -> bytes:
    """The body; 413 when it is too large, 408 when it takes too long.

    While it is read, its patience is among `patience` of the application's state, for whoever must cut it short.
    """
    too_large = HTTPException(413, f"that is too large: at most {limit >> 10} KB are read")
    length = request.headers.get("content-length", "0")
    if not length.isdecimal() or int(length) > limit:
        raise too_large
    body = bytearray()
    waiting: set[asyncio.Timeout] = request.app.state.patience
    patience = asyncio.timeout(PATIENCE)
    waiting.add(patience)
    try:
        async with patience:
            async for chunk in request.stream():
                body += chunk
                if len(body) > limit:
                    raise too_large
    except ClientDisconnect:
        raise HTTPException(400, "the request was not sent to its end") from None
    except TimeoutError:
        raise HTTPException(408, f"the request was not sent within {PATIENCE:.0f} seconds") from None
    finally:
        waiting.discard(patience)
    return bytes(body)


async def read_question(request: Request) -> dict[str, Any]:
    """The JSON object in the body; 400 when there is none."""
    body = await read_body(request, MAX_QUESTION)
    try:
        question = json.loads(body)
    except (ValueError, RecursionError):
        raise HTTPException(400, "the request is not JSON") from None
    if not isinstance(question, dict):
        raise HTTPException(400, "the request is not a JSON object")
    return question


def named_number(request: Request, name: str, *, default: str = "") -> int:
    """A whole number in the address of a request; 400 when it is none."""
    value = request.query_params.get(name, default)
    if not (value.isascii() and value.isdecimal() and len(value) < MAX_DIGITS):
        raise HTTPException(400, f"'{name}' must be a whole number in the address, as in ?{name}=1")
    return int(value)


def position(question: dict[str, Any]) -> tuple[GameRecord, int]:
    """The game in a question, and who is to move at its end: `size`, `moves`, `setup`, `to_move`.

    400 for what is none; whether the moves are legal is not looked at.
    """
    size = whole(question, "size", 2, 25)
    moves, setup = question.get("moves"), question.get("setup", [])
    if not (isinstance(moves, list) and len(moves) <= MAX_PLIES):
        raise HTTPException(400, f"'moves' must be a list of at most {MAX_PLIES} numbers")
    if not all(type(code) is int and 0 <= code < 2 * size * size + 2 for code in moves):
        raise HTTPException(400, f"a move is a whole number from 0 to {2 * size * size + 1} on this board")
    if not (isinstance(setup, list) and len(setup) <= MAX_PLIES and all(_is_stone(row, size) for row in setup)):
        raise HTTPException(400, "'setup' must be a list of [ply, point, colour]")
    stones = sorted(setup, key=lambda row: row[0])
    record = GameRecord(
        size=size,
        moves=np.array(moves, np.uint16),
        setup=setup_rows(stones or None),
        rules=SUICIDE_ALLOWED,
        source="the position",
    )
    return record, whole(question, "to_move", BLACK, WHITE) if "to_move" in question else record.to_move()


def whole(question: dict[str, Any], name: str, low: int, high: int) -> int:
    """A whole number of the question; 400 when it is none or outside of the limits."""
    value = question.get(name)
    if type(value) is not int or not low <= value <= high:
        raise HTTPException(400, f"'{name}' must be a whole number from {low} to {high}")
    return value


def number(question: dict[str, Any], name: str, low: float, high: float, default: float) -> float:
    """A number of the question; 400 when it is none or outside of the limits."""
    value = question.get(name, default)
    if type(value) not in (int, float) or not low <= value <= high:
        raise HTTPException(400, f"'{name}' must be a number from {low:g} to {high:g}")
    return float(value)


def symmetries_of(question: dict[str, Any]) -> int:
    """Over how many symmetries the network is to be averaged; 400 when it is neither one nor all."""
    if question.get("symmetries", 1) not in (1, SYMMETRIES):
        raise HTTPException(400, f"'symmetries' must be 1 or {SYMMETRIES}")
    return int(question.get("symmetries", 1))


def level_of(question: dict[str, Any]) -> str | None:
    """Whom the network is to play like, empty for itself; None where that is not said, 400 when it is no text."""
    level = question.get("level")
    if level is not None and not isinstance(level, str):
        raise HTTPException(400, "'level' must be a rank such as '5k', or empty")
    return level


def flag(question: dict[str, Any], name: str) -> bool:
    """Whether something is so, by default not; 400 when it is neither true nor false."""
    value = question.get(name, False)
    if type(value) is not bool:
        raise HTTPException(400, f"'{name}' must be true or false")
    return value


def is_hidden(question: dict[str, Any]) -> bool:
    """Whether the network is not to know the last moves; 400 when it is neither true nor false."""
    return flag(question, "hidden")


def _is_stone(row: Any, size: int) -> bool:
    return (
        isinstance(row, list)
        and len(row) == 3
        and all(type(value) is int for value in row)
        and 0 <= row[0] <= MAX_PLIES
        and 0 <= row[1] < size * size
        and EMPTY <= row[2] <= WHITE
    )
