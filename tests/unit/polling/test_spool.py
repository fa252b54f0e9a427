"""Records on their way from the poller to the workers, and rows of the table `feeds`."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from warta.transforms.core.records import FetchedPage, Reject, Source, SourceItem
from warta.transforms.polling.spool import decode, encode
from warta.transforms.polling.state import FeedState, SeenEntry, from_row, to_row

# A spool as it was written when records were mapped by hand.
OLD = (Path(__file__).parent / "data" / "spool-of-first-lakes.jsonl").read_bytes()
WHEN = datetime(2026, 11, 20, 7, 30, tzinfo=UTC)
FEED = "https://harian.example/feed"
ITEM = SourceItem(
    Source(
        FEED,
        name="harian",
        kind="feed",
        language="id",
        time_zone="Asia/Jakarta",
        fields=(("headline", "judul"),),
        fetch_pages=True,
    ),
    source_uri=FEED,
    source_record_id="guid-1",
    kind="feed",
    raw=b"<item>\xff</item>",
    content="Kapal \ud83d berlabuh.",
    content_type="fragment",
    url="https://harian.example/kapal?token=k",
    headline="Kapal",
    authors=("Sari", "Budi"),
    date_published="Fri, 20 Nov 2026 07:30:00 GMT",
    keywords=("laut",),
    feed_url=FEED,
    http_status=200,
    date_fetched=WHEN,
    record_hash=-5,
    page=FetchedPage(b"<html>\0</html>", "https://harian.example/kapal", "utf-8", 200, WHEN),
    other_dates=("2026-11-20",),
    identity="guid-1",
)
REJECT = Reject("read", "bad_feed", "no feed", FEED, "", b"<x\xff", 3, context="{}")


def test_a_spool_of_before_is_read() -> None:
    """Bytes, times, tuples and half a surrogate pair come back as they were."""
    assert [decode(line) for line in OLD.splitlines()] == [ITEM, REJECT]


def test_a_spool_is_written_as_before() -> None:
    """Byte for byte, so that workers of either version read it."""
    assert encode(ITEM) + encode(REJECT) == OLD


def test_a_spool_of_another_shape_is_refused() -> None:
    """A number is not a headline."""
    with pytest.raises(msgspec.ValidationError):
        decode(OLD.splitlines()[0].replace(b'"headline": "Kapal"', b'"headline": 7'))


def test_a_state_comes_back_from_its_row() -> None:
    """With the columns that the lake adds; rows of older lakes have nulls."""
    state = FeedState(
        FEED, name="harian", polled_at=WHEN, entries=4, seen=(SeenEntry(1, -2, has_page=True),)
    )
    row = to_row(state)
    assert row["polled_at"] == WHEN
    assert list(row["seen"]) == [{"key": 1, "words": -2, "page_tries": 0, "has_page": True}]
    assert from_row(row | {"run_id": "r", "schema_version": 2, "seen": list(row["seen"])}) == state
    assert from_row({"feed_url": FEED, "polls": None, "seen": None}) == FeedState(FEED)
