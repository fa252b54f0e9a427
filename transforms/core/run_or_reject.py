"""What every step does with a record that cannot go on. No Beam in here.

A `RejectedRecord` is raised by a step for one record. Anything else that is raised is a defect of
warta: one record must not stop a stream that runs for months, so it becomes a reject too, with the
reason `internal_error` and the end of its traceback, and is logged loudly; `strict` lets it fail.
"""

import logging
import traceback
from collections.abc import Callable, Iterator
from typing import TypeVar

from warta.transforms.core.options import InputLimits
from warta.transforms.core.records import Reject
from warta.transforms.core.rejections import RejectedRecord, reject

In = TypeVar("In")
Out = TypeVar("Out")

_log = logging.getLogger(__name__)


def run_or_reject(
    work: Callable[[In], Out],
    record: In,
    *,
    stage: str,
    location: tuple[str, str],
    raw: bytes,
    limits: InputLimits,
    strict: bool,
) -> Out | Reject:
    """Return what `work` makes of a record, or the reject that takes the record's place.

    Args:
      work: A step of the pipeline.
      record: What it works on.
      stage: Name of the step in rejects.
      location: source_uri and source_record_id.
      raw: The record as it came.
      limits: How much of `raw` is kept.
      strict: Raise what is no `RejectedRecord`.
    """
    try:
        return work(record)
    except RejectedRecord as rejection:
        return reject(stage, rejection, *location, raw, limits)
    except Exception as defect:
        if strict:
            raise
        return reject(stage, _internal_error(defect, stage, location), *location, raw, limits)


def iterate_or_reject(
    records: Iterator[Out], stage: str, uri: str, *, strict: bool
) -> Iterator[Out | Reject]:
    """Yield the records of an input; a defect ends it with a reject that says so.

    Args:
      records: Of a reader.
      stage: In which a defect is, such as "read".
      uri: The input, for the reject.
      strict: Raise a defect instead.
    """
    try:
        yield from records
    except Exception as defect:
        if strict:
            raise
        rejection = _internal_error(defect, stage, (uri, ""))
        yield Reject(stage, rejection.reason, rejection.detail, uri, "", b"", 0)


def _internal_error(defect: Exception, stage: str, location: tuple[str, str]) -> RejectedRecord:
    _log.error("a defect in %s at %s %s", stage, *location, exc_info=defect)
    where = traceback.extract_tb(defect.__traceback__)[-1]
    detail = f"{type(defect).__name__}: {defect} ({where.name}, line {where.lineno})"
    return RejectedRecord("internal_error", detail)
