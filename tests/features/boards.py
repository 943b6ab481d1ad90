"""Finished boards drawn by hand; X is black, O is white."""

SETTLED = """
    . X . X O . O . .
    X X X X O . O O .
    . X . X O O . O O
    X . X X X O O . O
    . X X . X X O O .
    X X . X O X X O O
    X O X X O O X X O
    O O O O . O O X X
    . O . O O . O X .
"""

KILLED = """
    . X . X X O . O .
    X X X X X O O O O
    O . X . X X O . O
    . O X X . X O O .
    O . X O X X X O O
    . X X . X . X X O
    X X . X X X X O O
    . X X X . X O O .
    X . X X X X O . O
"""
"""The four white stones at the left and in the middle are dead."""

SEKI = """
    O X X . O O X . X
    O X X . O O X X X
    O X X X O O X . X
    O O O O X X X X X
    O O O O X X X X X
    . O . O X . X . X
    O O O O X X X X X
    O . O O X X . X X
    O O O O X X X X X
"""
"""Whoever plays at one of the two points between the chains at the top loses his own."""

SEKI_WITH_EYES = """
    . X . O . O X . X
    X X X O O O X X X
    X X X O O O X . X
    O O O X X X X X X
    O O O O X X X X X
    . O . O X . X . X
    O O O O X X X X X
    O . O O X X . X X
    O O O O X X X X X
"""
"""The two chains at the top have one eye each, and one liberty between them that neither can fill."""

SEKI_BY_A_FALSE_EYE = """
    . O O . X X X X O
    X O X X X O X X O
    . X X X O O O O O
    X X O O O O O . O
    O O O . O O O O O
    O O O O O O . O O
    O . O O O O O O O
    O O O O O . O O O
    O O O O O O O O O
"""
"""At the top left Black would be taken after a move at either point beside the three white stones, and with a stone in
the eye that connects; White, after a move there, could be. (From a game of 2006 whose players counted it so.)"""
