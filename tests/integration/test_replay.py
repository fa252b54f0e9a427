"""Rejects come back: read again as they were, published when they pass, and marked."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.support.commands import SAMPLES, run, warta
from tests.support.lakes import commits_of, snapshot, table_of
from warta.transforms.core.options import InputLimits
from warta.transforms.core.records import (
    Article,
    Reference,
    Reject,
    Source,
    SourceItem,
    StoredReject,
)
from warta.transforms.core.reject_context import (
    context_of_article,
    context_of_item,
    context_of_reference,
)
from warta.transforms.core.rejections import RejectedRecord, reject
from warta.transforms.lake.storage import Lake
from warta.transforms.lake.verify.lake import verify
from warta.transforms.sources.queues.messages import read_message
from warta.transforms.sources.readers import read_reference
from warta.transforms.sources.replay import read_again

LIMITS = InputLimits()
TEXT = "Warga desa memanen padi lebih awal karena hujan turun terus menerus sejak pekan lalu."


def _again(row: Reject, source: Source | None = None) -> list[SourceItem | Reject]:
    by_uri = {row.source_uri: Reference(source, row.source_uri, "")} if source else {}
    return list(read_again([StoredReject("id1", row)], by_uri, LIMITS))


@pytest.mark.parametrize("uri", ["kafka://broker:9092/news#0", "pubsub://news-desk/articles"])
def test_a_broken_message_is_no_text(uri: str) -> None:
    """What was meant as JSON is read as JSON again; what a queue has no more, stays what it was."""
    source = Source(uri.partition("#")[0])
    for value in (b'{"text": "Warga desa', b"x" * (LIMITS.max_record_bytes + 1), None):
        (row,) = read_message(value, source, uri, "@7", LIMITS)
        assert isinstance(row, Reject)
        (again,) = _again(row)
        assert isinstance(again, Reject)
        assert (again.reason, again.source_record_id) == (row.reason, "@7")


def _rejected(item: SourceItem) -> Reject:
    """The item as a row of rejects."""
    place = (item.source_uri, item.source_record_id)
    row = reject("clean", RejectedRecord("too_short"), *place, item.raw, LIMITS)
    return replace(row, context=context_of_item(item, LIMITS))


@pytest.mark.parametrize(
    "place",
    [
        "jsonl/harian-cakrawala.jsonl",
        "feeds/kabar-nusantara.xml",
        "feeds/archipelago-post-atom.xml",
        "feeds/northern-ledger.json",
        "feeds/suara-timur-rdf.xml",
        "html/pesisir-surat-botol.html",
        "html/ledger-assembly-diaries.html.gz",
        "text/pesisir-coto.txt",
        "warc/arsip.warc",
        "warc/berita-2026-11.warc.gz",
    ],
)
def test_every_kind_of_record_comes_back_as_it_was(place: str) -> None:
    """An item that became a reject is the same item again, whatever it was read from."""
    path = SAMPLES / "sources" / place
    kind = {"feeds": "feed"}.get(place.split("/")[0], place.split("/")[0])
    source = Source(str(path), name="s", language="id", time_zone="Asia/Jakarta")
    items = [
        record
        for record in read_reference(Reference(source, str(path), kind), LIMITS)
        if isinstance(record, SourceItem)
    ]
    assert items
    for item in items:
        (again,) = _again(_rejected(item))
        assert again == replace(item, replay_of="id1")


def test_a_fields_mapping_of_today_goes_before_that_of_then() -> None:
    """A line whose fields nobody knew is read as the config says now."""
    line = json.dumps({"payload": {"naskah": TEXT}}).encode()
    row = reject("clean", RejectedRecord("no_body"), "dump.jsonl", "@0", line, LIMITS)
    source = Source("dump.jsonl", kind="jsonl", fields=(("content", "payload.naskah"),))
    (again,) = _again(row, source)
    assert isinstance(again, SourceItem)
    assert again.content == TEXT
    assert again.source == source


def test_what_was_cut_is_read_at_its_source(tmp_path: Path) -> None:
    """A record longer than what is kept of it is found again by its place, alone."""
    path = tmp_path / "dump.jsonl"
    lines = [json.dumps({"text": f"{number} {TEXT * 1000}"}) for number in range(3)]
    path.write_text("\n".join(lines), encoding="utf-8")
    second = list(read_reference(Reference(Source(str(path)), str(path), "jsonl"), LIMITS))[1]
    assert isinstance(second, SourceItem)
    row = _rejected(second)
    assert len(row.raw) < row.raw_length
    assert _again(row) == [replace(second, source=Source(str(path)), replay_of="id1")]
    path.unlink()
    assert _again(row) == [replace(row, raw=b"", reject_id="id1", replay_of="id1")]


def test_a_place_that_is_gone_from_its_source_stays_a_reject(tmp_path: Path) -> None:
    """The file has changed: the reject is counted again as it is."""
    path = tmp_path / "dump.jsonl"
    path.write_text(json.dumps({"text": TEXT}), encoding="utf-8")
    row = replace(
        reject("read", RejectedRecord("too_large"), str(path), "@99", b"{", LIMITS), raw_length=9
    )
    assert _again(row) == [replace(row, raw=b"", reject_id="id1", replay_of="id1")]


def test_an_input_with_many_rejects_is_read_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many of its records are wanted, and each comes back under its own reject."""
    path = tmp_path / "dump.jsonl"
    lines = [json.dumps({"text": f"{number} {TEXT * 1000}"}) for number in range(4)]
    path.write_text("\n".join(lines), encoding="utf-8")
    items = list(read_reference(Reference(Source(str(path)), str(path), "jsonl"), LIMITS))
    stored = [
        StoredReject(f"id{number}", _rejected(item))
        for number, item in enumerate(items)
        if isinstance(item, SourceItem)
    ]
    opened: list[str] = []

    def count(reference: Reference, limits: InputLimits) -> Any:
        opened.append(reference.uri)
        return read_reference(reference, limits)

    monkeypatch.setattr("warta.transforms.sources.replay.read_reference", count)
    again = list(read_again(stored[:1] + stored[2:], {}, LIMITS))
    assert opened == [str(path)]
    assert [(one.replay_of, one.source_record_id) for one in again] == [
        (f"id{number}", items[number].source_record_id) for number in (0, 2, 3)
    ]


def test_what_a_defect_had_hidden_is_read_at_its_source(tmp_path: Path) -> None:
    """A reader that failed kept no bytes: the whole input is read again when it is mended."""
    path = tmp_path / "dump.jsonl"
    path.write_text(json.dumps({"text": TEXT}), encoding="utf-8")
    row = reject("read", RejectedRecord("internal_error", "a defect"), str(path), "", b"", LIMITS)
    (again,) = _again(row)
    assert isinstance(again, SourceItem)
    assert (again.content, again.kind, again.replay_of) == (TEXT, "jsonl", "id1")


def test_an_entry_of_a_feed_fails_again_as_it_did(tmp_path: Path) -> None:
    """What is not an entry is not taken for a feed: the place in the feed is looked at again."""
    path = tmp_path / "feed.json"
    path.write_text(
        json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": ["odd"]}),
        encoding="utf-8",
    )
    reference = Reference(Source(str(path), kind="feed"), str(path), "feed")
    (row,) = read_reference(reference, LIMITS)
    assert isinstance(row, Reject)
    assert _again(row, reference.source) == [replace(row, replay_of="id1")]


def test_an_article_that_could_not_be_tagged_keeps_what_was_known() -> None:
    """Its clean body comes back with the metadata that cleaning had found."""
    article = Article(
        article_id="1",
        article_body=TEXT,
        published_date="2026-11-10",
        source_uri="dump.jsonl",
        source_record_id="@0",
        extraction_method="text",
        content_sha256="2",
        word_count=13,
        canonical_url="https://berita.example/panen",
        headline="Panen Dini",
        date_published=datetime(2026, 11, 10, tzinfo=UTC),
        date_published_precision="day",
        keywords=("padi",),
    )
    row = reject("tag", RejectedRecord("internal_error"), "dump.jsonl", "@0", TEXT.encode(), LIMITS)
    (again,) = _again(replace(row, context=context_of_article(article)))
    assert isinstance(again, SourceItem)
    assert (again.content, again.headline, again.keywords) == (TEXT, "Panen Dini", ("padi",))
    assert again.date_published == "2026-11-10"
    assert again.url == "https://berita.example/panen"


def test_leave_for_private_addresses_is_not_taken_from_a_lake() -> None:
    """Only a config gives it; nor does a lake keep a password."""
    source = Source("http://u:secret@10.0.0.1/rss", allow_private=True)
    item = SourceItem(source, "http://10.0.0.1/rss", "1", "feed", b"x", "x", "text")
    row = _rejected(item)
    assert "secret" not in row.context
    (again,) = _again(row)
    assert not again.source.allow_private if isinstance(again, SourceItem) else False


@pytest.fixture
def lake(lake: Lake, tmp_path: Path) -> Lake:
    """A lake with four rejects of three reasons, all in one file."""
    path = tmp_path / "dump.jsonl"
    records: list[Any] = [
        {"url": "https://berita.example/1", "text": "Tiga kata saja."},
        {"url": "https://berita.example/2", "text": "Empat kata ada sini."},
        {"url": "https://berita.example/3", "naskah": TEXT},
    ]
    path.write_text("\n".join([*map(json.dumps, records), "{broken"]), encoding="utf-8")
    run(Path(lake.uri), path, "--max-reject-ratio", 1)
    assert table_of(lake, "rejects").num_rows == 4
    return lake


def _rows(lake: Lake, table: str) -> list[dict[str, Any]]:
    return list(table_of(lake, table).to_pylist())


def test_what_passes_now_is_published_and_marked_on_both_sides(lake: Lake) -> None:
    """One commit: the article names its reject, the reject the run; the rest stays as it was."""
    done = warta("replay", lake.uri, "--reason", "too_short", "--min-words", 3, "--workers", 1)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("2 read: 2 published, 0 duplicates, 0 rejected")
    articles = _rows(lake, "articles")
    rejects = {row["reject_id"]: row for row in _rows(lake, "rejects")}
    assert len(rejects) == 4
    passed = {row["replay_of"] for row in articles}
    assert {rejects[one]["reason"] for one in passed} == {"too_short"}
    assert {row["reject_id"] for row in rejects.values() if row["replayed_by"]} == passed
    assert {rejects[one]["replayed_by"] for one in passed} == {articles[0]["run_id"]}
    assert sorted(row["canonical_url"] for row in articles) == [
        "https://berita.example/1",
        "https://berita.example/2",
    ]
    newest = max(commits_of(Path(lake.uri)), key=lambda commit: commit["committed_at"])
    assert newest["rejects_replayed"] == 2
    assert verify(lake).faults == ()


def test_what_fails_as_before_leaves_the_tables_as_they_were(lake_path: Path) -> None:
    """Nothing is written twice, and what has passed is not read a third time."""
    before = {table: snapshot(lake_path / table) for table in ("articles", "mentions", "rejects")}
    done = warta("replay", lake_path, "--workers", 1)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("4 read: 0 published, 0 duplicates, 4 rejected")
    assert {table: snapshot(lake_path / table) for table in before} == before
    run_options = ("--min-words", 3, "--workers", 1, "--quiet")
    assert warta("replay", lake_path, *run_options).returncode == 0
    again = warta("replay", lake_path, "--workers", 1)
    assert again.stdout.startswith("2 read: 0 published, 0 duplicates, 2 rejected")


def test_a_config_of_today_and_a_day_choose(lake: Lake, tmp_path: Path) -> None:
    """`--config` mends what a mapping had missed; `--since` tomorrow reads nothing."""
    config = tmp_path / "sources.toml"
    config.write_text(
        '[[source]]\nlocation = "dump.jsonl"\n[source.fields]\ncontent = "naskah"\n',
        encoding="utf-8",
    )
    late = warta("replay", lake.uri, "--since", "2999-01-01", "--workers", 1)
    assert late.returncode == 0, late.stderr
    assert late.stdout.startswith("0 read")
    done = warta("replay", lake.uri, "--reason", "no_body", "--config", config, "--workers", 1)
    assert done.stdout.startswith("1 read: 1 published"), done.stderr
    (article,) = _rows(lake, "articles")
    assert article["article_body"] == TEXT


def test_a_replay_needs_a_lake(tmp_path: Path) -> None:
    """One line that says what is missing; nothing is made."""
    done = warta("replay", tmp_path / "none")
    assert done.returncode == 2
    assert "is not a lake" in done.stderr
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("kind", ["sitemap", "bulletin"])
def test_a_kind_that_is_only_followed_or_gone_stays_a_reject(kind: str) -> None:
    """Nothing is to be had of it: neither a crash nor another reject in its place."""
    url = "https://kabar.example/news.xml"
    source = Source(url, kind=kind)
    row = reject("read", RejectedRecord("http_error", "status 503"), url, "", b"", LIMITS)
    row = replace(row, context=context_of_reference(Reference(source, url, kind)))
    for config in (None, source):
        assert _again(row, config) == [replace(row, reject_id="id1", replay_of="id1")]


def test_a_page_of_a_sitemap_is_cleaned_again_as_the_config_says_today() -> None:
    """What was kept of it is enough, whatever the kind of its source."""
    url = "https://kabar.example/news.xml"
    page = f"<html><body><p>{TEXT}</p></body></html>".encode()
    item = SourceItem(Source(url, kind="sitemap"), url, "a", "sitemap", page, page, "page")
    today = Source(url, kind="sitemap", language="id")
    assert _again(_rejected(item), today) == [replace(item, source=today, replay_of="id1")]
