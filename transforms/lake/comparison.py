"""A batch's articles against each other and against the lake: which are new, known or copies.

The batch is the small side: its keys are held in memory, the lake's files are read by column where
they are. Bodies are read only of the few rows whose signatures are alike.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from warta.transforms.dedup import candidates, duplicates
from warta.transforms.dedup.signatures import Hashes, filter_by_signature, shingles
from warta.transforms.lake.article_index import days_of
from warta.transforms.lake.catalog import read_snapshot
from warta.transforms.lake.layout import Run, StagedRows
from warta.transforms.lake.open_files import OpenFiles
from warta.transforms.lake.reading import read_in_threads
from warta.transforms.lake.scan import RowLocation, file_keys, read_cells, recent_days
from warta.transforms.lake.storage import Lake


@dataclass(frozen=True, slots=True)
class ScanTask:
    """One file of the lake to compare with a batch's keys."""

    path: str
    same_only: bool
    """Outside the horizon: only other versions of the batch's articles count, not copies."""


def compare_articles(
    files: OpenFiles,
    lake: Lake,
    run: Run,
    groups: Sequence[StagedRows],
    keys: pa.Table,
    *,
    dedup_days: int,
    near_threshold: float,
) -> duplicates.DedupResult:
    """Return what each staged article is: new, a new version, known, or a copy of another.

    Args:
      files: Opens the files of the lake.
      lake: The lake.
      run: The batch; an article without a day is compared around the day of the run.
      groups: Its staged row groups of articles.
      keys: Their keys, from `scan.staged_keys`.
      dedup_days: Days around an article's day in which copies are looked for.
      near_threshold: Similarity (0 to 1) from which two articles are copies.

    Returns:
      The result by row number in `keys`.
    """
    if not groups:
        return duplicates.DedupResult()
    tasks = plan_scan(lake, run, groups, keys, dedup_days)
    known = _scan_history(lake, tasks, keys)
    result = duplicates.same_articles(keys, known)
    rank = duplicates.rank_rows(keys)
    bodies = _Bodies(files, groups, keys)
    pairs = bodies.filter_pairs(candidates.pairs_within(keys, rank, result.dropped))
    known = bodies.filter_known(known, result.dropped)
    bodies.load(pairs, known)
    duplicates.mark_copies(keys, rank, pairs, known, result, bodies.compare, near_threshold)
    return result


def plan_scan(
    lake: Lake, run: Run, groups: Sequence[StagedRows], keys: pa.Table, dedup_days: int
) -> list[ScanTask]:
    """Return the files of the lake that a batch must be compared with.

    Args:
      lake: The lake.
      run: The batch.
      groups: Its staged row groups of articles.
      keys: Their keys.
      dedup_days: Days around an article's day in which copies are looked for.

    Returns:
      Files within the horizon, then those of other days that hold one of the batch's articles.
    """
    days = {group.partition for group in groups}
    near = recent_days(days, dedup_days, run.started_at.date())
    far = days_of(lake, keys["article_id"]) - near
    live = read_snapshot(lake)
    return [
        ScanTask(path, same_only)
        for wanted, same_only in ((near, False), (far, True))
        for path in live.paths("articles", wanted)
    ]


def _scan_history(lake: Lake, tasks: Sequence[ScanTask], keys: pa.Table) -> list[duplicates.Known]:
    """Return the published rows that a batch must be compared with, in the order of `tasks`."""
    if not tasks:
        return []
    repeats = duplicates.same_articles(keys, ()).dropped
    batch_keys = candidates.run_keys(keys, repeats)

    def scan(task: ScanTask) -> list[duplicates.Known]:
        return list(_scan_file(lake, task, batch_keys))

    known = [row for rows in read_in_threads(scan, tasks) for row in rows]
    # The worker has memory for one step at a time, and goes on to compare bodies.
    pa.default_memory_pool().release_unused()
    return known


def _scan_file(
    lake: Lake, task: ScanTask, batch_keys: candidates.RunKeys
) -> Iterator[duplicates.Known]:
    match = candidates.match_versions if task.same_only else candidates.match_history
    for rows in file_keys(lake, task.path):
        found = match(rows, batch_keys)
        yield from duplicates.known_rows(found, task.path, far=task.same_only)


class _Bodies:
    """Rows that may be copies of each other, read back from their files as far as is needed."""

    def __init__(self, files: OpenFiles, groups: Sequence[StagedRows], keys: pa.Table) -> None:
        self._files = files
        self._locations = [
            RowLocation(groups[group].path, groups[group].row_group, row)
            for group, row in zip(keys["group"].to_pylist(), keys["row"].to_pylist(), strict=True)
        ]
        self._sets: dict[RowLocation, Hashes] = {}

    def filter_pairs(self, pairs: candidates.Rows) -> candidates.Rows:
        """Return the pairs whose signatures say that their bodies are worth reading."""
        rows, inverse = np.unique(pairs, return_inverse=True)
        signatures = self._signatures(self._locations[row] for row in rows.tolist())
        return pairs[filter_by_signature(signatures, inverse.reshape(pairs.shape))]

    def filter_known(
        self, known: Sequence[duplicates.Known], dropped: set[int]
    ) -> list[duplicates.Known]:
        """Return published rows that meet only the rows whose signatures say so."""
        pairs = [
            (number, row)
            for number, published in enumerate(known)
            for row in published.meets - dropped
        ]
        meets: dict[int, set[int]] = defaultdict(set)
        if pairs:
            published = [RowLocation(*known[number].location) for number, _ in pairs]
            staged = [self._locations[row] for _, row in pairs]
            positions = np.arange(2 * len(pairs)).reshape(2, -1).T
            kept = filter_by_signature(self._signatures([*published, *staged]), positions)
            for (number, row), keep in zip(pairs, kept.tolist(), strict=True):
                if keep:
                    meets[number].add(row)
        return [one.met_by(meets[number]) for number, one in enumerate(known)]

    def load(self, pairs: candidates.Rows, known: Iterable[duplicates.Known]) -> None:
        """Read the bodies of all rows that may be compared."""
        rows = set(np.unique(pairs).tolist()).union(*(published.meets for published in known))
        locations = {self._locations[row] for row in rows}
        locations |= {RowLocation(*published.location) for published in known if published.meets}
        for location, body in read_cells(self._files, locations, "article_body"):
            self._sets[location] = np.unique(shingles(body))

    def compare(self, row: int, other: int | duplicates.Known) -> tuple[float, float]:
        """Return Jaccard similarity and containment (0 to 1) of two rows."""
        if isinstance(other, duplicates.Known):
            location = RowLocation(*other.location)
        else:
            location = self._locations[other]
        return duplicates.measure(self._sets[self._locations[row]], self._sets[location])

    def _signatures(self, locations: Iterable[RowLocation]) -> list[bytes | None]:
        """Return the signatures of rows, in the order of their locations."""
        ordered = list(locations)
        cells = dict(read_cells(self._files, set(ordered), "minhash"))
        return [cells[location] for location in ordered]
