"""`python -m engine.cli`, which is `honte`: for `torchrun --nproc-per-node N -m engine.cli train …`."""

import sys

from engine.cli import main

sys.exit(main())
