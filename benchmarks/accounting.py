"""What becomes of an input, counted: nothing may be lost, and nothing may be a defect."""

import traceback
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from warta.transforms.cleaning.clean_record import clean_record
from warta.transforms.core.errors import StorageError
from warta.transforms.core.options import InputLimits
from warta.transforms.core.records import Article, PassedOver, Reject, Source
from warta.transforms.sources.listing import list_source
from warta.transforms.sources.readers import read_reference

FAILURE = "failure"
"""What outcomes begin with that must not be."""
_NOW = datetime(2026, 11, 22, tzinfo=UTC)
_LIMITS = InputLimits()


def account_for(path: Path, kind: str | None = None) -> Counter[str]:
    """Return what became of a file that is read and cleaned as in a run, by name of outcome.

    Args:
      path: Any file.
      kind: What it is read as; None: by its name and content.

    Returns:
      published, duplicate, "rejected REASON", "passed over REASON", "refused ERROR" where a run
      would not begin, and outcomes that begin with `FAILURE`: defects, and no outcome at all.
    """
    outcomes: Counter[str] = Counter()
    seen: set[tuple[str, str]] = set()
    try:
        for outcome in _outcomes(Source(str(path), kind=kind)):
            if isinstance(outcome, Article):
                key = (outcome.article_id, outcome.content_sha256)
                outcomes["duplicate" if key in seen else "published"] += 1
                seen.add(key)
            elif isinstance(outcome, PassedOver):
                outcomes[f"passed over {outcome.reason}"] += 1
            elif outcome.reason == "internal_error":
                outcomes[f"{FAILURE}: {outcome.error[:150]}"] += 1
            else:
                outcomes[f"rejected {outcome.reason}"] += 1
    except StorageError as error:
        outcomes[f"refused {type(error).__name__}"] += 1
    except Exception as error:  # noqa: BLE001  it is counted, and fails the pass
        where = traceback.extract_tb(error.__traceback__)[-1]
        outcomes[f"{FAILURE}: {type(error).__name__} in {where.name}:{where.lineno}"] += 1
    if not outcomes:
        outcomes[f"{FAILURE}: nothing came of it"] += 1
    return outcomes


def _outcomes(source: Source) -> Iterator[Article | Reject | PassedOver]:
    for reference in list_source(source, split_bytes=1 << 40, stripes=1):
        for record in read_reference(reference, _LIMITS):
            if isinstance(record, Reject | PassedOver):
                yield record
            else:
                yield clean_record(record, _LIMITS, _NOW, strict=False)
