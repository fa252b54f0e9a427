"""Counts since 1970: units by magnitude, forms by what programs write."""

from datetime import UTC, datetime

import pytest

from warta.transforms.core.epoch_time import read_epoch

MOMENT = datetime(2026, 5, 4, 6, 30, 15, tzinfo=UTC)
SECONDS = int(MOMENT.timestamp())


@pytest.mark.parametrize(
    "raw",
    [
        f"{SECONDS}",
        f"{SECONDS}.75",
        f"@{SECONDS}",
        f"{SECONDS}000",
        f"{SECONDS}000.5",
        f"{SECONDS}000000",
        f"{SECONDS}000000000",
        f"{SECONDS / 1e9}e9",
        f"{SECONDS * 1000 / 1e12}E+12",
        f" {SECONDS}.0 ",
        f"/Date({SECONDS}000)/",
        f"/Date({SECONDS}000+0700)/",
        f"/Date({SECONDS}000-0330)/",
        rf"\/Date({SECONDS}000)\/",
        f"new Date({SECONDS}000)",
        f"{SECONDS * 10_000_000 + 621_355_968_000_000_000}",
    ],
)
def test_a_count_is_the_same_moment_in_every_unit_and_form(raw: str) -> None:
    """Seconds to nanoseconds, .NET's ticks, fractions, exponents, and ASP.NET's form."""
    assert read_epoch(raw) == MOMENT


@pytest.mark.parametrize(
    "raw",
    [
        *("", "0", "-1", "2026", "2026.5", "20260504", "202605040630", "20260504063015"),
        *("20260504063015123", "0x69f8", "1e400", "9" * 21, "/Date(x)/", "May 4", "12,345,678,901"),
    ],
)
def test_other_numbers_are_no_counts(raw: str) -> None:
    """Calendar digits, small numbers and words stay for other readers."""
    assert read_epoch(raw) is None


def test_a_negative_count_of_dot_net_is_a_moment_before_1970() -> None:
    """Its zero is the year 1, which is then not believed."""
    assert read_epoch("/Date(-62135596800000)/") == datetime(1, 1, 1, tzinfo=UTC)
