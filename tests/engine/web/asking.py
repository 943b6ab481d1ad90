"""How the tests ask the server."""

from typing import Any

from honte.data.sgf import parse

SIZE = 9
GAME = b"(;SZ[9]AB[cc];W[cd];B[dd];W[dc];B[ce];W[bd];B[ed];W[bc])"
RECORD = parse(GAME)


def question(ply: int | None = None, **more: Any) -> dict[str, Any]:
    ply = len(RECORD.moves) if ply is None else ply
    moves, setup = RECORD.moves[:ply].tolist(), RECORD.setup.tolist()
    return {"size": SIZE, "moves": moves, "setup": setup, "to_move": RECORD.to_move(ply), **more}


def refused(answer: Any, status: int) -> str:
    """The sentence of a refusal."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    sentence = answer.json()["error"]
    assert sentence and "\n" not in sentence and "Traceback" not in sentence
    return str(sentence)
