"""Reads the cases of other projects as inputs: none may be a defect, and each is accounted for.

    python -m benchmarks.suites FOLDER...

Folders are checkouts, or parts of them, that are not part of this project: feedparser's `tests`,
the `testcases` of the W3C's feed validator, or any other folder of feeds.
"""

import logging
import sys
from collections import Counter
from pathlib import Path

from benchmarks.accounting import FAILURE, account_for

SUFFIXES = frozenset({".xml", ".rss", ".atom", ".rdf", ".json"})
"""Of files that are read as feeds; servers' settings and programs are beside them."""
_SHOWN = 5


def run_suite(folder: Path) -> tuple[int, Counter[str], list[str]]:
    """Return how many files there were, what became of them, and the defects met, with their file.

    Args:
      folder: All files in it of feeds' endings are read, each as a feed.
    """
    files = 0
    outcomes: Counter[str] = Counter()
    defects: list[str] = []
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() not in SUFFIXES or not path.is_file():
            continue
        files += 1
        found = account_for(path, "feed")
        outcomes += found
        defects += [f"{path}: {name}" for name in found if name.startswith(FAILURE)]
    return files, outcomes, defects


def show_suite(folder: Path) -> None:
    """Print what became of a suite; end with status 1 where a case is a defect."""
    files, outcomes, defects = run_suite(folder)
    print(f"{folder}: {files:,} files")
    for name, count in sorted(outcomes.items()):
        if not name.startswith(FAILURE):
            print(f"  {count:>7,} {name}")
    for defect in defects[:_SHOWN]:
        print(defect)
    if not files or defects:
        sys.exit(f"{folder}: {len(defects)} defects" if files else f"no feeds in {folder}")


def main() -> None:
    """Run each suite that is named; without one, say what is left out."""
    logging.getLogger("transforms").setLevel(logging.CRITICAL)
    if len(sys.argv) == 1:
        print("suites: skipped, since no FOLDER was given (make suites FOLDER=path)")
    for folder in sys.argv[1:]:
        show_suite(Path(folder))


if __name__ == "__main__":
    main()
