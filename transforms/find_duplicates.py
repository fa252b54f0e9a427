"""Staged rows -> what of them is to be published.

Only descriptors of row groups cross the shuffles here. The keys of a run are read by column from
staging; the lake's history is scanned in place, one task a file, with the run's keys as the small
side; bodies are read back for the few pairs that have to be measured.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import apache_beam as beam
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from apache_beam.pvalue import PCollection

from transforms.lake import history
from transforms.lake.commit import Decision
from transforms.lake.layout import Lake, Run, StagedRows, staging_path
from transforms.lake.publish import Mark, Piece, PublishTask, plan_tasks
from transforms.matching import candidates, duplicates
from transforms.matching.fingerprint import Hashes, promising, shingles

SCANS = "scans"
DECISIONS = "decisions"

_RAW_TO_FILE = 0.4
"""Size of a published file against its rows in memory: measured .35 to .45 on news."""


@dataclass(frozen=True, slots=True)
class ScanTask:
    """One file of the lake to be compared with a run's keys."""

    keys_path: str
    path: str


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
    days = [group.partition for group in staging.articles]
    today = run.started_at.date()
    paths = history.recent_files(lake, days, dedup_days, today) if days else []
    if not paths:
        return []
    keys_path = staging_path(run.token, "keys.parquet")
    keys = history.staged_keys(lake, staging.articles)
    pq.write_table(keys, lake.path(keys_path), filesystem=lake.filesystem, compression="lz4")
    return [ScanTask(keys_path, path) for path in paths]


def read_keys(lake: Lake, keys_path: str) -> candidates.RunKeys:
    """The keys that `plan_scan` wrote, in the form that history is looked up with."""
    keys = pq.read_table(lake.path(keys_path), filesystem=lake.filesystem)
    return candidates.run_keys(keys.combine_chunks())


def scan(lake: Lake, path: str, run: candidates.RunKeys) -> pa.Table | None:
    """One file of the lake -> its rows that the run must be compared with."""
    matches = [candidates.match_history(rows, run) for rows in history.file_keys(lake, path)]
    found = pa.concat_tables(matches) if matches else None
    if found is None or not len(found):
        return None
    return found.append_column("path", pa.repeat(pa.scalar(path), len(found)))


def decide(
    lake: Lake,
    staging: Staging,
    matches: Iterable[pa.Table],
    dedup_days: int,
    near_threshold: float,
    target_file_bytes: int,
) -> tuple[list[PublishTask], Decision]:
    """What a run has staged and what the lake knows of it -> what to publish, and the counts."""
    known = [row for table in matches for row in duplicates.known_rows(table)]
    verdicts = _verdicts(lake, staging.articles, known, near_threshold)
    pieces = _article_pieces(staging.articles, verdicts)
    repeated = history.known_rejects(lake, staging.rejects, dedup_days)
    pieces += [
        Piece(group, tuple(rows)) for group, rows in zip(staging.rejects, repeated, strict=True)
    ]
    decision = Decision(
        duplicates=len(verdicts.dropped),
        rejected=sum(group.rows for group in staging.rejects),
        rejects_known=sum(map(len, repeated)),
        reject_reasons=history.count_reasons(lake, staging.rejects),
        copies=_count_kinds(verdicts),
        new_versions=len(verdicts.versions),
    )
    return plan_tasks(pieces, int(target_file_bytes / _RAW_TO_FILE)), decision


def _verdicts(
    lake: Lake,
    groups: tuple[StagedRows, ...],
    known: list[duplicates.Known],
    near_threshold: float,
) -> duplicates.Verdicts:
    if not groups:
        return duplicates.Verdicts()
    keys = history.staged_keys(lake, groups)
    verdicts = duplicates.same_articles(keys, known)
    rank = duplicates.rank_rows(keys)
    pairs = candidates.pairs_within(keys, rank)
    dropped = np.fromiter(verdicts.dropped, dtype=np.int64)
    pairs = pairs[~np.isin(pairs, dropped).any(axis=1)]
    bodies = _Bodies(lake, groups, keys)
    pairs = bodies.promising(pairs)
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

    def promising(self, pairs: candidates.Rows) -> candidates.Rows:
        """The pairs whose signatures say that their bodies are worth reading."""
        rows, inverse = np.unique(pairs, return_inverse=True)
        signatures = self._signatures(self._places[row] for row in rows.tolist())
        return pairs[promising(signatures, inverse.reshape(pairs.shape))]

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
            kept = promising(self._signatures([*published, *own]), places)
            for (number, row), keep in zip(pairs, kept.tolist(), strict=True):
                if keep:
                    meets[number].add(row)
        return [one.met_by(meets[number]) for number, one in enumerate(known)]

    def _signatures(self, places: Iterable[history.RowPlace]) -> list[bytes]:
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


def _article_pieces(groups: tuple[StagedRows, ...], verdicts: duplicates.Verdicts) -> list[Piece]:
    pieces = []
    first = 0
    for group in groups:
        rows = range(first, first + group.rows)
        dropped = tuple(row - first for row in rows if row in verdicts.dropped)
        marks = tuple(
            _mark(row - first, verdicts.versions.get(row, 1), verdicts.copies.get(row))
            for row in rows
            if row in verdicts.versions or row in verdicts.copies
        )
        pieces.append(Piece(group, dropped, marks))
        first += group.rows
    return pieces


def _mark(row: int, version: int, copy: duplicates.Copy | None) -> Mark:
    if copy is None:
        return Mark(row, version)
    return Mark(row, version, copy.of, copy.kind, copy.similarity)


def _count_kinds(verdicts: duplicates.Verdicts) -> dict[str, int]:
    kinds = [copy.kind for copy in verdicts.copies.values()]
    return {kind: kinds.count(kind) for kind in sorted(set(kinds))}


class _PlanFn(beam.DoFn):
    """A run's row groups -> what is staged, and a task for each file of the lake to scan."""

    def __init__(self, lake: Lake, run: Run, dedup_days: int) -> None:
        self._lake, self._run, self._dedup_days = lake, run, dedup_days

    def process(self, element: tuple[str, Iterable[StagedRows]]) -> Iterator[object]:
        token, groups = element
        staging = gather(groups)
        for task in plan_scan(self._lake, self._run, staging, self._dedup_days):
            yield beam.pvalue.TaggedOutput(SCANS, task)
        yield token, staging


class _ScanFn(beam.DoFn):
    """A file of the lake -> its rows that a run must be compared with."""

    def __init__(self, lake: Lake, token: str) -> None:
        self._lake, self._token = lake, token

    def start_bundle(self) -> None:
        self._keys: candidates.RunKeys | None = None

    def process(self, element: ScanTask) -> Iterator[tuple[str, pa.Table]]:
        if self._keys is None:
            self._keys = read_keys(self._lake, element.keys_path)
        found = scan(self._lake, element.path, self._keys)
        if found is not None:
            yield self._token, found

    def finish_bundle(self) -> None:
        # The worker has memory for one step at a time, and goes on to publish.
        self._keys = None
        pa.default_memory_pool().release_unused()


class _DecideFn(beam.DoFn):
    """A run's staging and its matches -> tasks to publish, and the decision's counts."""

    def __init__(
        self, lake: Lake, dedup_days: int, near_threshold: float, target_file_bytes: int
    ) -> None:
        self._lake = lake
        self._options = (dedup_days, near_threshold, target_file_bytes)

    def process(
        self, element: tuple[str, tuple[Iterable[Staging], Iterable[pa.Table]]]
    ) -> Iterator[object]:
        _, (stagings, matches) = element
        for staging in stagings:
            tasks, decision = decide(self._lake, staging, matches, *self._options)
            pa.default_memory_pool().release_unused()
            yield beam.pvalue.TaggedOutput(DECISIONS, decision)
            yield from tasks


class FindDuplicates(beam.PTransform[PCollection[StagedRows], Any]):
    """StagedRows -> (PublishTask, Decision): what to publish of a run, and its counts."""

    def __init__(
        self,
        lake: Lake,
        run: Run,
        *,
        dedup_days: int,
        near_threshold: float,
        target_file_bytes: int,
    ) -> None:
        super().__init__()
        self._lake, self._run, self._dedup_days = lake, run, dedup_days
        self._decide = _DecideFn(lake, dedup_days, near_threshold, target_file_bytes)

    def expand(self, staged: PCollection[StagedRows]) -> Any:
        """See the class."""
        token = self._run.token
        plan = (
            staged
            | "KeyByRun" >> beam.WithKeys(token)
            | "GatherRun" >> beam.GroupByKey()
            | "PlanScan"
            >> beam.ParDo(_PlanFn(self._lake, self._run, self._dedup_days))
            .with_output_types(tuple[str, Staging], **{SCANS: ScanTask})
            .with_outputs(SCANS, main="staging")
        )
        matches = (
            plan[SCANS]
            | "SpreadScans" >> beam.Reshuffle()
            | "ScanHistory"
            >> beam.ParDo(_ScanFn(self._lake, token)).with_output_types(tuple[str, pa.Table])
        )
        decided = (
            (plan["staging"], matches)
            | "GatherMatches" >> beam.CoGroupByKey()
            | "Decide"
            >> beam.ParDo(self._decide)
            .with_output_types(PublishTask, **{DECISIONS: Decision})
            .with_outputs(DECISIONS, main="tasks")
        )
        return decided["tasks"], decided[DECISIONS]
