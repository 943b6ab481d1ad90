"""`python -m honte`, which is the command `honte`; also `torchrun --nproc-per-node N -m honte train …`."""

import sys

from honte.engine.cli import main

if __name__ == "__main__":
    sys.exit(main())
