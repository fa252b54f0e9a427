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
from warta.transforms.clean_articles import CleanArticles
from warta.transforms.core.counts import ReadCount
from warta.transforms.core.options import fingerprint
from warta.transforms.core.records import Reference, Source
from warta.transforms.drop_known import DropKnownArticles, DropKnownRecords
from warta.transforms.finish_windows import FinishWindows
from warta.transforms.lake.compaction import CompactionPolicy
from warta.transforms.lake.decisions import Policy
from warta.transforms.lake.layout import PublishedFile, Run
from warta.transforms.lake.opening import LakeWriter
from warta.transforms.lake.staging import reading_progress
from warta.transforms.lake.storage import Lake
from warta.transforms.lake.windows import Stream
from warta.transforms.read_messages import read_subscriptions
from warta.transforms.read_polled import FeedsRead
from warta.transforms.read_sources import ReadOutputs, ReadSources
from warta.transforms.select_articles import SelectArticles
from warta.transforms.sources.read_files import Read, read_files
from warta.transforms.tag_articles import TagArticles
from warta.transforms.watch_sources import WatchSources
from warta.transforms.write_lake import COUNTS, KNOWN, WriteLake, stage_all


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
      root: The pipeline to build in.
      references: What to read.
      settings: How.
      run: What rows and files are signed with.
      details: What the commit file says beside the counts: versions, inputs.
      read: Opens references: files and feeds, the lake's own rejects, or what was polled.
      polled: Of a poll cycle, what else is committed.

    Returns:
      The content of the commit file, once.
    """
    lake = Lake(settings.lake)
    created = root | "References" >> beam.Create(list(references), reshuffle=False)
    track = partial(reading_progress, lake, run.commit_id)
    opened = created | "ReadSources" >> ReadSources(
        settings.limits, read=read, strict=settings.strict, track=track
    )
    made = _clean_and_tag(opened, settings, lake, run.commit_id, run.started_at, details)
    counts, known = made.counts, made.known
    more: tuple[PublishedFile, ...] = ()
    if polled:
        # What the state of feeds knows is counted as read and known, and never comes here.
        shown = [ReadCount("", polled.known, passed_over=polled.passed_over)]
        entries = root | "EntriesRead" >> beam.Create(shown, reshuffle=False)
        again = root | "KnownEntries" >> beam.Create([polled.known], reshuffle=False)
        counts = (counts, entries) | "ReadCounts" >> beam.Flatten()
        known = (known, again) | "AllKnown" >> beam.Flatten()
        more = (polled.state,)
    return {**made.rows, COUNTS: counts, KNOWN: known} | "WriteLake" >> WriteLake(
        LakeWriter(lake, run), policy=policy_of(settings), details=details, more=more
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

    Args:
      root: The pipeline to build in.
      watch: Looks at files and feeds again and again; None: there are none.
      subscriptions: Sources of messages, such as topics of Pub/Sub.
      settings: How.
      stream: What rows, files and commits are signed with.
      details: What each commit file says beside the counts: versions, inputs.

    Returns:
      The content of each commit file.
    """
    lake, limits = Lake(settings.lake), settings.limits
    read = read_subscriptions(root, subscriptions, limits, stream.window_s)
    if watch:
        found = root | "WatchSources" >> watch
        read.append(found | "ReadSources" >> ReadSources(limits, strict=settings.strict))
    made = _clean_and_tag(_together(read), settings, lake, stream.name, None, details)
    staged = stage_all(made.rows, lake, stream)
    return (made.counts, made.known, staged) | "FinishWindows" >> FinishWindows(
        lake, stream, policy_of(settings), details
    )


def _together(read: list[ReadOutputs]) -> ReadOutputs:
    """Return the outputs of several readers as those of one."""
    if len(read) == 1:
        return read[0]
    return ReadOutputs(
        tuple(one.items for one in read) | "AllItems" >> beam.Flatten(),
        tuple(one.rejects for one in read) | "AllRejects" >> beam.Flatten(),
        tuple(one.counts for one in read) | "AllCounts" >> beam.Flatten(),
    )


class _Made(NamedTuple):
    """What cleaning and tagging leave to be written."""

    rows: dict[str, PCollection[Any]]
    """Articles, and the rejects of each step, by labels."""
    counts: PCollection[ReadCount]
    known: PCollection[int]


def _clean_and_tag(
    read: ReadOutputs,
    settings: RunOptions,
    lake: Lake,
    commit_id: str,
    now: datetime | None,
    details: Mapping[str, Any],
) -> _Made:
    """Clean and tag what readers have put out, but for what the lake knows."""
    limits, strict = settings.limits, settings.strict
    readers = f"{details['versions']['warta']} {fingerprint(limits, settings.cleaning)}"

    recalled = read.items | "DropKnownRecords" >> DropKnownRecords(lake, commit_id, readers)
    cleaned = recalled.new | "CleanArticles" >> CleanArticles(
        settings.cleaning, limits, now, strict=strict
    )
    articles, counts = cleaned.articles, read.counts
    if settings.since:
        selected = articles | "SelectArticles" >> SelectArticles(settings.since)
        articles = selected.articles
        counts = (counts, selected.counts) | "AllRead" >> beam.Flatten()
    fresh = articles | "DropKnownArticles" >> DropKnownArticles(lake, commit_id)
    tagged = fresh.new | "TagArticles" >> TagArticles(settings.tagging, limits, strict=strict)
    known = (recalled.known, fresh.known) | "Known" >> beam.Flatten()
    rows = {
        "Articles": tagged.articles,
        "RejectsOfRead": read.rejects,
        "RejectsOfClean": cleaned.rejects,
        "RejectsOfTag": tagged.rejects,
    }
    return _Made(rows, counts, known)


def policy_of(settings: RunOptions) -> Policy:
    """Return how rows are compared and files kept."""
    small_files = settings.small_files if settings.compact == "auto" else 0
    compaction = CompactionPolicy(small_files, settings.target_file_mb << 20)
    dedup = settings.dedup
    return Policy(dedup.days, dedup.near_threshold, compaction, settings.story_days)
