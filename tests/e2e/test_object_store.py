"""A lake on an object store, through a real S3 interface: the same promises, another lock."""

import threading
from collections.abc import Iterator
from html import escape
from pathlib import Path

import duckdb
import polars
import pytest

from tests.support.commands import SAMPLES, warta
from tests.support.jobs import in_child, object_store
from tests.support.lakes import article, bad, table_of, write_plainly, write_run
from tests.support.streams import put, records
from tests.support.unwell_store import unwell_store
from tests.support.waiting import PATIENCE_S, wait_for
from warta.pipeline.maintenance import repair_lake
from warta.transforms.core.errors import LakeError
from warta.transforms.lake.locking import check_writer, hold
from warta.transforms.lake.reading import open_dataset
from warta.transforms.lake.storage import Lake
from warta.transforms.lake.verify.lake import verify

HTML = SAMPLES / "sources" / "html"


@pytest.fixture(scope="module")
def store() -> Iterator[str]:
    """URI of lakes in a bucket of their own, with {name}."""
    with object_store() as uri:
        yield uri


@pytest.fixture
def lake(store: str, request: pytest.FixtureRequest) -> Lake:
    return Lake(store.format(name=request.node.name.split("[")[0]))


@pytest.mark.long
def test_commands_work_on_an_object_store_as_on_a_disk(lake: Lake, tmp_path: Path) -> None:
    """Run, run again, verify, merge, replay, inspect: by URI, from processes of their own."""
    run = ("run", HTML, "--lake", lake.uri, "--workers", 2)
    first = warta(*run)
    assert first.returncode == 0, first.stderr
    again = warta(*run)
    assert "in the lake already" in again.stdout
    page = tmp_path / "page.html"
    page.write_bytes((HTML / "pesisir-surat-botol.html").read_bytes() + b"<!-- seen again -->")
    known = warta("run", page, "--lake", lake.uri, "--workers", 1)
    assert known.stdout.startswith("1 read: 0 published, 1 duplicates"), known.stderr
    rows = table_of(lake, "articles")
    assert rows.num_rows == len(list(HTML.iterdir()))
    for command in (["verify"], ["compact"], ["replay", "--workers", "1"], ["inspect"], ["verify"]):
        done = warta(command[0], lake.uri, *command[1:])
        assert done.returncode == 0, done.stderr
    assert "no fault" in done.stdout
    assert table_of(lake, "articles").num_rows == rows.num_rows


@pytest.mark.long
def test_a_report_is_made_of_a_lake_on_an_object_store(lake: Lake, tmp_path: Path) -> None:
    """The page and that of an article, in the numbers of the lake; credentials are in neither."""
    pytest.importorskip("vl_convert", reason="the extra report is not installed")
    samples = SAMPLES / "sources"
    done = warta("run", samples / "jsonl", samples / "broken", "--lake", lake.uri, "--workers", 1)
    assert done.returncode == 0, done.stderr
    page = tmp_path / "report.html"
    made = warta("report", lake.uri, "-o", page)
    assert made.returncode == 0, made.stderr
    text = page.read_text(encoding="utf-8")
    rows = table_of(lake, "articles")
    assert f"<dt>articles</dt><dd>{rows.num_rows}</dd>" in text
    for section in ("days", "publishers", "topics", "languages", "dates", "cleaning", "rejects"):
        assert f'<section id="{section}"' in text
    article = tmp_path / "article.html"
    made = warta("report", lake.uri, "--article", rows["article_id"][0].as_py(), "-o", article)
    assert made.returncode == 0, made.stderr
    assert escape(rows["headline"][0].as_py()) in article.read_text(encoding="utf-8")
    assert "secret" not in text.lower()
    # Commands need to know how the store is reached; the title and queries of readers do not.
    head, _, _ = text.partition('<section id="cleaning"')
    assert "endpoint_override" not in head
    assert f"warta replay &#39;{escape(lake.uri)}&#39; --reason" in text


@pytest.mark.long
def test_runs_merge_and_count_on_an_object_store(lake: Lake) -> None:
    """Small files are merged, replaced ones leave the table, versions are counted."""
    for number in range(4):
        page = article("page", body=f"kata {number} " * 30)
        write_run(lake, [page, bad(f"b{number}")], f"t{number}", small_files=2)
    assert sorted(table_of(lake, "articles")["version"].to_pylist()) == [1, 2, 3, 4]
    assert len(list(lake.files("articles", recursive=True))) <= 3
    assert len(list(lake.files("_replaced", recursive=True))) > 0
    assert verify(lake).faults == ()
    articles = open_dataset(lake.uri, "articles")
    assert articles.count_rows() == 4
    assert duckdb.execute("SELECT max(version) FROM articles").fetchall() == [(4,)]
    assert polars.scan_pyarrow_dataset(articles).select("version").collect().height == 4


def test_damage_on_an_object_store_is_named_and_repaired(lake: Lake) -> None:
    """A damaged plan and an empty commit file, as on a disk; moves are copies and deletions."""
    for number in range(2):
        write_plainly(lake, [article(f"a{number}"), bad(f"b{number}")], f"t{number}")
    for name in ("_commits/t1.json", "_commits/t9.pending"):
        with lake.filesystem.open_output_stream(lake.path(name)) as stream:
            stream.write(b"")
    assert {fault.location for fault in verify(lake).faults} >= {
        "_commits/t1.json",
        "_commits/t9.pending",
    }
    steps, found = repair_lake(lake.uri, 0)
    assert len(steps) == 2
    assert found.faults == ()
    assert open_dataset(lake.uri, "articles").count_rows() == 2


def write_records(path: Path, first: int, last: int) -> Path:
    """Write articles by number; return the path."""
    put(path.parent, path.name, records(first, last))
    return path


@pytest.mark.parametrize(
    ("method", "place"),
    [
        pytest.param("PUT", "/_staging/", marks=pytest.mark.long),
        ("PUT", "/articles/day%3D"),
        pytest.param("PUT", ".json", marks=pytest.mark.long),
        pytest.param("DELETE", "/_staging/", marks=pytest.mark.long),
    ],
)
def test_a_store_that_is_lost_midway_costs_nothing(
    store: str, tmp_path: Path, method: str, place: str
) -> None:
    """One line and status 1, wherever in the run it was; the same command again brings all."""
    real = int(store.partition("127.0.0.1:")[2].partition("&")[0])
    with unwell_store(real) as proxy:
        name = f"lost-{method}-{place.strip('/._%=').split('/')[0]}"
        uri = store.replace(f":{real}", f":{proxy.port}").format(name=name)
        first = write_records(tmp_path / "first.jsonl", 0, 5)
        assert warta("run", first, "--lake", uri, "--workers", 1).returncode == 0
        run = ("run", write_records(tmp_path / "next.jsonl", 3, 9), "--lake", uri)
        with proxy.expires(lambda asked, path: asked == method and place in path):
            lost = warta(*run, "--workers", 1)
        assert proxy.refused, "the run never came so far"
        assert lost.returncode == 1
        reported = [line for line in lost.stderr.splitlines() if not line.startswith("20")]
        assert len(reported) == 1, lost.stderr
        assert reported[0].startswith("warta: ")
        done = warta(*run, "--workers", 1)
        assert done.returncode == 0, done.stderr
        looked = warta("verify", uri)
        assert "no fault" in looked.stdout, looked.stdout + looked.stderr
        rows = in_child(lambda: table_of(Lake(uri), "articles")["url"].to_pylist())
    assert sorted(set(rows)) == [record["url"] for record in records(0, 9)]


def test_the_second_writer_is_refused_and_reported_of_the_first(lake: Lake) -> None:
    """The claim names process and host; when it is let go the lake is free."""
    lake.create()
    with hold(lake) as writer:
        check_writer(lake, writer)
        with pytest.raises(LakeError, match=r"written by process \d+ on .*--wait"):
            hold(lake).__enter__()
        check_writer(lake, writer)
    with pytest.raises(LakeError, match="taken over"):
        check_writer(lake, writer)
    with hold(lake):
        assert len(list(lake.files("_locks"))) == 1
    assert list(lake.files("_locks")) == []


def test_a_claim_that_nobody_renews_is_taken_over(lake: Lake) -> None:
    """A holder on another machine has died: its claim is dead after the lease, not before."""
    lake.create()
    lost = {"writer": "w", "host": "elsewhere", "pid": 1, "since": "long ago", "pids_of": "other"}
    lake.write_json("_locks/w.json", lost)
    with pytest.raises(LakeError, match="process 1 on elsewhere"):
        hold(lake, lease_s=60).__enter__()
    with hold(lake, wait_s=30, lease_s=2) as writer:
        check_writer(lake, writer)
        with pytest.raises(LakeError, match="taken over"):
            check_writer(lake, "w")


def test_a_dead_process_of_this_machine_holds_nothing(lake: Lake) -> None:
    """Its number is free again in our own space of processes: no lease is waited for."""
    lake.create()
    with hold(lake) as writer:
        claim = lake.read_json(f"_locks/{writer}.json")
    lake.write_json("_locks/w.json", claim | {"writer": "w", "pid": 2**22 + 1})
    with hold(lake):
        assert not lake.exists("_locks/w.json")


def test_a_claim_is_renewed_while_its_writer_lives(lake: Lake) -> None:
    """Held for longer than a lease, the lake is still held."""
    lake.create()
    # A holder that is halted for a lease renews no more: long enough for a machine that is busy.
    with hold(lake, lease_s=10) as writer:
        claim = f"_locks/{writer}.json"
        first = lake.modified_at(claim)
        assert first is not None

        def age_s() -> float:
            renewed = lake.modified_at(claim)
            return (renewed - first).total_seconds() if renewed and first else 0.0

        # By the clock of the store, as other writers see it.
        wait_for(lambda: age_s() > 10)
        with pytest.raises(LakeError, match="is being written"):
            hold(lake, lease_s=60).__enter__()
        check_writer(lake, writer)


def test_of_many_writers_one_holds_the_lake_at_a_time(lake: Lake) -> None:
    """All see each other's claims: none goes in while another is inside, and all come through."""
    lake.create()
    inside: list[int] = []
    seen: list[int] = []

    def work() -> None:
        with hold(lake, wait_s=120):
            inside.append(1)
            seen.append(len(inside))
            inside.pop()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)
    assert seen == [1] * 4
