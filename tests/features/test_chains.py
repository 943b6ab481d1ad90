"""The kernels' own invariant: whatever is played and undone, the record equals one built from the stones alone."""

import numpy as np
import pytest

from honte.features import chains


def snapshot(position, size):
    """Every stone's chain, liberties and sizes, the ko and the hash, free of which cell heads the chain."""
    cells = {}
    for cell in range((size + 2) * (size + 1) + 1):
        if position["colours"][cell] not in (chains.BLACK, chains.WHITE):
            continue
        head = int(position["heads"][cell])
        ring, stone = [head], int(position["links"][head])
        while stone != head:
            ring.append(stone)
            stone = int(position["links"][stone])
        words = position["liberties"][head][: position["words"]]
        liberties = [64 * w + b for w, word in enumerate(words) for b in range(64) if int(word) >> b & 1]
        cells[cell] = (
            int(position["colours"][cell]), sorted(ring), int(position["sizes"][head]), int(position["counts"][head]),
            liberties,
        )
    return cells, int(position["ko"]), int(position["hash"])


def legal_cells(position, size, colour):
    cells = range((size + 2) * (size + 1))
    return [cell for cell in cells if chains.is_legal(position, size + 1, cell, colour)]


@pytest.mark.parametrize("size", [2, 5, 9])
def test_undo_restores_and_play_equals_a_rebuild(size):
    chance = np.random.default_rng(size)
    for _ in range(4):
        position, rebuilt, colour = chains.new_position(size), chains.new_position(size), chains.BLACK
        for turn in range(3 * size * size):
            if turn % 9 == 0:
                before = snapshot(position, size)
                count = 0
                for step in range(int(chance.integers(1, 3 * size * size))):
                    mover = colour if step % 2 else 3 - colour
                    if legal := legal_cells(position, size, mover):
                        chains.play(position, size + 1, int(chance.choice(legal)), mover)
                        count += 1
                for _ in range(count):
                    chains.undo(position, size + 1)
                assert snapshot(position, size) == before
                assert position["trail_top"] == position["saved_top"] == 0
            if legal := legal_cells(position, size, colour):
                chains.play(position, size + 1, int(chance.choice(legal)), colour)
                chains.forget(position)
            colour = 3 - colour
            rebuilt["colours"] = position["colours"]
            assert chains.rebuild(rebuilt, size)
            rebuilt["ko"] = position["ko"]
            assert snapshot(position, size) == snapshot(rebuilt, size)
