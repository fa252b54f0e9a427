"""Read inputs in tests: their records, and what is not one."""

from collections import Counter
from pathlib import Path

from warta.transforms.core.options import InputLimits
from warta.transforms.core.records import (
    PassedOver,
    Reference,
    Reject,
    Source,
    SourceItem,
)
from warta.transforms.sources.listing import list_source
from warta.transforms.sources.readers import read_reference


def records_of(reference: Reference, limits: InputLimits) -> list[SourceItem | Reject]:
    """Return what a reference holds, without what is passed over."""
    found = read_reference(reference, limits)
    return [record for record in found if not isinstance(record, PassedOver)]


def records_at(
    path: Path, limits: InputLimits, *, split_bytes: int = 10**9, stripes: int = 1
) -> list[SourceItem | Reject]:
    """Return what a file or folder holds, in pieces of so many bytes."""
    listing = list_source(Source(str(path)), split_bytes=split_bytes, stripes=stripes)
    return [record for reference in listing for record in records_of(reference, limits)]


def passed_over_at(path: Path, limits: InputLimits, *, split_bytes: int = 10**9) -> Counter[str]:
    """Return the reasons of what is passed over in a file or folder."""
    listing = list_source(Source(str(path)), split_bytes=split_bytes, stripes=1)
    references = (*listing.references, *listing.unread)
    found = (record for one in references for record in read_reference(one, limits))
    return Counter(record.reason for record in found if isinstance(record, PassedOver))
