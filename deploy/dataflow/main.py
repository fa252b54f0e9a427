"""What the flex template runs: `warta run`, with its inputs as one parameter."""

import sys
from collections.abc import Sequence

INPUTS = "--inputs="


def arguments(given: Sequence[str]) -> list[str]:
    """Return the words after `warta` of the template's parameters; commas separate inputs."""
    inputs = [word.removeprefix(INPUTS) for word in given if word.startswith(INPUTS)]
    rest = [word for word in given if not word.startswith(INPUTS)]
    return ["run", *(one for text in inputs for one in text.split(",")), *rest]


if __name__ == "__main__":
    from warta.pipeline.cli import main

    sys.exit(main(arguments(sys.argv[1:])))
