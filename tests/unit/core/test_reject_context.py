"""The context of a reject: how it was read, as the lake keeps it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from warta.transforms.core.errors import LakeError
from warta.transforms.core.records import Reject, Source
from warta.transforms.core.reject_context import Context, decode_context


@pytest.mark.parametrize("context", ["{" * 2_000, '"\x01"', "[1]", "null!"])
def test_a_damaged_context_is_one_line(context: str) -> None:
    """Neither a traceback nor a guess at how the record was read."""
    row = Reject("read", "bad_json", "x", "dumps/a.jsonl", "@0", b"{", 1, context=context)
    with pytest.raises(LakeError, match=r"context of a reject of dumps/a\.jsonl"):
        decode_context(row)


OLD = (Path(__file__).parent / "data" / "context-of-first-lakes.json").read_text()


def _reject(context: str) -> Reject:
    return Reject("clean", "no_body", "x", "feed.xml", "guid-1", b"<p>", 3, context=context)


def test_a_context_of_before_is_read() -> None:
    """Lists are tuples again, times are times, and a masked URL keeps its article's id."""
    context = decode_context(_reject(OLD))
    assert context == Context(
        kind="feed",
        source=Source(
            "https://harian.example/feed",
            name="harian",
            kind="feed",
            language="id",
            time_zone="Asia/Jakarta",
            fields=(("headline", "judul"),),
        ),
        item={
            "content_type": "fragment",
            "url": "https://harian.example/kapal?token=***",
            "headline": "Kapal",
            "authors": ("Sari", "Budi"),
            "date_published": "Fri, 20 Nov 2026 07:30:00 GMT",
            "keywords": ("laut",),
            "feed_url": "https://harian.example/feed",
            "http_status": 200,
            "date_fetched": datetime(2026, 11, 20, 7, 30, tzinfo=UTC),
            "url_id": "5b11f1908257c92f085b910a691445c0",
            "other_dates": ("2026-11-20",),
            "identity": "guid-1",
            "content": "Kapal ? berlabuh.",
        },
        is_text=True,
    )


@pytest.mark.parametrize(
    "context",
    [
        '{"source": {"location": 7}}',
        '{"source": [1]}',
        '{"source": {}, "item": {"authors": [1]}}',
        '{"kind": 7}',
        '{"item": []}',
    ],
)
def test_a_context_of_other_types_is_one_line(context: str) -> None:
    """Not a traceback of the reader that meets it later."""
    with pytest.raises(LakeError, match=r"context of a reject of feed\.xml is damaged"):
        decode_context(_reject(context))
