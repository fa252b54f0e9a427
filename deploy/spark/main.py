"""What spark-submit starts in place of `warta`: its words are those of a command."""

import sys

from warta.pipeline.__main__ import main

if __name__ == "__main__":
    sys.exit(main())
