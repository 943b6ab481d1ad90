"""The pool: the network as it was every so many steps, in a folder, from its first self on."""

from pathlib import Path

import numpy as np

from honte.policy import checkpoint
from honte.policy.network import PolicyNetwork
from honte.policy.parallel import Workers


class Pool:
    """Earlier selves of a network; member s is what it was at step s.

    Which there are follows from the step alone: what a folder holds of later ones is written again in time.
    """

    def __init__(self, folder: Path, *, interval: int, seed: int) -> None:
        self.folder, self.interval, self.seed = folder, interval, seed

    def folder_of(self, member: int) -> Path:
        return self.folder / f"{member:08d}"

    def add(self, network: PolicyNetwork, step: int, workers: Workers) -> None:
        """Add the network that all workers hold; afterwards all find it in the folder."""
        if workers.leads:
            checkpoint.save(network, self.folder_of(step), metadata={"step": step})
        workers.any(False, next(network.parameters()).device)  # none goes on before it is written

    def members(self, step: int) -> range:
        """Those that a step can have as opponents."""
        return range(0, step + 1, self.interval)

    def drawn(self, step: int) -> int:
        """The opponent of a step, each member as likely as any other."""
        members = self.members(step)
        return members[np.random.default_rng((self.seed, step)).integers(len(members))]

    def load(self, member: int) -> PolicyNetwork:
        return checkpoint.load(self.folder_of(member))
