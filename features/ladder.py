"""Ladder reading.

The prey is a chain; the attacker keeps it in atari. On his turn the defender runs at the prey's last liberty or takes an
attacking chain in atari next to the prey. A prey with three liberties at the attacker's turn is free, with two the attacker
may fill either, with one it is taken. Every move obeys the rules (simple ko, no suicide). Depth is not limited but the moves
tried are, to NODE_BUDGET a question; when they run out the prey counts as not caught. The scheme is RocAlphaGo's, with a
budget of moves, as in KataGo, for its limit on depth.
"""

import numpy as np

from features.chains import (
    EMPTY, NODES, OPTIONS, SAVED, first_liberty, is_legal, kernel, last_liberty, play, undo,
)

NODE_BUDGET = 4000


@kernel
def caught(position, stride, prey, attacker, attacking):
    """Whether the chain at cell ``prey`` is caught, the attacker to move if ``attacking``, else the defender."""
    colours, counts, scalars = position.colours, position.counts, position.scalars
    head = np.int64(position.heads[prey])
    count = counts[head]
    if attacking:
        if count != 2:
            return count == 1
        low, high = first_liberty(position, head), last_liberty(position, head)
        for move, other in ((low, high), (high, low)):
            # A run to three more empty cells is freedom whatever else stands there.
            exits = 0
            for near in (other - stride, other - 1, other + 1, other + stride):
                if colours[near] == EMPTY and near != move:
                    exits += 1
            if exits >= 3 or not is_legal(position, stride, move, attacker):
                continue
            if scalars[NODES] == 0 or scalars[SAVED] == position.saved.shape[0]:
                return False
            scalars[NODES] -= 1
            play(position, stride, move, attacker)
            result = caught(position, stride, prey, attacker, False)
            undo(position, stride)
            if result:
                return True
        return False

    start = scalars[OPTIONS]
    if start + colours.size > position.options.size:
        scalars[NODES] = 0
        return False
    end = defences(position, stride, head, attacker)
    scalars[OPTIONS] = end
    result = True
    for index in range(start, end):
        move = np.int64(position.options[index])
        if not is_legal(position, stride, move, 3 - attacker):
            continue
        if scalars[NODES] == 0 or scalars[SAVED] == position.saved.shape[0]:
            result = False
            break
        scalars[NODES] -= 1
        play(position, stride, move, 3 - attacker)
        result = caught(position, stride, prey, attacker, True)
        undo(position, stride)
        if not result:
            break
    scalars[OPTIONS] = start
    return result


@kernel
def defences(position, stride, head, attacker):
    """Put on the options stack the moves that could save a chain in atari; the stack's new top."""
    colours, counts, options = position.colours, position.counts, position.options
    start = position.scalars[OPTIONS]
    options[start] = first_liberty(position, head)
    end = start + 1
    stone = head
    while True:
        for near in (stone - stride, stone - 1, stone + 1, stone + stride):
            if colours[near] != attacker:
                continue
            chain = np.int64(position.heads[near])
            if counts[chain] != 1:
                continue
            move = first_liberty(position, chain)
            known = False
            for index in range(start, end):
                known = known or options[index] == move
            if not known:
                options[end] = move
                end += 1
        stone = np.int64(position.links[stone])
        if stone == head:
            return end


@kernel
def is_ladder_capture(position, stride, prey, move, attacker):
    """Whether the legal move, a liberty of the two-liberty chain at ``prey``, catches that chain."""
    position.scalars[NODES] = NODE_BUDGET
    play(position, stride, move, attacker)
    result = caught(position, stride, prey, attacker, False)
    undo(position, stride)
    return result


@kernel
def is_ladder_escape(position, stride, prey, move, attacker):
    """Whether the legal move of the defender saves the chain at ``prey``, which is in atari."""
    position.scalars[NODES] = NODE_BUDGET
    play(position, stride, move, 3 - attacker)
    result = caught(position, stride, prey, attacker, True)
    undo(position, stride)
    return not result
