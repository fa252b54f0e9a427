"""Articles of the days that a run is asked for, and records up to a number."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from tests.support.lakes import article
from warta.transforms.cleaning.selection import left_out
from warta.transforms.core.options import InputLimits
from warta.transforms.core.records import Reference, Source
from warta.transforms.core.rejections import PASSED_OVER
from warta.transforms.read_sources import ReadFirst


@pytest.mark.parametrize(
    ("day", "reason"),
    [
        ("2026-11-09", "before_since"),
        ("2026-11-10", None),
        ("2026-11-11", None),
        ("unknown", "undated"),
    ],
)
def test_only_what_is_proved_to_be_new_enough_is_kept(day: str, reason: str | None) -> None:
    """The day itself counts; an article without a date is left out."""
    found = left_out(article("a", day=day), date(2026, 11, 10))
    assert found == reason
    assert reason is None or reason in PASSED_OVER


def test_the_day_is_that_of_the_partition() -> None:
    """UTC, as the column published_date has it."""
    late = datetime(2026, 11, 9, 23, 30, tzinfo=UTC)
    given = article("a", day="2026-11-09", date_published=late)
    assert left_out(given, date(2026, 11, 9)) is None
    assert left_out(given, date(2026, 11, 10)) == "before_since"


@pytest.mark.parametrize(("records", "opened"), [(1, 1), (3, 1), (4, 2), (9, 3)])
def test_the_first_records_are_read_and_no_more(tmp_path: Path, records: int, opened: int) -> None:
    """In the order of the references; what follows them is not opened, and may be missing."""
    references = []
    for number in range(3):
        path = tmp_path / f"{number}.jsonl"
        path.write_bytes(b'{"body": "Kapal berlabuh."}\n' * 3)
        references.append(Reference(Source(str(path)), str(path), "jsonl"))
    for late in references[opened:]:
        Path(late.uri).unlink()
    read = ReadFirst(tuple(references), records)
    found = list(read(references[0], InputLimits(), True))
    assert len(found) == records
    assert {one.source_uri for one in found} == {one.uri for one in references[:opened]}
