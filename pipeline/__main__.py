"""`warta`, or `python -m pipeline`: signals are listened to before anything heavy is imported."""

import sys
from collections.abc import Sequence

from warta.pipeline.signals import Stopped, stop_on_signals


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status.

    Args:
      arguments: The words after `warta`; None: those that the process was started with.
    """
    with stop_on_signals():
        try:
            from warta.pipeline.cli import main as run
            from warta.pipeline.reporting.quiet import show_own_warnings

            show_own_warnings()
            return run(arguments)
        except Stopped as stopped:
            print(f"warta: {stopped}", file=sys.stderr)
            return stopped.exit_status


if __name__ == "__main__":
    sys.exit(main())
