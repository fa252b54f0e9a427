"""Staged rows -> what of them is to be published. Joins the rooms lake and matching; no Beam.

Only descriptors of row groups are handed around. The keys of a run are read by column from staging;
the lake's history is scanned in place, with the run's keys as the small side; bodies are read back
for the few pairs that have to be measured.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from transforms.dedup import candidates, duplicates
from transforms.dedup.signatures import Hashes, filter_by_signature, shingles
from transforms.lake import scan as history
from transforms.lake.article_index import days_of
from transforms.lake.commit import Decision
from transforms.lake.compaction import (
    CompactionPolicy,
    CompactionTask,
    affected_partitions,
    mark_replayed,
    plan_compaction,
)
from transforms.lake.failpoints import point
from transforms.lake.layout import Lake, Run, StagedRows, staging_path
from transforms.lake.publishing import PublishTask, RowSelection, RowUpdate, plan_tasks

_RAW_TO_FILE = 0.4
"""Size of a published file against its rows in memory: measured .35 to .45 on news."""


@dataclass(frozen=True, slots=True)
class Policy:
    """How a run's rows are compared with the lake, and how its files are kept."""

    dedup_days: int
    """How far around its day copies of an article are looked for."""
    near_threshold: float
    """Similarity from which two articles are copies."""
    compaction: CompactionPolicy


@dataclass(frozen=True, slots=True)
class ScanTask:
    """One file of the lake to be compared with a run's keys."""

    keys_path: str
    path: str
    same_only: bool
    """Outside the horizon: only other versions of the run's articles count, not copies."""


@dataclass(frozen=True, slots=True)
class Staging:
    """Everything a run has staged."""

    articles: tuple[StagedRows, ...]
    rejects: tuple[StagedRows, ...]


def gather(groups: Iterable[StagedRows]) -> Staging:
    """Row groups in any order -> the same in one order."""
    ordered = sorted(groups, key=lambda group: (group.path, group.row_group))
    return Staging(
        tuple(group for group in ordered if group.table == "articles"),
        tuple(group for group in ordered if group.table == "rejects"),
    )


def plan_scan(lake: Lake, run: Run, staging: Staging, dedup_days: int) -> list[ScanTask]:
    """What a run has staged -> the files of the lake it must be compared with."""
    if not staging.articles or not lake.partitions("articles"):
        return []
    keys = history.staged_keys(lake, staging.articles)
    keys_path = staging_path(run.commit_id, "keys.parquet")
    with lake.writing():
        pq.write_table(keys, lake.path(keys_path), filesystem=lake.filesystem, compression="lz4")
    point("find.keys_written")
    days = {group.partition for group in staging.articles}
    near = history.recent_days(days, dedup_days, run.started_at.date())
    far = days_of(lake, keys["article_id"]) - near
    return [
        ScanTask(keys_path, path, same_only)
        for wanted, same_only in ((near, False), (far, True))
        for path in history.files_of(lake, wanted)
    ]


def read_keys(lake: Lake, keys_path: str) -> candidates.RunKeys:
    """The keys that `plan_scan` wrote, in the form that history is looked up with."""
    keys = pq.read_table(lake.path(keys_path), filesystem=lake.filesystem)
    return candidates.run_keys(keys.combine_chunks())


def scan(lake: Lake, task: ScanTask, run: candidates.RunKeys) -> pa.Table | None:
    """One file of the lake -> its rows that the run must be compared with."""
    match = candidates.match_versions if task.same_only else candidates.match_history
    matches = [match(rows, run) for rows in history.file_keys(lake, task.path)]
    found = pa.concat_tables(matches) if matches else None
    if found is None or not len(found):
        return None
    found = found.append_column("path", pa.repeat(pa.scalar(task.path), len(found)))
    return found.append_column("far", pa.repeat(pa.scalar(task.same_only), len(found)))


def decide(
    lake: Lake, staging: Staging, matches: Iterable[pa.Table], policy: Policy
) -> tuple[list[PublishTask | CompactionTask], Decision]:
    """What a run has staged and what the lake knows of it -> what to write, and the counts."""
    known = [row for table in matches for row in duplicates.known_rows(table)]
    keys = history.staged_keys(lake, staging.articles)
    verdicts = _verdicts(lake, staging.articles, keys, known, policy.near_threshold)
    pieces = _article_pieces(staging.articles, verdicts)
    repeated = history.known_rejects(lake, staging.rejects, policy.dedup_days)
    pieces += [
        RowSelection(group, tuple(rows))
        for group, rows in zip(staging.rejects, repeated, strict=True)
    ]
    replayed = history.resolved_rejects(lake, keys, staging.rejects)
    decision = Decision(
        duplicates=len(verdicts.dropped),
        rejected=sum(group.rows for group in staging.rejects),
        rejects_known=sum(map(len, repeated)),
        rejects_replayed=len(replayed),
        reject_reasons=history.count_reasons(lake, staging.rejects),
        copies=_count_kinds(verdicts),
        new_versions=len(verdicts.versions),
    )
    tasks = plan_tasks(pieces, int(policy.compaction.target_bytes / _RAW_TO_FILE))
    merges = plan_compaction(lake, affected_partitions(tasks), policy.compaction, len(tasks))
    merges = mark_replayed(lake, merges, replayed, len(tasks) + len(merges))
    point("find.decided")
    return [*tasks, *merges], decision


def _verdicts(
    lake: Lake,
    groups: tuple[StagedRows, ...],
    keys: pa.Table,
    known: list[duplicates.Known],
    near_threshold: float,
) -> duplicates.DedupResult:
    if not groups:
        return duplicates.DedupResult()
    verdicts = duplicates.same_articles(keys, known)
    rank = duplicates.rank_rows(keys)
    pairs = candidates.pairs_within(keys, rank)
    dropped = np.fromiter(verdicts.dropped, dtype=np.int64)
    pairs = pairs[~np.isin(pairs, dropped).any(axis=1)]
    bodies = _Bodies(lake, groups, keys)
    pairs = bodies.filter_by_signature(pairs)
    known = bodies.promised(known, verdicts.dropped)
    bodies.load(pairs, known)
    duplicates.mark_copies(keys, rank, pairs, known, verdicts, bodies.compare, near_threshold)
    return verdicts


class _Bodies:
    """Rows that may be copies of each other, read back from their files as far as is needed."""

    def __init__(self, lake: Lake, groups: tuple[StagedRows, ...], keys: pa.Table) -> None:
        self._lake = lake
        self._places = [
            history.RowPlace(groups[group].path, groups[group].row_group, row)
            for group, row in zip(keys["group"].to_pylist(), keys["row"].to_pylist(), strict=True)
        ]
        self._sets: dict[history.RowPlace, Hashes] = {}

    def filter_by_signature(self, pairs: candidates.Rows) -> candidates.Rows:
        """The pairs whose signatures say that their bodies are worth reading."""
        rows, inverse = np.unique(pairs, return_inverse=True)
        signatures = self._signatures(self._places[row] for row in rows.tolist())
        return pairs[filter_by_signature(signatures, inverse.reshape(pairs.shape))]

    def promised(
        self, known: Sequence[duplicates.Known], dropped: set[int]
    ) -> list[duplicates.Known]:
        """Published rows, met only by the rows whose signatures say so."""
        pairs = [
            (number, row)
            for number, published in enumerate(known)
            for row in published.meets - dropped
        ]
        meets: dict[int, set[int]] = defaultdict(set)
        if pairs:
            published = [history.RowPlace(*known[number].place) for number, _ in pairs]
            own = [self._places[row] for _, row in pairs]
            places = np.arange(2 * len(pairs)).reshape(2, -1).T
            kept = filter_by_signature(self._signatures([*published, *own]), places)
            for (number, row), keep in zip(pairs, kept.tolist(), strict=True):
                if keep:
                    meets[number].add(row)
        return [one.met_by(meets[number]) for number, one in enumerate(known)]

    def _signatures(self, places: Iterable[history.RowPlace]) -> list[bytes | None]:
        """Signatures of rows, in the order of their places."""
        ordered = list(places)
        cells = dict(history.read_cells(self._lake, set(ordered), "minhash"))
        return [cells[place] for place in ordered]

    def load(self, pairs: candidates.Rows, known: Iterable[duplicates.Known]) -> None:
        """Reads the bodies of all rows that may be compared."""
        rows = set(np.unique(pairs).tolist()).union(*(published.meets for published in known))
        places = {self._places[row] for row in rows}
        places |= {history.RowPlace(*published.place) for published in known if published.meets}
        for place, body in history.read_cells(self._lake, places, "article_body"):
            self._sets[place] = np.unique(shingles(body))

    def compare(self, row: int, other: int | duplicates.Known) -> tuple[float, float]:
        """Jaccard and containment of two rows."""
        if isinstance(other, duplicates.Known):
            place = history.RowPlace(*other.place)
        else:
            place = self._places[other]
        return duplicates.measure(self._sets[self._places[row]], self._sets[place])


def _article_pieces(
    groups: tuple[StagedRows, ...], verdicts: duplicates.DedupResult
) -> list[RowSelection]:
    pieces = []
    first = 0
    for group in groups:
        rows = range(first, first + group.rows)
        dropped = tuple(row - first for row in rows if row in verdicts.dropped)
        marks = tuple(
            _update(row - first, verdicts.versions.get(row, 1), verdicts.copies.get(row))
            for row in rows
            if row in verdicts.versions or row in verdicts.copies
        )
        pieces.append(RowSelection(group, dropped, marks))
        first += group.rows
    return pieces


def _update(row: int, version: int, copy: duplicates.Copy | None) -> RowUpdate:
    if copy is None:
        return RowUpdate(row, version)
    return RowUpdate(row, version, copy.of, copy.kind, copy.similarity)


def _count_kinds(verdicts: duplicates.DedupResult) -> dict[str, int]:
    kinds = [copy.kind for copy in verdicts.copies.values()]
    return {kind: kinds.count(kind) for kind in sorted(set(kinds))}
