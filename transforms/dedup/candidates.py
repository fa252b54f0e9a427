"""Which articles may be the same: a run against itself, and the lake's history against a run.

The run is the small side: its keys are sorted once and the history's columns are looked up in
them, vectorised, without being moved. What comes out are few rows, to be measured one by one.
"""

from collections.abc import Collection
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from warta.transforms.dedup.signatures import BANDS, MINHASH_SCHEME

Rows = npt.NDArray[np.int64]

MAX_ALL_PAIRS = 8
"""In a band that more rows share, each row meets the earliest row and its next neighbours only:
thousands of copies of one notice cost a line, not a square."""
_NEIGHBOURS = 4
_ROW_BITS = 32
_MERGED_PAIRS = 1 << 20
"""Pairs that are added before those that are there already are found among them."""
_SEEN_BITS = 20
"""A megabyte stays in a core's cache; a smaller run then looks up next to nothing in vain."""
MAX_MEETINGS = 8
"""Most rows of a run that one band of a history row is followed to."""


@dataclass(frozen=True, slots=True)
class RunKeys:
    """What a run is known by, in the form that the history is looked up with."""

    article_ids: pa.Array
    contents: pa.Array
    bands: npt.NDArray[np.uint64]
    """Sorted, with repeats."""
    band_rows: Rows
    """The run's row of each value in `bands`."""
    seen: npt.NDArray[np.bool_]
    """Which low bits occur in `bands`: turns most of the history away at one look-up each."""


def run_keys(keys: pa.Table, dropped: Collection[int] = ()) -> RunKeys:
    """Return the look-up form of a run's keys. Row numbers are positions in `keys`.

    Args:
      keys: Keys of all rows of the run.
      dropped: Rows that no row of history meets: it meets few, and they would take the places.
    """
    values, rows = _bands(keys, dropped)
    order = np.argsort(values, kind="stable")
    bits = min(26, max(_SEEN_BITS, (8 * len(values)).bit_length()))
    seen = np.zeros(1 << bits, dtype=bool)
    seen[values & np.uint64(len(seen) - 1)] = True
    ids = pc.unique(keys["article_id"].combine_chunks())
    contents = pc.unique(keys["content_sha256"].combine_chunks())
    return RunKeys(ids, contents, values[order], rows[order], seen)


def pairs_within(keys: pa.Table, rank: Rows, dropped: Collection[int] = ()) -> Rows:
    """Return the pairs of a run's rows that share a band.

    Args:
      keys: Keys of all rows of the run.
      rank: Position of each row in the order of originals, earliest first.
      dropped: Rows that are in no pair. In a crowded band they would stand between the others.

    Returns:
      Row numbers of shape (m, 2), each pair once, the earlier row first.
    """
    values, rows = _bands(keys, dropped)
    order = np.lexsort((rank[rows], values))
    values, rows = values[order], rows[order]
    starts = np.flatnonzero(np.r_[True, values[1:] != values[:-1]]) if len(values) else rows
    ends = np.r_[starts[1:], len(values)]
    sizes = ends - starts
    found = _Pairs()
    for size in range(2, MAX_ALL_PAIRS + 1):
        heads = starts[sizes == size]
        for first, second in combinations(range(size), 2):
            found.add(rows[heads + first], rows[heads + second])
    crowded = sizes > MAX_ALL_PAIRS
    for start, end in zip(starts[crowded], ends[crowded], strict=True):
        members = rows[start:end]
        found.add(members[:1], members[1:])
        for step in range(1, _NEIGHBOURS + 1):
            found.add(members[:-step], members[step:])
    return found.unique()


class _Pairs:
    """Pairs of rows, each a number: those that come again, in one band after another, are merged.

    Copies share all bands: 30,000 took 200 MB as rows of two numbers, and took long to sort.
    """

    def __init__(self) -> None:
        self._merged = np.empty(0, dtype=np.int64)
        self._added: list[Rows] = []
        self._count = 0

    def add(self, first: Rows, second: Rows) -> None:
        """Add pairs; one row may be with all of the others."""
        self._added.append(first << _ROW_BITS | second)
        self._count += len(second)
        if self._count > max(_MERGED_PAIRS, len(self._merged)):
            self._merge()

    def unique(self) -> Rows:
        """Return each pair once, in order, of shape (m, 2)."""
        self._merge()
        return np.stack([self._merged >> _ROW_BITS, self._merged & (1 << _ROW_BITS) - 1], axis=1)

    def _merge(self) -> None:
        self._merged = np.unique(np.concatenate([self._merged, *self._added]))
        self._added.clear()
        self._count = 0


def match_history(rows: pa.Table, run: RunKeys) -> pa.Table:
    """Return the published rows that a run's articles must be compared with.

    Returns:
      The rows that share an id, a content or a band with the run, with a column `meets`
      (list<int64>): the run's rows that share a band.
    """
    same = pc.or_(
        pc.is_in(rows["article_id"], run.article_ids),
        pc.is_in(rows["content_sha256"], run.contents),
    )
    wanted = np.asarray(same.combine_chunks()).astype(bool)
    meets = _meetings(rows, run)
    for row in meets:
        wanted[row] = True
    chosen = np.flatnonzero(wanted)
    lists = pa.array([sorted(meets.get(int(row), ())) for row in chosen], pa.list_(pa.int64()))
    return rows.drop_columns(["minhash_bands"]).take(chosen).append_column("meets", lists)


def match_versions(rows: pa.Table, run: RunKeys) -> pa.Table:
    """Return the published rows that are versions of a run's articles.

    Returns:
      As `match_history`, with `meets` empty.
    """
    same = rows.filter(pc.is_in(rows["article_id"], run.article_ids))
    lists = pa.array([[]] * len(same), pa.list_(pa.int64()))
    return same.drop_columns(["minhash_bands"]).append_column("meets", lists)


def _bands(keys: pa.Table, dropped: Collection[int] = ()) -> tuple[npt.NDArray[np.uint64], Rows]:
    """Return band values and the row of each, of the rows signed by the present scheme."""
    values, rows = _signed(keys)
    if dropped:
        kept = np.isin(rows, np.fromiter(dropped, dtype=np.int64), invert=True)
        values, rows = values.reshape(-1, BANDS)[kept].reshape(-1), rows[kept]
    return values, np.repeat(rows, BANDS)


def _signed(keys: pa.Table) -> tuple[npt.NDArray[np.uint64], Rows]:
    """Return the rows signed by the present scheme, and their bands, `BANDS` for each."""
    signed = pc.equal(keys["minhash_scheme"], MINHASH_SCHEME).combine_chunks()
    lists = keys["minhash_bands"].combine_chunks()
    rows = np.arange(len(keys))
    if not pc.all(signed, min_count=0, skip_nulls=False).as_py():
        rows = np.flatnonzero(np.asarray(signed).astype(bool))
        lists = lists.take(rows)
    # Bands have 48 bits: older files hold the same numbers without a sign.
    return np.asarray(pc.list_flatten(lists)).view(np.uint64), rows


def _meetings(rows: pa.Table, run: RunKeys) -> dict[int, set[int]]:
    """Return the rows of the run that share a band with each row of history."""
    values, signed = _signed(rows)
    # As numpy's own index type: any other is converted, which takes as long as the look-up.
    low_bits = values.view(np.int64) & np.int64(len(run.seen) - 1)
    maybe = np.flatnonzero(run.seen.take(low_bits))
    # In order, as neighbours are found in the cache: in half of the time with the sorting.
    maybe = maybe[np.argsort(values[maybe])]
    values, owners = values[maybe], signed[maybe // BANDS]
    first = np.searchsorted(run.bands, values, side="left")
    last = np.searchsorted(run.bands, values, side="right")
    meets: dict[int, set[int]] = {}
    for hit in np.flatnonzero(last > first):
        end = min(last[hit], first[hit] + MAX_MEETINGS)
        meets.setdefault(int(owners[hit]), set()).update(run.band_rows[first[hit] : end].tolist())
    return meets
