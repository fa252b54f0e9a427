"""A feed that is mended is polled at once, and a rule of ours is not a failure of a server."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.support.sites import NOW, Reader, Site, heads, item, open_site, page, pages_of, source
from warta.transforms.core.records import Source
from warta.transforms.polling.poll_feed import due, next_due_at, state_of
from warta.transforms.polling.schedule import PollSchedule
from warta.transforms.polling.state import (
    Failed,
    FeedState,
    SeenEntry,
    after_failure,
    hash_source,
    renew,
)

FEED = Source("https://sari:kata@lembah.example/rss", kind="feed")
URL = "https://lembah.example/rss"


@pytest.fixture
def site() -> Iterator[Site]:
    with open_site() as opened:
        yield opened


@pytest.mark.parametrize(
    "changed",
    [
        replace(FEED, allow_private=True),
        replace(FEED, fetch_pages=True),
        replace(FEED, obey_reservations=False),
        replace(FEED, kind="sitemap"),
        replace(FEED, location="https://sari:lain@lembah.example/rss"),
        replace(FEED, location=URL),
    ],
)
def test_a_changed_source_is_due_at_once(changed: Source) -> None:
    """Its failures, validators and moves are forgotten, what it has shown is not."""
    state = FeedState(
        URL, moved_to=f"{URL}2", etag="e", next_poll_at=NOW + timedelta(days=1), stopped_at=NOW,
        error="http_error: status 410", error_streak=4, source_hash=hash_source(FEED),
        seen=(SeenEntry(1, 1), SeenEntry(2, 2, 3, True), SeenEntry(3, 3, 1, True)),
    )  # fmt: skip
    assert due([FEED], {URL: state}, NOW) == []
    ((_, renewed),) = due([changed], {URL: state}, NOW)
    assert (renewed.moved_to, renewed.etag, renewed.stopped_at) == (None, None, None)
    assert (renewed.error_streak, renewed.source_hash) == (0, hash_source(changed))
    assert renewed.seen == (SeenEntry(1, 1), SeenEntry(2, 2, 1), SeenEntry(3, 3, 1, True))


def test_what_says_nothing_of_requests_changes_nothing() -> None:
    """Names, languages and publishers; and what an older version did not note."""
    state = FeedState(URL, next_poll_at=NOW + timedelta(days=1), source_hash=hash_source(FEED))
    renamed = replace(
        FEED, name="kabar", language="id", publisher="Kabar", time_zone="Asia/Jakarta"
    )
    assert due([renamed], {URL: state}, NOW) == []
    assert due([FEED], {URL: replace(state, source_hash=None)}, NOW) == []
    assert state_of(renamed, {URL: state}).name == "kabar"


def test_a_hash_does_not_give_a_password_away() -> None:
    """Of user name and password it holds 16 bits."""
    open_feed = replace(FEED, location=URL)
    assert hash_source(FEED)[:-4] == hash_source(open_feed)[:-4]
    assert len(hash_source(FEED)) == 20


def test_every_feed_is_due_at_once_when_asked_for() -> None:
    """But for those of a host that wants patience."""
    later = NOW + timedelta(hours=2)
    other = Source("https://desa.example/rss", kind="feed")
    states = {
        URL: FeedState(URL, next_poll_at=later, stopped_at=NOW),
        other.location: FeedState(other.location, next_poll_at=later, host_retry_at=later),
    }
    assert due([FEED, other], states, NOW) == []
    assert [one for one, _ in due([FEED, other], states, NOW, at_once=True)] == [FEED]


def test_when_the_next_feed_is_due_is_known() -> None:
    """The first of those that are not gone; a host's wish counts."""
    soon, late = NOW + timedelta(minutes=5), NOW + timedelta(hours=1)
    other = Source("https://desa.example/rss", kind="feed")
    states = {
        URL: FeedState(URL, next_poll_at=soon, host_retry_at=late),
        other.location: FeedState(other.location, next_poll_at=late + timedelta(hours=1)),
    }
    assert next_due_at([FEED, other], states, NOW) == late
    assert next_due_at([FEED], {URL: FeedState(URL, stopped_at=NOW)}, NOW) is None
    assert next_due_at([FEED], {}, NOW) == NOW


def test_a_rule_of_warta_makes_no_streak() -> None:
    """The wait is the usual one, however often it is refused."""
    state = FeedState(URL)
    for _ in range(4):
        failed = Failed("fetch_refused: 10.0.0.1", by_rule=True)
        state = after_failure(state, failed, NOW, PollSchedule(), 0.0)
    assert (state.error_streak, state.interval_s) == (0, PollSchedule().first_interval_s)
    assert state.error == "fetch_refused: 10.0.0.1"
    assert renew(state).next_poll_at is None


def test_a_refused_feed_is_read_as_soon_as_its_config_allows_it(site: Site) -> None:
    """Private addresses and reservations; the reason says what to write."""
    site.put_feed(item(1), tdm_reservation="1")
    reader, allowed = Reader(), source(site)
    private = replace(allowed, allow_private=False)
    for refused, words in ((private, "allow_private"), (allowed, "obey_reservations")):
        assert reader.poll(refused) == []
        assert (reader.outcomes[0].result, reader.outcomes[0].is_first_failure) == ("refused", True)
        assert words in str(reader.outcomes[0].state.error)
    assert reader.poll(allowed, later_s=1) == []
    mended = replace(allowed, obey_reservations=False)
    assert heads(reader.poll(mended, later_s=1)) == ["Judul 1"]


def test_pages_that_were_given_up_come_when_the_source_allows_them(site: Site) -> None:
    """An entry that is still shown is read again, with its page."""
    site.put_feed(item(1))
    site.put("/a/1", page(1), tdm_reservation="1")
    reader, feed = Reader(), source(site, fetch_pages=True)
    assert pages_of(reader.poll(feed)) == [False]
    assert reader.poll(feed) == []
    mended = replace(feed, obey_reservations=False)
    assert pages_of(reader.poll(mended, later_s=1)) == [True]
    assert reader.poll(mended) == []
