"""The whole graph, on one screen.

    references -> read -> clean -> tag -> stage -> find duplicates -> publish -> commit

From read to stage is one fused stage: an article never leaves the worker that read it.
"""

from collections.abc import Sequence
from typing import Any

import apache_beam as beam
from apache_beam.pvalue import PCollection

from pipeline.options import Settings
from transforms import clean_articles, read_sources, tag_articles
from transforms.clean_articles import CleanArticles
from transforms.find_duplicates import FindDuplicates
from transforms.lake.layout import Lake, Run
from transforms.read_sources import ReadSources
from transforms.records import Reference
from transforms.tag_articles import TagArticles
from transforms.write_lake import CommitRun, PublishRows, StageRows


def build(
    root: beam.Pipeline,
    references: Sequence[Reference],
    settings: Settings,
    run: Run,
    details: dict[str, Any],
) -> PCollection[dict[str, Any]]:
    """References of one run -> its commit file's content.

    Args:
      root: the pipeline to build in.
      references: what to read.
      settings: how.
      run: what rows and files are signed with.
      details: what the commit file tells beside the counts: versions, inputs.
    """
    lake = Lake(settings.lake)
    limits, strict = settings.limits, settings.strict

    read = (
        root
        | "References" >> beam.Create(list(references), reshuffle=False)
        | "ReadSources" >> ReadSources(limits, strict=strict)
    )
    cleaned = read.items | "CleanArticles" >> CleanArticles(limits, run.started_at, strict=strict)
    tagged = cleaned.articles | "TagArticles" >> TagArticles(
        settings.gazetteers, limits, strict=strict
    )

    # Four sinks, not one behind a Flatten: runners write what they flatten to a buffer, and
    # articles would cross it.
    finished = {
        "Articles": tagged.articles,
        "RejectsOfRead": read[read_sources.REJECTS],
        "RejectsOfClean": cleaned[clean_articles.REJECTS],
        "RejectsOfTag": tagged[tag_articles.REJECTS],
    }
    staged = [rows | f"Stage{name}" >> StageRows(lake, run) for name, rows in finished.items()]

    tasks, decisions = (
        staged
        | "AllStaged" >> beam.Flatten()
        | "FindDuplicates"
        >> FindDuplicates(
            lake,
            run,
            dedup_days=settings.dedup_days,
            near_threshold=settings.near_threshold,
            target_file_bytes=settings.target_file_mb << 20,
        )
    )
    files = tasks | "PublishRows" >> PublishRows(lake, run)
    return (read[read_sources.COUNTS], files, decisions) | "CommitRun" >> CommitRun(
        lake, run, details
    )
