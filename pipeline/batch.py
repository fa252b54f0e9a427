"""Bounded runs: the input is cut into epochs, each one run of the graph with its own commit.

An epoch bounds memory and what a crash costs. Its token is made of what it reads and of what reads
it, so that an epoch that stands in the lake is not done again, and one that was killed is.
"""

import hashlib
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import apache_beam as beam

from pipeline.graph import build
from pipeline.options import RunError, Settings, UsageError
from pipeline.reporting.progress import watch_progress
from pipeline.reporting.quiet import hush_told_errors, without_step
from pipeline.reporting.reports import Counts, EpochReport, Listener, RunReport
from pipeline.runners import engine_options, runner_of
from pipeline.versions import versions
from transforms.core.records import Reference, Source
from transforms.core.storage import public_uri, sound_text
from transforms.lake.checkpoints import roll_up
from transforms.lake.commit import expire_replaced_files, read_commit, recover
from transforms.lake.layout import (
    COMMITS,
    MARKER,
    Lake,
    LakeError,
    Run,
    new_invocation_id,
    staging_path,
)
from transforms.lake.locking import hold
from transforms.read_rejects import ReadRejects, list_rejects
from transforms.read_sources import read_files
from transforms.sources.listing import list_source
from transforms.tagging.topics.custom import read_own_taxonomy

_PIECES_PER_WORKER = 64
"""References that each worker gets of a full epoch. The local engine deals them out once, before
the work: one piece more or less must not matter."""
_MIN_PIECE_BYTES = 1 << 20
_LAKE_ERROR = f"{LakeError.__module__}.{LakeError.__qualname__}: "
"""How a worker's traceback begins the line that was written for the user."""
_WHOLE = 1 << 62
"""No file is larger: none is cut."""
_FEED_BYTES = 1 << 20
"""What an input of unknown size counts for."""


def run(settings: Settings, listener: Listener, worker: Sequence[str]) -> RunReport:
    """Reads all sources into the lake, epoch by epoch.

    Args:
      settings: what to do.
      listener: is told what happens.
      worker: the command that starts a worker process of the local engine.

    Raises:
      UsageError: nothing to read, or an engine that is not there.
      StorageError: an input that does not exist.
      LakeError: a lake that cannot be used.
    """
    started = time.monotonic()
    options = engine_options(settings)
    if not settings.strict:
        hush_told_errors()
    # A wrong input is told before the lake is made, or waited for.
    listed: tuple[list[Reference], list[str]] = ([], []) if settings.replay else _list(settings)
    lake = Lake(settings.lake)
    if settings.replay:
        lake.check()
    lake.create()

    def pipeline_of() -> beam.Pipeline:
        return beam.Pipeline(runner_of(options, worker), options)

    reports = []
    with hold(lake, settings.wait_s) as writer:
        recover(lake)
        expire_replaced_files(lake, datetime.now(UTC))
        roll_up(lake)
        if settings.replay:
            listed = list_rejects(lake, settings.replay), []
        references, skipped = listed
        invocation_id = new_invocation_id()
        # A replay rewrites the files that it reads: it is one commit.
        epoch_bytes = _WHOLE if settings.replay else settings.epoch_mb << 20
        epochs = list(cut_epochs(references, epoch_bytes))
        for number, epoch in enumerate(epochs, start=1):
            listener.epoch_started(number, len(epochs), sum(piece.size for piece in epoch))
            run_of_epoch = Run(
                commit_id_of(epoch, settings), invocation_id, datetime.now(UTC), writer
            )
            report = _run_epoch(epoch, settings, lake, run_of_epoch, pipeline_of, listener)
            listener.epoch_committed(report)
            reports.append(report)
    return RunReport(settings.lake, tuple(reports), time.monotonic() - started, tuple(skipped))


def cut_epochs(references: Sequence[Reference], max_bytes: int) -> Iterator[list[Reference]]:
    """References -> groups of about `max_bytes` of input, in order; none is empty."""
    epoch: list[Reference] = []
    size = 0
    for reference in references:
        weight = reference.size or _FEED_BYTES
        if epoch and size + weight > max_bytes:
            yield epoch
            epoch, size = [], 0
        epoch.append(reference)
        size += weight
    if epoch:
        yield epoch


def commit_id_of(references: Sequence[Reference], settings: Settings) -> str:
    """Names an epoch by what it reads and what reads it: 20 hex digits."""
    parts = [
        repr(reference) for reference in sorted(references, key=lambda one: (one.uri, one.start))
    ]
    parts += [repr(settings.limits), str(settings.dedup_days), str(settings.near_threshold)]
    parts += [Path(path).read_text(encoding="utf-8") for path in settings.gazetteers]
    # Without own topics and models a token is what it was before they could be given.
    parts += _model_stamp(settings.ner or "")
    parts += [read_own_taxonomy(path).label for path in settings.topics]
    parts += [] if settings.iptc else ["no iptc"]
    parts += _model_stamp(settings.topic_model)
    parts += versions().values()
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:20]


def _model_stamp(model: str) -> list[str]:
    """Changes when a file of the model does."""
    folder = Path(model.partition(":")[2])
    files = sorted(file for file in folder.glob("*") if file.is_file()) if model else []
    return [model, *(f"{file.name} {file.stat().st_size}" for file in files)] if model else []


def _list(settings: Settings) -> tuple[list[Reference], list[str]]:
    piece_bytes = (settings.epoch_mb << 20) // (settings.workers * _PIECES_PER_WORKER)
    now = datetime.now(UTC)
    references: list[Reference] = []
    skipped: list[str] = []
    for source in settings.sources:
        listing = list_source(
            source,
            split_bytes=max(_MIN_PIECE_BYTES, piece_bytes),
            stripes=settings.workers,
        )
        # A file tells by its stamp whether it has changed; what lies behind a URL does not.
        references += [
            reference if reference.stamp else replace(reference, stamp=f"{now:%Y%m%dT%H%M%S.%fZ}")
            for reference in listing.references
        ]
        skipped += [f"{file.uri}: {file.why}" for file in listing.skipped]
    if not references:
        raise UsageError(
            "nothing to read: no input holds a feed, JSONL, text, HTML or WARC file"
            + (f" ({len(skipped)} files of no known kind)" if skipped else "")
        )
    # A file that several sources name is read once, as the first of them says.
    once: dict[tuple[str, int, int], Reference] = {}
    for reference in references:
        once.setdefault((reference.uri, reference.start, reference.stripe), reference)
    return list(once.values()), skipped


def _reader_of_rejects(lake: Lake, settings: Settings) -> ReadRejects | None:
    """What opens the references of a replay."""
    if settings.replay is None:
        return None
    sources: dict[str, Source] = {}
    for source in settings.sources:
        for reference in list_source(source, split_bytes=_WHOLE, stripes=1):
            sources.setdefault(public_uri(reference.uri), source)
    return ReadRejects(lake, settings.replay, sources)


def _run_epoch(
    references: Sequence[Reference],
    settings: Settings,
    lake: Lake,
    run_of_epoch: Run,
    pipeline_of: Callable[[], beam.Pipeline],
    listener: Listener,
) -> EpochReport:
    started = time.monotonic()
    document = read_commit(lake, run_of_epoch.commit_id)
    if document is not None:
        return report_of(document, time.monotonic() - started, known=True)
    pieces = Counter(sound_text(public_uri(reference.uri)) for reference in references)
    inputs = [[uri, count] for uri, count in sorted(pieces.items())]
    details = {"warta_version": versions()["warta"], "versions": versions(), "inputs": inputs}
    with (
        watch_progress(lake, run_of_epoch.commit_id, listener),
        clearing(lake, run_of_epoch.commit_id),
    ):
        pipeline = pipeline_of()
        rejects = _reader_of_rejects(lake, settings)
        build(pipeline, references, settings, run_of_epoch, details, rejects or read_files)
        execute(pipeline, strict=settings.strict)
    document = read_commit(lake, run_of_epoch.commit_id)
    if document is None:
        raise RunError(f"epoch {run_of_epoch.commit_id} ended without its commit file")
    return report_of(document, time.monotonic() - started, known=False)


@contextmanager
def clearing(lake: Lake, commit_id: str) -> Iterator[None]:
    """Takes a failed epoch's staging away at once: on a full disk its space is wanted.

    Raises:
      LakeError: what failed is that the lake is gone.
    """
    try:
        yield
    except Exception as error:
        try:
            gone = not lake.exists(MARKER)
            if not gone and not lake.exists(f"{COMMITS}/{commit_id}.pending"):
                lake.remove(staging_path(commit_id))
        except OSError:
            # Whatever keeps us from looking has failed the run too: that error tells more.
            raise error from None
        if gone:
            message = f"{lake} is gone: it was removed or unmounted while it was written"
            raise LakeError(message) from error
        raise


def execute(pipeline: beam.Pipeline, *, strict: bool) -> None:
    """Runs a graph to its end.

    Raises:
      RunError: whatever a worker raised; engines tell of it in types and words of their own, with
        the worker's traceback as text. What matters stands in its last line. If `strict`, the
        engine's own error goes on.
    """
    try:
        state = pipeline.run().wait_until_finish()
    except Exception as error:
        if strict:
            raise
        raise run_error(error) from error
    if state not in (None, "DONE"):
        raise RunError(f"the engine ended with state {state}")


def run_error(error: Exception) -> RunError:
    """What an engine raised -> the line for the user: the last one of the worker's traceback."""
    lines = [line for line in str(error).splitlines() if any(map(str.isalnum, line))]
    told = without_step(lines[-1].strip()) if lines else repr(error)
    return RunError(told.removeprefix(_LAKE_ERROR))


def report_of(document: dict[str, Any], seconds: float, *, known: bool) -> EpochReport:
    """A commit file's content -> what is told of it."""
    return EpochReport(
        commit_id=document["token"],
        counts=Counts() if known else Counts(**document["counts"]),
        reject_reasons={} if known else document["reject_reasons"],
        files=0 if known else len(document["files"]),
        seconds=seconds,
        known=known,
    )
