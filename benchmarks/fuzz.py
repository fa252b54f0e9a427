"""Reads and cleans mutants of the samples, and fails where one is not accounted for.

    python -m benchmarks.fuzz [--mutants N] [--seed S] [--start K]

Each mutant gives articles, copies, rejects with a reason other than internal_error, or is passed
over; none over the limits of time and memory. The first failure of each kind is printed with its
number: `--seed S --start K --mutants 1` runs it alone.
"""

import argparse
import logging
import os
import resource
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path

from benchmarks.accounting import FAILURE, account_for
from benchmarks.mutants import Mutant, make_mutant

MUTANTS = 100_000
MAX_SECONDS = 5.0
"""Of processor time: a mutant is a few KB, and should take a fraction of this."""
_PATIENCE_S = 60.0
"""After so long a mutant is ended: it hangs, whatever else the machine does."""
MAX_GROWTH_MB = 400
"""What a process may grow by over its share; a leak or one large mutant would."""
_SHARE = 500
"""Mutants that a process takes at once."""


@dataclass(slots=True)
class Tally:
    """What became of mutants."""

    mutants: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    failures: dict[str, list[int]] = field(default_factory=dict)
    """Kind of failure -> numbers of mutants."""
    slowest_s: float = 0.0
    slowest: int = 0
    growth_mb: float = 0.0

    def add(self, other: "Tally") -> None:
        """Add the tally of another share."""
        self.mutants += other.mutants
        self.outcomes += other.outcomes
        for kind, numbers in other.failures.items():
            self.failures.setdefault(kind, []).extend(numbers)
        if other.slowest_s > self.slowest_s:
            self.slowest_s, self.slowest = other.slowest_s, other.slowest
        self.growth_mb = max(self.growth_mb, other.growth_mb)


class _TooSlowError(BaseException):
    """No handler of errors in the way may take it for one of its own."""


def run_share(seed: int, start: int, count: int) -> Tally:
    """Return what became of the mutants numbered from `start`."""
    logging.getLogger("transforms").setLevel(logging.CRITICAL)
    tally, peak_before_mb = Tally(), _peak_mb()
    with tempfile.TemporaryDirectory(prefix="warta-fuzz-") as folder:
        for number in range(start, start + count):
            began = time.process_time()
            try:
                with _alarm(_PATIENCE_S):
                    outcomes = _account_for(make_mutant(seed, number), Path(folder))
            except _TooSlowError:
                outcomes = Counter({f"{FAILURE}: no end after {_PATIENCE_S:g} s": 1})
            seconds = time.process_time() - began
            if seconds > MAX_SECONDS:
                outcomes[f"{FAILURE}: over {MAX_SECONDS:g} s of processor time"] += 1
            if seconds > tally.slowest_s:
                tally.slowest_s, tally.slowest = seconds, number
            tally.mutants += 1
            tally.outcomes += outcomes
            for kind in outcomes:
                if kind.startswith(FAILURE):
                    tally.failures.setdefault(kind, []).append(number)
    # A process of tests has had a peak of its own before.
    tally.growth_mb = _peak_mb() - peak_before_mb
    return tally


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    def ring(*_: object) -> None:
        raise _TooSlowError

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _account_for(mutant: Mutant, folder: Path) -> Counter[str]:
    path = folder / mutant.name
    path.write_bytes(mutant.data)
    try:
        return account_for(path)
    finally:
        path.unlink()


def fuzz(seed: int, start: int, mutants: int, processes: int) -> Tally:
    """Return what became of all mutants; each share has a process that imports once."""
    shares = [
        (seed, at, min(_SHARE, start + mutants - at))
        for at in range(start, start + mutants, _SHARE)
    ]
    tally = Tally()
    began = time.monotonic()
    with get_context("spawn").Pool(processes) as pool:
        for share in pool.imap_unordered(_run, shares):
            tally.add(share)
            if sys.stderr.isatty():
                print(f"\r{tally.mutants:,} of {mutants:,}", end="", file=sys.stderr)
    seconds = time.monotonic() - began
    print(f"{tally.mutants:,} mutants of seed {seed} in {seconds:.0f} s", file=sys.stdout)
    return tally


def _run(share: tuple[int, int, int]) -> Tally:
    return run_share(*share)


def show(tally: Tally, seed: int) -> bool:
    """Print what became of mutants; return whether all is as it must be."""
    for name, count in sorted(tally.outcomes.items()):
        if not name.startswith(FAILURE):
            print(f"  {count:>9,} {name}")
    print(
        f"slowest {tally.slowest_s:.2f} s (mutant {tally.slowest}), growth {tally.growth_mb:.0f} MB"
    )
    for kind, numbers in tally.failures.items():
        again = f"--seed {seed} --start {min(numbers)} --mutants 1"
        print(f"{kind}: {len(numbers)} mutants, the first again: {again}")
    if tally.growth_mb > MAX_GROWTH_MB:
        print(f"failure: a process grew by {tally.growth_mb:.0f} MB, the limit is {MAX_GROWTH_MB}")
    return not tally.failures and tally.growth_mb <= MAX_GROWTH_MB


def main() -> None:
    """Run the pass; exit status 1 where a mutant is not accounted for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--mutants", type=int, default=MUTANTS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    asked = parser.parse_args()
    tally = fuzz(asked.seed, asked.start, asked.mutants, asked.processes)
    sys.exit(0 if show(tally, asked.seed) else 1)


if __name__ == "__main__":
    main()
