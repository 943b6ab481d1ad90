"""Ladder reading.

The prey is a chain; the attacker keeps it in atari. On his turn the defender runs at the prey's last liberty or takes
an attacking chain in atari next to the prey. A prey with three liberties at the attacker's turn is free, with two the
attacker may fill either, with one it is taken. Every move obeys the rules (simple ko, no suicide). Ladders are read to
their end, but at most NODE_BUDGET moves are tried a question; when they run out the prey counts as not caught. The
scheme is RocAlphaGo's, with a budget of moves, as in KataGo, for its limit on depth.
"""


from honte.features.chains import (
    DEPTH,
    MOST_OPTIONS,
    Position,
    first_liberty,
    is_legal,
    joined_liberties,
    last_liberty,
    play,
    undo,
)
from honte.features.compilation import kernel

NODE_BUDGET = 4000


@kernel
def caught(position: Position, stride: int, prey: int, attacker: int, attacking: bool) -> bool:
    """Whether the chain at `prey` is caught, the attacker to move if `attacking`, else the defender.

    A depth-first search without recursion: at each depth the moves yet to be tried lie on the options stack above that
    depth's floor. The attacker needs one move that catches, the defender one that does not.
    """
    depth = 0
    tried = 0
    while True:
        position.floors[depth] = position.options_top
        decided = False
        result = False
        if not attacking:
            push_defences(position, stride, prey, attacker)
        elif position.counts[position.heads[prey]] == 2:
            _push_attacks(position, stride, prey, attacker)
        else:
            decided = True
            result = position.counts[position.heads[prey]] == 1

        colour = attacker if attacking else 3 - attacker
        move = 0
        while True:
            while not decided and move == 0:
                if position.options_top == position.floors[depth]:
                    decided = True
                    result = not attacking
                else:
                    position.options_top -= 1
                    move = int(position.options[position.options_top])
                    if not is_legal(position, stride, move, colour):
                        move = 0
            if not decided:
                break
            position.options_top = position.floors[depth]
            if depth == 0:
                return result
            undo(position, stride)
            depth -= 1
            attacking = not attacking
            colour = 3 - colour
            decided = result == attacking

        if tried == NODE_BUDGET or depth == DEPTH - 2 or position.options_top > MOST_OPTIONS:
            position.options_top = position.floors[0]
            for _ in range(depth):
                undo(position, stride)
            return False
        tried += 1
        play(position, stride, move, colour)
        depth += 1
        attacking = not attacking


@kernel
def _push_attacks(position: Position, stride: int, prey: int, attacker: int) -> None:
    """Push the liberties of a two-liberty chain whose filling the chain does not simply run away from."""
    head = int(position.heads[prey])
    low, high = first_liberty(position, head), last_liberty(position, head)
    for move, other in ((high, low), (low, high)):
        if joined_liberties(position, stride, other, 3 - attacker, move) < 3:
            position.options[position.options_top] = move
            position.options_top += 1


@kernel
def push_defences(position: Position, stride: int, prey: int, attacker: int) -> None:
    """Push the moves that could save a chain in atari: its liberty, and the taking of chains in atari next to it."""
    colours, counts, options = position.colours, position.counts, position.options
    head = int(position.heads[prey])
    start = position.options_top
    top = start
    stone = head
    while True:
        for near in (stone - stride, stone - 1, stone + 1, stone + stride):
            if colours[near] != attacker or counts[position.heads[near]] != 1:
                continue
            move = first_liberty(position, int(position.heads[near]))
            known = False
            for index in range(start, top):
                known = known or options[index] == move
            if not known:
                options[top] = move
                top += 1
        stone = int(position.links[stone])
        if stone == head:
            break
    run = first_liberty(position, head)
    for index in range(start, top):
        if options[index] == run:
            top -= 1
            options[index] = options[top]
            break
    options[top] = run
    position.options_top = top + 1


@kernel
def is_ladder_capture(
    position: Position, stride: int, prey: int, move: int, other: int, attacker: int
) -> bool:
    """Whether the legal move catches the chain at `prey`, whose two liberties are `move` and `other`."""
    if joined_liberties(position, stride, other, 3 - attacker, move) > 2:
        return False
    play(position, stride, move, attacker)
    result = caught(position, stride, prey, attacker, False)
    undo(position, stride)
    return result


@kernel
def is_ladder_escape(position: Position, stride: int, prey: int, move: int, attacker: int) -> bool:
    """Whether the legal move of the defender saves the chain at `prey`, which is in atari."""
    play(position, stride, move, 3 - attacker)
    result = caught(position, stride, prey, attacker, True)
    undo(position, stride)
    return not result
