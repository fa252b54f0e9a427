"""One language serves all tags that begin with it, however they are written."""

import pytest

from warta.transforms.cleaning.dates.written import parse_date
from warta.transforms.core.languages import primary_subtag


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("id", "id"),
        ("ID", "id"),
        ("en-US", "en"),
        ("zh-Hant-TW", "zh"),
        ("de-1996", "de"),
        ("x-klingon", "x"),
        ("", ""),
    ],
)
def test_a_tag_has_one_language(tag: str, language: str) -> None:
    """Script, region, variants and capital letters do not count."""
    assert primary_subtag(tag) == language


@pytest.mark.parametrize("tag", ["en", "EN", "en-GB", "EN-us"])
def test_dates_are_read_in_the_language_of_any_tag(tag: str) -> None:
    """English has both orders of day and month, in capital letters too."""
    assert parse_date("3/4/2025", language=tag) is None
