"""The whole graph, on one screen.

    references -> read -> clean -> tag -> stage -> find duplicates -> publish -> commit
                     └ known? ┴ known? ──────────────── counted ────────────────┘

From read to stage is one fused stage: an article never leaves the worker that read it.
"""

from collections.abc import Sequence
from typing import Any

import apache_beam as beam
from apache_beam.pvalue import PCollection

from pipeline.options import Settings
from transforms import clean_articles, read_sources, tag_articles
from transforms.clean_articles import CleanArticles
from transforms.decisions import Policy
from transforms.drop_known import KNOWN, DropKnownArticles, DropKnownRecords
from transforms.find_duplicates import FindDuplicates
from transforms.lake.layout import Lake, Run
from transforms.lake.merge import Upkeep
from transforms.read_polled import FeedsRead
from transforms.read_sources import Read, ReadSources, read_files
from transforms.records import ReadCount, Reference, Tables
from transforms.tag_articles import TagArticles
from transforms.write_lake import CommitRun, PublishRows, StageRows


def build(
    root: beam.Pipeline,
    references: Sequence[Reference],
    settings: Settings,
    run: Run,
    details: dict[str, Any],
    read: Read = read_files,
    polled: FeedsRead | None = None,
) -> PCollection[dict[str, Any]]:
    """References of one run -> its commit file's content.

    Args:
      root: the pipeline to build in.
      references: what to read.
      settings: how.
      run: what rows and files are signed with.
      details: what the commit file tells beside the counts: versions, inputs.
      read: opens references: files and feeds, the lake's own rejects, or what was polled.
      polled: of an epoch of feeds that are followed, what else is committed.
    """
    lake = Lake(settings.lake)
    limits, strict = settings.limits, settings.strict
    readers = f"{details['versions']['warta']} {limits}"

    records = (
        root
        | "References" >> beam.Create(list(references), reshuffle=False)
        | "ReadSources" >> ReadSources(limits, read=read, strict=strict)
    )
    recalled = records.items | "DropKnownRecords" >> DropKnownRecords(lake, run.token, readers)
    cleaned = recalled.new | "CleanArticles" >> CleanArticles(limits, run.started_at, strict=strict)
    fresh = cleaned.articles | "DropKnownArticles" >> DropKnownArticles(lake, run.token)
    models = settings.ner, settings.topic_model or None
    tables = Tables(settings.gazetteers, settings.topics, settings.iptc, *models)
    tagged = fresh.new | "TagArticles" >> TagArticles(tables, limits, strict=strict)
    counts, recognised = [records[read_sources.COUNTS]], [recalled[KNOWN], fresh[KNOWN]]
    if polled:
        # What the state of feeds knows is counted as read and known, and never comes here.
        entries = [polled.known]
        recognised.append(root | "KnownEntries" >> beam.Create(entries, reshuffle=False))
        read_too = [ReadCount("", number) for number in entries]
        counts.append(root | "EntriesRead" >> beam.Create(read_too, reshuffle=False))
    known = recognised | "Known" >> beam.Flatten()
    read_counts = counts | "ReadCounts" >> beam.Flatten() if polled else counts[0]

    # Four sinks, not one behind a Flatten: runners write what they flatten to a buffer, and
    # articles would cross it.
    finished = {
        "Articles": tagged.articles,
        "RejectsOfRead": records[read_sources.REJECTS],
        "RejectsOfClean": cleaned[clean_articles.REJECTS],
        "RejectsOfTag": tagged[tag_articles.REJECTS],
    }
    staged = [rows | f"Stage{name}" >> StageRows(lake, run) for name, rows in finished.items()]

    tasks, decisions = (
        staged
        | "AllStaged" >> beam.Flatten()
        | "FindDuplicates" >> FindDuplicates(lake, run, policy_of(settings))
    )
    files = tasks | "PublishRows" >> PublishRows(lake, run)
    more = (polled.state,) if polled else ()
    return (read_counts, known, files, decisions) | "CommitRun" >> CommitRun(
        lake, run, details, more
    )


def policy_of(settings: Settings) -> Policy:
    """Settings -> how rows are compared, and files kept."""
    small_files = settings.small_files if settings.compact == "auto" else 0
    upkeep = Upkeep(small_files, settings.target_file_mb << 20)
    return Policy(settings.dedup_days, settings.near_threshold, upkeep)
