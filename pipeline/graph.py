"""The whole graph, on one screen.

    references -> read -> clean -> tag -> stage -> find duplicates -> publish -> commit
                     └ known? ┴ known? ──────────────── counted ────────────────┘

From read to stage is one fused stage: an article never leaves the worker that read it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import apache_beam as beam
from apache_beam.pvalue import PCollection

from pipeline.options import Settings
from transforms import clean_articles, read_sources, tag_articles
from transforms.clean_articles import CleanArticles
from transforms.decisions import Policy
from transforms.drop_known import KNOWN, DropKnownArticles, DropKnownRecords
from transforms.find_duplicates import FindDuplicates
from transforms.finish_windows import FinishWindows
from transforms.lake.layout import Lake, Run, StagedRows
from transforms.lake.merge import Upkeep
from transforms.read_rejects import ReadRejects
from transforms.read_sources import ReadSources, read_files
from transforms.records import ReadCount, Reference, Tables
from transforms.tag_articles import TagArticles
from transforms.watch_sources import WatchSources
from transforms.windows import Stream
from transforms.write_lake import CommitRun, PublishRows, StageRows


def build(
    root: beam.Pipeline,
    references: Sequence[Reference],
    settings: Settings,
    run: Run,
    details: dict[str, Any],
    read_rejects: ReadRejects | None = None,
) -> PCollection[dict[str, Any]]:
    """References of one run -> its commit file's content.

    Args:
      root: the pipeline to build in.
      references: what to read.
      settings: how.
      run: what rows and files are signed with.
      details: what the commit file tells beside the counts: versions, inputs.
      read_rejects: opens references to the lake's own rejects, where those are read again.
    """
    lake = Lake(settings.lake)
    created = root | "References" >> beam.Create(list(references), reshuffle=False)
    told = _stage(created, settings, run, run.token, run.started_at, details, read_rejects)
    tasks, decisions = told.staged | "FindDuplicates" >> FindDuplicates(
        lake, run, policy_of(settings)
    )
    files = tasks | "PublishRows" >> PublishRows(lake, run)
    return (told.read, told.known, files, decisions) | "CommitRun" >> CommitRun(lake, run, details)


def build_stream(
    root: beam.Pipeline,
    watch: WatchSources,
    settings: Settings,
    stream: Stream,
    details: Mapping[str, Any],
) -> PCollection[dict[str, Any]]:
    """Sources that are watched -> the commit file's content of each window.

    The same graph up to staging; what follows is done window by window in one place.
    """
    lake = Lake(settings.lake)
    found = root | "WatchSources" >> watch
    told = _stage(found, settings, stream, stream.name, None, details)
    return tuple(told) | "FinishWindows" >> FinishWindows(
        lake, stream, policy_of(settings), details
    )


class _Told(NamedTuple):
    """What is left to shuffle when articles and rejects lie in staging."""

    read: PCollection[ReadCount]
    known: PCollection[int]
    staged: PCollection[StagedRows]


def _stage(
    references: PCollection[Reference],
    settings: Settings,
    run: Run | Stream,
    token: str,
    now: datetime | None,
    details: Mapping[str, Any],
    read_rejects: ReadRejects | None = None,
) -> _Told:
    lake = Lake(settings.lake)
    limits, strict = settings.limits, settings.strict
    readers = f"{details['versions']['warta']} {limits}"

    read = references | "ReadSources" >> ReadSources(
        limits, read=read_rejects or read_files, strict=strict
    )
    recalled = read.items | "DropKnownRecords" >> DropKnownRecords(lake, token, readers)
    cleaned = recalled.new | "CleanArticles" >> CleanArticles(limits, now, strict=strict)
    fresh = cleaned.articles | "DropKnownArticles" >> DropKnownArticles(lake, token)
    tables = Tables(settings.gazetteers, settings.topics, settings.iptc, settings.ner)
    tagged = fresh.new | "TagArticles" >> TagArticles(tables, limits, strict=strict)
    known = (recalled[KNOWN], fresh[KNOWN]) | "Known" >> beam.Flatten()

    # Four sinks, not one behind a Flatten: runners write what they flatten to a buffer, and
    # articles would cross it.
    finished = {
        "Articles": tagged.articles,
        "RejectsOfRead": read[read_sources.REJECTS],
        "RejectsOfClean": cleaned[clean_articles.REJECTS],
        "RejectsOfTag": tagged[tag_articles.REJECTS],
    }
    if settings.topic_model:
        # Imported here: RunInference brings what only those who bring a model need.
        from transforms.infer_topics import InferTopics

        inferred = tagged.articles | "InferTopics" >> InferTopics(
            settings.topic_model, limits, strict=strict
        )
        finished |= {"Articles": inferred["articles"]}
        finished |= {"RejectsOfModel": inferred["rejects"]} if "rejects" in inferred else {}
    staged = [rows | f"Stage{name}" >> StageRows(lake, run) for name, rows in finished.items()]
    return _Told(read[read_sources.COUNTS], known, staged | "AllStaged" >> beam.Flatten())


def policy_of(settings: Settings) -> Policy:
    """Settings -> how rows are compared, and files kept."""
    small_files = settings.small_files if settings.compact == "auto" else 0
    upkeep = Upkeep(small_files, settings.target_file_mb << 20)
    return Policy(settings.dedup_days, settings.near_threshold, upkeep)
