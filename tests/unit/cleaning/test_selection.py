"""Articles of the days that a run is asked for."""

from datetime import UTC, date, datetime

import pytest

from tests.support.lakes import article
from warta.transforms.cleaning.selection import left_out
from warta.transforms.core.rejections import PASSED_OVER


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
