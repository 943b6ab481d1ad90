"""Ladder reading.

The prey is a chain; the attacker keeps it in atari. On his turn the defender runs at the prey's last liberty or takes an
attacking chain in atari next to the prey. A prey with three liberties at the attacker's turn is free, with two the attacker
may fill either, with one it is taken. Every move obeys the rules (simple ko, no suicide). Depth is not limited but the moves
tried are, to NODE_BUDGET a question; when they run out the prey counts as not caught. The scheme is RocAlphaGo's, with a
budget of moves, as in KataGo, for its limit on depth.
"""

import numpy as np

from features.chains import DEPTH, EMPTY, first_liberty, is_legal, joined_liberties, last_liberty, play, undo
from features.compilation import kernel

NODE_BUDGET = 4000


@kernel
def caught(position, stride, prey, attacker, attacking):
    """Whether the chain at cell ``prey`` is caught, the attacker to move if ``attacking``, else the defender."""
    colours, counts = position.colours, position.counts
    head = np.int64(position.heads[prey])
    count = counts[head]
    if attacking:
        if count != 2:
            return count == 1
        low, high = first_liberty(position, head), last_liberty(position, head)
        for move, other in ((low, high), (high, low)):
            # A run that ends with three liberties is freedom whatever the attacker takes: no need to play it out.
            if joined_liberties(position, stride, other, 3 - attacker, move) > 2:
                continue
            if not is_legal(position, stride, move, attacker):
                continue
            if position.nodes == 0 or position.saved_top == DEPTH:
                return False
            position.nodes -= 1
            play(position, stride, move, attacker)
            result = caught(position, stride, prey, attacker, False)
            undo(position, stride)
            if result:
                return True
        return False

    start = position.options_top
    if start > 4 * DEPTH:
        position.nodes = 0
        return False
    end = defences(position, stride, head, attacker)
    position.options_top = end
    result = True
    for index in range(start, end):
        move = np.int64(position.options[index])
        if not is_legal(position, stride, move, 3 - attacker):
            continue
        if position.nodes == 0 or position.saved_top == DEPTH:
            result = False
            break
        position.nodes -= 1
        play(position, stride, move, 3 - attacker)
        result = caught(position, stride, prey, attacker, True)
        undo(position, stride)
        if not result:
            break
    position.options_top = start
    return result


@kernel
def defences(position, stride, head, attacker):
    """Put on the options stack the moves that could save a chain in atari; the stack's new top."""
    colours, counts, options = position.colours, position.counts, position.options
    start = position.options_top
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
def is_ladder_capture(position, stride, prey, move, other, attacker):
    """Whether the legal move catches the chain at ``prey``, whose two liberties are ``move`` and ``other``."""
    if joined_liberties(position, stride, other, 3 - attacker, move) > 2:
        return False
    position.nodes = NODE_BUDGET
    play(position, stride, move, attacker)
    result = caught(position, stride, prey, attacker, False)
    undo(position, stride)
    return result


@kernel
def is_ladder_escape(position, stride, prey, move, attacker):
    """Whether the legal move of the defender saves the chain at ``prey``, which is in atari."""
    position.nodes = NODE_BUDGET
    play(position, stride, move, 3 - attacker)
    result = caught(position, stride, prey, attacker, True)
    undo(position, stride)
    return not result
