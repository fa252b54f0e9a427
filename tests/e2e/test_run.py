"""The main job from files to a committed lake, run as its user runs it; every file is read back."""

import gzip
import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from tests.support.commands import SAMPLES, run, warta
from tests.support.lakes import commits_of, rows_of, snapshot, table_of
from tests.support.waiting import PATIENCE_S
from warta.transforms.core.schema import TABLES
from warta.transforms.lake.storage import Lake

EXPECTED = tomllib.loads((SAMPLES / "EXPECTED.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def lake_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The lake of all samples."""
    folder = tmp_path_factory.mktemp("samples") / "lake"
    run(folder, "--config", SAMPLES / "sources.toml")
    return folder


def test_every_record_is_published_a_duplicate_or_rejected(lake_path: Path) -> None:
    """The commit's counts meet, and are the ones that the samples were written for."""
    (commit,) = commits_of(lake_path)
    counts = commit["counts"]
    total = EXPECTED["total"]
    assert counts["read"] == total["records"]
    assert counts["rejected"] == total["rejects"]
    assert counts["published"] + counts["duplicates"] == total["articles"]
    assert counts["published"] == table_of(Lake(str(lake_path)), "articles").num_rows
    for file in commit["files"]:
        assert (lake_path / file["path"]).stat().st_size == file["bytes"]


def test_each_broken_record_is_in_rejects_with_its_reason(lake_path: Path) -> None:
    """File by file: the reasons are the expected ones, with the record's bytes and place."""
    found: Counter[tuple[str, str]] = Counter()
    for row in rows_of(lake_path, "rejects"):
        name = row["source_uri"].rpartition("/sample_data/")[2]
        found[name, row["reason"]] += 1
        assert len(row["raw"]) == min(row["raw_length"], 65_536) or row["reason"] == "too_large"
        assert row["error"] or row["reason"] in ("empty", "no_body")
    expected = Counter(
        (file["path"], reason) for file in EXPECTED["file"] for reason in file["rejects"]
    )
    assert found == expected


def test_articles_have_the_expected_day_and_language(lake_path: Path) -> None:
    """Every sample article is found by its URL or headline, on its day and in its language."""
    rows = rows_of(lake_path, "articles")
    by_url = {row["canonical_url"]: row for row in rows if row["version"] == 1}
    by_headline = {row["headline"]: row for row in rows}
    checked = 0
    for article in EXPECTED["article"]:
        row = by_url.get(article["url"]) or by_headline.get(article["headline"])
        if row is None:
            continue
        checked += 1
        assert row["published_date"] == article["published_date"], article["headline"]
        assert row["in_language"] == article["language"], article["headline"]
    assert checked >= 0.9 * len(EXPECTED["article"])


def test_copies_and_versions_are_found(lake_path: Path) -> None:
    """Exact and near copies point at their original; a retelling is an article of its own."""
    rows = rows_of(lake_path, "articles")
    ids = {row["article_id"]: row["headline"] for row in rows if row["duplicate_of"] is None}
    marked = {
        (row["headline"], ids[row["duplicate_of"]]): row["duplicate_kind"]
        for row in rows
        if row["duplicate_of"]
    }
    for pair in EXPECTED["duplicate"]:
        kind = marked.get((pair["copy"], pair["original"])) or marked.get(
            (pair["original"], pair["copy"])
        )
        if pair["kind"] in ("exact", "near"):
            assert kind in ("exact", "near", "contained"), pair
        if pair["kind"] == "retold":
            assert kind is None, pair
    assert [row["version"] for row in rows].count(2) >= 1


def test_mentions_point_into_their_article(lake_path: Path) -> None:
    """Every mention's offsets give its surface, and its entity is in the article."""
    articles = {(row["article_id"], row["version"]): row for row in rows_of(lake_path, "articles")}
    mentions = rows_of(lake_path, "mentions")
    assert len(mentions) > 300
    for mention in mentions:
        article = articles[mention["article_id"], mention["version"]]
        text = article[mention["field"]]
        assert text[mention["start"] : mention["end"]] == mention["surface"]
        assert mention["entity_id"] in {entity["entity_id"] for entity in article["entities"]}
        assert mention["published_date"] == article["published_date"]


def test_the_same_inputs_again_leave_the_tables_byte_for_byte(
    lake_path: Path, tmp_path: Path
) -> None:
    """Run again under the same names nothing is read; under other names all of it is known."""
    again = tmp_path / "lake"
    shutil.copytree(lake_path, again)
    before = {table: snapshot(again / table) for table in TABLES}
    done = run(again, "--config", SAMPLES / "sources.toml")
    assert "already" in done.stdout
    (tmp_path / "touched").mkdir()
    shutil.copytree(SAMPLES / "sources" / "html", tmp_path / "touched" / "html")
    os.utime(tmp_path / "touched" / "html" / "pesisir-surat-botol.html", (0, 0))
    run(again, tmp_path / "touched" / "html")
    assert {table: snapshot(again / table) for table in TABLES} == before
    assert {commit["counts"]["published"] for commit in commits_of(again)} > {0}
    assert list((again / "_staging").iterdir()) == []


def test_two_workers_write_the_same_rows_as_one(lake_path: Path, tmp_path: Path) -> None:
    """The answer does not depend on how the work was spread, nor on the size of a batch."""
    other = tmp_path / "lake"
    run(other, "--config", SAMPLES / "sources.toml", workers=2)
    for table in TABLES:
        assert rows_of(other, table) == rows_of(lake_path, table)


def test_an_input_in_many_batches_is_read_once(tmp_path: Path) -> None:
    """Batches of 1 MB: several commits, every article once, and a second run does none again."""
    lines = [
        json.dumps({"url": f"https://a.example/{n}", "text": f"Warga desa {n} panen. " * 60})
        for n in range(3000)
    ]
    for part in range(3):
        path = tmp_path / f"part{part}.jsonl"
        path.write_text("\n".join(lines[part * 1000 : (part + 1) * 1000]), encoding="utf-8")
    folder = tmp_path / "lake"
    run(folder, *sorted(tmp_path.glob("*.jsonl")), "--epoch-mb", 1)
    commits = commits_of(folder)
    assert len(commits) >= 3
    urls = [row["canonical_url"] for row in rows_of(folder, "articles")]
    assert len(urls) == len(set(urls)) == 3000


@pytest.mark.parametrize("runner", ["DirectRunner", "FnApiRunner"])
def test_beams_own_runner_option_passes_through(tmp_path: Path, runner: str) -> None:
    """`--runner` is Beam's; DirectRunner does not go looking for anything on the network."""
    sample = SAMPLES / "sources" / "html" / "pesisir-surat-botol.html"
    run(tmp_path / "lake", sample, "--runner", runner)
    assert table_of(Lake(str(tmp_path / "lake")), "articles").num_rows == 1


@pytest.mark.parametrize(
    ("make", "arguments", "status", "says"),
    [
        ("", ["missing.jsonl"], 2, "missing.jsonl"),
        ("", ["--config", "missing.toml"], 2, "missing.toml"),
        ("lake", ["page.html"], 2, "lake"),
        ("other", ["page.html", "--lkae", "x"], 2, "did you mean --lake"),
        ("other", ["notes.md"], 0, ""),
    ],
)
def test_what_cannot_work_is_one_clear_line_before_any_work(
    tmp_path: Path, make: str, arguments: list[str], status: int, says: str
) -> None:
    """A wrong input, config, lake or option: exit status 2, one line, no traceback."""
    shutil.copy(SAMPLES / "sources/html/pesisir-surat-botol.html", tmp_path / "page.html")
    (tmp_path / "notes.md").write_text("Catatan rapat desa tentang jembatan bambu yang roboh.\n")
    if make:
        (tmp_path / make).write_text("a file, not a folder")
    places = [str(tmp_path / a) if "." in a else a for a in arguments]
    done = warta("run", *places, "--lake", tmp_path / "lake")
    assert done.returncode == status, done.stderr
    assert says in done.stderr
    if status:
        assert "Traceback" not in done.stderr
        assert done.stderr.count("\n") == 1


def test_a_source_without_files_does_not_end_the_run_of_others(tmp_path: Path) -> None:
    """It is reported and passed over; --strict-sources makes it status 3."""
    (tmp_path / "kosong").mkdir()
    page = SAMPLES / "sources/html/pesisir-surat-botol.html"
    config = tmp_path / "sources.toml"
    config.write_text(
        '\ufeff[[source]]\nname = "pagi"\nlocation = "kosong"\n\n'
        f'[[source]]\nname = "sore"\nlocation = "{page}"\n',
        encoding="utf-8",
    )
    command = ["run", "--config", config, "-", "--lake", tmp_path / "lake", "--workers", 1]
    text = "Warga desa memanen padi lebih awal pekan ini karena hujan deras."
    shown = warta(*command, "--dry-run", "--strict-sources")
    assert shown.returncode == 3
    assert "pagi: no files in" in shown.stdout
    assert "2 inputs" in shown.stdout
    assert not (tmp_path / "lake").exists()
    done = warta(*command, given=text)
    assert done.returncode == 0, done.stderr
    assert "2 read: 2 published" in done.stdout
    assert "pagi: no files in" in done.stdout
    assert "-" in {row["source_uri"] for row in rows_of(tmp_path / "lake", "articles")}
    again = warta(*command, "--strict-sources", given=text)
    assert again.returncode == 3, again.stderr
    assert "1 of 1 batches were in the lake already" in again.stdout
    assert "--strict-sources" in again.stderr


def test_a_trial_reads_the_first_records_of_the_days_that_are_asked_for(tmp_path: Path) -> None:
    """--limit counts records, also those that --since leaves out, which are passed over."""
    days = ["2026-11-08", "2026-11-12", "", "2026-11-13", "2026-11-14"]
    lines = [
        {"url": f"https://a.example/{n}", "text": f"Warga desa {n} panen padi.", "date": day}
        for n, day in enumerate(days)
    ]
    path = tmp_path / "arsip.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    words = [path, "--since", "2026-11-10"]
    done = run(tmp_path / "lake", *words, "--limit", 4)
    (commit,) = commits_of(tmp_path / "lake")
    assert commit["counts"] == {"read": 2, "published": 2, "duplicates": 0, "rejected": 0}
    assert commit["passed_over"] == {"before_since": 1, "undated": 1}
    assert "stopped at --limit 4" in done.stdout
    whole = run(tmp_path / "lake", *words)
    assert "3 read: 1 published, 2 duplicates" in whole.stdout
    assert "--limit" not in whole.stdout


def test_too_many_rejects_are_reported_by_the_exit_status(tmp_path: Path) -> None:
    """Status 3: the run is committed, but more was rejected than allowed."""
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"broken\n{"also\n' + json.dumps({"text": "Satu dua tiga empat lima enam."}))
    done = warta("run", bad, "--lake", tmp_path / "lake", "--workers", 1)
    assert done.returncode == 3
    assert "2 of 3" in done.stderr
    assert warta("run", bad, "--lake", tmp_path / "2", "--max-reject-ratio", 0.9).returncode == 0


def test_a_feed_is_fetched_again_and_only_news_is_written(
    tmp_path: Path, httpserver: HTTPServer
) -> None:
    """Each run fetches the feed; what is known changes nothing, what is new is added."""
    feed = (SAMPLES / "sources/feeds/kabar-nusantara.xml").read_text(encoding="utf-8")
    first, *_ = feed.partition("<item>")
    items = feed.removeprefix(first)
    later = items.rindex("<item>")
    without_last = first + items[:later] + items[items.rindex("</item>") + len("</item>") :]
    for served in (without_last, without_last, feed):
        httpserver.expect_ordered_request("/rss.xml").respond_with_data(
            served, content_type="application/rss+xml"
        )
    config = tmp_path / "sources.toml"
    config.write_text(
        f'[[source]]\nname = "kabar"\nlocation = "{httpserver.url_for("/rss.xml")}"\n'
        "allow_private = true\n",
        encoding="utf-8",
    )
    folder = tmp_path / "lake"
    published = []
    for _ in range(3):
        run(folder, "--config", config)
        newest = max(commits_of(folder), key=lambda commit: commit["committed_at"])
        published.append(newest["counts"]["published"])
    total = feed.count("<item>")
    assert published == [total - 1, 0, 1]
    assert len(httpserver.log) == 3


def test_a_private_address_is_refused(tmp_path: Path, httpserver: HTTPServer) -> None:
    """Without `allow_private` no request is made: the feed is a reject with its reason."""
    done = warta("run", httpserver.url_for("/rss.xml"), "--lake", tmp_path / "l", "--workers", 1)
    assert done.returncode == 3
    (row,) = rows_of(tmp_path / "l", "rejects")
    assert row["reason"] == "fetch_refused"
    assert len(httpserver.log) == 0


def test_a_lake_that_is_being_written_is_left_alone(tmp_path: Path) -> None:
    """A second writer is refused in one line that names the first."""
    from warta.transforms.lake.locking import hold

    target = Lake(str(tmp_path / "lake"))
    target.create()
    page = SAMPLES / "sources/html/pesisir-surat-botol.html"
    with hold(target):
        done = warta("run", page, "--lake", target.uri, "--workers", 1)
    assert done.returncode == 1
    assert f"being written by process {os.getpid()}" in done.stderr
    run(Path(target.uri), page)


def test_what_is_passed_over_is_counted_once(tmp_path: Path) -> None:
    """Beside the records: in the commit, the summary and inspect, and not by the next run."""
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    (inbox / "kosong.xml").write_text("<rss version='2.0'><channel/></rss>", encoding="utf-8")
    (inbox / "gambar.png").write_bytes(b"\x89PNG\r\n\x1a\n\0")
    (inbox / "hampa.warc.gz").write_bytes(gzip.compress(b""))
    (inbox / "panen.txt").write_text("Warga desa memanen padi lebih awal.", encoding="utf-8")
    done = run(tmp_path / "lake", inbox)
    (commit,) = commits_of(tmp_path / "lake")
    expected = {"empty_member": 1, "no_entries": 1, "unknown_kind": 1}
    assert commit["passed_over"] == expected
    assert commit["counts"] == {"read": 1, "published": 1, "duplicates": 0, "rejected": 0}
    assert all(f"1  {reason}" in done.stdout for reason in expected)
    again = run(tmp_path / "lake", inbox)
    assert "no_entries" not in again.stdout
    seen = json.loads(warta("inspect", tmp_path / "lake", "--json").stdout)
    assert seen["passed_over"] == expected


def test_a_file_with_an_odd_name_is_read(tmp_path: Path) -> None:
    """A name that is not UTF-8 is reported with a mark in its place; the run goes on."""
    for name in (b"pendek-\xff.txt", b"panen-\xff.txt"):
        text = "Satu." if name.startswith(b"pendek") else "Warga desa memanen padi lebih awal."
        (Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name))).write_text(text, encoding="utf-8")
    run(tmp_path / "lake", tmp_path / "*.txt", "--max-reject-ratio", 1)
    (article,) = rows_of(tmp_path / "lake", "articles")
    (rejected,) = rows_of(tmp_path / "lake", "rejects")
    assert article["source_uri"].endswith("panen-?.txt")
    assert rejected["source_uri"].endswith("pendek-?.txt")


def test_a_failing_worker_ends_the_run_in_one_line(tmp_path: Path) -> None:
    """A lake that vanishes under a run: exit status 1, one line, no traceback."""
    done = subprocess.run(
        [sys.executable, "-c", _BREAK_COMMIT, str(SAMPLES), str(tmp_path / "lake")],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 1
    assert "counts do not add up" in done.stderr.splitlines()[-1]
    assert table_of(Lake(str(tmp_path / "lake")), "articles").num_rows == 0


_BREAK_COMMIT = """
import sys
from warta.pipeline.cli import main
from warta.transforms.lake import publish_run
from warta.transforms.core.counts import Counts
publish_run.tally = lambda *parts: Counts(read=1)
page = sys.argv[1] + "/sources/html/pesisir-surat-botol.html"
sys.exit(main(["run", page, "--lake", sys.argv[2], "--workers", "1"]))
"""


def test_the_seeds_pass_without_a_reject(tmp_path: Path) -> None:
    """Real articles as scrapers leave them, where they are at hand: five in, five out."""
    seeds = Path(__file__).parent.parent.parent.parent / "shared" / "seeds"
    if not seeds.is_dir():
        pytest.skip("the seeds are not here")
    run(tmp_path / "lake", seeds)
    (commit,) = commits_of(tmp_path / "lake")
    assert commit["counts"] == {"read": 5, "published": 5, "duplicates": 0, "rejected": 0}
    days = {
        Path(r["source_uri"]).name[:3]: r["published_date"]
        for r in rows_of(tmp_path / "lake", "articles")
    }
    assert days["000"] == days["001"] == "2025-03-24"
    assert days["003"] == "2025-03-12"
