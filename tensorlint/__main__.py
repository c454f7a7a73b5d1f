"""`python -m tensorlint` is the command `tensorlint`."""

import sys

from tensorlint.cli import main

if __name__ == "__main__":  # not in the processes that a check starts
    sys.exit(main())
