"""What every step does with a record that cannot go on. No Beam in here.

A `RejectedRecord` is a verdict of a room on a record. Anything else that is raised is a defect of
warta: one record must not stop a stream that runs for months, so it becomes a reject too, with the
reason `internal_error` and the end of its traceback, and is logged loudly; `strict` lets it fail.
"""

import logging
import traceback
from collections.abc import Callable, Iterator
from typing import TypeVar

from warta.transforms.core.records import Limits, Reject, RejectedRecord, reject

In = TypeVar("In")
Out = TypeVar("Out")

_log = logging.getLogger(__name__)


def attempt(
    work: Callable[[In], Out],
    record: In,
    *,
    stage: str,
    place: tuple[str, str],
    raw: bytes,
    limits: Limits,
    strict: bool,
) -> Out | Reject:
    """Does `work` on a record -> its result, or the reject that stands for the record.

    Args:
      work: a step of the pipeline.
      record: what it works on.
      stage: name of the step in rejects.
      place: source_uri and source_record_id.
      raw: the record as it came.
      limits: how much of `raw` is kept.
      strict: raise what is not a verdict.
    """
    try:
        return work(record)
    except RejectedRecord as verdict:
        return reject(stage, verdict, *place, raw, limits)
    except Exception as defect:
        if strict:
            raise
        return reject(stage, _internal_error(defect, stage, place), *place, raw, limits)


def attempt_all(
    records: Iterator[Out], stage: str, uri: str, *, strict: bool
) -> Iterator[Out | Reject]:
    """The records of an input; a defect ends it with a reject that says so."""
    try:
        yield from records
    except Exception as defect:
        if strict:
            raise
        verdict = _internal_error(defect, stage, (uri, ""))
        yield Reject(stage, verdict.reason, verdict.detail, uri, "", b"", 0)


def _internal_error(defect: Exception, stage: str, place: tuple[str, str]) -> RejectedRecord:
    _log.error("a defect in %s at %s %s", stage, *place, exc_info=defect)
    where = traceback.extract_tb(defect.__traceback__)[-1]
    detail = f"{type(defect).__name__}: {defect} ({where.name}, line {where.lineno})"
    return RejectedRecord("internal_error", detail)
