"""Feeds polled from real servers: what is new, what is known, what fails."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.sites import Reader, Site, heads, item, open_site, source
from warta.transforms.core.records import SourceItem


@pytest.fixture
def site() -> Iterator[Site]:
    with open_site() as opened:
        yield opened


def test_what_is_new_comes_once(site: Site) -> None:
    """The first poll brings all, a 304 nothing, a new entry itself alone."""
    reader, feed = Reader(), source(site)
    site.put_feed(item(1), item(2), ETag='"a"')
    assert heads(reader.poll(feed)) == ["Judul 1", "Judul 2"]
    assert reader.poll(feed) == []
    assert reader.outcomes[0].state.http_status == 304
    assert site.asked[-1][1]["If-None-Match"] == '"a"'
    site.put_feed(item(3), item(1), item(2), ETag='"b"')
    assert heads(reader.poll(feed)) == ["Judul 3"]
    assert (reader.outcomes[0].new, reader.outcomes[0].known) == (1, 2)


def test_an_answer_that_did_not_change_is_not_parsed_again(site: Site) -> None:
    """Servers without validators are known by their bytes."""
    reader, feed = Reader(), source(site)
    site.put_feed(item(1))
    reader.poll(feed)
    assert reader.poll(feed) == []
    assert (reader.outcomes[0].result, reader.outcomes[0].known) == ("unchanged", 0)


@pytest.mark.parametrize(
    ("change", "comes_again"),
    [
        ({"guid": "another"}, False),
        ({"link": "/a/1?utm_source=rss&amp;utm_medium=feed"}, False),
        ({"link": "https://HOST/a/1"}, False),
        ({"link": "https://HOST/a/1#top"}, False),
        ({"pubDate": "Mon, 16 Nov 2026 03:00:00 GMT"}, False),
        ({"description": "Isi yang lain sama sekali."}, True),
        ({"title": "Judul baru"}, True),
    ],
)
def test_what_makes_an_entry_another(site: Site, change: dict[str, str], comes_again: bool) -> None:
    """Not its id, its date, its scheme or its tracking: its link, and then its words."""
    reader, feed = Reader(), source(site)
    site.put_feed(item(1))
    reader.poll(feed)
    host = site.root.partition("://")[2]
    site.put_feed(item(1, **{name: value.replace("HOST", host) for name, value in change.items()}))
    assert bool(reader.poll(feed)) == comes_again
    # As the same article: the lake makes a version of it, if its body changed.
    assert reader.outcomes[0].new == 0


def test_entries_without_link_or_date(site: Site) -> None:
    """They are distinguished by their words."""
    reader, feed = Reader(), source(site)
    site.put_feed(item(1, link="", guid=""), item(2, link="", guid=""), item(2, link="", guid=""))
    assert heads(reader.poll(feed)) == ["Judul 1", "Judul 2"]
    assert reader.outcomes[0].known == 1
    site.put_feed(item(3, link="", guid=""), item(2, link="", guid=""))
    assert heads(reader.poll(feed)) == ["Judul 3"]


def test_moves_refusals_and_ends(site: Site) -> None:
    """301 is remembered, 302 is not, 404 backs off, 503 sends away, 410 stops."""
    reader = Reader()
    moved, lent = source(site, "/moved"), source(site, "/lent")
    lost, busy, gone = source(site, "/lost"), source(site, "/busy"), source(site, "/gone")
    site.put_feed(item(1))
    site.put("/moved", status=301, Location="/feed")
    site.put("/lent", status=302, Location="/feed")
    site.put("/lost", status=404)
    site.put("/gone", status=410)
    reader.poll(moved, lent, lost, gone)
    reader.poll(moved, lent, lost, gone)
    asked = site.paths()
    assert [asked.count(path) for path in ("/moved", "/lent", "/lost", "/gone")] == [1, 2, 2, 1]
    states = reader.states
    assert states[lost.location].error == "http_error: status 404"
    assert states[lost.location].interval_s == 2 * 3_600
    assert states[gone.location].stopped_at is not None
    site.put("/busy", status=503, Retry_After="7200")
    reader.poll(busy)
    # The host wants patience: none of its feeds is asked.
    count = len(site.asked)
    reader.poll(moved, lent, busy, later_s=7_000)
    assert len(site.asked) == count


@pytest.mark.parametrize(
    ("body", "headers", "error"),
    [
        (b"", {}, "empty"),
        (b"<html><body>x</body></html>", {}, "bad_feed"),
        (b"GIF89a", {"Content_Type": "image/gif"}, "fetch_refused"),
        (b"plain text", {"Content_Encoding": "gzip"}, "bad_compression"),
        (b"<rss>" + b"<a>" * 600, {"Content_Type": "text/xml"}, "too_deep"),
        (b"<rss></rss>", {"tdm_reservation": "1"}, "fetch_refused: reserved"),
    ],
)
def test_answers_that_are_no_feed(
    site: Site, body: bytes, headers: dict[str, Any], error: str
) -> None:
    """A failed poll with its reason; what was remembered stays."""
    reader, feed = Reader(), source(site)
    site.put_feed(item(1), ETag='"a"')
    reader.poll(feed)
    seen = reader.states[feed.location].seen
    site.put("/feed", body, **headers)
    assert reader.poll(feed) == []
    state = reader.states[feed.location]
    assert (state.error or "").startswith(error)
    # What is reserved is refused by a rule of ours.
    assert (state.seen, state.etag, state.error_streak) == (
        seen,
        '"a"',
        int("reserved" not in error),
    )


def test_links_are_relative_to_where_redirects_lead(site: Site) -> None:
    """Where the feed names no site of its own."""
    entry = "<item><link>a/1</link><title>Satu</title></item>"
    feed = f"<rss version='2.0'><channel>{entry}</channel></rss>"
    site.put("/feed", status=302, Location="/baru/rss")
    site.put("/baru/rss", feed)
    (record,) = Reader().poll(source(site))
    assert isinstance(record, SourceItem)
    assert (record.url, record.feed_url) == (f"{site.root}/baru/a/1", f"{site.root}/feed")
