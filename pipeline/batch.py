"""Bounded runs: the input is cut into batches, each one run of the graph with its own commit.

A batch bounds memory and what a crash costs. Its commit id is made of what it reads and of
what reads it, so that a batch that is in the lake is not done again, and one that was killed is.
"""

import os
import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import apache_beam as beam
import grpc

from warta.pipeline.console.beam_noise import (
    WORKER_LOST,
    drop_printed_tracebacks,
    hush_reported_errors,
    job_under_way,
    without_step,
)
from warta.pipeline.console.log import log
from warta.pipeline.console.progress import watch_progress
from warta.pipeline.console.results import BatchReport, RunReport
from warta.pipeline.engines.dataflow_job import check_job
from warta.pipeline.engines.registry import engine_of, engine_options, names_of
from warta.pipeline.engines.runner import runner_of
from warta.pipeline.engines.spark import spark_of
from warta.pipeline.graph import build
from warta.pipeline.inputs import Inputs, batches_of, commit_id_of, list_inputs
from warta.pipeline.options import RunOptions
from warta.pipeline.signals import raise_if_stopped
from warta.transforms.cleaning.selection import BEFORE_SINCE, UNDATED
from warta.transforms.core.counts import Counts
from warta.transforms.core.errors import LakeError, RunError, StorageError, UsageError
from warta.transforms.core.exhaustion import exhausted, is_exhausted, shows_exhaustion
from warta.transforms.core.records import Reference, Source
from warta.transforms.core.redaction import displayable, storable
from warta.transforms.core.rejections import PASSED_OVER
from warta.transforms.core.storage import is_local, public_uri, sound_text
from warta.transforms.lake.commit import read_commit
from warta.transforms.lake.layout import MARKER, Run, new_invocation_id
from warta.transforms.lake.locking import hold
from warta.transforms.lake.opening import clearing, mend, open_lake
from warta.transforms.lake.storage import Lake
from warta.transforms.lake.versions import versions
from warta.transforms.read_rejects import ReadRejects, list_rejects
from warta.transforms.sources.listing import list_source
from warta.transforms.sources.pipes import copy_pipes, is_pipe
from warta.transforms.sources.read_files import Read, ReadFirst, read_files
from warta.transforms.sources.streams import is_web

_LAKE_ERROR = re.compile(rf"^{re.escape(LakeError.__module__)}\.\w+: ")
"""How a worker's traceback begins the line that was written for the user."""
_WORKER_GONE = "Channel closed prematurely"
_WHOLE = 1 << 62
"""No file is larger: none is cut."""


def run(settings: RunOptions, worker: Sequence[str]) -> RunReport:
    """Read all sources into the lake, batch by batch.

    Args:
      settings: What to do.
      worker: The command that starts a worker process of the local engine.

    Raises:
      UsageError: Nothing to read, or an engine that is not there.
      StorageError: An input that does not exist.
      LakeError: A lake that cannot be used.
    """
    started = time.monotonic()
    options = engine_options(settings)
    if not settings.strict:
        hush_reported_errors()
        drop_printed_tracebacks()
    # A replay reads what a config says of inputs, and the lake's rejects.
    pipes = () if settings.replay else [source.location for source in settings.sources]
    if any(map(is_pipe, pipes)) and not engine_of(settings.engine).reads_local_files:
        near = " and ".join(names_of(lambda engine: engine.reads_local_files))
        raise UsageError(f"a pipe is read by the engines {near}: write it to a file for others")
    with copy_pipes(pipes, settings.silence_s) as copies, spark_of(settings) as cluster:
        # A wrong input is reported before the lake is made, or waited for.
        inputs = Inputs(()) if settings.replay else list_inputs(settings, copies)
        if settings.replay:
            Lake(settings.lake).check()
        if cluster:
            cluster.start()
        with Lake(settings.lake).writing():
            is_new_lake = not Lake(settings.lake).exists(MARKER)
        lake = open_lake(settings.lake, force=settings.force)
        if cluster:
            cluster.check(_needed_by_workers(inputs, settings))

        def pipeline_of() -> beam.Pipeline:
            return beam.Pipeline(runner_of(options, worker, cluster), options)

        with hold(lake, settings.wait_s) as writer:
            mend(lake, settings.catalog)
            reports = _run_batches(inputs, settings, lake, writer, pipeline_of)
    return RunReport(
        settings.lake,
        tuple(reports),
        time.monotonic() - started,
        skipped=tuple(map(str, inputs.skipped)),
        unreadable=tuple(map(str, inputs.unreadable)),
        limit=settings.limit
        if settings.limit
        and sum(_records_read(lake, one.commit_id) for one in reports) >= settings.limit
        else None,
        sources=_names_of_sources(inputs.references),
        is_new_lake=is_new_lake,
    )


def _needed_by_workers(inputs: Inputs, settings: RunOptions) -> list[str]:
    """Return the files of this machine that workers elsewhere must see: one input for all."""
    tagging = settings.tagging
    models = [one.partition(":")[2] for one in (tagging.ner, tagging.topic_model) if one]
    named = [settings.lake, *(one.uri for one in inputs.references[:1])]
    paths = [*tagging.gazetteers, *tagging.topics, *filter(os.path.exists, models)]
    return [*(one for one in named if is_local(one)), *paths]


def _names_of_sources(references: Iterable[Reference]) -> dict[str, str]:
    return {
        sound_text(storable(public_uri(one.uri))): displayable(
            one.source.name or public_uri(one.source.location)
        )
        for one in references
    }


def _run_batches(
    inputs: Inputs,
    settings: RunOptions,
    lake: Lake,
    writer: str,
    pipeline_of: Callable[[], beam.Pipeline],
) -> list[BatchReport]:
    """Run the graph once a batch, each to its own commit."""
    if settings.replay:
        # It rewrites the files that it reads: one commit.
        batches = [list_rejects(lake, settings.replay)]
    else:
        batches = batches_of(inputs, settings)
    invocation_id = new_invocation_id()
    reports = []
    for number, batch in enumerate(filter(None, batches), start=1):
        size = sum(chunk.size for chunk in batch)
        log.info("batch_started", number=number, of=len(batches), input_bytes=size)
        run_of_batch = Run(commit_id_of(batch, settings), invocation_id, datetime.now(UTC), writer)
        with watch_progress(lake, run_of_batch.commit_id, number, len(batches), size):
            report = _run_batch(batch, settings, lake, run_of_batch, pipeline_of)
        log.info("batch_committed", number=number, of=len(batches), **report.fields())
        reports.append(report)
        if settings.limit:
            left = settings.limit - _records_read(lake, run_of_batch.commit_id)
            if left <= 0:
                break
            settings = replace(settings, limit=left)
    return reports


def _records_read(lake: Lake, commit_id: str) -> int:
    """Return how many records a batch has read, with those that --since has left out."""
    document: Mapping[str, Any] = read_commit(lake, commit_id) or {"counts": {"read": 0}}
    passed_over = document.get("passed_over", {})
    left_out = sum(passed_over.get(reason, 0) for reason in (BEFORE_SINCE, UNDATED))
    return left_out + int(document["counts"]["read"])


def _reader_of_rejects(lake: Lake, settings: RunOptions) -> ReadRejects | None:
    """Return what opens the references of a replay."""
    if settings.replay is None:
        return None
    stated: dict[str, Reference] = {}
    for source in settings.sources:
        try:
            references = _references_of(source)
        except StorageError:
            # It has no files now: none of its rejects is here.
            continue
        for reference in references:
            uri = public_uri(reference.uri)
            # Older rows hold their URIs as they are.
            for stored in (uri, sound_text(storable(uri))):
                stated.setdefault(stored, reference)
    return ReadRejects(lake, settings.replay, stated)


def _references_of(source: Source) -> Iterable[Reference]:
    """Return what a source names; also a sitemap, whose pages' rejects bear its address."""
    if is_web(source.location):
        return [Reference(source, source.location, source.web_kind)]
    return list_source(source, split_bytes=_WHOLE, stripes=1)


def _run_batch(
    references: Sequence[Reference],
    settings: RunOptions,
    lake: Lake,
    run_of_batch: Run,
    pipeline_of: Callable[[], beam.Pipeline],
) -> BatchReport:
    started = time.monotonic()
    document = read_commit(lake, run_of_batch.commit_id)
    if document is not None:
        return report_of(document, time.monotonic() - started, known=True)
    chunks = Counter(
        sound_text(public_uri(reference.uri))
        for reference in references
        if reference.kind not in PASSED_OVER
    )
    inputs = [[uri, count] for uri, count in sorted(chunks.items())]
    details: dict[str, Any] = {
        "warta_version": versions()["warta"],
        "versions": versions(),
        "inputs": inputs,
    }
    with clearing(lake, run_of_batch.commit_id):
        pipeline = pipeline_of()
        rejects = _reader_of_rejects(lake, settings)
        read: Read = rejects or read_files
        if settings.limit:
            details["limit"] = settings.limit
            read = ReadFirst(tuple(references), settings.limit)
            references = references[:1]
        build(pipeline, references, settings, run_of_batch, details, read)
        execute(pipeline, strict=settings.strict)
    document = read_commit(lake, run_of_batch.commit_id)
    if document is None:
        raise RunError(f"batch {run_of_batch.commit_id} ended without its commit file")
    return report_of(document, time.monotonic() - started, known=False)


def execute(pipeline: beam.Pipeline, *, strict: bool) -> None:
    """Run a graph to its end.

    Raises:
      RunError: Whatever a worker raised; engines report it in types and words of their own, with
        the worker's traceback as text. What matters is in its last line. If `strict`, the
        engine's own error goes on.
    """
    check_job(pipeline)
    try:
        with job_under_way():
            state = pipeline.run().wait_until_finish()
    except UsageError:
        raise
    except Exception as error:
        raise_if_stopped(error)
        if strict:
            raise
        raise run_error(error) from error
    if state not in (None, "DONE"):
        raise RunError(f"the engine ended with state {state}")


def run_error(error: Exception) -> RunError:
    """Return the line for the user of what an engine raised: the last of the worker's traceback."""
    if isinstance(error, grpc.RpcError):
        return RunError("the engine is gone; what was committed is safe, start again for the rest")
    lines = [line for line in str(error).splitlines() if any(map(str.isalnum, line))]
    message = without_step(lines[-1].strip()) if lines else repr(error)
    if _WORKER_GONE in message:
        return RunError(WORKER_LOST)
    if is_exhausted(error) or shows_exhaustion(message):
        return exhausted(message)
    return RunError(_LAKE_ERROR.sub("", message))


def report_of(document: dict[str, Any], seconds: float, *, known: bool) -> BatchReport:
    """Return what is reported of a commit file's content.

    Args:
      document: The content.
      seconds: How long the batch took.
      known: The lake had the batch already: nothing was done, and all counts are zero.
    """
    return BatchReport(
        commit_id=document["token"],
        counts=Counts() if known else Counts(**document["counts"]),
        reject_reasons={} if known else document["reject_reasons"],
        passed_over={} if known else document.get("passed_over", {}),
        files=0 if known else len(document["files"]),
        seconds=seconds,
        known=known,
    )
