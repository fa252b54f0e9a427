"""The whole graph, on one screen.

    references -> read -> clean -> tag -> stage -> find duplicates -> publish -> commit
                     └ known? ┴ known? ──────────────── counted ────────────────┘

From read to stage is one fused stage: an article never leaves the worker that read it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

import apache_beam as beam
from apache_beam.pvalue import PCollection

from warta.pipeline.options import RunOptions
from warta.transforms import clean_articles, read_sources, select_articles, tag_articles
from warta.transforms.clean_articles import CleanArticles
from warta.transforms.core.records import ReadCount, Reference, Source
from warta.transforms.drop_known import KNOWN, DropKnownArticles, DropKnownRecords
from warta.transforms.find_duplicates import FindDuplicates
from warta.transforms.finish_windows import FinishWindows
from warta.transforms.lake.compaction import CompactionPolicy
from warta.transforms.lake.decisions import Policy
from warta.transforms.lake.layout import Lake, PublishedFile, Run, StagedRows
from warta.transforms.lake.staging import reading_progress
from warta.transforms.lake.windows import Stream
from warta.transforms.read_messages import read_subscriptions
from warta.transforms.read_polled import FeedsRead
from warta.transforms.read_sources import Read, ReadSources, read_files
from warta.transforms.select_articles import SelectArticles
from warta.transforms.tag_articles import TagArticles
from warta.transforms.watch_sources import WatchSources
from warta.transforms.write_lake import CommitRun, PublishRows, StageRows


def build(
    root: beam.Pipeline,
    references: Sequence[Reference],
    settings: RunOptions,
    run: Run,
    details: dict[str, Any],
    read: Read = read_files,
    polled: FeedsRead | None = None,
) -> PCollection[dict[str, Any]]:
    """Build the graph of one run, from its references to the content of its commit file.

    Args:
      root: the pipeline to build in.
      references: what to read.
      settings: how.
      run: what rows and files are signed with.
      details: what the commit file says beside the counts: versions, inputs.
      read: opens references: files and feeds, the lake's own rejects, or what was polled.
      polled: of an epoch of feeds that are followed, what else is committed.
    """
    lake = Lake(settings.lake)
    created = root | "References" >> beam.Create(list(references), reshuffle=False)
    track = partial(reading_progress, lake, run.commit_id)
    opened = created | "ReadSources" >> ReadSources(
        settings.limits, read=read, strict=settings.strict, track=track
    )
    outputs = _stage(opened, settings, run, run.commit_id, run.started_at, details)
    read_counts, known = outputs.read, outputs.known
    more: tuple[PublishedFile, ...] = ()
    if polled:
        # What the state of feeds knows is counted as read and known, and never comes here.
        shown = [ReadCount("", polled.known, passed_over=polled.passed_over)]
        entries = root | "EntriesRead" >> beam.Create(shown, reshuffle=False)
        again = root | "KnownEntries" >> beam.Create([polled.known], reshuffle=False)
        read_counts = (read_counts, entries) | "ReadCounts" >> beam.Flatten()
        known = (known, again) | "AllKnown" >> beam.Flatten()
        more = (polled.state,)
    tasks, decisions = outputs.staged | "FindDuplicates" >> FindDuplicates(
        lake, run, policy_of(settings)
    )
    files = tasks | "PublishRows" >> PublishRows(lake, run)
    return (read_counts, known, files, decisions) | "CommitRun" >> CommitRun(
        lake, run, details, more
    )


def build_stream(
    root: beam.Pipeline,
    watch: WatchSources | None,
    subscriptions: Sequence[Source],
    settings: RunOptions,
    stream: Stream,
    details: Mapping[str, Any],
) -> PCollection[dict[str, Any]]:
    """Build the graph of a stream, from watched sources and messages to a commit a window.

    The same graph up to staging; what follows is done window by window in one place.
    """
    lake, limits = Lake(settings.lake), settings.limits
    read = read_subscriptions(root, subscriptions, limits, stream.window_s)
    if watch:
        found = root | "WatchSources" >> watch
        read.append(found | "ReadSources" >> ReadSources(limits, strict=settings.strict))
    outputs = _stage(_together(read), settings, stream, stream.name, None, details)
    return tuple(outputs) | "FinishWindows" >> FinishWindows(
        lake, stream, policy_of(settings), details
    )


def _together(read: list[Any]) -> Any:
    """Return the outputs of several readers as those of one."""
    if len(read) == 1:
        return read[0]
    names = (read_sources.ITEMS, read_sources.REJECTS, read_sources.COUNTS)
    return {
        name: [one[name] for one in read] | f"All{name.title()}" >> beam.Flatten() for name in names
    }


class _Staged(NamedTuple):
    """What is left to shuffle when articles and rejects are in staging."""

    read: PCollection[ReadCount]
    known: PCollection[int]
    staged: PCollection[StagedRows]


def _stage(
    read: Any,
    settings: RunOptions,
    run: Run | Stream,
    commit_id: str,
    now: datetime | None,
    details: Mapping[str, Any],
) -> _Staged:
    """Clean, tag and stage what readers have put out."""
    lake = Lake(settings.lake)
    limits, strict = settings.limits, settings.strict
    readers = f"{details['versions']['warta']} {limits}"

    items = read[read_sources.ITEMS]
    recalled = items | "DropKnownRecords" >> DropKnownRecords(lake, commit_id, readers)
    cleaned = recalled.new | "CleanArticles" >> CleanArticles(limits, now, strict=strict)
    articles, counts = cleaned.articles, read[read_sources.COUNTS]
    if settings.since:
        selected = articles | "SelectArticles" >> SelectArticles(settings.since)
        articles = selected.articles
        counts = (counts, selected[select_articles.COUNTS]) | "AllRead" >> beam.Flatten()
    fresh = articles | "DropKnownArticles" >> DropKnownArticles(lake, commit_id)
    tagged = fresh.new | "TagArticles" >> TagArticles(settings.tagging, limits, strict=strict)
    known = (recalled[KNOWN], fresh[KNOWN]) | "Known" >> beam.Flatten()

    # Four sinks, not one after a Flatten: runners write what they flatten to a buffer, and
    # articles would cross it.
    finished = {
        "Articles": tagged.articles,
        "RejectsOfRead": read[read_sources.REJECTS],
        "RejectsOfClean": cleaned[clean_articles.REJECTS],
        "RejectsOfTag": tagged[tag_articles.REJECTS],
    }
    staged = [rows | f"Stage{name}" >> StageRows(lake, run) for name, rows in finished.items()]
    return _Staged(counts, known, staged | "AllStaged" >> beam.Flatten())


def policy_of(settings: RunOptions) -> Policy:
    """Return how rows are compared and files kept."""
    small_files = settings.small_files if settings.compact == "auto" else 0
    compaction = CompactionPolicy(small_files, settings.target_file_mb << 20)
    return Policy(settings.dedup.days, settings.dedup.near_threshold, compaction)
