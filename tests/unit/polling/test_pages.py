"""Pages fetched from real servers: once, as far as their publishers allow it."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.support.sites import TDMREP, Reader, Site, heads, item, open_site, page, pages_of, source
from warta.transforms.core.records import SourceItem
from warta.transforms.polling.robots import is_reserved, parse_tdmrep


@pytest.fixture
def site() -> Iterator[Site]:
    with open_site() as opened:
        yield opened


def test_pages_come_once_and_again_with_other_words(site: Site) -> None:
    """Asked for with a true name; not again while the entry stays as it is."""
    reader, feed = Reader(), source(site, fetch_pages=True)
    site.put_feed(item(1), item(2))
    for number in (1, 2):
        site.put(f"/a/{number}", page(number))
    records = reader.poll(feed)
    assert pages_of(records) == [True, True]
    assert reader.outcomes[0].pages == {"fetched": 2}
    assert all("+desk@news.example" in headers["User-Agent"] for _, headers in site.asked)
    site.put_feed(item(2, title="Judul baru"), item(1))
    assert pages_of(reader.poll(feed)) == [True]
    assert site.paths().count("/a/1") == 1
    assert site.paths().count("/a/2") == 2


def test_two_feeds_with_the_same_entry_share_its_page(site: Site) -> None:
    """In one poll cycle and over several."""
    reader = Reader()
    first, second = source(site, fetch_pages=True), source(site, "/other", fetch_pages=True)
    site.put_feed(item(1))
    site.pages["/other"] = site.pages["/feed"]
    site.put("/a/1", page(1))
    assert len(reader.poll(first)) == 1
    assert reader.poll(second) == []
    assert reader.outcomes[0].known == 1
    assert site.paths().count("/a/1") == 1


def test_a_page_that_fails_for_now_is_tried_again(site: Site) -> None:
    """The feed's own text comes at once, the page when it can be had; three times at most."""
    reader, feed = Reader(), source(site, fetch_pages=True)
    site.put_feed(item(1), item(2), ETag='"a"')
    site.put("/a/1", status=503)
    site.put("/a/2", status=500)
    assert pages_of(reader.poll(feed)) == [False, False]
    site.put("/a/1", page(1))
    assert pages_of(reader.poll(feed)) == [True]
    for _ in range(4):
        assert reader.poll(feed) == []
    assert [site.paths().count(path) for path in ("/a/1", "/a/2")] == [2, 3]
    # All is taken now: the feed is asked with its validator again.
    assert reader.outcomes[0].state.http_status == 304


@pytest.mark.parametrize(
    ("robots", "tdmrep", "headers", "body", "reserved"),
    [
        ("User-agent: *\nDisallow: /a/", "", {}, "", False),
        ("User-agent: warta\nDisallow: /", "", {}, "", False),
        ("User-agent: CCBot\nDisallow: /", "", {}, "", True),
        ("User-agent: GPTBot\nDisallow: /a/", "", {}, "", True),
        ("User-agent: *\nContent-Signal: search=yes, ai-train=no\nAllow: /", "", {}, "", True),
        ("User-agent: *\nContent-Usage: train-ai=n\nAllow: /", "", {}, "", True),
        ("", '[{"location": "/a/*", "tdm-reservation": 1}]', {}, "", True),
        ("", "", {"tdm_reservation": "1"}, "", True),
        ("", "", {}, "<meta name='tdm-reservation' content='1'>", True),
        ("", "", {}, '<meta content="1" name="tdm-reservation">', True),
    ],
)
def test_what_publishers_reserve_is_left_alone(
    site: Site, robots: str, tdmrep: str, headers: dict[str, Any], body: str, reserved: bool
) -> None:
    """The entry comes with the feed's own text. A source may say that it has leave."""
    site.put_feed(item(1))
    site.put("/robots.txt", robots)
    site.put(TDMREP, tdmrep) if tdmrep else None
    site.put("/a/1", body + page(1), **headers)
    assert pages_of(Reader().poll(source(site, fetch_pages=True))) == [False]
    free = source(site, fetch_pages=True, obey_reservations=False)
    assert pages_of(Reader().poll(free)) == [reserved]


@pytest.mark.parametrize(
    ("robots", "tdmrep", "headers", "body"),
    [
        ("User-agent: *\nDisallow: /b/", "", {}, ""),
        ("User-agent: GPTBot\nDisallow: /b/", "", {}, ""),
        ("Content-Signal: search=yes, ai-train=yes", "", {}, ""),
        ("", '[{"location": "/b/*", "tdm-reservation": 1}]', {}, ""),
        ("", "no json", {"tdm_reservation": "0"}, "<meta name='tdm-reservation' content='0'>"),
    ],
)
def test_what_is_not_reserved_is_fetched(
    site: Site, robots: str, tdmrep: str, headers: dict[str, Any], body: str
) -> None:
    """Rules for other paths, reservations of nothing."""
    site.put_feed(item(1))
    site.put("/robots.txt", robots)
    site.put(TDMREP, tdmrep) if tdmrep else None
    site.put("/a/1", body + page(1), **headers)
    assert pages_of(Reader().poll(source(site, fetch_pages=True))) == [True]


def test_without_robots_txt_for_now_no_page_is_asked_for(site: Site) -> None:
    """RFC 9309, 2.3.1.4: a server that fails forbids everything, until it does not."""
    reader, feed = Reader(), source(site, fetch_pages=True)
    site.put_feed(item(1))
    site.put("/a/1", page(1))
    site.put("/robots.txt", status=500)
    assert pages_of(reader.poll(feed)) == [False]
    assert "/a/1" not in site.paths()
    site.put("/robots.txt", "")
    assert pages_of(reader.poll(feed)) == [True]


def test_a_full_cycle_leaves_the_rest_for_the_next(site: Site) -> None:
    """Entries whose pages do not fit come again, and none is lost by a 304."""
    reader, feed = Reader(max_bytes=300), source(site, fetch_pages=True)
    site.put_feed(*(item(number) for number in range(5)), ETag='"a"')
    for number in range(5):
        site.put(f"/a/{number}", page(number) + " " * 200)
    came: list[str | None] = []
    for _ in range(10):
        came += heads(reader.poll(feed))
        reader.max_bytes += 200
    assert sorted(map(str, came)) == [f"Judul {number}" for number in range(5)]
    assert len(site.paths()) < 20


def test_an_end_begins_nothing_more(site: Site) -> None:
    """What was not polled stays due."""
    reader, feed = Reader(goes_on=False), source(site)
    site.put_feed(item(1))
    assert reader.poll(feed) == []
    assert (reader.outcomes, site.asked) == ([], [])


def test_a_news_sitemap_is_a_source(site: Site) -> None:
    """Its pages are fetched, with its titles and dates; one without news is not a source."""
    head = "<?xml version='1.0'?><urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'"
    news = " xmlns:n='http://www.google.com/schemas/sitemap-news/0.9'>"
    entry = (
        f"<url><loc>{site.root}/a/1</loc><n:news><n:publication><n:name>Kabar</n:name>"
        "<n:language>id</n:language></n:publication><n:publication_date>2026-11-16T02:00:00Z"
        "</n:publication_date><n:title>Judul 1</n:title></n:news></url>"
    )
    site.put("/news.xml", head + news + entry + "</urlset>", Content_Type="application/xml")
    site.put("/a/1", page(1))
    reader = Reader()
    follow = replace(source(site, "/news.xml"), kind="sitemap")
    (record,) = reader.poll(follow)
    assert isinstance(record, SourceItem)
    assert (record.content_type, record.headline, record.publisher_name, record.in_language) == (
        "page", "Judul 1", "Kabar", "id",
    )  # fmt: skip
    assert record.date_published == "2026-11-16T02:00:00Z"
    site.put("/news.xml", head + "><url><loc>x</loc></url></urlset>")
    reader.poll(follow)
    assert "names no news" in (reader.outcomes[0].state.error or "")


def test_a_page_without_feed_text_is_a_reject_in_the_end(site: Site) -> None:
    """An entry that is a link alone: tried three times, then a reject with its reason."""
    reader, feed = Reader(), source(site, fetch_pages=True)
    site.put_feed(item(1, description=""))
    site.put("/a/1", status=500)
    assert [heads(reader.poll(feed)) for _ in range(4)] == [[], [], ["http_error"], []]


def test_reservations_are_read_as_they_are_written() -> None:
    """TDMRep's three config; nothing else counts."""
    assert is_reserved({"tdm-reservation": " 1 "}, b"")
    assert is_reserved({}, b"<META NAME=tdm-reservation CONTENT=1>")
    assert not is_reserved({}, b"<meta name='tdm-reservation' content='0'>")
    assert not is_reserved({}, b"<meta name='description' content='1'> tdm-reservation")
    assert parse_tdmrep(b'[{"location": "/x", "tdm-reservation": 0}]') is None
    assert parse_tdmrep(b'{"location": "/x"}') is None
    assert parse_tdmrep(b'[{"location": "/x\\nDisallow: /", "tdm-reservation": 1}]') is None
    rules = parse_tdmrep(b'[{"location": "/x", "tdm-reservation": 1}]')
    assert rules == "User-agent: *\nDisallow: /x"


def test_what_names_no_article_is_not_asked_for(site: Site) -> None:
    """A guid of words, and a page that several entries lead to; their own text is handed on."""
    reader, feed = Reader(), source(site, fetch_pages=True)
    site.put_feed(
        "<item><title>Satu</title><guid>kp-1</guid><description>Isi satu.</description></item>",
        *(
            f"<item><title>Langsung {n}</title><guid>l{n}</guid>"
            f"<link>{site.root}/langsung#{n}</link>"
            f"<description>Isi langsung {n}.</description></item>"
            for n in range(2)
        ),
    )
    records = reader.poll(feed)
    assert heads(records) == ["Satu", "Langsung 0", "Langsung 1"]
    assert site.paths() == ["/feed"]
    assert reader.poll(feed) == []
