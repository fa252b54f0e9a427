"""Keys in URLs are used to fetch, and are in no table, commit or line."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from pytest_httpserver import HTTPServer

from tests.support.lakes import article, table_of
from warta.pipeline.cli import main
from warta.transforms.cleaning.clean import clean_article
from warta.transforms.core.ids import article_id
from warta.transforms.core.options import InputLimits
from warta.transforms.core.records import (
    Article,
    Reference,
    Reject,
    Source,
    SourceItem,
    StoredReject,
)
from warta.transforms.core.reject_context import context_of_item
from warta.transforms.core.rejections import RejectedRecord, reject
from warta.transforms.core.urls import canonical_url
from warta.transforms.dedup.signatures import MINHASH_SCHEME, sign
from warta.transforms.lake.layout import Run
from warta.transforms.lake.rows import articles_table, reject_ids, rejects_table
from warta.transforms.lake.storage import Lake
from warta.transforms.sources.replay import read_again

KEY = "R4h4s1a77"
NOW = datetime(2026, 11, 16, 3, 0, tzinfo=UTC)
RUN = Run("r1", "i1", NOW)
BODY = "Warga desa memanen padi lebih awal karena hujan turun sejak pekan lalu."


def test_columns_hold_no_keys_and_no_control_characters() -> None:
    """Ids, hashes and offsets stay those of what was read."""
    body = "Warga\x1b[31m desa memanen\x85 padi lebih awal karena hujan turun sejak pekan lalu."
    url = f"https://kabar.example/panen?token={KEY}&hal=2"
    given = article(
        "panen", body, url=url, canonical_url=url, feed_url=f"https://k.example/?sig={KEY}"
    )
    given = replace(given, headline="Panen\x1b]0;x\x07 raya", keywords=("padi\x1b", "desa"))
    signed = sign([body])
    (row,) = articles_table([given], RUN, signed.minhash, signed.bands, MINHASH_SCHEME).to_pylist()
    assert KEY not in repr(row)
    assert row["url"] == "https://kabar.example/panen?token=***&hal=2"
    assert (row["article_id"], row["record_hash"]) == (given.article_id, given.record_hash)
    assert row["headline"] == "Panen ]0;x  raya"
    assert row["keywords"] == ["padi ", "desa"]
    assert len(row["article_body"]) == len(body)
    assert not {"\x1b", "\x85"} & set(row["article_body"])
    for mention in row["mentions"]:
        assert row["article_body"][mention["start"] : mention["end"]] == mention["surface"]


def _rejected(item: SourceItem) -> Reject:
    row = reject("clean", RejectedRecord("too_short"), item.source_uri, "", item.raw, InputLimits())
    return replace(row, context=context_of_item(item, InputLimits()))


def test_a_reject_without_its_key_is_read_again_as_the_same_article() -> None:
    """Its row has no key, its own id is as ever, and its article has the id of the whole URL."""
    url = f"https://kabar.example/panen?token={KEY}&hal=2"
    item = SourceItem(
        source=Source(f"https://kabar.example/rss?api_key={KEY}"),
        source_uri=f"https://kabar.example/rss?api_key={KEY}",
        source_record_id=url,
        kind="feed",
        raw=BODY.encode(),
        content=BODY,
        content_type="text",
        url=url,
        feed_url=f"https://kabar.example/rss?api_key={KEY}",
    )
    given = replace(_rejected(item), source_record_id=url)
    table = rejects_table([given], RUN)
    (row,) = table.to_pylist()
    assert KEY not in repr({**row, "raw": b""})
    assert row["reject_id"] != reject_ids(table)[0].as_py()
    names = ("stage", "reason", "error", "source_uri", "source_record_id", "raw", "raw_length")
    stored = Reject(**{name: row[name] for name in (*names, "context")})
    (again,) = read_again([StoredReject(row["reject_id"], stored)], {}, InputLimits())
    assert isinstance(again, SourceItem)
    made = clean_article(again, InputLimits(), NOW)
    assert isinstance(made, Article)
    assert made.article_id == article_id(canonical_url(url), "")


def test_a_replay_asks_with_the_key_of_the_config_and_never_with_a_mask(
    httpserver: HTTPServer,
) -> None:
    """A feed that failed is fetched as the config says; without one it stays what it was."""
    httpserver.expect_request("/rss", query_string=f"api_key={KEY}").respond_with_data(
        f"<rss version='2.0'><channel><item><title>Panen</title><guid>1</guid>"
        f"<description>{BODY}</description></item></channel></rss>",
        content_type="application/rss+xml",
    )
    location = httpserver.url_for(f"/rss?api_key={KEY}")
    masked = location.replace(KEY, "***")
    row = Reject(
        "read", "http_error", "status 500", masked, "", b"", 0, json.dumps({"kind": "feed"})
    )
    stored = [StoredReject("id1", row)]
    (kept,) = read_again(stored, {}, InputLimits())
    assert isinstance(kept, Reject)
    assert kept.reason == "http_error"
    assert httpserver.log == []
    source = Source(location, allow_private=True)
    (found,) = read_again(stored, {masked: Reference(source, location, "feed")}, InputLimits())
    assert isinstance(found, SourceItem)
    assert found.replay_of == "id1"


def test_a_run_stores_and_says_no_key(
    tmp_path: Path, httpserver: HTTPServer, capsys: pytest.CaptureFixture[str]
) -> None:
    """The feed is asked with its key; tables, commits and what is printed have none."""
    items = "".join(
        f"<item><title>Panen {n}</title><guid>{n}</guid><description>{BODY} {n}</description>"
        f"<link>https://kabar.example/{n}?token={KEY}{n}</link></item>"
        for n in range(2)
    )
    httpserver.expect_request("/rss", query_string=f"api_key={KEY}").respond_with_data(
        f"<rss version='2.0'><channel>{items}<item><description>x</description></item></channel>"
        "</rss>",
        content_type="application/rss+xml",
    )
    config = tmp_path / "sources.toml"
    config.write_text(
        f'[[source]]\nlocation = "{httpserver.url_for(f"/rss?api_key={KEY}")}"\n'
        f'allow_private = true\n[[source]]\nlocation = "https://x.example/m.xml?sig={KEY}"\n'
        'kind = "sitemap"\n'
    )
    lake = tmp_path / "lake"
    words = ["run", "--config", str(config), "--lake", str(lake), "--workers", "1"]
    assert main([*words, "--dry-run"]) == 0
    assert main(words) == 0
    assert len(httpserver.log) == 1
    shown = capsys.readouterr()
    assert KEY not in shown.out + shown.err
    assert "https://x.example/m.xml?sig=***" in shown.out
    for path in lake.rglob("*"):
        if path.suffix == ".parquet":
            rows = pq.read_table(path, partitioning=None).to_pylist()
            assert not [row for row in rows if KEY in repr({**row, "raw": b""})], path
        elif path.is_file():
            assert KEY.encode() not in path.read_bytes(), path
    rows = table_of(Lake(str(lake)), "articles").to_pylist()
    assert {row["article_id"] for row in rows} == {
        article_id(canonical_url(f"https://kabar.example/{n}?token={KEY}{n}"), "") for n in range(2)
    }
