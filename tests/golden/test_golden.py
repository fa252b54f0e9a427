"""Every field of every golden article is what it was, whatever the order, the batches, the hashes.

A change that makes warta faster leaves this as it is. One that alters outcomes on purpose runs
`make golden`, and its commit shows what it altered.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.golden.outcomes import Outcome, differences, outcomes, read
from tests.support.waiting import PATIENCE_S

ROOT = Path(__file__).parents[2]


def assert_same(found: dict[str, Outcome]) -> None:
    """Assert that outcomes are those that are kept, and show the first fields that differ."""
    different = list(differences(read(), found))
    shown = "\n".join(different[:20])
    assert not different, f"{len(different)} fields differ (on purpose? make golden):\n{shown}"


def test_each_field_of_each_article_is_what_it_was() -> None:
    """One article at a time, in order."""
    assert_same(outcomes())


def test_order_batches_and_hashes_change_nothing() -> None:
    """Another process, with other hashes, in another order and in batches, finds the same."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.golden.outcomes", "--shuffled"],
        cwd=ROOT, env=os.environ | {"PYTHONHASHSEED": "29"}, capture_output=True,
        check=True, timeout=3 * PATIENCE_S,
    )  # fmt: skip
    found = map(json.loads, done.stdout.decode().splitlines())
    assert_same({one.pop("record"): one for one in found})
