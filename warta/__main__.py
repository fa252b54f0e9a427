"""`python -m warta` is the same as `warta`."""

import sys

from warta.pipeline.__main__ import main

if __name__ == "__main__":
    sys.exit(main())
