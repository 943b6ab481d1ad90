"""The score of a board: area, by Tromp and Taylor's rules, every stone on it alive."""

from features.board import BLACK, Board


def margin(board: Board, colour: int, *, komi: float) -> float:
    """The points by which `colour` is ahead; negative when behind."""
    lead = board.area_score() - komi
    return lead if colour == BLACK else -lead


def format_result(lead: float) -> str:
    """Black's lead in points as GTP and SGF write a result: `B+3.5`, `W+12`, `0`."""
    return f"{'B' if lead > 0 else 'W'}+{abs(lead):.10g}" if lead else "0"
