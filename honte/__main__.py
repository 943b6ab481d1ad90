"""`python -m honte`, which is the command `honte`; also `torchrun --nproc-per-node N -m honte train …`."""

import signal
import sys


def main() -> int:
    """Run the command line; an interrupt while it is imported, which takes a moment, ends the process at once."""
    before = signal.signal(signal.SIGINT, signal.SIG_DFL)
    from honte.engine import cli

    signal.signal(signal.SIGINT, before)
    return cli.main()


if __name__ == "__main__":
    sys.exit(main())
