"""Other catalogs follow the Iceberg tables of a lake, also after they were down."""

import logging
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.support.lakes import NOW, article, bad, table_of, write_plainly
from tests.support.postgres import PASSWORD, QUOTED_PASSWORD, find_binaries, postgres_server
from tests.support.rest_catalog import is_there as rest_catalog_is_there
from tests.support.rest_catalog import rest_catalog
from warta.pipeline.maintenance import compact_lake
from warta.transforms.core.errors import LakeError, LakeWriteError, UsageError
from warta.transforms.core.records import Article
from warta.transforms.core.schema import TABLES
from warta.transforms.dedup.signatures import MINHASH_SCHEME, sign
from warta.transforms.lake.catalog import read_snapshot
from warta.transforms.lake.commit import recover
from warta.transforms.lake.compaction import CompactionPolicy
from warta.transforms.lake.decisions import Policy
from warta.transforms.lake.feed_state import stage_feeds
from warta.transforms.lake.iceberg import maintenance, protocol
from warta.transforms.lake.iceberg.settings import Mirror, read_settings
from warta.transforms.lake.layout import Run
from warta.transforms.lake.publish_run import publish_run
from warta.transforms.lake.staging import Stager
from warta.transforms.lake.storage import Lake
from warta.transforms.lake.verify.lake import verify

pytest.importorskip("pyiceberg", reason="Iceberg tables need pip install 'warta[iceberg]'")

from pyiceberg.catalog import Catalog, load_catalog
from pyiceberg.utils.config import Config


@pytest.fixture
def lake(lake: Lake) -> Lake:
    """A lake with two commits and no Iceberg tables yet."""
    write_plainly(lake, [article("a"), article("b", day="unknown"), bad("x")], "t1")
    write_plainly(lake, [article("c")], "t2")
    return lake


@pytest.fixture
def mirror(tmp_path: Path) -> Mirror:
    """A catalog in SQLite."""
    (tmp_path / "catalog").mkdir()
    return Mirror(f"sqlite:///{tmp_path}/catalog/catalog.db", "news")


def opened(mirror: Mirror) -> Catalog:
    return load_catalog("warta", uri=mirror.catalog)


def check_mirror(lake: Lake, catalog: Catalog, namespace: str = "news") -> None:
    """A reader of the catalog gets the rows of the commits, and opens every file."""
    for table in TABLES:
        rows = catalog.load_table((namespace, table)).scan().to_arrow()
        key = TABLES[table].schema.names[0]
        wanted = table_of(lake, table)[key].to_pylist() if read_snapshot(lake).files(table) else []
        assert sorted(rows[key].to_pylist()) == sorted(wanted)


def test_a_mirror_follows_every_commit(lake: Lake, mirror: Mirror) -> None:
    """Appends, merges and replaced rejects; a second time it stays as it is."""
    assert maintenance.enable(lake, [mirror])
    assert not maintenance.enable(lake, [mirror])
    check_mirror(lake, opened(mirror))
    for number in range(3):
        write_plainly(lake, [article(f"d{number}"), bad(f"y{number}")], f"d{number}")
        check_mirror(lake, opened(mirror))
    write_plainly(lake, [article("e")], "merging", small_files=2)
    check_mirror(lake, opened(mirror))
    assert verify(lake).faults == ()
    before = opened(mirror).load_table(("news", "articles")).metadata_location
    assert maintenance.sync(lake) == []
    assert opened(mirror).load_table(("news", "articles")).metadata_location == before


def test_a_mirror_that_is_down_is_caught_up_and_misses_no_file(
    lake: Lake, mirror: Mirror, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Runs commit; what they replaced stays for the mirror's readers until it has followed."""
    maintenance.enable(lake, [mirror])
    away = shutil.move(tmp_path / "catalog", tmp_path / "away")
    there = opened(Mirror(mirror.catalog.replace("/catalog/", "/away/")))
    seen = {table: there.load_table(("news", table)).scan().to_arrow().num_rows for table in TABLES}
    (reject,) = table_of(lake, "rejects")["reject_id"].to_pylist()
    protocol._warned.clear()
    with caplog.at_level(logging.WARNING):
        for number in range(3):
            rows = [article(f"d{number}", replay_of=reject if number == 1 else None)]
            write_plainly(lake, rows, f"d{number}", small_files=2)
    assert len([one for one in caplog.records if "cannot be brought to" in one.message]) == 1
    assert read_snapshot(lake).commits[-2].replaced, "the reject was not marked"
    for table, rows in seen.items():
        assert there.load_table(("news", table)).scan().to_arrow().num_rows == rows
    assert sum(path.endswith(".pending") for path in lake.files("_commits")) == 3
    assert {"warta catalog sync" in fault.what for fault in verify(lake).faults} == {True}
    with pytest.raises(LakeWriteError, match=r"catalog .* cannot be brought to"):
        maintenance.sync(lake)
    recover(lake)
    assert there.load_table(("news", "articles")).scan().to_arrow().num_rows == seen["articles"]
    shutil.move(away, tmp_path / "catalog")
    recover(lake)
    check_mirror(lake, opened(mirror))
    assert verify(lake).faults == ()
    assert sum(path.endswith(".pending") for path in lake.files("_commits")) == 0


def test_folders_show_each_row_once_while_a_mirror_is_down(
    lake: Lake, mirror: Mirror, tmp_path: Path
) -> None:
    """Nothing is merged, since merged files could not leave; the state of feeds leaves at once."""
    maintenance.enable(lake, [mirror])
    away = shutil.move(tmp_path / "catalog", tmp_path / "away")
    for number in range(3):
        _poll(lake, f"d{number}", [article(f"d{number}"), article(f"e{number}", day="unknown")])
        for table in ("articles", "mentions", "rejects", "feeds"):
            rows = pq.read_table(lake.path(table)).num_rows
            assert rows == sum(file.rows for file in read_snapshot(lake).files(table)), table
    with pytest.raises(LakeError, match=r"a catalog that follows .* is down"):
        compact_lake(lake.uri, target_mb=128, grace_s=0, wait_s=0, report=lambda _: None)
    shutil.move(away, tmp_path / "catalog")
    recover(lake)
    _poll(lake, "d4", [article("d4")])
    assert any(file.merged for file in read_snapshot(lake).files("articles"))
    assert pq.read_table(lake.path("articles")).num_rows == len(table_of(lake, "articles"))
    check_mirror(lake, opened(mirror))
    assert verify(lake).faults == ()


def _poll(lake: Lake, name: str, rows: list[Article]) -> None:
    """Commit articles and the state of a feed, as a poll cycle does, and merge."""
    run = Run(name, f"run-{name}", NOW)
    stager = Stager(lake, run, sign, MINHASH_SCHEME, 1 << 20)
    for row in rows:
        stager.add(row)
    feeds = stage_feeds(lake, run, [{"feed_url": "https://berita.example/rss", "polls": 1}])
    policy = Policy(compaction=CompactionPolicy(2))
    publish_run(lake, run, stager.close(), policy, read=len(rows), details={}, more=[feeds])


def test_a_lake_that_was_moved_takes_its_mirror_along(
    lake: Lake, mirror: Mirror, tmp_path: Path
) -> None:
    """The tables are others by their identity; the catalog names the new ones."""
    maintenance.enable(lake, [mirror])
    moved = Lake(str(shutil.move(lake.uri, tmp_path / "moved")))
    maintenance.rebuild(moved)
    check_mirror(moved, opened(mirror))
    write_plainly(moved, [article("d")], "t3", small_files=2)
    check_mirror(moved, opened(mirror))
    maintenance.disable(moved)
    assert opened(mirror).list_tables("news") == []


def test_another_table_of_the_same_name_is_left_alone(lake: Lake, mirror: Mirror) -> None:
    """It belongs to somebody else."""
    catalog = opened(mirror)
    catalog.create_namespace("news")
    catalog.create_table("news.articles", TABLES["articles"].schema, location=f"{lake.uri}-other")
    with pytest.raises(LakeError, match=r"table news\.articles that is not one of this lake's"):
        maintenance.enable(lake, [mirror])
    assert read_settings(lake) is None
    maintenance.enable(lake, [Mirror(mirror.catalog, "other")])
    check_mirror(lake, opened(mirror), "other")


def test_a_catalog_that_never_answers_holds_no_run_up(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that takes connections and says nothing counts as one that is down."""
    monkeypatch.setattr("warta.transforms.lake.iceberg.mirrors.TIMEOUT_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        uri = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(LakeWriteError, match="does not answer within"):
            maintenance.enable(lake, [Mirror(uri)])


def test_a_lake_keeps_no_passwords(lake: Lake) -> None:
    """A catalog with one is named in pyiceberg's own configuration."""
    wrong = Mirror("postgresql+psycopg2://news:secret@db.example/catalog")
    with pytest.raises(UsageError, match="a lake keeps no passwords") as raised:
        maintenance.check_mirrors(lake, [wrong])
    assert "secret" not in str(raised.value)


@pytest.fixture
def rest_mirror(tmp_path: Path) -> Iterator[Mirror]:
    """The reference REST catalog of Apache Iceberg."""
    if not rest_catalog_is_there():
        pytest.skip("no REST catalog: make rest-catalog")
    with rest_catalog(tmp_path) as uri:
        yield Mirror(uri, "news")


@pytest.fixture
def postgres_mirror(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mirror]:
    """A catalog in PostgreSQL, by its name in pyiceberg's configuration: it has a password."""
    binaries = find_binaries()
    if binaries is None:
        pytest.skip("no PostgreSQL server: apt-get install postgresql")
    pytest.importorskip("psycopg2", reason="pip install psycopg2-binary")
    with postgres_server(binaries) as uri:
        address = uri.replace("postgres://desk@", f"postgresql+psycopg2://desk:{QUOTED_PASSWORD}@")
        monkeypatch.setenv("PYICEBERG_CATALOG__DESK__TYPE", "sql")
        monkeypatch.setenv("PYICEBERG_CATALOG__DESK__URI", f"{address}/postgres")
        monkeypatch.setattr("pyiceberg.catalog._ENV_CONFIG", Config())
        yield Mirror("desk", "news")


@pytest.mark.long
@pytest.mark.parametrize("kind", ["rest_mirror", "postgres_mirror"])
def test_servers_follow_a_lake(lake: Lake, kind: str, request: pytest.FixtureRequest) -> None:
    """A real REST catalog, and a real PostgreSQL: commits, merges, a lake rebuilt, the end."""
    mirror: Mirror = request.getfixturevalue(kind)
    maintenance.check_mirrors(lake, [mirror])
    maintenance.enable(lake, [mirror])
    if mirror.is_uri:
        catalog = load_catalog("reader", uri=mirror.catalog)
    else:
        catalog = load_catalog(mirror.catalog)
    check_mirror(lake, catalog)
    for number in range(3):
        write_plainly(lake, [article(f"d{number}"), bad(f"y{number}")], f"d{number}")
        check_mirror(lake, catalog)
    write_plainly(lake, [article("e")], "merging", small_files=2)
    check_mirror(lake, catalog)
    assert len(catalog.load_table(("news", "articles")).snapshots()) == 1
    assert maintenance.sync(lake) == []
    maintenance.rebuild(lake)
    check_mirror(lake, catalog)
    assert verify(lake).faults == ()
    assert PASSWORD not in lake.read_bytes("_iceberg/catalog.json").decode()
    maintenance.disable(lake)
    assert catalog.list_tables("news") == []
