"""What of a batch's staged rows is published, and which files of the lake are compacted with it.

One worker decides, since every row may be a copy of every other. It handles descriptors and keys;
bodies are read back only for the few pairs that have to be measured.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from warta.transforms.core.memory import release_memory
from warta.transforms.core.options import DEDUP_DAYS, NEAR_THRESHOLD, STORY_DAYS
from warta.transforms.dedup.duplicates import Copy, DedupResult
from warta.transforms.lake import scan
from warta.transforms.lake.article_index import index_rows, write_index
from warta.transforms.lake.catalog import read_snapshot
from warta.transforms.lake.compaction import (
    CompactionPolicy,
    CompactionTask,
    affected_partitions,
    mark_replayed,
    plan_compaction,
)
from warta.transforms.lake.comparison import compare_articles
from warta.transforms.lake.failpoints import failpoint
from warta.transforms.lake.iceberg import protocol as iceberg
from warta.transforms.lake.layout import PublishedFile, Run, StagedRows
from warta.transforms.lake.open_files import OpenFiles
from warta.transforms.lake.publish_files import PublishTask, RowSelection, RowUpdate, plan_tasks
from warta.transforms.lake.storage import Lake
from warta.transforms.lake.stories.decisions import decide_stories
from warta.transforms.lake.stories.relations import StoryPlace
from warta.transforms.lake.stories.table import stage_stories
from warta.transforms.lake.tally import Decision

_RAW_TO_FILE = 0.4
"""Size of a published file against its rows in memory: measured .35 to .45 on news."""


@dataclass(frozen=True, slots=True)
class Policy:
    """How a batch's rows are compared with the lake, and how its files are kept.

    Example:
      >>> Policy(dedup_days=7).near_threshold
      0.8
    """

    dedup_days: int = DEDUP_DAYS
    """Days around an article's day in which copies of it are looked for."""
    near_threshold: float = NEAR_THRESHOLD
    """Similarity (0 to 1) from which two articles are copies."""
    compaction: CompactionPolicy = field(default_factory=CompactionPolicy)
    story_days: int = STORY_DAYS
    """Days between a story and what joins it, at most; 0: each article is a story of its own."""


@dataclass(frozen=True, slots=True)
class PublishPlan:
    """All that is left to do for a batch before its commit."""

    tasks: list[PublishTask | CompactionTask]
    """Each can be done by another worker."""
    decision: Decision


def decide(lake: Lake, run: Run, staged: Iterable[StagedRows], policy: Policy) -> PublishPlan:
    """Decide what of a batch's staged rows is published, and write its part of the article index.

    Each staged file is opened once, and only the columns are read that rows are compared by.

    Args:
      lake: The lake; only its one writer may call this.
      run: The batch.
      staged: Its staged row groups, in any order: the result is the same.
      policy: How rows are compared, and files kept.

    Returns:
      What to write, and the counts of what was decided.

    Raises:
      LakeError: The disk or store refuses the article index.
    """
    release_memory()
    ordered = sorted(staged, key=lambda group: (group.path, group.row_group))
    articles = [group for group in ordered if group.table == "articles"]
    rejects = [group for group in ordered if group.table == "rejects"]
    with OpenFiles(lake) as files:
        keys = scan.staged_keys(files, articles)
        result = compare_articles(
            files,
            lake,
            run,
            articles,
            keys,
            dedup_days=policy.dedup_days,
            near_threshold=policy.near_threshold,
        )
        stories = decide_stories(files, lake, run, articles, keys, result, policy.story_days)
        reject_keys = scan.staged_reject_keys(files, rejects)
    repeated = scan.known_rejects(lake, rejects, reject_keys, policy.dedup_days)
    replayed = scan.resolved_rejects(keys["replay_of"], reject_keys)
    selections = _select_articles(articles, result, stories.places)
    selections += [
        RowSelection(group, tuple(rows)) for group, rows in zip(rejects, repeated, strict=True)
    ]
    tasks = plan_tasks(selections, int(policy.compaction.target_bytes / _RAW_TO_FILE))
    compactions = _plan_compactions(lake, tasks, stories.rows, replayed, policy)
    number = len(tasks) + len(compactions)
    decision = Decision(
        duplicates=len(result.dropped),
        rejected=sum(group.rows for group in rejects),
        rejects_known=sum(map(len, repeated)),
        rejects_replayed=len(replayed),
        reject_reasons=_count_reasons(reject_keys),
        copies=_count_kinds(result),
        new_versions=len(result.versions),
        index=_index(lake, run, articles, keys, result),
        stories=tuple(stage_stories(lake, run, stories.rows, number)),
    )
    release_memory()
    failpoint("find.decided")
    return PublishPlan([*tasks, *compactions], decision)


def _plan_compactions(
    lake: Lake,
    tasks: Sequence[PublishTask],
    story_rows: pa.Table,
    replayed: Collection[str],
    policy: Policy,
) -> list[CompactionTask]:
    """Return which files of the lake are written again: small ones, and rejects that are resolved.

    Args:
      lake: The lake.
      tasks: What is written of the batch.
      story_rows: The rows of its stories.
      replayed: Rejects of the lake that the batch resolves.
      policy: When files are merged.
    """
    live = read_snapshot(lake)
    affected = affected_partitions(tasks)
    affected |= {("stories", day) for day in story_rows["story_date"].to_pylist()}
    compactions = plan_compaction(live, affected, policy.compaction, len(tasks))
    if compactions and not iceberg.may_replace_files(lake):
        compactions = []
    return mark_replayed(lake, live, compactions, replayed, len(tasks) + len(compactions))


def _count_reasons(rejects: pa.Table) -> Counter[str]:
    counted = pc.value_counts(rejects["reason"]).to_pylist()
    return Counter({one["values"]: one["counts"] for one in counted})


def _index(
    lake: Lake, run: Run, groups: Sequence[StagedRows], keys: pa.Table, result: DedupResult
) -> PublishedFile | None:
    """Write which of the batch's articles are on which days, from the keys at hand."""
    kept = np.ones(len(keys), dtype=bool)
    kept[list(result.dropped)] = False
    ids = keys["article_id"].filter(pa.array(kept))
    row_groups = keys["group"].to_numpy()[kept]
    return write_index(lake, run, index_rows(ids, [groups[row].partition for row in row_groups]))


def _select_articles(
    groups: Sequence[StagedRows], result: DedupResult, stories: Mapping[int, StoryPlace]
) -> list[RowSelection]:
    selections = []
    first = 0
    for group in groups:
        rows = range(first, first + group.rows)
        dropped = tuple(row - first for row in rows if row in result.dropped)
        updates = tuple(
            _update(
                row - first, result.versions.get(row, 1), result.copies.get(row), stories.get(row)
            )
            for row in rows
            if row in result.versions or row in result.copies or row in stories
        )
        selections.append(RowSelection(group, dropped, updates))
        first += group.rows
    return selections


def _update(row: int, version: int, copy: Copy | None, story: StoryPlace | None) -> RowUpdate:
    update = RowUpdate(row, version)
    if copy is not None:
        update = RowUpdate(row, version, copy.of, copy.kind, copy.similarity)
    if story is None:
        return update
    update = replace(update, story_id=story.story_id)
    if (relation := story.relation) is None:
        return update
    return replace(
        update,
        story_relation=relation.kind,
        story_of=relation.of,
        story_similarity=relation.similarity,
    )


def _count_kinds(result: DedupResult) -> dict[str, int]:
    return dict(sorted(Counter(copy.kind for copy in result.copies.values()).items()))
